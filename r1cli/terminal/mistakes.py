"""What a person reads when Hydra cannot compose a command line: one line for the mistake, one for the way out.

Hydra's errors are long and about its own insides. Those that a mistyped command line leads to are recognised by their
text (of the Hydra release that pyproject.toml pins) and told in the keys that were typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.config.catalogue import groups, options
from r1cli.config.hydra import ComposingFailed, compose
from r1cli.config.mistakes import short_path
from r1cli.config.single_stage import RECIPES, SingleStage, typed_view
from r1cli.errors import ConfigError
from r1cli.text import did_you_mean, first_line

if TYPE_CHECKING:
    from omegaconf import DictConfig

PRIMARY = frozenset({"run", "config", "score", "priced"})
"""Files that ask for other files on behalf of the command line."""


def in_plain_words(error: Exception) -> ConfigError | None:
    """The mistake behind an error of Hydra's, with Hydra's own first line if it is none that is known here.

    None if the error has nothing to do with Hydra.
    """
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    if isinstance(error, (HydraException, OmegaConfBaseException, YAMLError)):  # while a sweep was parsed, say
        return _explained(ComposingFailed(error, config_name="run", overrides=[], folders=[], stage=None), error)
    if isinstance(error, ComposingFailed):
        return _explained(error, error.__cause__)
    return None


def _explained(failed: ComposingFailed, original: BaseException | None) -> ConfigError:
    from yaml import YAMLError

    for error in (original, original.__cause__ if original else None):
        if isinstance(error, YAMLError):
            return _not_yaml(error)
    text = str(original).strip()
    for pattern, explain in EXPLANATIONS.items():
        match = re.search(pattern, text, flags=re.DOTALL)
        if match:
            return explain(match, failed)
    return failed


def known_keys(failed: ComposingFailed) -> dict[str, object]:
    """Every key that the line could have meant, with what stands there: its groups chosen, its other overrides not."""
    names = groups()
    chosen = [o.partition(",")[0] for o in failed.overrides if re.split("[=@]", o)[0].lstrip("+") in names]
    for overrides in (chosen, chosen[:1]):  # the first is the recipe of `r1 train`
        try:
            config = compose(failed.config_name, overrides, folders=failed.folders).config
        except ConfigError:  # a suggestion must not fail because the line is wrong in another place too
            continue
        return keys_of(config, failed.stage)
    return {}


def keys_of(config: DictConfig, stage: SingleStage | None = None) -> dict[str, object]:
    """The keys of a configuration as they are typed, dotted, with what stands there."""
    from omegaconf import OmegaConf

    plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)
    return dict(_dotted(plain if stage is None else typed_view(plain, stage)))


def _dotted(value: Any, above: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{above}{key}", inner
            yield from _dotted(inner, f"{above}{key}.")


def _no_group(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    key = failed.as_typed(match[1])
    packages = [failed.as_typed(package) for package in match[2].split(", ")]
    hint = did_you_mean(key, packages) or f"known: {', '.join(packages)}"
    return ConfigError(f"{key}: there is no such group", hint=hint)


def _no_key(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    key, keys = failed.as_typed(match[1]), known_keys(failed)
    message = f"{key}: there is no such key"
    reference = _reference_above(key, keys)
    if reference is not None:
        above, target, below = reference
        group = f"{above}=<option>" if "." not in above else f"{above.rpartition('.')[2]}@{above}=<option>"
        hint = f"{above} is ${{{target}}} here: change {target}.{below}, or choose a whole with {group}"
        return ConfigError(message, hint=hint)
    suggestion = did_you_mean(key, [*keys, *groups()])
    return ConfigError(message, hint=f"{suggestion} +{key}=<value> adds a new key".lstrip())


def _reference_above(key: str, keys: Mapping[str, object]) -> tuple[str, str, str] | None:
    """If a part above the key is a mere reference: that part, where the reference leads, and the rest of the key."""
    parts = key.split(".")
    for n in range(len(parts) - 1, 0, -1):
        above, below = ".".join(parts[:n]), ".".join(parts[n:])
        value = keys.get(above)
        match = re.fullmatch(r"\$\{([\w.]+)\}", value) if isinstance(value, str) else None
        if match:
            return above, match[1], below
    return None


def _no_option(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    asker, group, name = match[1], match[2], match[3]
    known = list(options(group, *failed.folders))
    is_typed = asker in PRIMARY or asker.startswith(f"recipe/{RECIPES}/")
    asked_by = "" if is_typed else f" [asked for by {asker}]"
    hint = did_you_mean(name, known, prefix=f"{group}=") or f"{group} can be {', '.join(known)}"
    return ConfigError(f"{group}={name}: there is no such {group}{asked_by}", hint=hint)


def _no_choice(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    group = match[1]
    return ConfigError(f"which {group}?", hint=f"give {group}= one of {', '.join(options(group, *failed.folders))}")


def _nothing_to_delete(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    key = failed.as_typed(match[1])
    return ConfigError(f"~{key}: there is nothing to take out", hint=did_you_mean(key, known_keys(failed)))


def _several_values(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    override = failed.as_typed(match[1])
    key, _, value = override.partition("=")
    return ConfigError(f"{override}: several values", hint=f"a sweep needs -m; one list is written {key}=[{value}]")


def _no_equals_sign(match: re.Match[str], failed: ComposingFailed) -> ConfigError:
    key = failed.as_typed(match[1])
    return ConfigError(f"'{key}' is not KEY=VALUE", hint=f"did you mean {key}=<value>?")


def _unreadable(match: re.Match[str], _failed: ComposingFailed) -> ConfigError:
    hint = "KEY=VALUE, in quotes where a value holds spaces or brackets"
    return ConfigError(f"cannot read this override ({match[1].strip()})", hint=hint)


def _not_yaml(error: Any) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    place = f"{short_path(Path(mark.name))}:{mark.line + 1}: " if mark is not None else ""
    problem = getattr(error, "problem", None) or first_line(error)
    return ConfigError(f"{place}not YAML: {problem}", hint="check the indentation and the colons of that line")


EXPLANATIONS: Mapping[str, Callable[[re.Match[str], ComposingFailed], ConfigError]] = {
    r"^Could not override '([^']+)'\..*?Did you mean to override one of (.*?)\?": _no_group,
    r"^Could not override '([^']+)'": _no_key,
    r"In '([^']*)': Could not (?:find|load) '([^']+)/([^'/]+)'": _no_option,
    r"^You must specify '([^']+)'": _no_choice,
    r"^Could not delete from config\. '([^']+)' does not exist": _nothing_to_delete,
    r"^Ambiguous value for argument '([^']*)'": _several_values,
    r"^Error parsing override '([^']*)'\s+missing EQUAL": _no_equals_sign,
    r"^LexerNoViableAltException: ([^\n]*)": _unreadable,
    r"^(?:Error parsing override )?('?[^\n]*)\n.*override_grammar": _unreadable,
}
