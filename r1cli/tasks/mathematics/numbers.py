"""Numbers with or without a unit, however they are written, as exact fractions: what most answers are.

`1,234`, `１２３４`, `1 234`, `$1{,}234`, `1.234,0` (where a language writes so), `2 1/2 cups`, `50%`, `forty-two`: no
sympy needed.

Two rules where graders are of two minds. `50%` answers 50, 0.5 and 50%, since questions ask for "what percentage" as
often as for a share; but two percentages are equal only as percentages. A multiplier counts: `5万` is 50,000 and
`5 million` 5,000,000 (`number_words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from r1cli.tasks.mathematics.number_words import in_digits
from r1cli.tasks.mathematics.units import canonical_unit, is_unit

COMMA_LANGUAGES = frozenset(
    "bg ca cs da de el es et fi fr gl hr hu id is it lt lv nb nl nn no pl pt ro ru sk sl sr sv tr uk vi".split()
)
"""Languages that write 0,5 for a half."""
_LONGEST_NUMBER = 100
_PLACES_OF_A_ROUNDED_REFERENCE = 3
"""A decimal reference with so many places may be a rounded fraction."""
_PLACES_OF_AN_EXACT_ANSWER = 6
"""A decimal answer with so many places may stand for a fraction that has no end."""
_PLACES_OF_A_FLOAT = 12
_FLOAT_NOISE = Fraction(1, 10**9)

_INTEGER = r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:[ ]\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}|\d+)"
_DECIMAL = rf"(?:{_INTEGER}(?:\.\d*)?|\.\d+)(?:e[+-]?\d{{1,2}})?"
_BRACED = rf"\{{\s*(-?{_INTEGER})\s*\}}"
_FRAC = rf"\\[dtc]?frac\s*(?:{_BRACED}|(\d))\s*(?:{_BRACED}|(\d))"
_CURRENCY = r"\\?[$€£¥₹₽₩]"
_QUANTITY = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?:{_CURRENCY}\s*(?P<sign_inside>-)?)?\s*
    (?:(?P<whole>\d+)\s+(?:and\s+)?(?=\d+\s*/)|(?P<whole_latex>\d+)\s*(?:and\s*)?(?=\\[dtc]?frac))?
    (?:(?P<up>{_DECIMAL})(?:\s*/\s*(?P<down>{_DECIMAL}))?|(?P<frac>{_FRAC}))
    (?P<percent>\s*(?:\\?[%]|percent\b|per\ cent\b|percentage\b|pct\b))?
    (?:\s*{_CURRENCY})?
    (?P<unit>\s*(?:\^?\{{?\\?circ\}}?|°)?(?:[^\W\d_]|\s|[.²³/'()-]|\u0e31|[\u0e34-\u0e3a\u0e47-\u0e4e]|(?<=[a-z])\^\{{?[23]\}}?)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:[. ]\d{3})+|\d+),(\d+)(?![\d,.])")
_POINT_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.,])")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit."""

    values: tuple[Fraction, ...]
    """All that the digits may mean: `1.234` in German text is a thousand and more, or one and a little."""
    unit: str = ""
    """In its short form; empty if there is none."""
    doubtful: bool = False
    """It is a number only if its comma is a decimal one, so that it may be a list as well."""
    percent: bool = False
    places: int | None = None
    """Digits after the decimal point; None for a number that is written without one."""

    def same(self, reference: Quantity) -> bool:
        """Equal in one of the meanings, and not of different units: two hours are not two minutes."""
        if self.unit and reference.unit and self.unit != reference.unit:
            return False
        if self.percent == reference.percent:
            return self._equals_one_of(reference, 1)
        return self._equals_one_of(reference, 1) or self._equals_one_of(reference, 100 if reference.percent else -100)

    def _equals_one_of(self, reference: Quantity, factor: int) -> bool:
        """With this number times 100, or divided by it for -100: a share and its percentage."""
        scale = Fraction(factor) if factor > 0 else Fraction(-1, factor)
        return any(_close(a * scale, self.places, b, reference.places) for a in self.values for b in reference.values)


def _close(answer: Fraction, places: int | None, reference: Fraction, reference_places: int | None) -> bool:
    """Exactly equal, or equal as far as the coarser of the two is written, in absolute terms.

    Numbers that are written exactly are compared exactly. A decimal reference that may be a rounded fraction (three
    places) sets the precision for an answer that is a fraction; a decimal answer may stand for a fraction that has no
    end if it has six places; and a decimal with twelve places or more may carry the noise of a float.
    """
    difference = abs(answer - reference)
    if not difference:
        return True
    if places is not None and places >= _PLACES_OF_A_FLOAT:
        return difference <= _FLOAT_NOISE
    if places is None and reference_places is not None:
        rounded = reference_places >= _PLACES_OF_A_ROUNDED_REFERENCE and _is_endless(answer)
        return rounded and 2 * difference <= Fraction(1, 10**reference_places)
    if reference_places is None and places is not None:
        return places >= _PLACES_OF_AN_EXACT_ANSWER and _is_endless(reference) and _is_cut(answer, reference, places)
    return False


def _is_cut(answer: Fraction, exact: Fraction, places: int) -> bool:
    """Whether the answer is the exact number, rounded or cut off after so many places."""
    digits, exact_digits = abs(answer) * 10**places, abs(exact) * 10**places
    cut = exact_digits.numerator // exact_digits.denominator
    rounded = cut + (2 * (exact_digits - cut) >= 1)
    return answer * exact > 0 and digits in {cut, rounded}


def _is_endless(number: Fraction) -> bool:
    """Whether it has no last decimal: its denominator has a factor beside 2 and 5."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest != 1


@lru_cache(maxsize=16_384)
def read_quantity(text: str, *, comma: bool = False) -> Quantity | None:
    """The number that the text is, `plain` before; None if it is none.

    `comma`: the language writes decimal commas. Elsewhere a comma is a decimal one only where it can be nothing else
    in a number, with a list remaining possible (`doubtful`): `1000,99` and `0,111`, but neither `1,234` nor `1,5`.
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return Quantity((Fraction(int(text)),))
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    found = _read(text, comma=comma)
    if found is not None or not any(map(str.isalpha, text)):
        return found
    in_words = in_digits(text)
    return None if in_words == text else _read(in_words, comma=comma)


def _read(text: str, *, comma: bool) -> Quantity | None:
    if not any(map(str.isdigit, text)):
        return None
    found = [(match, doubt) for spelling, doubt in _spellings(text, comma=comma) if (match := _match(spelling))]
    values = tuple(dict.fromkeys(value for match, _ in found if (value := _value(match)) is not None))
    if not values:
        return None
    first = found[0][0]
    return Quantity(
        values, canonical_unit(first["unit"]), all(doubt for _, doubt in found), bool(first["percent"]), _places(first)
    )


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


_REMARK = re.compile(r"\s*\(([^()]+)\)\s*")


def _is_unit(text: str) -> bool:
    """Also with something in parentheses that is one by itself: `3 cm (length)`; `3(a-b)` is a product."""
    remarks = _REMARK.findall(text)
    rest = _REMARK.sub(" ", text).rstrip() if remarks else text
    return "(" not in rest and ")" not in rest and is_unit(rest) and all(is_unit(f" {remark}") for remark in remarks)


def _places(match: re.Match[str]) -> int | None:
    """Digits after the point; None without one, and for a quotient."""
    if match["frac"] or match["down"] or "." not in match["up"] or "e" in match["up"].lower():
        return None
    return len(match["up"].partition(".")[2])


def _value(match: re.Match[str]) -> Fraction | None:
    """None where it is divided by zero."""
    if match["frac"]:
        up, down = (next(group for group in pair if group) for pair in _frac_parts(match["frac"]))
    else:
        up, down = match["up"], match["down"] or "1"
    if not _fraction(down):
        return None
    whole = Fraction(match["whole"] or match["whole_latex"] or 0)
    number = whole + _fraction(up) / _fraction(down)
    return -number if (match["sign"] == "-") != bool(match["sign_inside"]) else number


def _frac_parts(frac: str) -> tuple[tuple[str, str], tuple[str, str]]:
    groups = re.fullmatch(_FRAC, frac, re.IGNORECASE)
    assert groups is not None
    return (groups[1], groups[2]), (groups[3], groups[4])


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", ""))
