r"""Orders: intervals in all spellings: `[0, 1)`, `[0, 1[`, `0 \leq x < 1`, `{x | 0 <= x < 1}`; all texts `spelled`."""

from __future__ import annotations

import re
from typing import NamedTuple

_REVERSED = re.compile(r"(?P<left>[\[\](])(?P<bounds>[^\[\]()]*[,;][^\[\]()]*)(?P<right>[\[\])])")
_SET = re.compile(
    r"(?P<open>\\\{|\{)?(?P<name>[A-Za-z])(?:\\in(?:\\mathbb\{?R\}?|R))?(?:\\mid|\\vert|\||:)"
    r"(?P<condition>.*?)(?P<close>\\\}|\})?"
)
_ORDER = re.compile(r"(\\leq|\\geq|<|>)(?![=<>])")
_VARIABLE = re.compile(r"(?!e$|i$)(?:[A-Za-z]|\\(?:alpha|beta|gamma|theta|lambda|mu|phi|omega|varphi))(?:_\w)?")
_INTERVAL = re.compile(r"[\[(][^\[\]()]*,[^\[\]()]*[\])]")
_TURNED = {"<": ">", ">": "<", "\\leq": "\\geq", "\\geq": "\\leq"}


def as_brackets(text: str) -> str:
    r"""What says an interval in another way with the usual brackets: `]0,1[` is (0,1), `\{x|x<1\}` is `x<1`."""
    if "[" in text or "]" in text:
        return r"\cup".join(map(_turned_around, text.split(r"\cup")))
    match = _SET.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]) or not _ORDER.search(match["condition"]):
        return text
    return match["condition"].strip() if match["name"] in match["condition"] else text


def _turned_around(text: str) -> str:
    match = _REVERSED.fullmatch(text)
    if match is None:
        return text
    left = "(" if match["left"] == "]" else match["left"]
    right = ")" if match["right"] == "[" else match["right"]
    return f"{left}{match['bounds']}{right}"


class Bounded(NamedTuple):
    """What an inequality says."""

    name: str
    """Of the variable."""
    interval: str


def interval_of(text: str) -> Bounded | None:
    r"""The variable and its interval in `0<x<1`, `x\leq2` or `x\in[0,1)`; None if it is none of these."""
    name, member, interval = text.partition("\\in")
    if member and _VARIABLE.fullmatch(name) and _INTERVAL.fullmatch(interval.strip()):
        return Bounded(name, interval.strip())
    sides = [side.strip() for side in _ORDER.split(text)]
    return _half_line(*sides) if len(sides) == 3 else _between(*sides) if len(sides) == 5 else None


def _half_line(left: str, sign: str, right: str) -> Bounded | None:
    if _VARIABLE.fullmatch(right):
        left, sign, right = right, _TURNED[sign], left
    if not (_VARIABLE.fullmatch(left) and _is_bound(right)):
        return None
    if sign in {"<", "\\leq"}:
        return Bounded(left, f"(-\\infty,{right}{')' if sign == '<' else ']'}")
    return Bounded(left, f"{'(' if sign == '>' else '['}{right},\\infty)")


def _between(low: str, first: str, name: str, second: str, high: str) -> Bounded | None:
    if first in {">", "\\geq"}:
        low, first, second, high = high, _TURNED[second], _TURNED[first], low
    if first not in {"<", "\\leq"} or second not in {"<", "\\leq"}:
        return None
    if not (_VARIABLE.fullmatch(name) and _is_bound(low) and _is_bound(high)):
        return None
    return Bounded(name, f"{'(' if first == '<' else '['}{low},{high}{')' if second == '<' else ']'}")


def _is_bound(text: str) -> bool:
    return bool(text) and "=" not in text and "," not in text and not _VARIABLE.fullmatch(text)
