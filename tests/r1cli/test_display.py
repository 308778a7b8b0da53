"""What is drawn: plain into pipes, within 80 columns, the paper's table in the paper's order."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from r1cli import comparison, display
from r1cli.errors import ConfigError, StageFailed
from r1cli.store import Manifest, Store

MEASURES = ("accuracy", "cons_at_k", "format", "language", "tokens", "reflection", "general")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    # pytest puts its own stream into sys between a fixture and its test.
    monkeypatch.setattr(display, "sys", SimpleNamespace(stderr=stream, stdout=sys.stdout))
    return stream


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(display.time, "monotonic", lambda: self.now)


def row(checkpoint: str, *, seed: int = 0, **measures: Any) -> dict[str, Any]:
    interval = {"mean": 0.714, "low": 0.684, "high": 0.744}
    numbers = dict.fromkeys(MEASURES, interval) | {"tokens": {"mean": 1234.0, "low": 1190.0, "high": 1280.0}} | measures
    return {"checkpoint": checkpoint, "fingerprint": "f" * 64, "seed": seed, "n_problems": 200, "k": 8, **numbers}


def test_the_comparison_fits_into_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(c, seed=s) for c in comparison.LABELS for s in (0, 1)]
    display.comparison(rows, comparison.LABELS)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["seed", "accuracy", "cons@k", "format", "lang.", "tokens", "reflect.", "general"]
    assert lines[1].split() == ["Base", "0", *["0.71±.03"] * 4, "1234±45", *["0.71±.03"] * 2]
    assert len(lines) == 2 + len(rows)


def test_a_score_that_does_not_apply_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    display.comparison([row("base", general=None)], comparison.LABELS)
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "-"


def test_an_error_is_one_line_and_its_hint_another(capsys: pytest.CaptureFixture[str]) -> None:
    display.error(ConfigError("a key\n is [wrong]", hint="did you mean [b]other[/b]?"))
    assert capsys.readouterr().err == "error: a key is [wrong]\nhint: did you mean [b]other[/b]?\n"


def test_a_failed_stage_shows_the_end_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.txt"
    log.write_text("\n".join(f"line {i}" for i in range(100)))
    display.error(StageFailed("sft: it broke", hint="r1 logs sft", log=log))
    err = capsys.readouterr().err
    assert str(log) in err.replace("\n", "")
    assert "line 99" in err
    assert "line 50" not in err
    assert "error: sft: it broke" in err


def test_progress_into_a_pipe_is_a_plain_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with display.Progress() as progress:
        for step in range(101):
            progress.update("reasoning_rl", step, 100, {"reward": step / 100})
            clock.now += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].split() == ["reasoning_rl", "10/100", "reward", "0.1", "ETA", "0:45"]
    assert "ETA" not in lines[-1]


def test_slow_progress_is_told_every_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with display.Progress() as progress:
        for step in range(5):
            progress.update("base", step, 1000, {})
            clock.now += 6.0
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_time_left_of_a_resumed_stage_counts_what_was_done_since(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with display.Progress() as progress:
        progress.update("base", 50, 100, {})
        clock.now += 10.0
        progress.update("base", 60, 100, {})
    assert "ETA 0:40" in capsys.readouterr().err


def test_progress_on_a_terminal_is_one_live_line_that_goes_away(terminal: Terminal) -> None:
    with display.Progress() as progress:
        progress.update("base", 1, 10, {"loss": 2.5})
        progress.update("base", 2, 10, {"loss": 2.25})
        progress.close()
        progress.note("base done")
    drawn = terminal.getvalue()
    assert "base  2/10  loss 2.25" in drawn
    assert "\x1b[2K" in drawn
    assert drawn.endswith("base done\n")


def test_colours_are_for_terminals_that_want_them(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    display.error(ConfigError("wrong"))
    assert "\x1b[1;31merror:" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.truncate(0)
    display.error(ConfigError("wrong"))
    assert "\x1b[1;31m" not in terminal.getvalue()


@pytest.mark.parametrize(("value", "said"), [(None, ""), (3.14, "3.1 s"), (75.4, "1:15"), (3700, "1:01:40")])
def test_durations_are_told_as_a_person_reads_them(value: float | None, said: str) -> None:
    assert display.seconds(value) == said


@pytest.mark.parametrize(("value", "said"), [(10, "10 B"), (2048, "2.0 KiB"), (5 * 2**40, "5120.0 GiB")])
def test_sizes_are_told_as_a_person_reads_them(value: int, said: str) -> None:
    assert display.size(value) == said


def published(store: Path, checkpoint: str, *, seed: int = 0, made: float = 0.0, problems: int = 200) -> None:
    """An evaluation's entry, as the pipeline leaves it."""
    print_of = f"{checkpoint}{seed}{made}{problems}".encode().hex().ljust(64, "0")[:64]
    entry = store / f"eval_{checkpoint}-{print_of[:16]}"
    (entry / "out").mkdir(parents=True)
    manifest = Manifest(
        node=f"eval_{checkpoint}",
        kind="Evaluate",
        target="stages.evaluate.Evaluate",
        fingerprint=print_of,
        identity={"target": "e", "version": 1, "config": {"seed": seed, "n": problems}, "inputs": {"model": "m"}},
        seed=seed,
        inputs={"model": {"node": checkpoint, "fingerprint": f"{made:064.0f}", "location": "x"}},
        artifacts={"out": {"kind": "report", "path": "out/report.json"}},
        data={},
        versions={},
        seconds=1.0,
        started=made,
        resumed=0,
        attempts=[],
        device="cpu",
        processes=1,
    )
    report = row(checkpoint, seed=seed) | {"n_problems": problems, "pass_at_k": {}, "fingerprint": "of the report"}
    (entry / "out/report.json").write_text(json.dumps(report))
    (entry / "manifest.json").write_text(manifest.model_dump_json())


def test_rows_are_compared_in_the_papers_order_with_exactly_the_promised_keys(tmp_path: Path) -> None:
    for node in ("distill", "coldstart", "base", "all_scenario_rl", "r1_zero", "rejection_sft", "reasoning_rl"):
        published(tmp_path, node)
    rows = comparison.compare(Store(tmp_path))
    names = ["base", "r1_zero", "coldstart", "reasoning_rl", "rejection_sft", "all_scenario_rl", "distill"]
    assert [r["checkpoint"] for r in rows] == names
    assert {tuple(r) for r in rows} == {("checkpoint", "fingerprint", "seed", "n_problems", "k", *MEASURES)}
    assert {r["fingerprint"] for r in rows} == {"0" * 64}


def test_the_newest_report_of_each_checkpoint_and_seed_is_compared(tmp_path: Path) -> None:
    for made, seed in ((1.0, 0), (2.0, 0), (3.0, 1)):
        published(tmp_path, "base", made=made, seed=seed)
    rows = comparison.compare(Store(tmp_path))
    assert [(r["seed"], int(r["fingerprint"])) for r in rows] == [(0, 2), (1, 3)]
    assert len(comparison.compare(Store(tmp_path), everything=True)) == 3


def test_reports_on_other_questions_are_left_out(tmp_path: Path) -> None:
    published(tmp_path, "base", made=1.0, problems=10)
    published(tmp_path, "coldstart", made=2.0, problems=200)
    assert [r["checkpoint"] for r in comparison.compare(Store(tmp_path))] == ["coldstart"]
