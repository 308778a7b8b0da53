from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from r1cli.generators.generator import NOTES, Question, ServedBy, Usage
from r1cli.generators.prices import Prices, TokenPrice
from r1cli.generators.serving.attempts import FILE, AttemptLog
from r1cli.generators.serving.wire import Response, Said
from r1cli.results.cost import Dollars, caption, charged, price_tag, spent
from r1cli.results.samples import SampleRecord

PRICES = Prices(
    name="test", date="2025-03-01", source="here", models={"m": TokenPrice(input=1, cached_input=0.5, output=10)}
)


def record(**more: Any) -> SampleRecord:
    return SampleRecord("a", "a", 0, "", "4", "4", True, **more)


def log(folder: Path, *responses: Response | None) -> None:
    (folder / NOTES).mkdir()
    written = AttemptLog(folder / NOTES / FILE, model="m")
    for response in responses:
        number = written.sent([Question("a", 0, "Why?", 0)], "hash", attempt=1, most=Usage(1000, None, 1000))
        failure = "" if response else "cut off"
        written.came(
            number, seconds=1, status=200 if response else None, failure=failure, arrived=True, response=response
        )
    written.close()


def said(usage: dict[str, int] | None) -> Response:
    return Response((Said("4", None, "stop"),), usage, "m", None)


def test_every_attempt_of_a_served_model_counts(tmp_path: Path) -> None:
    log(
        tmp_path,
        said({"prompt_tokens": 1000, "completion_tokens": 100}),
        said({"prompt_tokens": 1000, "completion_tokens": 300}),
    )
    total = spent([record(served=ServedBy("m"))], tmp_path, PRICES)
    assert total == Dollars(pytest.approx(0.006), pytest.approx(0.006))


def test_what_a_server_did_not_tell_makes_a_range(tmp_path: Path) -> None:
    log(tmp_path, said({"prompt_tokens": 1000, "completion_tokens": 100}), None, said(None))
    total = spent([record(served=ServedBy("m"))], tmp_path, PRICES)
    assert total == Dollars(pytest.approx(0.002), pytest.approx(0.024))
    assert total.shown() == "$0.002 to $0.024"


def test_replies_that_somebody_else_recorded_cost_their_tokens(tmp_path: Path) -> None:
    records = [record(served=ServedBy("m-2025-01-01"), usage=Usage(1000, 1000, 100)) for _ in range(2)]
    assert spent(records, tmp_path, PRICES) == Dollars(pytest.approx(0.003), pytest.approx(0.003))
    assert spent([*records, record(served=ServedBy("m"))], tmp_path, PRICES) is None


def test_a_machine_of_ones_own_costs_its_time(tmp_path: Path) -> None:
    by_the_hour = Prices(name="gpu", date="2024-12-27", source="here", gpu_usd_hour=2.0)
    records = [record(seconds=900.0), record(seconds=900.0)]
    assert spent(records, tmp_path, by_the_hour, gpus=4) == Dollars(4.0, 4.0)
    assert spent([*records, record()], tmp_path, by_the_hour) is None
    assert spent(records, tmp_path, PRICES) is None


def test_a_model_that_the_list_does_not_have_has_no_price(tmp_path: Path) -> None:
    log(tmp_path, said({"prompt_tokens": 1000, "completion_tokens": 100}))
    assert spent([], tmp_path, Prices(name="none", date=None, source="none")) is None


def test_an_answer_costs_as_many_samples_as_it_takes() -> None:
    single = price_tag(Dollars(8.0, 16.0), samples=80, samples_per_answer=1, accuracy=0.5)
    assert single.per_task == Dollars(0.1, 0.2)
    assert single.per_solved == Dollars(0.2, 0.4)
    vote = price_tag(Dollars(8.0, 8.0), samples=80, samples_per_answer=8, accuracy=0.8)
    assert vote.per_task.least == pytest.approx(0.8)
    assert vote.per_solved is not None
    assert vote.per_solved.least == pytest.approx(1.0)


def test_nothing_solved_has_no_price() -> None:
    assert price_tag(Dollars(8.0, 8.0), samples=8, samples_per_answer=1, accuracy=0.0).per_solved is None
    with pytest.raises(ValueError, match="no samples"):
        price_tag(Dollars(0, 0), samples=0, samples_per_answer=1, accuracy=0.0)


def test_the_table_of_published_prices_is_tokens_times_price() -> None:
    # ARC Prize, January 2025: R1 wrote 6,000 tokens for .06 dollars a task and solved 15.8 %.
    each = TokenPrice(input=0, output=10).dollars(Usage(0, None, 6000))
    assert each is not None
    total = Dollars(100 * each, 100 * each)
    tag = price_tag(total, samples=100, samples_per_answer=1, accuracy=0.158)
    assert tag.per_task.least == pytest.approx(0.06)
    assert tag.per_solved is not None
    assert tag.per_solved.shown() == "$0.38"


def test_charges_add_up_over_attempts() -> None:
    assert charged([], TokenPrice(input=1, output=1)) == Dollars(0, 0)


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "$0.00"), (1234.5, "$1,234.50"), (0.12, "$0.12"), (0.0123, "$0.012"), (1e-6, "$1.0e-06")]
)
def test_dollars_are_shown_with_two_digits_that_say_something(value: float, shown: str) -> None:
    assert Dollars(value, value).shown() == shown


def test_a_figure_says_its_list_and_day() -> None:
    assert caption(PRICES) == "prices test, 2025-03-01, here"
