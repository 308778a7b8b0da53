"""Where each value of a stage comes from: the paper, the paper made smaller, or ourselves.

conf/ says so in a comment on the line of the value: `# paper: V2 3.2.1`, `# scaled: 512 -> 128`, `# ours: why`. A
value may be a reference (`${scale.reasoning_rl.beta}`); then the line that it leads to speaks, and if that says nothing
the one that refers to it. A line at the head of a file, `# ours: everything here ...`, speaks for its values that have
no comment of their own. Which file had the last word is Hydra's to say: its list of defaults, in the order of merging.

    r1 explain reasoning_rl
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from r1cli.config import yaml_comments
from r1cli.config.catalogue import options
from r1cli.config.environment import noting_environment
from r1cli.config.hydra import Composed, command_of, compose, composed_with, hydra_ready
from r1cli.config.lean import lean_hydra
from r1cli.config.yaml_comments import Mark
from r1cli.engine.evaluation import benchmark_in, is_evaluation, measures_a_model
from r1cli.errors import ConfigError
from r1cli.text import as_typed, did_you_mean

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
    """Every value of a node, in the order of its configuration; `evaluate` is the stage that evaluates all models.

    Raises:
        ConfigError: the overrides lead to no such node.
    """
    here = _TracedNode.compose(node, overrides, folders).values()
    at_the_papers_scale = _TracedNode.compose(node, _with_the_papers_scale(overrides), folders).values()
    paper = {value.key: value for value in at_the_papers_scale}
    return [replace(value, paper=_value_of_the_paper(value, paper.get(value.key))) for value in here]


def _with_the_papers_scale(overrides: Sequence[str]) -> list[str]:
    """The same choices of groups at scale=paper; single values given on the command line are not the paper's."""
    choices = []
    for override in overrides:
        key = override.partition("=")[0].partition("@")[0]
        if "." not in key and key not in {"seed", "scale"}:
            choices.append(override)
    return [*choices, PAPER]


def _value_of_the_paper(value: StageValue, at_the_papers_scale: StageValue | None) -> str:
    """That of scale=paper if a comment there says that it is the paper's; else the `512` of `scaled: 512 -> 128`."""
    if at_the_papers_scale is not None and at_the_papers_scale.mark == "paper":
        return as_typed(at_the_papers_scale.value)
    if value.mark == "scaled" and "->" in value.note:
        return value.note.partition("->")[0].strip()
    return ""


@dataclass(frozen=True)
class _TracedNode:
    """A node of a composed configuration, and the files that its keys were set by."""

    composed: Composed
    raw: Mapping[str, Any]
    """The whole configuration as plain data, references not filled in."""
    prefix: str
    """What stands before the node's own keys, dot included."""
    merged: Sequence[tuple[Path, str]]
    """Files with the package that their keys went to, the one with the last word last."""
    given: tuple[str, ...]
    """Keys set on the command line. Choices of groups are left out: their files have comments."""

    @classmethod
    def compose(cls, node: str, overrides: Sequence[str], folders: Sequence[Path]) -> _TracedNode:
        from hydra.core.global_hydra import GlobalHydra
        from hydra.types import RunMode
        from omegaconf import OmegaConf

        with hydra_ready():
            composed = _composed_with(node, overrides, folders)
            lines = [*composed.hydra_overrides, *composed.overrides]
            # Which file was merged when is Hydra's to say.
            loader = GlobalHydra.instance().config_loader()
            with lean_hydra():
                defaults = loader.compute_defaults_list("run", lines, RunMode.RUN).defaults
        merged = []
        for default in defaults:
            files = (folder / f"{default.config_path}.yaml" for folder in composed.folders)
            merged += [(file, default.package or "") for file in files if file.is_file()]
        keys = [override.partition("=")[0].lstrip("+~") for override in composed.overrides]
        given = tuple(key for key in keys if key not in composed.choices)
        raw = OmegaConf.to_container(composed.config, resolve=False)
        assert isinstance(raw, dict)
        prefix = _prefix(node, raw.get("benchmarks") or {})
        return cls(composed, {str(key): value for key, value in raw.items()}, prefix, merged, given)

    def values(self) -> Iterator[StageValue]:
        """The node's own leaves, then those shared by all stages that change what is computed."""
        from r1cli.stage import ModelSpec

        for key, value in self._own.items():
            if value != {}:
                yield from self._leaves(f"{self.prefix}{key}", value, key)
        shared = {"seed": self.raw["seed"]}
        for key, value in self.raw["model"].items():
            if key not in {*ModelSpec.NOT_IDENTITY, "_target_"}:
                shared[f"model.{key}"] = value
        for key, value in shared.items():
            if key.partition(".")[0] not in self._own:
                yield from self._leaves(key, value, key)

    @property
    def _own(self) -> Mapping[str, Any]:
        own = look_up(self.raw, self.prefix.removesuffix("."))
        return own if isinstance(own, Mapping) else {}

    def _leaves(
        self, path: str, raw: Any, key: str, came: tuple[str, ...] = (), depth: int = 0
    ) -> Iterator[StageValue]:
        """The values below `path`.

        Args:
            path: in the whole configuration.
            raw: what stands there.
            key: as `r1 show` has it.
            came: the paths of the references that led here, the last one first.
            depth: mappings that were referred to on the way. Such a mapping is walked once; one that is referred to
                inside it is not.
        """
        if key.endswith("_target_"):
            return
        target = self._reference(raw)
        referred = look_up(self.raw, target) if target is not None else None
        if target is not None and (depth == 0 or not isinstance(referred, Mapping)):
            yield from self._leaves(target, referred, key, (path, *came), depth + isinstance(referred, Mapping))
        elif isinstance(raw, Mapping) and raw and all(isinstance(name, str) for name in raw):
            for name, inner in raw.items():
                yield from self._leaves(f"{path}.{name}", inner, f"{key}.{name}", (), depth)
        else:
            yield self._value(key, raw, (path, *came))

    def _reference(self, raw: Any) -> str | None:
        """Where a value that is nothing but a reference leads; a stage's own keys come before those of the root."""
        match = REFERENCE.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            return None
        is_own = match[1].partition(".")[0] in self._own
        return f"{self.prefix}{match[1]}" if is_own else match[1]

    def _value(self, key: str, raw: Any, paths: tuple[str, ...]) -> StageValue:
        """The first of the paths whose line has a comment speaks for the value."""
        sources = [self._source(path) for path in paths]
        mark, note, file = next((source for source in sources if source[0]), sources[0])
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

    def _source(self, path: str) -> tuple[Mark, str, str]:
        """Mark, note and place of the line that set `path`."""
        if any(path == key or path.startswith(f"{key}.") for key in self.given):
            return "given", "", ""
        for file, package in reversed(self.merged):
            if package and not path.startswith(f"{package}."):
                continue
            line = yaml_comments.line_of(file, path.removeprefix(f"{package}.") if package else path)
            if line is not None:
                mark, note = yaml_comments.comment_on(file, line)
                return mark, note, f"{_below(self.composed.folders, file)}:{line}"
        return "", "", ""


def _prefix(node: str, benchmarks: Iterable[object]) -> str:
    """What stands before a node's own keys in the composed configuration."""
    if (benchmark := benchmark_in(node, map(str, benchmarks))) is not None:
        return f"benchmarks.{benchmark}."
    return "evaluation." if node == EVALUATE or is_evaluation(node) else f"stages.{node}."


def _composed_with(node: str, overrides: Sequence[str], folders: Sequence[Path]) -> Composed:
    """A configuration that has the node: that of the overrides, or that of the stage by itself."""
    if node == EVALUATE or measures_a_model(node):
        return compose(command_of(overrides), overrides, folders=folders)
    composed = composed_with(node, overrides, folders)
    present = [EVALUATE, *map(str, composed.config.stages)]
    if node in present:
        return composed
    known = options("stage", *folders)
    message = f"there is no stage '{node}'"
    if node in known:
        message = f"'{node}' is not part of what these overrides choose"
    raise ConfigError(message, hint=did_you_mean(node, [*known, *present]) or f"stages: {', '.join(known)}")


def look_up(raw: Any, path: str, *, absent: object = None) -> Any:
    """What stands at a dotted path; `absent` if nothing does."""
    for part in path.split("."):
        if not isinstance(raw, Mapping) or part not in raw:
            return absent
        raw = raw[part]
    return raw


def _below(folders: Iterable[Path], file: Path) -> Path:
    """The file as seen from the folder that it was found in."""
    return next((file.relative_to(folder) for folder in folders if file.is_relative_to(folder)), file)
