"""Contamination: which rows of a benchmark share ten words in a row with rows that a model was trained on.

The rule is the one by which training rows are left out (`r1cli.data.decontamination`, paper V2 D.1), looked at from
the other side: there it protects the held-out rows that one knows of, here it says of any benchmark how much of it was
protected. An overlap is a reason to look, no proof: ten words may be a phrase that every problem of a kind has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from r1cli.data.decontamination import CONTAMINATION_NGRAM, grams_of, texts_of, tokens_of
from r1cli.data.rows import Row

_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
MOST_NAMED = 3
"""Training rows that are named for each row of a benchmark."""


@dataclass(frozen=True)
class Overlap:
    """A row of a benchmark that was met in training rows."""

    id: str
    """Of the benchmark's row."""
    met: int
    """In how many training rows."""
    training: tuple[str, ...]
    """Ids of the first of them."""
    shared: str
    """The words that it shares with the first."""


def overlaps(benchmark: Sequence[Row], training: Iterable[Row], n: int = CONTAMINATION_NGRAM) -> list[Overlap]:
    """The rows of a benchmark that share n words in a row with a training row, in the benchmark's order.

    Of a benchmark's row its prompt and its solution count, of a training row all that is read in training. Two Han
    characters count as one word. A text of the benchmark that is shorter than n words must be met as a whole. Memory
    grows with the benchmark, not with the training rows.
    """
    grams, whole = _indexed(benchmark, n)
    met: dict[int, list[str]] = {}
    shared: dict[int, tuple[str, ...]] = {}
    for row in training:
        found: dict[int, tuple[str, ...]] = {}
        for text in texts_of(row):
            tokens = tokens_of(text)
            for place in whole.get(tuple(tokens), ()):
                found.setdefault(place, tuple(tokens))
            for gram in grams_of(tokens, n):
                for place in grams.get(gram, ()):
                    found.setdefault(place, gram)
        for place, words in found.items():
            met.setdefault(place, []).append(row.id)
            shared.setdefault(place, words)
    return [
        Overlap(benchmark[place].id, len(rows), tuple(rows[:MOST_NAMED]), _joined(shared[place]))
        for place, rows in sorted(met.items())
    ]


_Index = dict[tuple[str, ...], list[int]]
"""Words -> places of the benchmark's rows that have them."""


def _indexed(benchmark: Sequence[Row], n: int) -> tuple[_Index, _Index]:
    """By every n words in a row, and by the whole of a text that is shorter."""
    grams: _Index = {}
    whole: _Index = {}
    for place, row in enumerate(benchmark):
        for tokens in map(tokens_of, (row.prompt, row.demonstration or "")):
            found = set(grams_of(tokens, n))
            for gram in found:
                grams.setdefault(gram, []).append(place)
            if tokens and not found:
                whole.setdefault(tuple(tokens), []).append(place)
    return grams, whole


def _joined(words: tuple[str, ...]) -> str:
    """Words with blanks between them, Han characters without."""
    return _BETWEEN_HAN.sub("", " ".join(words))
