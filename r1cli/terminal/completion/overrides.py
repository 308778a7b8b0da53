"""The word of an override: `GROUP=OPTION`, `KEY=VALUE`, `+KEY=VALUE`, `~KEY`, and in a sweep lists with commas."""

from __future__ import annotations

from r1cli.terminal.completion import sources
from r1cli.terminal.completion.shells import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from r1cli.terminal.completion.shapes import Key, Keys, Line

SEPARATORS = ".@/"
"""A name is completed up to the next of these."""


def candidates(word: str, line: Line, known: Keys, aliases: dict[str, str], *, sweep: bool) -> list[Candidate]:
    """What `word` may become.

    `aliases` are names that the command has for groups; in a `sweep` several values are wanted, so that none is the
    last for certain.
    """
    body = word.lstrip("+~")
    sign = word[: len(word) - len(body)]
    key, equals, value = body.partition("=")
    if not equals:
        added = _mounts(body, line, known) if sign.startswith("+") else []
        return _names(sign, body, known, added)
    before, comma, last = value.rpartition(",")
    values = _values(key, last, line, known, aliases)
    taken = before.split(",")
    return [
        Candidate(f"{sign}{key}={before}{comma}{c.text}", done=c.done and not (sweep or comma), about=c.about)
        for c in values
        if c.text not in taken
    ]


def _mounts(typed: str, line: Line, known: Keys) -> list[str]:
    """Where a further choice of a group can be put: `+algorithm@stages.r1_zero.trainer`."""
    group, at, _ = typed.partition("@")
    if not at:
        return [f"{name}@." for name in line["groups"]]
    if group not in line["groups"]:
        return []
    above: set[str] = set()
    for key in known["keys"]:
        above.update(key[:i] for i, character in enumerate(key) if character == ".")
    return [f"{group}@{place}" for place in above]


def _names(sign: str, typed: str, known: Keys, added: list[str]) -> list[Candidate]:
    """Groups and keys, each up to the next part of its name."""
    candidates = {}
    for name in (*known["groups"], *known["keys"], *added):
        if name.startswith(typed) and _wanted(name, typed):
            ends = [i + 1 for c in SEPARATORS if (i := name.find(c, len(typed))) >= 0]
            short = name[: min(ends)] if ends else name
            candidates[short] = _name(sign, short, name, known)
    if sign == "~" and typed in known["keys"]:
        candidates[typed] = Candidate(f"~{typed}")
    return list(candidates.values())


def _wanted(name: str, typed: str) -> bool:
    """What few people change is offered when its name has been begun: Hydra's groups, and keys such as `_target_`."""
    rest = name[len(typed) :] if typed.endswith(".") or not typed else ""
    return not rest.startswith(("hydra", "_"))


def _name(sign: str, short: str, name: str, known: Keys) -> Candidate:
    if short != name:
        return Candidate(f"{sign}{short}", done=False)
    if sign == "~":
        return Candidate(f"~{name}")
    key = known["keys"].get(name)
    option = known["groups"].get(name)
    about = key["help"] if key else ""
    if option:
        about = f"now {option}"
    return Candidate(f"{sign}{name}=", done=False, about=about)


def _values(key: str, typed: str, line: Line, known: Keys, aliases: dict[str, str]) -> list[Candidate]:
    if key in known["options"]:
        return [Candidate(option) for option in known["options"][key]]
    group = aliases.get(key, key).partition("@")[0]
    if group in line["groups"] and (key in known["groups"] or "@" in key):
        return [Candidate(option, about=about) for option, about in line["groups"][group].items()]
    spec: Key | None = known["keys"].get(key)
    if spec is None:
        return []
    now = sources.current(spec)
    values = [Candidate(value, about="now" if value == now else "") for value in spec["values"]]
    if now and now not in spec["values"]:
        # To be changed, most likely: no blank after it.
        values.append(Candidate(now, done=False, about="now"))
    return values + (sources.files(typed) if spec["files"] else [])
