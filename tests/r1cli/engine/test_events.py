"""The last event of each node is remembered, and everything is passed on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from r1cli.engine.events import LastEvents
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
