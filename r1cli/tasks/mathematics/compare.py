"""Comparing two final answers: as text, as letters of options, as numbers, part by part, by exact algebra.

Each step decides or passes on, from cheap to dear, and what it decides is exact. The last word has whoever is asked:
nobody on the fast path, sympy in a worker process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from r1cli.tasks.mathematics.algebra import read_value
from r1cli.tasks.mathematics.letters import chosen_letter, gold_letter, is_about_letters
from r1cli.tasks.mathematics.notation import is_balanced, is_prose, is_word, parts, plain
from r1cli.tasks.mathematics.numbers import read_quantity
from r1cli.verify.outcome import Status


class Verdict(NamedTuple):
    """Whether two answers say the same, and why."""

    same: bool
    why: str
    status: Status = "scored"


Ask = Callable[[str, str], bool | None]
"""Decides what nothing here does; None if it cannot either."""
_UNORDERED = frozenset({"", "{}", "\\cup"})
_MOST_PARTS = 20


def compare(p: str, g: str, *, comma: bool, ask: Ask) -> Verdict | None:
    """Whether the predicted answer is the reference (both `plain`); None if nobody can tell.

    Args:
        p: the predicted answer.
        g: the reference.
        comma: their language writes decimal commas.
        ask: who decides the rest.
    """
    if p.casefold() == g.casefold():
        return Verdict(True, "same text")
    found = _by_letter(p, g) or _by_number(p, g, comma) or _by_parts(p, g, comma, ask) or _by_algebra(p, g)
    if found is not None:
        return found
    if (unnamed := _unnamed(p, g)) is not None:
        return compare(*unnamed, comma=comma, ask=ask)
    return _by_words(p, g) or _by_asking(p, g, ask)


def _by_letter(p: str, g: str) -> Verdict | None:
    letter = gold_letter(g)
    if letter is None or not is_about_letters(p):
        return None
    chosen = chosen_letter(p)
    if chosen is None:
        return Verdict(False, "no single letter", "unparseable")
    return Verdict(chosen == letter, f"the letter {chosen}")


def _by_number(p: str, g: str, comma: bool) -> Verdict | None:
    a, b = read_quantity(p, comma=comma), read_quantity(g, comma=comma)
    if a is None or b is None:
        return None
    same = a.same(b)
    if not same and (a.doubtful or b.doubtful) and not comma and "," in p and "," in g:
        return None  # perhaps two lists
    return Verdict(same, "same number" if same else "another number")


def _by_parts(p: str, g: str, comma: bool, ask: Ask) -> Verdict | None:
    """Lists, tuples, sets, matrices and unions part by part."""
    (p_shape, ps), (g_shape, gs) = parts(p), parts(g)
    if len(ps) > 1 and not p_shape and _are_numbers([*ps, g], comma) and "," not in g:
        return Verdict(False, "several answers where there is one")
    if p_shape != g_shape or not 2 <= len(ps) == len(gs) <= _MOST_PARTS:
        return None
    ps, gs = list(map(plain, ps)), list(map(plain, gs))
    if p_shape in _UNORDERED:
        same = _matched([[_said(compare(a, b, comma=comma, ask=ask)) for b in gs] for a in ps])
    else:
        said = [_said(compare(a, b, comma=comma, ask=ask)) for a, b in zip(ps, gs, strict=True)]
        same = False if False in said else None if None in said else True
    if same is None or (not same and p_shape == "\\cup"):  # a union may be cut up in more ways than one
        return None
    return Verdict(same, "same parts" if same else "another part")


def _said(verdict: Verdict | None) -> bool | None:
    return None if verdict is None else verdict.same


def _matched(same: list[list[bool | None]]) -> bool | None:
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


def _are_numbers(texts: Sequence[str], comma: bool) -> bool:
    return all(read_quantity(plain(text), comma=comma) is not None for text in texts)


def _by_algebra(p: str, g: str) -> Verdict | None:
    if any(is_word(text) or is_prose(text) for text in (p, g)):
        return None
    a, b = read_value(p), read_value(g)
    same = a.same(b) if a is not None and b is not None else None
    return None if same is None else Verdict(same, "equal by algebra" if same else "not equal by algebra")


_NAME = re.compile(
    r"(?!not\b)(?:[A-Za-z](?:_\{?\w+\}?)?(?:\([a-z]\))?|[A-Za-z ]+|\([a-z](?:,\s*[a-z])+\))\s*(?:=|\\in\b)\s*(?=\S)"
)
_RELATION = re.compile(r"[=<>≤≥≠≈]|\\(?:leq?|geq?|lt|gt|neq?|in|approx)\b")


def _unnamed(p: str, g: str) -> tuple[str, str] | None:
    """Both without a name in front: `x = 5` answers 5, `f(x) = 2x` answers `f(x) = 2 x`; None if neither has one."""
    a, b = _NAME.match(p), _NAME.match(g)
    if a is None and b is None:
        return None
    if a is not None and b is not None and a[0].replace(" ", "") != b[0].replace(" ", ""):
        return None
    rest = p[a.end() if a else 0 :], g[b.end() if b else 0 :]
    return None if any(map(_RELATION.search, rest)) else rest


def _by_words(p: str, g: str) -> Verdict | None:
    if is_word(g) or is_prose(g):
        return Verdict(False, "another text")
    if is_word(p) or is_prose(p):
        return Verdict(False, "words where mathematics is asked for", "unparseable")
    if not is_balanced(p):
        return Verdict(False, "its braces do not match", "unparseable")
    return Verdict(False, "it commits to nothing") if _HEDGED.search(p) or p.count("|") % 2 else None


_HEDGED = re.compile(r"^-?\d+(?:[.,]\d+)*(?:\s+-?\d+(?:[.,]\d+)*)+$|\bnot\b|\\(?:neg|lnot|lor|vee|sim)\b|(?<!\\)~")
"""Numbers side by side, "not", "or" and "about", of which math_verify takes what it likes."""


def _by_asking(p: str, g: str, ask: Ask) -> Verdict | None:
    same = ask(p, g)
    return None if same is None else Verdict(same, "equal by sympy" if same else "not equal by sympy")
