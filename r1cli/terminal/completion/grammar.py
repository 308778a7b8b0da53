"""What may stand under the cursor: a command, a flag, an argument of a command, or an override.

Standard library only, and little of it; see the package's docstring.
"""

from __future__ import annotations

from itertools import pairwise

from r1cli.engine.evaluation import evaluated_by, is_evaluation, measures_a_model
from r1cli.terminal.completion import overrides, sources
from r1cli.terminal.completion.shells import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from r1cli.terminal.completion.shapes import Command, Keys, Parameter

STORE_ONLY = frozenset({"status", "logs", "compare", "doctor", "gc", "watch"})
"""Commands that compose nothing: they look into the store, and take `paths.store=` at most."""
EVAL, BENCHMARK, INIT = "eval", "benchmark", "init="
SWEEP = frozenset({"-m", "--multirun"})
CONFIG_DIR = frozenset({"--config-dir", "-cd"})


def candidates(words: list[str], word: str) -> list[Candidate]:
    """What `word` may become after `words`, the first of which is the program (or what is set for it: `A=1 r1`)."""
    start = next((i for i, w in enumerate(words) if "=" not in w), len(words))
    possible = CommandLine(words[start + 1 :]).candidates(word)
    by_text = {candidate.text: candidate for candidate in possible if candidate.text.startswith(word)}
    return [by_text[text] for text in sorted(by_text)]


class CommandLine:
    """The finished words of a line, read from left to right."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.folder = next((after for w, after in pairwise(words) if w in CONFIG_DIR), "")
        self.line = sources.line(self.folder)
        self.commands = self.line["commands"]
        self.command: Command | None = None
        self.name = ""
        """Of the command (the last of several: `r1 family member`)."""
        self.given: list[str] = []
        """Its arguments."""
        self.flag: Parameter | None = None
        """The flag whose value is about to be typed."""
        self.aliases: dict[str, str] = {}
        """The command's own names of groups."""
        for w in words:
            self._read(w)

    def _read(self, word: str) -> None:
        if self.flag is not None:
            self.flag = None
        elif word.startswith("-"):
            flag = self.command["flags"].get(word) if self.command else None
            self.flag = flag if flag and flag["takes"] else None
        elif word in self.commands:
            self.name, self.command = word, self.commands[word]
            self.commands, self.aliases = self.command["commands"], self.command["aliases"]
        else:
            self.given.append(word)

    def candidates(self, word: str) -> list[Candidate]:
        """What may stand next."""
        if self.flag is not None:
            return self._taken_by(self.flag, word)
        if word.startswith("-"):
            return self._flags(word)
        if self.command is None or self.commands:
            return [Candidate(name, about=c["help"]) for name, c in self.commands.items()] if not self.given else []
        arguments = self.command["arguments"]
        if len(self.given) < len(arguments):
            return self._taken_by(arguments[len(self.given)], word)
        return self._taken_by(arguments[-1], word) if arguments and arguments[-1]["many"] else []

    def _flags(self, word: str) -> list[Candidate]:
        flags = self.command["flags"] if self.command else {}
        name, equals, value = word.partition("=")
        if equals:
            inner = self._taken_by(flags[name], value) if name in flags else []
            return [Candidate(f"{name}={c.text}", done=c.done, about=c.about) for c in inner]
        long = [Candidate(n, about=flag["help"]) for n, flag in flags.items() if n.startswith("--")]
        return [*long, Candidate("--help", about="Show the help of the command")]

    def _taken_by(self, parameter: Parameter, word: str) -> list[Candidate]:
        """What a flag or an argument takes."""
        kind = parameter["kind"]
        if parameter["values"]:
            return [Candidate(value) for value in parameter["values"]]
        if kind == "override":
            sweep = not SWEEP.isdisjoint(self.words)
            possible = overrides.candidates(word, self.line, self._keys(), self.aliases, sweep=sweep)
            if self.name == EVAL and word.startswith(INIT):
                possible += [Candidate(f"{INIT}{node}") for node in self._stored() if not measures_a_model(node)]
            return possible
        if kind == "checkpoint":
            return self._checkpoints(word)
        if kind == "node":
            return [Candidate(node) for node in self._nodes()]
        if kind in {"file", "folder"}:
            return sources.files(word, folders_only=kind == "folder")
        return [Candidate(option, about=about) for option, about in self.line["groups"].get(kind, {}).items()]

    def _keys(self) -> Keys:
        """What overrides on this line can change."""
        known = sources.keys(*self._composed(), self.folder)
        if self.name in STORE_ONLY:
            paths = {k: v for k, v in known["keys"].items() if k.startswith("paths.")}
            return {"groups": {}, "options": {}, "keys": paths, "nodes": []}
        if self.name == EVAL:
            known["groups"][BENCHMARK] = None
        own = {group: name for name, group in self.aliases.items()}
        return {**known, "groups": {own.get(group, group): option for group, option in known["groups"].items()}}

    def _composed(self) -> tuple[str, list[str]]:
        """Which configuration the line is about, and the options that it chooses; in a sweep, the first of each."""
        if self.name in STORE_ONLY:
            return "config", []
        pairs = [w.partition(",")[0].partition("=") for w in self.given if "=" in w]
        named = {self.aliases.get(k, k): v for k, _, v in pairs}
        chosen = {k: v for k, v in named.items() if self._has(k.lstrip("+").partition("@")[0], v)}
        if self.name == EVAL:
            chosen.pop(BENCHMARK, None)  # no group of its configuration; see r1cli.config.evaluation
        own = self.command["config"] if self.command else ""
        if own and own not in {"run", "train"}:
            return own, _written(chosen)
        if not {"recipe", "stage"} & set(chosen) and (stage := self._stage_asked_for()):
            chosen["stage"] = stage
        config = "train" if self.name == "train" or "stage" in chosen else "run"
        return config, _written(chosen)

    def _stage_asked_for(self) -> str:
        """The STAGE among the arguments; or the NODE, if the default recipe has no such node (`r1 show r1_zero`)."""
        arguments = self.command["arguments"] if self.command else []
        for parameter, word in zip(arguments, self.given, strict=False):
            if parameter["kind"] == "stage":
                return word
            if parameter["kind"] == "node" and self._has("stage", word):
                return "" if word in sources.keys("run", [], self.folder)["nodes"] else word
        return ""

    def _has(self, group: str, option: str) -> bool:
        return option in self.line["groups"].get(group, {})

    def _checkpoints(self, word: str) -> list[Candidate]:
        """Models with an evaluation in the store, and what else chooses among its results."""
        known = self._keys()
        models = [Candidate(evaluated_by(n)) for n in self._stored() if is_evaluation(n)]
        known["groups"]["experiment"] = None
        return [*models, *overrides.candidates(word, self.line, known, self.aliases, sweep=False)]

    def _nodes(self) -> list[str]:
        """Those that the store has for a command that looks into it; else those of the recipe, and every stage."""
        if self.name not in STORE_ONLY:
            return [*sources.keys(*self._composed(), self.folder)["nodes"], *self.line["groups"]["stage"]]
        return self._stored()

    def _stored(self) -> list[str]:
        """Nodes that the store has something of."""
        return sources.stored(sources.current(self._keys()["keys"].get("paths.store")))


def _written(chosen: dict[str, str]) -> list[str]:
    return [f"{group}={option}" for group, option in sorted(chosen.items())]
