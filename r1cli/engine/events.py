"""What became of each node of a run, also where the run ends in an error."""

from __future__ import annotations

from collections.abc import Mapping

from r1cli.stage import Listener, NodeEvent


class LastEvents:
    """A listener that passes everything on and remembers the last event of each node."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.of_node: dict[str, NodeEvent] = {}

    def node(self, event: NodeEvent) -> None:
        """Remember, and pass on."""
        self.of_node[event.node] = event
        self._listener.node(event)

    def progress(self, node: str, done: int, total: int, shown: Mapping[str, float | None]) -> None:
        """Pass on."""
        self._listener.progress(node, done, total, shown)

    def note(self, line: str) -> None:
        """Pass on."""
        self._listener.note(line)
