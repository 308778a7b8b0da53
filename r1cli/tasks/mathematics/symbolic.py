"""Symbolic: what the fast path does not decide, asked of math_verify (sympy). Runs in a worker that may be killed.

math_verify's own time limits work by signals, which only a main thread may set and big integers ignore: here they are
off, and `verify.isolation.pool` holds the clock. It accepts more than it should where letters follow a number (it takes
those of `2ab` for a unit) and where words are multiplied letter by letter, so those never reach it.
"""

from __future__ import annotations

import logging
import re

from r1cli.tasks.mathematics.numbers import read_quantity

PRELOAD = ("r1cli.tasks.mathematics.symbolic_warm",)
"""Imported by a worker before its clock starts."""
_SPELLINGS = {
    "<=": r"\leq ", ">=": r"\geq ", "!=": r"\neq ", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "±": r"\pm ",
    "π": r"\pi ", "∞": r"\infty ", "∪": r"\cup ", "·": r"\cdot ", "**": "^", "²": "^2", "³": "^3",
}  # fmt: skip


_MARKED = re.compile("[0-9][\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f]")
"""A digit that is struck out, boxed or otherwise marked: math_verify passes over the mark."""


def agrees(predicted: str, gold: str) -> bool | None:
    """Whether both are the same mathematics; None if one of them is none."""
    if _is_number_against_term(predicted, gold):
        return False
    if _MARKED.search(predicted) or _MARKED.search(gold):
        return None
    p, g = _parse(predicted), _parse(gold)
    if not p or not g:
        return None
    from math_verify import verify

    return bool(verify(g, p, timeout_seconds=0))


def is_readable(text: str) -> bool:
    """Whether math_verify makes an expression of the text, not only a string."""
    return any(not isinstance(found, str) for found in _parse(text))


def _parse(text: str) -> list[object]:
    from math_verify import parse

    for name in ("math_verify.parser", "math_verify.grader"):
        logging.getLogger(name).setLevel(logging.ERROR)  # it warns that its time limits are off
    found: list[object] = parse(f"${_as_latex(text)}$", parsing_timeout=0)
    return found


_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*\\?%")


def _as_latex(text: str) -> str:
    text = _PERCENT.sub(r"(\\frac{\1}{100})", text)
    for spelling, latex in _SPELLINGS.items():
        text = text.replace(spelling, latex)
    return re.sub(r"(?<!\\)sqrt\(([^()]*)\)", r"\\sqrt{\1}", re.sub(r"\^\(([^()]*)\)", r"^{\1}", text))


def _is_number_against_term(predicted: str, gold: str) -> bool:
    terms = [text for text in (predicted, gold) if read_quantity(text) is None]
    return len(terms) == 1 and bool(
        re.fullmatch(r"-?[\d.]+[\w\s.*/^{}]*", terms[0]) and re.search("[A-Za-z]", terms[0])
    )
