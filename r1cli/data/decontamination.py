"""Decontamination: training rows that give held-out ones away are left out (paper V2 D.1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from r1cli.data.rows import Row

CONTAMINATION_NGRAM = 10
"""Words in a row that two texts must share for one to give the other away (paper V2 D.1)."""


def decontaminate(rows: Sequence[Row], heldout: Iterable[Row], n: int = CONTAMINATION_NGRAM) -> tuple[list[Row], int]:
    """The rows that share no n words in a row with a held-out prompt or solution; and how many were dropped.

    Two Han characters count as one word. A held-out text shorter than n words must be met as a whole.
    """
    forbidden: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for row in heldout:
        for tokens in map(tokens_of, (row.prompt, row.demonstration or "")):
            grams = set(grams_of(tokens, n))
            forbidden |= grams
            if tokens and not grams:
                whole.add(tuple(tokens))

    def gives_away(text: str) -> bool:
        tokens = tokens_of(text)
        return tuple(tokens) in whole or not forbidden.isdisjoint(grams_of(tokens, n))

    kept = [row for row in rows if not any(map(gives_away, texts_of(row)))]
    return kept, len(rows) - len(kept)


def texts_of(row: Row) -> tuple[str, ...]:
    """All that a model reads of a row in training."""
    return tuple(text or "" for text in (row.prompt, row.demonstration, row.chosen, row.rejected))


_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+")


def tokens_of(text: str) -> list[str]:
    """Words, and Han characters one by one."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def grams_of(tokens: list[str], n: int) -> Iterator[tuple[str, ...]]:
    """Every n words in a row; of a text that is mostly Han, every 2 n characters."""
    han = sum("\u3400" <= token <= "\u9fff" for token in tokens)
    width = 2 * n if 2 * han > len(tokens) else n
    return (tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1))
