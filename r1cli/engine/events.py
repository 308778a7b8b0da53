"""What became of each node of a run, also where the run ends in an error; and what stages warn of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from r1cli.layout import read_warnings
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


class PassedOnWarnings:
    """The warnings of a stage that trains in another process, told to a listener as they come."""

    def __init__(self, entry: Path, node: str, listener: Listener) -> None:
        self._entry, self._node, self._listener = entry, node, listener
        self._known = set(read_warnings(entry))
        """Of an earlier attempt too: a resumed stage writes some of them again."""

    def look(self) -> None:
        """Pass on those that are new."""
        for warning in read_warnings(self._entry):
            if warning not in self._known:
                self._known.add(warning)
                self._listener.note(warning.line(self._node))
