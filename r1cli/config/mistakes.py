"""Mistakes in the configuration, told in one line with one hint: which key, in which file, and what was meant.

Three sources of them: Hydra could not compose (`of_hydra`), a `${...}` leads nowhere (`of_reference`), a value or a key
is not what the stage takes (`of_values`). All become a ConfigError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import ConfigError
from r1cli.text import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError

MOST = 3  # mistakes named in one line


@dataclass(frozen=True)
class Source:
    """Where a piece of the configuration comes from, for telling a person."""

    at: str
    """What stands before its keys on the command line, dot included."""
    node: str
    """The stage or group that the keys belong to."""
    shared: frozenset[str]
    """Keys that stand at the root whatever `at` says."""
    folders: tuple[Path, ...]
    """Folders of YAML that were searched."""
    choices: Mapping[str, str]
    """Which option each group took."""

    def key(self, path: Sequence[object]) -> str:
        """The key as a person types it; for an empty path, what stands for the whole."""
        if not path:
            return self.at.removesuffix(".") or self.node
        dotted = ".".join(map(str, path))
        return dotted if path[0] in self.shared else f"{self.at}{dotted}"

    def line_of(self, key: str, value: object) -> str:
        """`conf/stage/coldstart.yaml:12`, the line that sets `key` to `value`; empty if no file does."""
        setting = re.compile(rf"^[\s{{,-]*(?:.*[{{,]\s*)?['\"]?{re.escape(key)}['\"]?\s*:(.*)$")
        wanted = "" if isinstance(value, (dict, list)) else str(value).lower()
        for file in self._files():
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                found = setting.match(line.partition(" #")[0])
                if found and (wanted in found[1].lower() or "${" in found[1]):
                    return f"{_short(file)}:{number}"
        return ""

    def _files(self) -> list[Path]:
        """Files that took part, those of this node first."""
        chosen = [(group.split("@")[0], option) for group, option in self.choices.items() if option]
        chosen.sort(key=lambda c: c[1] != self.node)
        upstream = [("stage", self.node)]
        names = [f"{group}/{option}.yaml" for group, option in upstream + chosen]
        names += ["run.yaml", "train.yaml", "config.yaml"]
        return [f for name in dict.fromkeys(names) for folder in self.folders if (f := folder / name).is_file()]


@dataclass(frozen=True)
class Known:
    """What a command line could have meant; asked for only when something is wrong."""

    keys: Callable[[], Mapping[str, object]]
    """Every key, with what stands there."""
    groups: Callable[[], Iterable[str]]
    options: Callable[[str], Iterable[str]]
    """Of a group."""


@contextmanager
def of_values(plain: Mapping[str, Any], source: Source) -> Iterator[None]:
    """Values that do not fit the class they are for: a ConfigError with the keys as a person types them."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as e:
        raise _misfit(e, plain, source) from e
    except ConfigError as e:
        raise ConfigError(f"{source.at}{e.message}", hint=e.hint) from e


@contextmanager
def of_reference(source: Source) -> Iterator[None]:
    """`${...}` that leads nowhere, and `???` that nobody filled in."""
    from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue, OmegaConfBaseException

    try:
        yield
    except MissingMandatoryValue as e:
        key = source.key(str(e.full_key or e.key or "").split("."))
        raise ConfigError(f"{key}: a value is missing", hint=f"give {key}=<value>") from e
    except InterpolationResolutionError as e:
        raise _dangling(e, source) from e
    except OmegaConfBaseException as e:
        raise ConfigError(f"{source.key(())}: {_first_line(e)}", hint="r1 show prints the node") from e


def of_hydra(error: BaseException, known: Known) -> ConfigError | None:
    """What Hydra said while composing, in one line; None if the error is none of Hydra's."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    for e in (error, error.__cause__):
        if isinstance(e, YAMLError):
            return _bad_yaml(e)
    if not isinstance(error, (HydraException, OmegaConfBaseException)):
        return None
    text = str(error).strip()
    for pattern, told in _TOLD.items():
        if found := re.search(pattern, text, flags=re.DOTALL):
            return told(found, known)
    return ConfigError(_first_line(error), hint="--info defaults-tree shows how the configuration is put together")


def _no_key(found: re.Match[str], known: Known) -> ConfigError:
    key, keys = found[1], known.keys()
    message = f"{key}: there is no such key"
    parts = key.split(".")
    for n in range(len(parts) - 1, 0, -1):
        above, below = ".".join(parts[:n]), ".".join(parts[n:])
        if isinstance(value := keys.get(above), str) and (reference := re.fullmatch(r"\$\{([\w.]+)\}", value)):
            hint = f"{above} is {value} here: change {reference[1]}.{below}, or choose a whole with {_group_of(above)}"
            return ConfigError(message, hint=hint)
    added = f"+{key}=<value> adds a new key"
    return ConfigError(message, hint=" ".join(filter(None, [did_you_mean(key, [*keys, *known.groups()]), added])))


def _group_of(key: str) -> str:
    return f"{key}=<option>" if "." not in key else f"{key.rpartition('.')[2]}@{key}=<option>"


def _no_group(found: re.Match[str], _known: Known) -> ConfigError:
    groups = found[2].split(", ")
    return ConfigError(
        f"{found[1]}: there is no such group", hint=did_you_mean(found[1], groups) or f"known: {found[2]}"
    )


def _no_option(found: re.Match[str], known: Known) -> ConfigError:
    asker, group, name = found[1], found[2], found[3]
    options = list(known.options(group))
    said = f" [asked for by {asker}]" if asker not in _PRIMARY else ""
    close = did_you_mean(name, options, prefix=f"{group}=") or f"{group} can be {', '.join(options)}"
    return ConfigError(f"{group}={name}: there is no such {group}{said}", hint=close)


def _no_choice(found: re.Match[str], known: Known) -> ConfigError:
    return ConfigError(f"which {found[1]}?", hint=f"give {found[1]}= one of {', '.join(known.options(found[1]))}")


def _no_such_node(found: re.Match[str], known: Known) -> ConfigError:
    return ConfigError(f"~{found[1]}: there is nothing to take out", hint=did_you_mean(found[1], known.keys()))


def _many_values(found: re.Match[str], _known: Known) -> ConfigError:
    key, _, value = found[1].partition("=")
    return ConfigError(f"{found[1]}: several values", hint=f"a sweep needs -m; one list is written {key}=[{value}]")


def _no_equals(found: re.Match[str], _known: Known) -> ConfigError:
    return ConfigError(f"'{found[1]}' is not KEY=VALUE", hint=f"did you mean {found[1]}=<value>?")


def _not_an_override(found: re.Match[str], _known: Known) -> ConfigError:
    return ConfigError(
        f"cannot read this override ({found[1].strip()})",
        hint="KEY=VALUE, in quotes where a value holds spaces or brackets",
    )


_PRIMARY = frozenset({"run", "train", "config"})
_TOLD: Mapping[str, Callable[[re.Match[str], Known], ConfigError]] = {
    r"^Could not override '([^']+)'\..*?Did you mean to override one of (.*?)\?": _no_group,
    r"^Could not override '([^']+)'": _no_key,
    r"In '([^']*)': Could not find '([^']+)/([^'/]+)'": _no_option,
    r"^You must specify '([^']+)'": _no_choice,
    r"^Could not delete from config\. '([^']+)' does not exist": _no_such_node,
    r"^Ambiguous value for argument '([^']*)'": _many_values,
    r"^Error parsing override '([^']*)'\s+missing EQUAL": _no_equals,
    r"^LexerNoViableAltException: ([^\n]*)": _not_an_override,
    r"^(?:Error parsing override )?('?[^\n]*)\n.*override_grammar": _not_an_override,
}


def _misfit(error: ValidationError, plain: Mapping[str, Any], source: Source) -> ConfigError:
    # A misspelt key is missing under its right name too: the misspelling explains both.
    errors = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    mistakes = [_Mistake(dict(e), plain, source) for e in errors]
    told = list(dict.fromkeys(m.told() for m in mistakes))
    more = f"; and {len(told) - MOST} more" if len(told) > MOST else ""
    return ConfigError("; ".join(told[:MOST]) + more, hint=mistakes[0].hint())


class _Mistake:
    """One of pydantic's errors."""

    def __init__(self, error: Mapping[str, Any], plain: Mapping[str, Any], source: Source) -> None:
        self.error, self.source = error, source
        self.path, self.parent = _walk(plain, error["loc"], missing=error["type"] in {"missing", "extra_forbidden"})
        self.key = source.key(self.path)

    def told(self) -> str:
        kind, given = self.error["type"], self.error.get("input")
        if kind == "extra_forbidden":
            return f"{self.key}: there is no such key" + self._where()
        if kind == "missing":
            return f"{self.key}: a value is missing"
        message = str(self.error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message = message[:1].lower() + message[1:]
        shown = f" (got {given!r})" if isinstance(given, (str, int, float, type(None))) else ""
        return f"{self.key}: {message}{shown}" + self._where()

    def hint(self) -> str:
        kind, given = self.error["type"], self.error.get("input")
        original = (self.error.get("ctx") or {}).get("error")
        if isinstance(original, ConfigError):
            return original.hint
        if kind == "extra_forbidden":
            known = _fields(self.parent)
            leaf = str(self.path[-1])
            close = did_you_mean(
                leaf,
                known,
                prefix=f"{self.source.key(self.path[:-1])}." if self.path[:-1] else self.source.at,
            )
            return close or f"known keys: {', '.join(sorted(known))}"
        if kind == "missing":
            return f"give +{self.key}=<value>"
        if isinstance(given, (dict, list)):
            return f"change what stands under {self.key}"
        return f"give another value: {self.key}=<value>"

    def _where(self) -> str:
        line = self.source.line_of(str(self.path[-1]), self.error.get("input")) if self.path else ""
        return f" [{line}]" if line else ""


def _walk(plain: Any, loc: Sequence[object], *, missing: bool) -> tuple[list[object], Any]:
    """The part of pydantic's location that is keys of the configuration, and the mapping that holds the last one."""
    path: list[object] = []
    parent = here = plain
    for i, step in enumerate(loc):
        inside = (isinstance(here, Mapping) and step in here) or (isinstance(here, list) and isinstance(step, int))
        if inside:
            parent, here = here, here[step]
            path.append(step)
        elif missing and i == len(loc) - 1:
            parent = here
            path.append(step)
    return path, parent


def _fields(mapping: Any) -> set[str]:
    """Keys that the class named by the mapping's `_target_` takes; else those that stand there."""
    from r1cli.component import locate

    if not isinstance(mapping, Mapping):
        return set()
    if "_target_" in mapping:
        return set(locate(str(mapping["_target_"])).keys())
    return set(mapping)


def _dangling(error: Any, source: Source) -> ConfigError:
    text = str(error)
    found = re.search(r"Interpolation key '([^']*)' not found", text)
    reference = found[1] if found else ""
    line = _line_with(f"${{{reference}", source) if found else ""
    where = f" [{line}]" if line else ""
    full = str(getattr(error, "full_key", None) or "")
    at_root = full.partition(".")[0] in source.choices
    key = full if at_root else source.key([full] if full else ())
    if not found:
        return ConfigError(f"{key}: {_first_line(error)}{where}", hint="see what r1 show prints for this node")
    group, _, rest = reference.partition(".")
    option = source.choices.get(group)
    what = f"${{{reference}}} leads nowhere"
    if option and rest:
        return ConfigError(
            f"{key}: {what}{where}", hint=f"{group}={option} does not set {rest}: add it, or take another {group}"
        )
    return ConfigError(f"{key}: {what}{where}", hint="check the spelling of the reference")


def _line_with(text: str, source: Source) -> str:
    for file in source._files():  # noqa: SLF001
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if text in line:
                return f"{_short(file)}:{number}"
    return ""


def _bad_yaml(error: Any) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    where = f"{_short(Path(mark.name))}:{mark.line + 1}: " if mark is not None else ""
    return ConfigError(
        f"{where}not YAML: {getattr(error, 'problem', None) or _first_line(error)}",
        hint="check the indentation and the colons of that line",
    )


def _short(file: Path) -> str:
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
