"""The hostile programs and values of hostile.py in the modes of this machine: none is right, none is waited for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from r1cli.verify.sandbox import talk
from r1cli.verify.sandbox.modes import Mode
from r1cli.verify.sandbox.run import Limits, Trial, run_in
from r1cli.verify.sandbox.verdict import Report
from tests.r1cli.verify.sandbox import hostile
from tests.r1cli.verify.sandbox.test_run import in_every_mode, needs

LIMITS = Limits(wall_s=4, cpu_s=3, memory_mib=256, processes=16, file_mib=1, open_files=64, output_kib=64)
HASTY = LIMITS.model_copy(update={"wall_s": 1.0})
EVERY = 8
"""The quick form tries every eighth."""


def sampled(table: Mapping[str, object], first: int = 0) -> list[str]:
    return list(table)[first::EVERY]


def all_of(table: Mapping[str, object]) -> list[str]:
    return list(table)


quick_and_whole = pytest.mark.parametrize("choose", [sampled, pytest.param(all_of, marks=pytest.mark.slow)])


def tried(mode: Mode, program: str, *tests: str, limits: Limits) -> Report:
    return run_in(mode, Trial(program, names=("f",), tests=tests), limits)


def reports(mode: Mode, names: list[str], table: Mapping[str, str], *tests: str, limits: Limits) -> dict[str, Report]:
    """What became of each, two at a time; none may take longer than its limits and our patience allow."""

    def one(name: str) -> Report:
        began = time.monotonic()
        report = tried(mode, table[name], *tests, limits=limits)
        assert time.monotonic() - began < limits.wall_s + talk.SLACK_S + talk.GRACE_S + 30, name
        return report

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))


def right(found: Mapping[str, Report]) -> dict[str, Report]:
    return {name: report for name, report in found.items() if any(report.passed) or report.how == "broken"}


SECRET_TEST = f"assert f() == {hostile.SECRET}"
Choice = Callable[[Mapping[str, object]], list[str]]


def test_there_are_enough_of_them():
    assert len(hostile.IN_EVERY_MODE) + len(hostile.IN_BUBBLEWRAP) + len(hostile.TIMED_OUT) >= 100
    assert len(hostile.VALUES) + len(hostile.ENDLESS) >= 20


@in_every_mode
def test_the_right_value_is_right(mode: Mode) -> None:
    assert tried(mode, f"def f(): return {hostile.SECRET}", SECRET_TEST, limits=LIMITS).passed == (True,)


@quick_and_whole
@in_every_mode
def test_no_program_is_scored_right(mode: Mode, choose: Choice) -> None:
    if os.getuid() == 0 and not mode.drops_root and mode.name != "bubblewrap":
        pytest.skip("programs are never run as root there")
    table = hostile.IN_EVERY_MODE
    assert right(reports(mode, choose(table), table, SECRET_TEST, limits=LIMITS)) == {}


@quick_and_whole
@in_every_mode
def test_no_program_gets_more_than_its_limits(mode: Mode, choose: Choice) -> None:
    table = hostile.TIMED_OUT
    found = reports(mode, choose(table), table, SECRET_TEST, limits=HASTY)
    assert right(found) == {}


@needs("bubblewrap")
def test_no_program_gets_out_of_bubblewrap(mode: Mode) -> None:
    table = hostile.IN_BUBBLEWRAP
    assert right(reports(mode, list(table), table, SECRET_TEST, limits=LIMITS)) == {}


@quick_and_whole
@in_every_mode
def test_no_value_passes_a_test(mode: Mode, choose: Choice) -> None:
    table = {name: f"def f():\n    {body}" for name, body in hostile.VALUES.items()}
    found = reports(mode, choose(table), table, *hostile.TESTS, limits=LIMITS)
    passed = {
        name: [test for test, verdict in zip(hostile.TESTS, report.passed, strict=False) if verdict]
        for name, report in right(found).items()
    }
    assert passed == {}


@pytest.mark.slow
@in_every_mode
@pytest.mark.parametrize("name", hostile.ENDLESS)
def test_no_value_keeps_the_checker_busy(mode: Mode, name: str) -> None:
    body, test = hostile.ENDLESS[name]
    found = reports(mode, [name], {name: f"def f():\n    {body}"}, test, limits=HASTY)
    assert right(found) == {}
