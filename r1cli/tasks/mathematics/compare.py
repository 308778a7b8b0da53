"""Comparing two final answers: as text, as letters of options, as numbers, then by shape and part by part.

Each step decides or passes on, from cheap to dear, and what it decides is exact. The last word has whoever is asked:
nobody on the fast path, sympy in a worker process. It is asked only about two answers of one shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from r1cli.tasks.mathematics.letters import chosen_letter, gold_letter, is_about_letters
from r1cli.tasks.mathematics.notation import has_words, is_balanced, is_prose, is_word, plain, spelled
from r1cli.tasks.mathematics.numbers import read_quantity
from r1cli.tasks.mathematics.orders import as_brackets, interval_of
from r1cli.tasks.mathematics.shapes import (
    Shape,
    has_interval_meaning,
    has_membership_or_order,
    has_relation,
    is_name,
    primes,
    shape_of,
    unnamed,
)
from r1cli.tasks.mathematics.units import canonical_unit, is_unit
from r1cli.verify.outcome import Status


class Verdict(NamedTuple):
    """Whether two answers say the same, and why."""

    same: bool
    why: str
    status: Status = "scored"


Ask = Callable[[str, str], bool | None]
"""Decides what nothing here does; None if it cannot either."""
_MOST_PARTS = 20
_SIGNS = {
    "infinity": "\\infty", "positive infinity": "\\infty", "negative infinity": "-\\infty", "minus infinity": "-\\infty"
}  # fmt: skip
"""Words that are a sign."""
_UNORDERED = frozenset({"", "{}", "union"})


def compare(p: str, g: str, *, comma: bool, ask: Ask) -> Verdict | None:
    """Whether the predicted answer is the reference (both `plain`); None if nobody can tell.

    Args:
        p: the predicted answer.
        g: the reference.
        comma: their language writes decimal commas.
        ask: who decides the rest.
    """
    p, g = _SIGNS.get(p.casefold(), p), _SIGNS.get(g.casefold(), g)
    if p == g or (p.casefold() == g.casefold() and has_words(g)):
        return Verdict(True, "same text")
    found = _by_letter(p, g) or _by_number(p, g, comma) or _by_words(p, g)
    return found or _as_formulas(spelled(p), spelled(g), comma, ask)


def _as_formulas(p: str, g: str, comma: bool, ask: Ask) -> Verdict | None:
    """Both in one spelling, then without names and units, then by shape, then by whoever is asked."""
    p, g = as_brackets(p), as_brackets(g)
    if p == g:
        return Verdict(True, "same formula")
    if (found := _malformed(p)) is not None:
        return found
    if is_name(g) and g in (sides := p.split("=")) and all(map(is_name, sides)):
        return Verdict(True, "same name")  # b = x answers b, and x = b does
    if (bare := _without_name(p, g) or _without_unit(p, g)) is not None:
        return compare(*map(plain, bare), comma=comma, ask=ask)
    if (intervals := _as_intervals(p, g)) is not None:
        return compare(*intervals, comma=comma, ask=ask)
    return _by_shape(p, g, comma, ask) or _by_asking(p, g, ask)


def _by_letter(p: str, g: str) -> Verdict | None:
    letter = gold_letter(g)
    if letter is None or not is_about_letters(p):
        return None
    chosen = chosen_letter(p)
    if chosen is None:
        return Verdict(False, "no single letter", "unparseable")
    return Verdict(chosen == letter, f"the letter {chosen}")


def _by_number(p: str, g: str, comma: bool) -> Verdict | None:
    answer, reference = read_quantity(p, comma=comma), read_quantity(g, comma=comma)
    if answer is None or reference is None:
        return None
    same = answer.same(reference)
    if not same and (answer.doubtful or reference.doubtful) and not comma and "," in p and "," in g:
        return None  # perhaps two lists
    return Verdict(same, "same number" if same else "another number")


def _by_words(p: str, g: str) -> Verdict | None:
    """A reference in words is compared as text; words never answer one in mathematics, but for a unit behind it."""
    if is_word(g) or (is_prose(g) and _split_unit(g) is None):
        same = _letters(p) == _letters(g) != ""
        return Verdict(same, "same words" if same else "another text")
    if is_word(p) or (is_prose(p) and _split_unit(p) is None and not has_relation(p)):
        return Verdict(False, "words where mathematics is asked for", "unparseable")
    return None


def _letters(text: str) -> str:
    """Letters and digits alone: `October 30.` is `october 30`."""
    return "".join(character for character in text.casefold() if character.isalnum())


_HEDGED = re.compile(
    r"^-?\d+(?:[.,]\d+)*(?:\s+-?\d+(?:[.,]\d+)*)+$|\bnot\b|\\(?:neg|lnot|lor|vee|sim)(?![A-Za-z])|(?<!\\)~"
)
"""Numbers side by side, "not", "or" and "about", of which math_verify takes what it likes."""
_UNFINISHED = re.compile(r"[-+*/^_=]$|%\s*\\?%|\?|\\infty[-+*/^\d]|[\d}]\*?\\infty")


def _malformed(p: str) -> Verdict | None:
    if not is_balanced(p):
        return Verdict(False, "its braces do not match", "unparseable")
    if _UNFINISHED.search(p):
        return Verdict(False, "it is not finished", "unparseable")
    return Verdict(False, "it commits to nothing") if _HEDGED.search(p) or p.count("|") % 2 else None


# --- names and units ------------------------------------------------------------------------------------------------


def _without_name(p: str, g: str) -> tuple[str, str] | None:
    """Both values, where a name is given: `x = 5` answers 5, and `5 = x`; `y = 5` does not answer `x = 5`."""
    (p_name, p_value), (g_name, g_value) = unnamed(p), unnamed(g)
    if (p_name and g_name and p_name != g_name) or (p_value, g_value) == (p, g):
        return None
    is_one_relation = (has_relation(g_value) and not g_name) or (has_relation(p_value) and not p_name)
    return None if is_one_relation else (p_value, g_value)


def _without_unit(p: str, g: str) -> tuple[str, str] | None:
    r"""Both values, where a unit follows a formula: `2\sqrt{3} cm`; None where the units differ."""
    p_split, g_split = _split_unit(p), _split_unit(g)
    if p_split is None and g_split is None:
        return None
    (p_value, p_unit), (g_value, g_unit) = p_split or (p, ""), g_split or (g, "")
    return None if p_unit and g_unit and p_unit != g_unit else (p_value, g_value)


_WITH_UNIT = re.compile(
    r"(?P<value>.*?(?:[\d}\])]|\\pi))\s*"
    r"(?P<unit>\^\\circ|%|(?:(?<=\s)[A-Za-z]{2,}|(?<=[}\])])[a-z]{2,})(?:[ .]+[A-Za-z]{2,})*(?:\^[23])?\.?)",
    re.DOTALL,
)


def _split_unit(text: str) -> tuple[str, str] | None:
    r"""(value, unit) of `12\sqrt{13} feet`; None if it has no unit, or is none but for it."""
    match = _WITH_UNIT.fullmatch(text)
    if match is None or has_words(match["value"]) or has_relation(match["value"]) or shape_of(match["value"]).kind:
        return None
    if match["unit"] not in {"^\\circ", "%"} and not is_unit(f" {match['unit']}"):
        return None
    return match["value"], canonical_unit(match["unit"])


# --- shapes ---------------------------------------------------------------------------------------------------------

_DIFFERENT = Verdict(False, "another kind of answer")


def _by_shape(p: str, g: str, comma: bool, ask: Ask) -> Verdict | None:
    """Lists, tuples, sets, matrices and unions part by part; what differs in shape is different."""
    if primes(p) != primes(g):
        return Verdict(False, "another derivative")
    a, b = _shape(p), _shape(g)
    if has_relation(p) or has_relation(g):
        return _by_relation(p, g, a, b) or _part_by_part(a, b, comma, ask)
    if a.kind != b.kind or a.rows != b.rows:
        return _of_two_kinds(p, g, a, b)
    if a.kind == "based":
        return Verdict(a.parts == b.parts, "the same digits in the same base" if a.parts == b.parts else "another base")
    return _by_count(p, g, a, b) or _part_by_part(a, b, comma, ask)


def _by_count(p: str, g: str, a: Shape, b: Shape) -> Verdict | None:
    r"""One answer is not several, two are not three; but `3 \pm 1` is two, and a repetition none."""
    if a.kind == "union" or "\\pm" in p or "\\pm" in g or len(a.parts) == len(b.parts):
        return None
    if not a.kind and min(len(a.parts), len(b.parts)) == 1:
        return Verdict(False, "several answers where there is one" if len(b.parts) == 1 else "one answer of several")
    if not a.kind and len(set(a.parts)) == len(set(b.parts)):
        return None
    return Verdict(False, "another number of parts")


def _shape(text: str) -> Shape:
    """The shape, in which a set is an unordered list and brackets around a single expression are none."""
    shape = shape_of(text)
    if shape.kind in {"()", "[]", "{}"} and len(shape.parts) == 1:
        is_set_of_sets = shape.kind == "{}" and shape_of(shape.parts[0]).kind == "{}"
        return shape._replace(kind="") if is_set_of_sets else _shape(shape.parts[0])
    return shape._replace(kind="") if shape.kind == "{}" else shape


def _of_two_kinds(p: str, g: str, a: Shape, b: Shape) -> Verdict | None:
    """A matrix may be left as a product, and an interval be cut up; other answers of two kinds are different."""
    kinds = {a.kind, b.kind}
    if kinds == {"", "matrix"} and "\\begin" in p and "\\begin" in g:
        return None
    return None if "union" in kinds and kinds & {"()", "[]", "[)", "(]"} else _DIFFERENT


def _by_relation(p: str, g: str, a: Shape, b: Shape) -> Verdict | None:
    """Equations answer equations, inequalities also intervals, and no relation a number or an expression."""
    if len(a.parts) > 1 and len(b.parts) > 1 and a.kind == b.kind:
        return None
    orders = [has_membership_or_order(text) for text in (p, g)]
    if has_relation(p) and has_relation(g):
        return None if orders[0] == orders[1] else _DIFFERENT
    other = b if has_relation(p) else a
    return None if any(orders) and has_interval_meaning(other) else _DIFFERENT


def _as_intervals(p: str, g: str) -> tuple[str, str] | None:
    """Both as intervals, where an inequality says one and the other is one, or says one of the same variable."""
    a, b = interval_of(p), interval_of(g)
    if a and b:
        return (a.interval, b.interval) if a.name == b.name else None
    other = g if a else p
    if has_relation(other) or not has_interval_meaning(_shape(other)):
        return None
    return (a.interval, g) if a else (p, b.interval) if b else None


def _part_by_part(a: Shape, b: Shape, comma: bool, ask: Ask) -> Verdict | None:
    if a.kind != b.kind or not 2 <= len(a.parts) == len(b.parts) <= _MOST_PARTS:
        return None

    def said(x: str, y: str) -> bool | None:
        verdict = compare(plain(x), plain(y), comma=comma, ask=ask)
        return None if verdict is None else verdict.same

    if a.kind in _UNORDERED:
        same = _matched([[said(x, y) for y in b.parts] for x in a.parts])
    else:
        pairs = [said(x, y) for x, y in zip(a.parts, b.parts, strict=True)]
        same = False if False in pairs else None if None in pairs else True
    if same is None or (not same and a.kind == "union"):  # a union may be cut up in more ways than one
        return None
    return Verdict(same, "same parts" if same else "another part")


def _matched(same: Sequence[Sequence[bool | None]]) -> bool | None:
    """Whether each row finds a column of its own; None if that hangs on what is undecided."""
    left = set(range(len(same)))
    unmatched = []
    for row in same:
        twin = next((column for column in sorted(left) if row[column]), None)
        if twin is None:
            unmatched.append(row)
        else:
            left.remove(twin)
    if not unmatched:
        return True
    return False if any(all(row[column] is False for column in left) for row in unmatched) else None


def _by_asking(p: str, g: str, ask: Ask) -> Verdict | None:
    same = ask(p, g)
    return None if same is None else Verdict(same, "equal by sympy" if same else "not equal by sympy")
