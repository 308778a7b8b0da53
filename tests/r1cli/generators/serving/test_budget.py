from __future__ import annotations

import threading
import time

from r1cli.generators.generator import Usage
from r1cli.generators.prices import TokenPrice
from r1cli.generators.serving.budget import Budget

DOLLAR = Usage(prompt=0, completion=1_000_000)
CENTS = Usage(prompt=0, completion=10_000)
PRICE = TokenPrice(input=0, output=1)


def test_a_request_that_could_pass_the_limit_is_not_paid() -> None:
    budget = Budget(1.5, PRICE)
    reserved = budget.reserve(DOLLAR, threading.Event())
    assert reserved == 1.0
    budget.settle(reserved, DOLLAR)
    assert budget.spent == 1.0
    assert budget.reserve(DOLLAR, threading.Event()) is None


def test_what_was_not_used_is_given_back() -> None:
    budget = Budget(1.5, PRICE)
    for _ in range(5):
        reserved = budget.reserve(DOLLAR, threading.Event())
        assert reserved == 1.0
        budget.settle(reserved, CENTS)
    assert abs(budget.spent - 0.05) < 1e-9


def test_earlier_runs_count() -> None:
    assert Budget(1.5, PRICE, spent=0.6).reserve(DOLLAR, threading.Event()) is None


def test_without_a_limit_spending_is_still_counted() -> None:
    budget = Budget(None, PRICE)
    budget.settle(budget.reserve(DOLLAR, threading.Event()) or 0.0, DOLLAR)
    assert budget.spent == 1.0


def test_whoever_may_be_paid_later_waits_for_those_before() -> None:
    budget = Budget(1.5, PRICE)
    first = budget.reserve(DOLLAR, threading.Event())
    assert first is not None
    second: list[float | None] = []
    thread = threading.Thread(target=lambda: second.append(budget.reserve(DOLLAR, threading.Event())))
    thread.start()
    time.sleep(0.05)
    assert second == []
    budget.settle(first, CENTS)
    thread.join(timeout=240)
    assert second == [1.0]


def test_at_no_number_of_requests_at_a_time_is_the_limit_passed() -> None:
    budget = Budget(0.5, PRICE)
    stopped = threading.Event()

    def spend() -> None:
        while (reserved := budget.reserve(Usage(prompt=0, completion=30_000), stopped)) is not None:
            budget.settle(reserved, CENTS)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert 0.47 <= budget.spent <= 0.5
