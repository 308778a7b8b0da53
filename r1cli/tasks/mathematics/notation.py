r"""Notation: one spelling for answers that differ in nothing but how they are typed, and the parts of lists.

`\left( \frac{1}{2},\, 3 \right)` and `（1/2， 3）` ask for no mathematics, only for the same brackets and digits.
"""

from __future__ import annotations

import re
import unicodedata

_WIDE = str.maketrans(
    "．，－＋／％（）［］｛｝：＝＄＜＞＾；、　\u00a0\u2007\u2009\u202f−–×÷",
    ".,-+/%()[]{}:=$<>^;,     --*/",
)
_SPACING = re.compile(
    r"(?<!\\)\\(?:[,;!:\s]|(?:left|right|displaystyle|quad|qquad)(?![A-Za-z]))|(?<=[,;\w}])~(?=\\|[A-Za-z])"
)
_TEXT_COMMAND = re.compile(r"\\(?:text(?:bf|it|rm|normal)?|mbox|mathrm|mathbf|mathit|operatorname|bold)\s*\{([^{}]*)\}")
_DOUBLED = re.compile(r"\\\\(?=(?:[dtc]?frac|sqrt|left|right|text|pi|infty|leq?|geq?|times|cdot|cup|boxed)\b)")
"""A backslash that JSON has escaped once more than it was read back."""
_WRAPPERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"))
_COLUMNS = re.compile(r"\{array\}\s*\{[lcr|\s]*\}")
_MATRIX = re.compile(r"\\begin\{(?P<kind>[pbvV]?matrix|array)\}(?P<cells>.*)\\end\{(?P=kind)\}", re.DOTALL)


def plain(text: str) -> str:
    """The text without what does not change its meaning: wide digits, spacing commands, wrappers, the full stop."""
    if text.isascii() and text.isalnum():
        return text
    if not text.isascii():
        text = "".join(map(_ascii_digit, text)).translate(_WIDE)
    text = text.replace("{,}", ",")
    if "\\" in text:
        text = _DOUBLED.sub(r"\\", re.sub(r",\s*\\!\s*", ",", text))
        text = _TEXT_COMMAND.sub(r" \1 ", _SPACING.sub(" ", text).replace("\\%", "%"))
    text = text.strip().rstrip(" .。")
    for opening, closing in _WRAPPERS:
        inner = text[len(opening) : -len(closing)]
        if inner and text.startswith(opening) and text.endswith(closing) and opening not in inner.replace("\\$", ""):
            text = inner.rstrip(" .。")
    return " ".join((text.removesuffix("\\").removeprefix("+") or text).split())


def _ascii_digit(character: str) -> str:
    r"""Every script has ten digits, and `\d` matches them all: ٣, ३ and ３ are 3. Not ² or ½, which are no decimals."""
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


# --- words ----------------------------------------------------------------------------------------------------------

_PROSE = re.compile(
    r"(?<![\\A-Za-z{])(?!(?:sin|cos|tan|cot|sec|csc|log|ln|exp|and|or)\b)[A-Za-z]{2,}(?:[ ,]+|['’][a-z]+ )"
    r"(?!(?:and|or|sin|cos|tan|log|ln)\b)[A-Za-z]{2,}"
    r"|[^\W\d_A-Za-z\u0370-\u03ff]{2}"
)
_ONE_WORD = re.compile(r"[^\W\d_]{3,}")


def is_prose(text: str) -> bool:
    """Several words in a row, or two letters of another script, are no mathematics."""
    return bool(_PROSE.search(text))


def is_word(text: str) -> bool:
    """One word and nothing else, `odd` or `Monday`: as a product of its letters it would equal all its anagrams."""
    return bool(_ONE_WORD.fullmatch(text))


# --- parts ----------------------------------------------------------------------------------------------------------

_CONJUNCTION = re.compile(r"\s*,?\s+(?:and|or)\s+|\s*(?:和|或)\s*|(?<=[\d)])(?:and|or)(?=[\d(])")


def parts(text: str) -> tuple[str, list[str]]:
    r"""What holds a list together, and its parts: `("()", ["1", "2"])`.

    `""` stands for a bare list, whose order does not matter, as in `{}`; `"|"` for the cells of a matrix, row by row;
    `"\cup"` for a union of sets.
    """
    if (matrix := _MATRIX.fullmatch(_COLUMNS.sub("{array}", text).strip("()[] "))) is not None:
        rows = re.split(r"\\\\", matrix["cells"].strip().removesuffix("\\\\"))
        return f"|{len(rows)}", [cell.strip() for row in rows for cell in row.split("&")]
    if len(sets := re.split(r"\\cup|∪", text)) > 1:
        return "\\cup", [part.strip() for part in sets]
    if text.startswith("\\{") and text.endswith("\\}"):
        text = "{" + text[2:-2] + "}"
    shape = text[0] + text[-1] if is_bracketed(text) else ""
    inside = text[1:-1] if shape else text
    found = [bit for part in split(inside, ",;") for bit in _CONJUNCTION.split(part)]
    return shape, [part.removeprefix("and ").removeprefix("or ").strip() for part in found if part.strip()]


def split(text: str, separators: str) -> list[str]:
    """Cut at separators that stand outside all brackets."""
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


def is_balanced(text: str) -> bool:
    """Whether every brace and bracket is closed; brackets by one of any kind, on any side: `[0, 1)`, `]0, 1[`."""
    depth = 0
    for character in re.sub(r"\\[{}]", "", text):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0 and sum(map(text.count, "([")) == sum(map(text.count, ")]"))
