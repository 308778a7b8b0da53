"""What the rules of instructions count: words, sentences, paragraphs, marks. In any script, and alike on all machines.

IFEval's own code counts with nltk and data that it fetches; these are rules of our own, so a text near a threshold may
be counted differently there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_WORD = re.compile(r"\w+(?:[.'’-]\w+)*")
_PLAIN_WORD = re.compile(r"\w+")
_ENDS = re.compile(r"[.!?।॥。！？]+[\"'”’»)\]*_]*(?=\s|$)|[。！？]+")
_TITLES = frozenset("mr mrs ms dr prof st jr sr gen col lt capt rev hon vs fig no vol ed mt".split())
"""Before a name or a number, so never the end of a sentence."""
_MAY_END = frozenset("etc inc ltd co corp e.g i.e a.m p.m u.s u.k ph.d approx est dept".split())
"""Abbreviations that end a sentence if a capital follows."""
_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "less than": lambda found, wanted: found < wanted,
    "at least": lambda found, wanted: found >= wanted,
}


def agrees(found: int, relation: str, wanted: int) -> bool:
    """Is `found` less than, or at least, what is wanted?

    Raises:
        KeyError: another relation.
    """
    return _RELATIONS[relation](found, wanted)


def words(text: str) -> list[str]:
    """Runs of letters and digits; `don't`, `well-known`, `U.S` and `3.14` are one word each.

    Marks that stand above or below a letter are part of it, as vowels are in Hindi.
    """
    return _WORD.findall(_without_marks(text))


def plain_words(text: str) -> list[str]:
    r"""Runs of `\w`, as IFEval's own code counts words: `don't` is two, and a Hindi word ends at each vowel sign."""
    return _PLAIN_WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences there are; a rest without a full stop is one.

    A full stop ends none in a number, after a title or an initial, or behind the number of a list.
    """
    count, start = 0, 0
    for end in _ENDS.finditer(text):
        before, after = text[start : end.start()], text[end.end() :].lstrip()
        if not _has_letters(before) or (end[0].startswith(".") and _goes_on(before, after)):
            continue
        count, start = count + 1, end.end()
    return count + _has_letters(text[start:])


def paragraphs(text: str) -> list[str]:
    """What stands between blank lines, without what is empty."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _goes_on(before: str, after: str) -> bool:
    """Whether the sentence goes on behind a full stop."""
    last = re.split(r"\s", before)[-1].lstrip("(\"'“‘*_").lower()
    if last in _TITLES or (len(last) == 1 and last.isalpha() and last != "i"):
        return True
    if last.isdigit() and before.rpartition("\n")[2].strip(" *#") == last:
        return True  # the number of a list
    return last in _MAY_END and not after[:1].isupper() and bool(after)


def _has_letters(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFC", text) if not unicodedata.category(c).startswith("M"))
