"""What is said of the bill; its tables: views/test_bill.py, its numbers: tests/r1cli/bill."""

from __future__ import annotations

import re

import pytest

from r1cli.bill import prices
from r1cli.terminal.app import run_line


def test_plan_says_in_a_line_what_is_to_run_takes(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["plan", "recipe=r1_zero", "scale=single_gpu", "model=qwen2.5-1.5b", "hardware=gpu", "device.count=8"]
    assert run_line([*line, "device=h100"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert re.search(r"to run: [\d.K ]+ \([\d.K -]+\) GPU hours on 8 x h100, [\d.K ]+ \([\d.K -]+\) \$;", told), told
    assert run_line([*line, "device=h100", "--json"]) == 0
    assert "to run:" not in capsys.readouterr().err


def test_a_gpu_that_nobody_sees_is_said_to_be_assumed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "")
    assert run_line(["plan", "recipe=r1_zero", "hardware=gpu"]) == 0
    assert "device=h100 is assumed: no GPU is seen here" in " ".join(capsys.readouterr().err.split())


def test_a_gpu_that_nobody_knows_has_no_bill_and_the_plan_is_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "_gpu_name", lambda: "Voodoo 2")
    assert run_line(["plan", "recipe=r1_zero"]) == 0
    told = capsys.readouterr()
    assert "r1_zero" in told.out
    assert "no bill: nothing in conf/device/ describes the GPU 'Voodoo 2'" in " ".join(told.err.split())
