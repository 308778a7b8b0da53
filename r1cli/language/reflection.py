"""Reflection words ("wait", "however", "verify", ...), whose number the paper follows through training (V2 C.2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence


def reflections(text: str, words: Mapping[str, Sequence[str]]) -> int:
    """How many words of any of these languages a response has.

    Args:
        text: of the response.
        words: by language. Those in Latin letters count as whole words, in any case; Chinese is written without spaces,
            so its words are looked for anywhere.
    """
    latin = Counter(re.findall(r"[a-z]+", text.lower()))
    return sum(
        latin[word] if word.isascii() else text.count(word) for of_language in words.values() for word in of_language
    )
