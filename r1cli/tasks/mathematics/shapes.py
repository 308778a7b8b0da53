r"""Shapes: what an answer is (a number, a pair, a set, a relation, a matrix), and its parts.

Two answers of different shape are different, whatever a computer algebra system makes of them: a pair is no set, an
equation no number, a determinant no matrix, and a number in base 5 none in base 6. All texts here are `spelled`.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["", "()", "[]", "{}", "[)", "(]", "matrix", "determinant", "union", "based", "ratio"]
"""`""` is a bare list or a single expression."""

_COLUMNS = re.compile(r"\{array\}\s*\{[lcr|\s]*\}")
_MATRIX = re.compile(
    r"\\begin\{(?P<kind>[pbvVB]?(?:small)?matrix|array)\}(?P<cells>(?:(?!\\begin|\\end).)*)\\end\{(?P=kind)\}",
    re.DOTALL,
)
_CONJUNCTION = re.compile(r"\s*,?\s*(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])\s*|\s*(?:和|或|以及|与)\s*")
_UNION = re.compile(r"\\cup(?![A-Za-z])")
_BASED = re.compile(r"(?P<digits>-?(?=[0-9A-F]*\d)[0-9A-F]+)_\{?\(?(?P<base>\d{1,2})\)?\}?")
_IN_WORDS = re.compile(r"(?P<digits>-?[0-9A-F]+)(?:,?\s*\(?\s*(?:in\s+)?base[\s-]*(?P<base>\d{1,2})\s*\)?)")


class Shape(NamedTuple):
    """An answer taken apart."""

    kind: Kind
    parts: list[str]
    rows: int = 0
    """Of a matrix, whose parts are its cells row by row."""


def shape_of(text: str) -> Shape:
    """What holds the answer together, and its parts."""
    if (based := _BASED.fullmatch(text) or _IN_WORDS.fullmatch(text)) is not None:
        return Shape("based", [based["digits"], based["base"]])
    if "\\begin" in text and (matrix := _matrix(text)) is not None:
        return matrix
    if len(sets := _UNION.split(text)) > 1:
        return Shape("union", [part.strip() for part in sets])
    if len(terms := split(text, ":")) > 1 and not has_relation(text):
        return Shape("ratio", terms)
    kind = _bracket_kind(text)
    inside = text[2:-2] if kind == "{}" else text[1:-1] if kind or is_bracketed(text) else text
    found = [bit for part in split(inside, ",;") for bit in _CONJUNCTION.split(part)]
    return Shape(kind, [part.strip() for part in found if part.strip()])


def _matrix(text: str) -> Shape | None:
    match = _MATRIX.fullmatch(_COLUMNS.sub("{array}", text).strip("()[] "))
    if match is None:
        return None
    rows = re.split(r"\\\\", match["cells"].strip().removesuffix("\\\\"))
    kind: Kind = "determinant" if match["kind"][0] in "vV" else "matrix"
    return Shape(kind, [cell.strip() for row in rows for cell in row.split("&")], len(rows))


_BRACKETS: tuple[Kind, ...] = ("()", "[]", "[)", "(]")


def _bracket_kind(text: str) -> Kind:
    if text.startswith("\\{") and text.endswith("\\}"):
        return "{}" if is_bracketed(text.replace("\\{", "{").replace("\\}", "}")) else ""  # not of {1} and {2}
    if not is_bracketed(text):
        return ""
    brackets = text[0] + text[-1]
    for kind in _BRACKETS:
        if brackets == kind:
            return kind
    return ""  # bare braces print nothing


def split(text: str, separators: str) -> list[str]:
    """Cut at separators that stand outside all brackets, but not between the digits of `1,234`."""
    found, depth, at = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character in separators:
            found.append(text[at:i].strip())
            at = i + 1
    return [*found, text[at:].strip()]


def is_bracketed(text: str) -> bool:
    """Whether the first character opens a bracket that the last one closes; of whatever kind, as in `[0, 1)`."""
    if not text or text[0] not in "([{" or text[-1] not in ")]}":
        return False
    depth = 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return i == len(text) - 1
    return False


# --- relations ------------------------------------------------------------------------------------------------------

_RELATION = re.compile(r"(?<![<>!=])=(?!=)|[<>]|\\(?:leq|geq|neq|in|equiv|subset|subseteq|mid)(?![A-Za-z])")
_APPROXIMATELY = re.compile(r"\\(?:approx|simeq|sim|thickapprox)(?![A-Za-z])|≈")
_LETTER = r"(?:[A-Za-z]|\\[A-Za-z]+)"
_NAME = re.compile(
    rf"""
      {_LETTER}(?:_(?:\w|\\\w+|\{{[^{{}}]*\}}))?'{{0,2}}(?:\([A-Za-z0-9,]{{1,8}}\))?   # x, a_{{12}}, f(x), \alpha
    | (?:\\(?:angle|triangle|overline|vec|widehat|measuredangle|mathbf|operatorname)\s*)?\{{?[A-Z]{{1,5}}\}}?    # AB
    | \(\s*[A-Za-z](?:,\s*[A-Za-z])+\s*\)                                              # (p,q)
    | (?:\\frac\{{[A-Z]{{1,3}}\}}\{{[A-Z]{{1,3}}\}})                                   # the ratio of two lengths
    | {_LETTER}(?:_(?:\w|\{{\w+\}}))?:{_LETTER}(?:_(?:\w|\{{\w+\}}))?                  # their ratio
    | [A-Za-z]+(?:\s[A-Za-z]+){{0,4}}                                                  # the answer
    """,
    re.VERBOSE,
)
_CONSTANTS = frozenset({"\\pi", "e", "i", "\\infty", "\\emptyset"})


def has_relation(text: str) -> bool:
    """Whether the text says that something equals, exceeds or belongs to something."""
    return bool(_RELATION.search(text))


def has_membership_or_order(text: str) -> bool:
    """Whether one of its relations is none of equality."""
    return any(match[0] != "=" for match in _RELATION.finditer(text))


def without_estimate(text: str) -> str:
    r"""`1/3 \approx 0.33` without the estimate; what is only approximately said stays."""
    exact, *estimates = _APPROXIMATELY.split(text)
    if not estimates:
        return text
    if not exact.strip() or is_name(exact.strip()):
        return f"{exact.strip()}={estimates[0].strip()}" if exact.strip() else estimates[0].strip()
    return exact.strip()


def is_name(text: str) -> bool:
    r"""Whether an equation with this on one side defines something: `x`, `f(x)`, `a_{12}`, `\angle ABC`, `(p,q)`."""
    return text not in _CONSTANTS and not text.startswith("not") and bool(_NAME.fullmatch(text))


def unnamed(text: str) -> tuple[str, str]:
    r"""(name, value) of `x=5`, `5=x`, `=5`, `x=2+3=5` and `x \in [0,1]`; an empty name where there is none."""
    text = without_estimate(text)
    listed = shape_of(text)
    if not listed.kind and any(has_relation(part) for part in listed.parts[1:]):
        return "", text  # x = 1, y = 2
    left, membership, right = text.partition("\\in")
    if membership and is_name(left.strip()) and not right[:1].isalpha():
        return left.strip(), right.strip()
    sides = [side.strip() for side in split(text, "=")]
    if len(sides) == 1 or any(_RELATION.search(side) for side in sides):
        return "", text
    return _named_value(sides) or ("", text)


def _named_value(sides: list[str]) -> tuple[str, str] | None:
    """Of a chain of equations the last side, if one of the others is a name; of two sides the one that is no name."""
    if not sides[0]:
        return "", sides[-1]
    names = [side for side in sides[:-1] if is_name(side)]
    if names and (len(sides) > 2 or is_name(sides[0])):
        return names[0], sides[-1]
    return (sides[1], sides[0]) if len(sides) == 2 and is_name(sides[1]) else None


def primes(text: str) -> int:
    r"""How many times something is derived: `f'(x)` is not `f(x)`."""
    return text.count("'") + text.count("\\prime")


def has_interval_meaning(shape: Shape) -> bool:
    """Whether it may be what an inequality says."""
    return shape.kind in {"()", "[]", "[)", "(]", "union", "{}"} and (shape.kind == "union" or len(shape.parts) == 2)
