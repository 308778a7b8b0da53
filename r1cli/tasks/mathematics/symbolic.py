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
    "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "∠": r"\angle ", "△": r"\triangle ", "√": r"\sqrt ",
    "°": r"^\circ ",
}  # fmt: skip


_PASSED_OVER = re.compile("[^\\x00-\\x7f\u0370-\u03ff]|\\.\\.")
"""math_verify reads `3—4`, `3...4`, `3①` and a 3 that is struck out as 3."""
_LINE_BREAK = re.compile(r"\\\\(?![A-Za-z])")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_COMMANDS = frozenset(
    "frac dfrac tfrac cfrac over sqrt cdot times div ast pm mp sum prod int iint oint lim limits nolimits binom "
    "dbinom tbinom choose sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp max min sup "
    "inf gcd lcm det deg dim ker arg mod bmod pmod leq geq le ge lt gt ne neq equiv cong sim approx simeq propto "
    "in notin ni subset subseteq supset supseteq cup cap bigcup bigcap setminus backslash emptyset varnothing "
    "mathbb mathbf mathrm mathcal mathit operatorname text textbf textit mbox begin end left right lfloor rfloor "
    "lceil rceil lvert rvert vert lVert rVert Vert langle rangle lbrace rbrace lbrack rbrack overline bar hat vec "
    "overrightarrow tilde widehat boxed infty circ degree prime angle triangle perp parallel to rightarrow mapsto "
    "mid colon land wedge forall exists partial nabla Re Im displaystyle alpha beta gamma delta epsilon "
    "varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma tau upsilon phi "
    "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell quad qquad".split()
)
"""math_verify passes over others as well: `\\phantom{3}` would be 3, and `\\cancel{3}`."""


def agrees(predicted: str, gold: str) -> bool | None:
    """Whether both are the same mathematics; None if one of them is none."""
    if _is_number_against_term(predicted, gold):
        return False
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

    latex = _as_latex(text)
    if _PASSED_OVER.search(latex) or not _COMMANDS.issuperset(_COMMAND.findall(latex)):
        return []
    if _LINE_BREAK.search(latex) and "\\begin" not in latex:
        return []
    for name in ("math_verify.parser", "math_verify.grader"):
        logging.getLogger(name).setLevel(logging.ERROR)  # it warns that its time limits are off
    found: list[object] = parse(f"${latex}$", parsing_timeout=0)
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
