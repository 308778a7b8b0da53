"""What rejection sampling throws away, and why: named filters, applied in order, each counted.

The paper keeps what is right and drops chains of thought with mixed languages, long paragraphs and code blocks (V2
B.3.3), and filters repetition from the cold-start samples (B.3.2). It gives no thresholds: those in `conf/` are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.language.consistency import language_consistency
from r1cli.template import Completion

DROPPED_BY = (
    "truncated", "malformed", "wrong", "mixed_language", "long_paragraph", "code_block", "repetition",
    "duplicate", "surplus",
)  # fmt: skip
"""Names in the order in which they are tried; a completion is counted under the first that drops it.

The last two see more than one completion (the same text again; more than are kept of a prompt) and are the caller's.
"""


class Filters(Component):
    """Thresholds of the filters."""

    VERSION: ClassVar[int] = 2
    """2: language consistency knows the prompt."""

    min_language_consistency: float = Field(ge=0, le=1)
    """Thoughts with a smaller share of words in the prompt's language are mixed."""
    max_paragraph_characters: PositiveInt
    """Longest paragraph of a thought."""
    max_repetition: float = Field(ge=0, le=1)
    """Largest share of a thought's n-grams that have been seen before in it."""
    repetition_n: PositiveInt
    """Length of those n-grams, in characters, so that loops count in any script."""

    def reject(self, completion: Completion, row: Row, *, right: bool | None) -> str | None:
        """The name of the first filter that drops `completion`; None keeps it (duplicate and surplus are the caller's).

        `right` is the verifier's word, None where it has none.
        """
        return next(self._objections(completion, row, right=right), None)

    def _objections(self, c: Completion, row: Row, *, right: bool | None) -> Iterator[str]:
        if not c.finished:
            yield "truncated"
        if not c.well_formed:
            yield "malformed"
        if right is False:
            yield "wrong"
        if row.language and language_consistency(c.thought, row.language, row.prompt) < self.min_language_consistency:
            yield "mixed_language"
        if max(map(len, c.thought.splitlines()), default=0) > self.max_paragraph_characters:
            yield "long_paragraph"
        if "```" in c.thought:
            yield "code_block"
        if repetition(c.thought, self.repetition_n) > self.max_repetition:
            yield "repetition"


def repetition(units: str | tuple[str, ...], n: int) -> float:
    """Share of the n-grams that repeat an earlier one, from 0 (none) to almost 1 (a loop).

    `units` is a text, taken by characters, or a tuple of words.
    """
    grams = [units[i : i + n] for i in range(len(units) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0
