"""Numbers with or without a unit, however they are written, as exact fractions: what most answers are.

`1,234`, `１２３４`, `1 234`, `$1{,}234`, `1.234,0` (where a language writes so), `2 1/2 cups`, `50%`: no sympy needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

COMMA_LANGUAGES = frozenset(
    "bg ca cs da de el es et fi fr gl hr hu id is it lt lv nb nl nn no pl pt ro ru sk sl sr sv tr uk vi".split()
)
"""Languages that write 0,5 for a half."""
_LONGEST_NUMBER = 100
_TOLERANCE = Fraction(1, 500_000)
"""Relative, between two numbers that are both no integers: references are rounded to six digits here and there."""
_UNITS_WITHOUT_SPACE = frozenset(
    "mm cm dm km kg mg ml kb mb gb am pm mph km/h m/s hrs min sec ft in lb oz circ m²".split()
)
_NO_UNITS = frozenset({"and", "or", "not", "but", "maybe", "to"})
_UNITS_OF_ONE_LETTER = frozenset("mgshlLNJWVAK")

_INTEGER = r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:[ ]\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}|\d+)"
_DECIMAL = rf"(?:{_INTEGER}(?:\.\d*)?|\.\d+)(?:e[+-]?\d{{1,2}})?"
_FRAC = r"\\[dtc]?frac\s*(?:\{\s*(-?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))"
_CURRENCY = r"\\?[$€£¥₹₽₩]"
_QUANTITY = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?P<currency>{_CURRENCY})?\s*
    (?:(?P<whole>\d+)\s+(?=\d+\s*/)|(?P<whole_latex>\d+)\s*(?=\\[dtc]?frac))?
    (?:(?P<up>{_DECIMAL})(?:\s*/\s*(?P<down>{_DECIMAL}))?|(?P<frac>{_FRAC}))
    (?P<percent>\s*(?:\\?[%]|percent\b|per\ cent\b|percentage\b|pct\b))?
    (?:\s*{_CURRENCY})?
    (?P<unit>\s*(?:\^?\{{?\\?circ\}}?|°)?(?:[^\W\d_]|\s|[.²³/'-]|(?<=[a-z])\^\{{?[23]\}}?)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:[. ]\d{3})+|\d+),(\d+)(?![\d,.])")
_POINT_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.,])")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit."""

    values: tuple[Fraction, ...]
    """All that it may mean: `50%` may be 50 or 0.5, and `1.234` in German text a thousand and more."""
    unit: str
    """As written, without plural; empty if there is none."""
    doubtful: bool = False
    """It is a number only if its comma is a decimal one, so that it may be a list as well."""

    def same(self, other: Quantity) -> bool:
        """Equal in one of the meanings, and not of different units: two hours are not two minutes."""
        if self.unit and other.unit and self.unit != other.unit:
            return False
        return any(_close(a, b) for a in self.values for b in other.values)


@lru_cache(maxsize=16_384)
def read_quantity(text: str, *, comma: bool = False) -> Quantity | None:
    """The number that the text is, `plain` before; None if it is none.

    `comma`: the language writes decimal commas. Elsewhere a comma is a decimal one only where it can be nothing else
    in a number, with a list remaining possible (`doubtful`): `1000,99` and `0,111`, but neither `1,234` nor `1,5`.
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return Quantity((Fraction(int(text)),), "")
    if len(text) > _LONGEST_NUMBER or not any(map(str.isdigit, text)):
        return None
    found = [(match, doubt) for spelling, doubt in _spellings(text, comma=comma) if (match := _match(spelling))]
    if not found:
        return None
    values = tuple(dict.fromkeys(value for match, _ in found for value in _values(match)))
    return Quantity(values, _unit(found[0][0]["unit"]), all(doubt for _, doubt in found)) if values else None


def _spellings(text: str, *, comma: bool) -> Iterator[tuple[str, bool]]:
    """The text in English notation, in each way that it may be meant."""
    yield text, False
    if "," in text and len(found := _DECIMAL_COMMA.findall(text)) == 1:
        whole, decimals = found[0]
        clear = len(decimals) == 2 or len(decimals) > 3 or (len(decimals) == 3 and whole == "0")
        if comma or clear or "." in whole:
            grouped = "." in whole and re.sub(r"[. ]", "", whole)
            spelled = f"{grouped or whole}.{decimals}"
            yield _DECIMAL_COMMA.sub(lambda _: spelled, text), "." not in whole
    if comma and _POINT_GROUPS.search(text):
        yield _POINT_GROUPS.sub(lambda m: m[0].replace(".", ""), text), False


def _match(text: str) -> re.Match[str] | None:
    match = _QUANTITY.fullmatch(text)
    return match if match is not None and _is_unit(match["unit"]) else None


def _values(match: re.Match[str]) -> tuple[Fraction, ...]:
    try:
        number = _value(match)
    except ZeroDivisionError:
        return ()
    return (number, number / 100) if match["percent"] else (number,)


def _unit(written: str) -> str:
    return re.sub(r"\^?\{?\\?circ\}?", "°", written).strip(" .").casefold().removesuffix("s")


def _is_unit(text: str) -> bool:
    """Whether letters after a number are a unit: `5 apples`, `5cm` and `5个` are quantities, `5x` and `5ab` terms."""
    words = text.split()
    if not words or not words[0].isascii():
        return True
    if words == ["pi"] or len(words) > 3 or _NO_UNITS & set(words):
        return False
    if not text[0].isspace():
        return re.sub(r"[\^{}\\.]|\d", "", words[0]).casefold() in _UNITS_WITHOUT_SPACE
    return len(words[0]) > 1 or words[0] in _UNITS_OF_ONE_LETTER


def _value(match: re.Match[str]) -> Fraction:
    if match["frac"]:
        up, down = (next(g for g in pair if g) for pair in _frac_parts(match["frac"]))
    else:
        up, down = match["up"], match["down"] or "1"
    whole = Fraction(match["whole"] or match["whole_latex"] or 0)
    number = whole + _fraction(up) / _fraction(down)
    return -number if match["sign"] == "-" else number


def _frac_parts(frac: str) -> tuple[tuple[str, str], tuple[str, str]]:
    groups = re.fullmatch(_FRAC, frac, re.IGNORECASE)
    assert groups is not None
    return (groups[1], groups[2]), (groups[3], groups[4])


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", ""))


def _close(a: Fraction, b: Fraction) -> bool:
    if a == b:
        return True
    if a.denominator == 1 or b.denominator == 1:
        return False
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))
