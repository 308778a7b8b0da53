"""Mistakes that show when a composed configuration becomes typed objects: which key, in which file, and what was meant.

Two kinds: a `${...}` leads nowhere (`reference_errors`), or a key or value is not what its class takes
(`value_errors`). Both become a ConfigError that speaks in the keys that people type. What Hydra itself says while it
composes is put into words in r1cli.terminal.mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import ConfigError, R1Error
from r1cli.text import did_you_mean, first_line

if TYPE_CHECKING:
    from pydantic import ValidationError

MOST_MISTAKES = 3
"""Mistakes that are named in one line."""


@dataclass(frozen=True)
class ConfigPiece:
    """Which part of the configuration is being read, and where it was written."""

    prefix: str
    """What stands before its keys on the command line, dot included; empty for the stage of `r1 train`."""
    node: str
    """The stage or group that the keys belong to."""
    root_keys: frozenset[str]
    """Keys that stand at the root, without the prefix."""
    folders: tuple[Path, ...]
    """Folders of YAML that were searched."""
    choices: Mapping[str, str]
    """Which option each group took."""

    def key(self, path: Sequence[object]) -> str:
        """The key as a person types it; for an empty path, the name of the whole piece."""
        if not path:
            return self.prefix.removesuffix(".") or self.node
        dotted = ".".join(map(str, path))
        return dotted if path[0] in self.root_keys else f"{self.prefix}{dotted}"

    def line_of(self, key: str, value: object) -> str:
        """`conf/stage/coldstart.yaml:12`, the line that sets `key` to `value`; empty if no file does."""
        setting = re.compile(rf"^[\s{{,-]*(?:.*[{{,]\s*)?['\"]?{re.escape(key)}['\"]?\s*:(.*)$")
        wanted = "" if isinstance(value, (dict, list)) else str(value).lower()
        for place, line in self._lines():
            match = setting.match(line.partition(" #")[0])
            if match and (wanted in match[1].lower() or "${" in match[1]):
                return place
        return ""

    def line_with(self, text: str) -> str:
        """The first line that contains `text`; empty if none does."""
        return next((place for place, line in self._lines() if text in line), "")

    def _lines(self) -> Iterator[tuple[str, str]]:
        for file in self._files():
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                yield f"{short_path(file)}:{number}", line

    def _files(self) -> list[Path]:
        """Files that took part, those of this node first."""
        chosen = [(group.split("@")[0], option) for group, option in self.choices.items() if option]
        chosen.sort(key=lambda choice: choice[1] != self.node)
        names = [f"{group}/{option}.yaml" for group, option in [("stage", self.node), *chosen]]
        names += ["run.yaml", "config.yaml"]
        candidates = [folder / name for name in dict.fromkeys(names) for folder in self.folders]
        return [file for file in candidates if file.is_file()]


@contextmanager
def value_errors(plain: Mapping[str, Any], piece: ConfigPiece) -> Iterator[None]:
    """Turn what a class refuses in `plain` into a ConfigError.

    Raises:
        ConfigError: with the key, the value, the file and line, and the nearest key that exists.
    """
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as e:
        raise _refused(e, plain, piece) from e
    except ConfigError as e:
        raise ConfigError(f"{piece.prefix}{e.message}", hint=e.hint) from e


@contextmanager
def reference_errors(piece: ConfigPiece) -> Iterator[None]:
    """Turn a `${...}` that leads nowhere, or a `???` that nobody filled in, into a ConfigError."""
    from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue, OmegaConfBaseException

    try:
        yield
    except MissingMandatoryValue as e:
        key = piece.key(str(e.full_key or e.key or "").removeprefix(piece.prefix).split("."))
        raise ConfigError(f"{key}: a value is missing", hint=f"give {key}=<value>") from e
    except InterpolationResolutionError as e:
        raise _dangling(e, piece) from e
    except OmegaConfBaseException as e:
        raise ConfigError(f"{piece.key(())}: {first_line(e)}", hint="r1 show prints the node") from e


def short_path(file: Path) -> str:
    """A file as seen from the current folder, if it lies below it."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _refused(error: ValidationError, plain: Mapping[str, Any], piece: ConfigPiece) -> ConfigError:
    # A misspelt key is missing under its right name too: the misspelling explains both, so it comes first.
    errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    mistakes = [_Mistake(dict(e), plain, piece) for e in errors]
    messages = list(dict.fromkeys(m.message() for m in mistakes))
    text = "; ".join(messages[:MOST_MISTAKES])
    if len(messages) > MOST_MISTAKES:
        text += f"; and {len(messages) - MOST_MISTAKES} more"
    return ConfigError(text, hint=mistakes[0].hint())


class _Mistake:
    """One of pydantic's errors."""

    def __init__(self, error: Mapping[str, Any], plain: Mapping[str, Any], piece: ConfigPiece) -> None:
        self.kind: str = error["type"]
        self.value = error.get("input")
        self.cause = (error.get("ctx") or {}).get("error")
        self.text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        self.piece = piece
        absent = self.kind in {"missing", "extra_forbidden"}
        self.path, self.parent = _walk(plain, error["loc"], last_is_absent=absent)
        self.key = piece.key(self.path)

    def message(self) -> str:
        if self.kind == "extra_forbidden":
            return f"{self.key}: there is no such key{self._place()}"
        if self.kind == "missing":
            return f"{self.key}: a value is missing"
        is_short = isinstance(self.value, (str, int, float, type(None)))
        given = f" (got {self.value!r})" if is_short else ""
        return f"{self.key}: {self.text[:1].lower()}{self.text[1:]}{given}{self._place()}"

    def hint(self) -> str:
        if isinstance(self.cause, ConfigError):
            return self.cause.hint
        if self.kind == "extra_forbidden":
            known = _known_keys(self.parent)
            above = f"{self.piece.key(self.path[:-1])}." if self.path[:-1] else self.piece.prefix
            return did_you_mean(str(self.path[-1]), known, prefix=above) or f"known keys: {', '.join(sorted(known))}"
        if self.kind == "missing":
            return f"give +{self.key}=<value>"
        if isinstance(self.value, (dict, list)):
            return f"change what stands under {self.key}"
        return f"give another value: {self.key}=<value>"

    def _place(self) -> str:
        line = self.piece.line_of(str(self.path[-1]), self.value) if self.path else ""
        return f" [{line}]" if line else ""


def _walk(plain: Any, location: Sequence[object], *, last_is_absent: bool) -> tuple[list[object], Any]:
    """Keys of the configuration in pydantic's location (it also names classes), and the mapping of the last key."""
    path: list[object] = []
    parent = here = plain
    for i, step in enumerate(location):
        is_key = isinstance(here, Mapping) and step in here
        is_index = isinstance(here, list) and isinstance(step, int)
        if is_key or is_index:
            parent, here = here, here[step]
            path.append(step)
        elif last_is_absent and i == len(location) - 1:
            parent = here
            path.append(step)
    return path, parent


def _known_keys(mapping: Any) -> set[str]:
    """Keys that the class named by the mapping's `_target_` takes; without one, the keys that stand there."""
    from r1cli.component import locate

    if not isinstance(mapping, Mapping):
        return set()
    if "_target_" in mapping:
        return set(locate(str(mapping["_target_"])).keys())
    return set(mapping)


def _refusal_behind(error: BaseException | None) -> R1Error | None:
    """The error of a resolver of ours, which OmegaConf wraps in its own."""
    while error is not None and not isinstance(error, R1Error):
        error = error.__cause__ or error.__context__
    return error


def _dangling(error: Any, piece: ConfigPiece) -> ConfigError:
    full_key = str(error.full_key or "")
    is_root_key = full_key.partition(".")[0] in piece.choices
    key = full_key if is_root_key else piece.key([full_key] if full_key else ())
    if (refusal := _refusal_behind(error)) is not None:
        return ConfigError(f"{key}: {refusal.message}", hint=refusal.hint)
    match = re.search(r"Interpolation key '([^']*)' not found", str(error))
    if match is None:
        return ConfigError(f"{key}: {first_line(error)}", hint="see what r1 show prints for this node")
    reference = match[1]
    line = piece.line_with(f"${{{reference}")
    place = f" [{line}]" if line else ""
    group, _, rest = reference.partition(".")
    option = piece.choices.get(group)
    hint = "check the spelling of the reference"
    if option and rest:
        hint = f"{group}={option} does not set {rest}: add it, or take another {group}"
    return ConfigError(f"{key}: ${{{reference}}} leads nowhere{place}", hint=hint)
