"""Recipe: named nodes, and edges that are inputs naming other nodes. No language of its own, no scheduling.

Recipe({"coldstart": {"model": "base"}, "reasoning_rl": {"model": "coldstart"}}, external={"base"})
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from r1cli.errors import RecipeError
from r1cli.text import did_you_mean

NODE_NAME = re.compile(r"[^\W_][\w.-]{0,59}", re.ASCII)
"""Folders of the store are named after nodes."""


@dataclass(frozen=True)
class Recipe:
    """A checked graph: every input names a node or a thing from outside, and there is no cycle.

    Raises:
        RecipeError: an input names nothing that exists, or nodes need each other in a circle.
    """

    inputs: Mapping[str, Mapping[str, str]]
    """Node -> role -> where that input comes from."""
    external: Collection[str] = field(default=frozenset())
    """Names that inputs may use for things from outside."""

    def __post_init__(self) -> None:
        for node, roles in self.inputs.items():
            if not NODE_NAME.fullmatch(node):
                hint = "at most 60 letters, digits, '_', '.' and '-', the first one a letter or a digit"
                raise RecipeError(f"'{node[:80]}' cannot be the name of a node: a folder is named after it", hint=hint)
            for role, source in roles.items():
                if source not in self.inputs and source not in self.external:
                    raise self._unknown(f"node '{node}': input '{role}' names '{source}', which is neither", source)
        self.order()

    def parents(self, node: str) -> list[str]:
        """The nodes that `node` takes its inputs from, each once."""
        return list(dict.fromkeys(s for s in self.inputs[node].values() if s in self.inputs))

    def order(self) -> list[str]:
        """All nodes, inputs first, otherwise in the order in which they were given."""
        done: dict[str, None] = {}
        for node in self.inputs:
            self._visit(node, done, ())
        return list(done)

    def subgraph(self, targets: Iterable[str]) -> Recipe:
        """The targets and all that they need, in the order of this recipe."""
        wanted: dict[str, None] = {}
        for node in targets:
            if node not in self.inputs:
                raise self._unknown(f"'{node}' is not", node, nodes_only=True)
            self._visit(node, wanted, ())
        return Recipe({n: roles for n, roles in self.inputs.items() if n in wanted}, self.external)

    def _visit(self, node: str, done: dict[str, None], path: tuple[str, ...]) -> None:
        if node in path:
            circle = " -> ".join((*path[path.index(node) :], node))
            raise RecipeError(f"nodes need each other in a circle: {circle}", hint="change one of their inputs")
        if node not in done:
            for parent in self.parents(node):
                self._visit(parent, done, (*path, node))
            done[node] = None

    def _unknown(self, subject: str, name: str, *, nodes_only: bool = False) -> RecipeError:
        known = [*self.inputs, *(() if nodes_only else self.external)]
        what = "a node of this recipe" if nodes_only else "a node of this recipe nor a thing from outside"
        hint = did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
        return RecipeError(f"{subject} {what}", hint=hint)
