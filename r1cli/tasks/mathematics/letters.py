"""Letters of multiple choice: which one a text commits to."""

from __future__ import annotations

import re

from r1cli.tasks.mathematics.denials import is_refuted, without_denied
from r1cli.tasks.mathematics.notation import is_prose, plain

LETTERS = "ABCDEFGHIJ"
_ALONE = re.compile(rf"\(?([{LETTERS}])\)?")
_LISTED = re.compile(rf"{_ALONE.pattern}(?:\s*(?:[,/]|or\b|and\b)\s*{_ALONE.pattern})*")
_MARKED = re.compile(rf"\(([{LETTERS}])\)\s*\S|([{LETTERS}])[).:]\s*\S|([B-HJ])(?=\s[A-Z][a-z]+$)")


def gold_letter(answer: str) -> str | None:
    """The letter that a reference is: `C`, `(C)`, or with its option, `(C) blue`; None if it is none."""
    text = plain(answer)
    match = _ALONE.fullmatch(text) or _MARKED.match(text)
    return next((group for group in match.groups() if group), None) if match else None


def chosen_letter(text: str, letters: str = LETTERS) -> str | None:
    """The one letter that a final answer commits to; None if it names none, or several, or only denies some."""
    text = _CALLED.sub("", plain(text).strip("*$ "), count=1)
    if match := re.fullmatch(rf"[(\[]?([{letters}{letters.lower()}])[)\].:、]?", text):
        return match[1].upper()
    if is_refuted(text):
        return None
    found = _named(without_denied(text), letters)
    return found.pop() if len(found) == 1 else None


_CALLED = re.compile(r"(?:(?:option|choice|answer|letter)\s+)+(?=\S)", re.IGNORECASE)


def is_about_letters(text: str) -> bool:
    """Whether a text can name an option at all: `C`, `(C) blue`, a sentence; not `2C + 1`, where C is a number."""
    text = _CALLED.sub("", plain(text).strip("*$ "), count=1)
    told = without_denied(text).strip()
    return bool(_LISTED.fullmatch(told) or _MARKED.match(told)) or (is_prose(text) and not _SUM.search(text))


_SUM = re.compile(r"[=+^\\]")


_LISTED_WORD = re.compile(
    r"(?<![A-Za-z'])([AI])(?=\s*[,/]|\s+(?:or|and)\b)|(?:\b(?:or|and)\s+|[,/]\s*)([AI])(?=\s*(?:$|[.,;)]))"
)
"""A and I alone may be words; in a list they are letters."""


def _named(text: str, letters: str) -> set[str]:
    marked = re.findall(rf"\(([{letters}])\)|^\s*([{letters}])(?=[).:,、]|\s*$)", text)
    listed = _LISTED_WORD.findall(text)
    bare = re.findall(rf"(?<![A-Za-z'])([{letters}])(?![A-Za-z'])", text)
    return ({a or b for a, b in (*marked, *listed)} | ({*bare} - {"A", "I"})) & set(letters)
