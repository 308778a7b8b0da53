"""The last event of each node is remembered, and everything is passed on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from r1cli.engine.events import LastEvents, PassedOnWarnings
from r1cli.layout import WARNINGS, TrainingWarning
from r1cli.stage import NodeEvent


class Recorder:
    def __init__(self) -> None:
        self.calls: list[object] = []

    def node(self, event: NodeEvent) -> None:
        self.calls.append(event.state)

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        self.calls.append((node, done, total))

    def note(self, line: str) -> None:
        self.calls.append(line)


def test_the_last_event_counts_and_all_are_passed_on() -> None:
    recorder = Recorder()
    events = LastEvents(recorder)
    events.node(NodeEvent("started", "base", "Pretrain", "f", Path()))
    events.progress("base", 1, 2, {})
    events.note("line")
    events.node(NodeEvent("made", "base", "Pretrain", "f", Path()))
    assert {node: event.state for node, event in events.of_node.items()} == {"base": "made"}
    assert recorder.calls == ["started", ("base", 1, 2), "line", "made"]


def test_warnings_of_another_process_are_passed_on_once(tmp_path: Path) -> None:
    def warn(step: int) -> None:
        warning = TrainingWarning(step=step, said="format collapsed", metric="m", value=0.1)
        with (tmp_path / WARNINGS).open("a") as file:
            file.write(warning.model_dump_json() + "\n")

    warn(1)  # of an earlier attempt
    recorder = Recorder()
    warnings = PassedOnWarnings(tmp_path, "rl", recorder)
    warnings.look()
    warn(2)
    (tmp_path / WARNINGS).open("a").write('{"step": 3, "sa')  # half a line
    warnings.look()
    warnings.look()
    assert recorder.calls == ["warning: rl, update 2: format collapsed"]
