"""Where each value of a stage comes from: the paper, the paper made smaller, or ourselves.

conf/ says so in a comment on the line of the value: `# paper: V2 3.2.1`, `# scaled: 512 -> 128`, `# ours: why`. A
value may be a reference (`${scale.reasoning_rl.beta}`); then the line that it leads to speaks, and if that says nothing
the one that refers to it. A line at the head of a file, `# ours: everything here ...`, speaks for its values that have
no comment of their own. Which file had the last word is Hydra's to say: its list of defaults, in the order of merging.

    r1 explain reasoning_rl
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from r1cli.config import yaml_comments
from r1cli.config.catalogue import options
from r1cli.config.environment import noting_environment
from r1cli.config.hydra import Composed, command_of, compose, hydra_ready
from r1cli.config.yaml_comments import Mark
from r1cli.engine.evaluation import is_evaluation
from r1cli.errors import ConfigError
from r1cli.text import did_you_mean

REFERENCE = re.compile(r"\$\{([^.:{}][^:{}]*)\}")
PAPER = "scale=paper"
EVALUATE = "evaluate"
"""The stage that all models are evaluated with."""


@dataclass(frozen=True)
class StageValue:
    """One value of a stage."""

    key: str
    """As `r1 show` has it: `trainer.learning_rate`."""
    value: Any
    """What the stage gets, references filled in."""
    mark: Mark
    note: str
    """The rest of the comment: section, reason, what it was scaled from."""
    file: str
    """`scale/laptop.yaml:52`, below conf/; empty if it was given on the command line."""
    paper: str = ""
    """The paper's own value; empty where the paper is silent."""


def of(node: str, overrides: Sequence[str] = (), *, folders: Sequence[Path] = ()) -> list[StageValue]:
    """Every value of a node in the order of its configuration; `evaluate` is what all models are evaluated with.

    Raises:
        ConfigError: the overrides lead to no such node.
    """
    found = _Origins.of(node, overrides, folders).values()
    paper = {v.key: v for v in _Origins.of(node, _at_the_papers_scale(overrides), folders).values()}
    return [replace(v, paper=_papers(v, paper.get(v.key))) for v in found]


def shown(value: object) -> str:
    """A value as one writes it on the command line."""
    if isinstance(value, float) and 0 < abs(value) < 1e-3:
        return format(Decimal(repr(value)).normalize(), "e")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _at_the_papers_scale(overrides: Sequence[str]) -> list[str]:
    """The same choices of groups at scale=paper; values given on the command line are nobody's but the user's."""
    groups = [o for o in overrides if "." not in o.partition("=")[0].partition("@")[0] and not o.startswith("seed=")]
    return [*(o for o in groups if not o.startswith("scale=")), PAPER]


def _papers(value: StageValue, paper: StageValue | None) -> str:
    if paper is not None and paper.mark == "paper":
        return shown(paper.value)
    return value.note.partition("->")[0].strip() if value.mark == "scaled" and "->" in value.note else ""


@dataclass(frozen=True)
class _Origins:
    """A composed configuration, and what its files say about each key."""

    composed: Composed
    raw: Mapping[str, Any]
    """The whole of it as plain data, references not filled in."""
    node: str
    at: str
    """What stands before the node's own keys, dot included."""
    merged: Sequence[tuple[Path, str]]
    """Files with the place of their keys, the one with the last word last."""
    given: tuple[str, ...]
    """Keys set on the command line, choices of groups left out: those have files that speak."""

    @classmethod
    def of(cls, node: str, overrides: Sequence[str], folders: Sequence[Path]) -> _Origins:
        from hydra.core.global_hydra import GlobalHydra
        from hydra.types import RunMode
        from omegaconf import OmegaConf

        with hydra_ready():
            composed = _composed_with(node, overrides, folders)
            loader = GlobalHydra.instance().config_loader()
            defaults = loader.compute_defaults_list(
                "run", [*composed.hydra_overrides, *composed.overrides], RunMode.RUN
            ).defaults
        raw = OmegaConf.to_container(composed.config, resolve=False)
        assert isinstance(raw, dict)
        files = [(f"{d.config_path}.yaml", d.package or "") for d in defaults]
        merged = [(path, at) for name, at in files for f in composed.folders if (path := f / name).is_file()]
        keys = (override.partition("=")[0].lstrip("+~") for override in composed.overrides)
        set_by_hand = tuple(key for key in keys if key not in composed.choices)
        at = "evaluation." if node == EVALUATE or is_evaluation(node) else f"stages.{node}."
        return cls(composed, {str(k): v for k, v in raw.items()}, node, at, merged, set_by_hand)

    def values(self) -> Iterator[StageValue]:
        """Leaves of the node, and of what all stages share those that change what is computed."""
        from r1cli.stage import ModelSpec

        own = _below(self.raw, self.at.rstrip("."))
        for key, value in own.items():
            if value != {}:
                yield from self._leaves(f"{self.at}{key}", value, key)
        shared = {"seed": self.raw["seed"]} | {
            f"model.{k}": v for k, v in self.raw["model"].items() if k not in {*ModelSpec.NOT_IDENTITY, "_target_"}
        }
        for key, value in shared.items():
            if key.partition(".")[0] not in own:
                yield from self._leaves(key, value, key)

    def _leaves(
        self, path: str, raw: Any, key: str, came: tuple[str, ...] = (), depth: int = 0
    ) -> Iterator[StageValue]:
        """The values below `path`; a mapping that is referred to is walked once, a reference inside it is not."""
        if key.endswith("_target_"):
            return
        to = self._referred(raw)
        if to is not None and (depth == 0 or not isinstance(_find(self.raw, to), Mapping)):
            referred = _find(self.raw, to)
            yield from self._leaves(to, referred, key, (path, *came), depth + isinstance(referred, Mapping))
        elif isinstance(raw, Mapping) and raw and all(isinstance(k, str) for k in raw):
            for name, inner in raw.items():
                yield from self._leaves(f"{path}.{name}", inner, f"{key}.{name}", (), depth)
        else:
            yield self._value(key, raw, (path, *came))

    def _referred(self, raw: Any) -> str | None:
        """Where a value that is nothing but a reference leads; a stage's own keys come before those of the root."""
        found = REFERENCE.fullmatch(raw) if isinstance(raw, str) else None
        if found is None:
            return None
        own = _below(self.raw, self.at.rstrip("."))
        return f"{self.at}{found[1]}" if found[1].partition(".")[0] in own else found[1]

    def _value(self, key: str, raw: Any, paths: tuple[str, ...]) -> StageValue:
        said = [self._said(path) for path in paths]
        mark, note, file = next((s for s in said if s[0]), said[0])
        return StageValue(key, self._filled_in(paths[0], raw), mark, note, file)

    def _filled_in(self, path: str, raw: Any) -> Any:
        """A value that contains references, with those filled in that do not lead to an environment variable."""
        from omegaconf import OmegaConf

        is_text_with_reference = isinstance(raw, str) and "${" in raw and not REFERENCE.fullmatch(raw)
        if not (is_text_with_reference or isinstance(raw, list)):
            return raw
        with noting_environment() as names:
            value = OmegaConf.select(self.composed.config, path)
            if OmegaConf.is_config(value):
                value = OmegaConf.to_container(value, resolve=True)
        return raw if names else value

    def _said(self, path: str) -> tuple[Mark, str, str]:
        """What the file that set `path` says about it: mark, note, place."""
        if any(path == g or path.startswith(f"{g}.") for g in self.given):
            return "given", "", ""
        for file, at in reversed(self.merged):
            rest = path if not at else path.removeprefix(f"{at}.")
            if at and rest == path:
                continue
            if (line := yaml_comments.line_of(file, rest)) is not None:
                mark, note = yaml_comments.said(file, line)
                return mark, note, f"{_short(file, self.composed.folders)}:{line}"
        return "", "", ""


def _composed_with(node: str, overrides: Sequence[str], folders: Sequence[Path]) -> Composed:
    """A configuration that has the node: that of the overrides, or that of the stage by itself."""
    composed = compose(command_of(overrides), overrides, folders=folders)
    present = [EVALUATE, *map(str, composed.config.stages)]
    known = options("stage", *folders)
    stage = EVALUATE if is_evaluation(node) else node
    if stage in present:
        return composed
    is_chosen = any(o.startswith(("recipe=", "stage=")) for o in overrides)
    if not is_chosen and stage in known:
        return compose("train", [f"stage={stage}", *overrides], folders=folders)
    message = f"there is no stage '{node}'"
    if stage in known:
        message = f"'{node}' is not part of what these overrides choose"
    raise ConfigError(message, hint=did_you_mean(stage, [*known, *present]) or f"stages: {', '.join(known)}")


def _find(raw: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(raw, Mapping):
            return None
        raw = raw.get(part)
    return raw


def _below(raw: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    found = _find(raw, at) if at else raw
    return found if isinstance(found, Mapping) else {}


def _short(file: Path, folders: Iterable[Path]) -> str:
    return next((str(file.relative_to(f)) for f in folders if file.is_relative_to(f)), str(file))
