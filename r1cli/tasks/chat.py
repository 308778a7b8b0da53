"""General requests: prompts for all-scenario RL, demonstrations for SFT, and a rule that scores held-out answers.

The rule is independent of the reward models: is the answer nearer to the response that people preferred than to the one
that they rejected, by character n-grams? It is weak on a single answer and tells models apart on many.
"""

from __future__ import annotations

from collections import Counter

from r1cli.data.rows import Row, RowKind
from r1cli.data.source import Source
from r1cli.language.consistency import detect_language
from r1cli.tasks.base import Task
from r1cli.tasks.preference import read_pairs
from r1cli.template import Completion, parse, render

_LONGEST_NGRAM = 6
"""chrF counts character n-grams of 1 to 6 (Popovic 2015)."""
_RECALL_WEIGHT = 2
"""beta of chrF2: recall weighs twice as much as precision."""
_LONGEST_TEXT = 2000
"""Characters that are compared."""


class Chat(Source, Task):
    """Columns by name: `prompt` and `response`, where `response` is mapped; else those of preference pairs.

    The response, or the preferred side of the pair, is the demonstration.
    """

    kind: RowKind
    """helpful or harmless: which preference model scores the response."""
    language: str | None
    """Of all prompts; None: told from the script."""
    thought: str
    """Stands in demonstrations whose source has only an answer; the format asks for a thought."""

    def rows(self) -> list[Row]:
        return self._responses() if "response" in self.columns else self._pairs()

    def score(self, completion: Completion, row: Row) -> float | None:
        if not row.chosen or not row.rejected:
            return None
        nearer = chrf(completion.answer, row.chosen) > chrf(completion.answer, row.rejected)
        return float(nearer)

    def _pairs(self) -> list[Row]:
        return [
            self._row(record.id, pair.prompt, pair.chosen, chosen=pair.chosen, rejected=pair.rejected)
            for record, pair in read_pairs(self)
        ]

    def _responses(self) -> list[Row]:
        return [self._row(record.id, record.text("prompt"), record.text("response")) for record in self.records()]

    def _row(
        self, identity: str, prompt: str, response: str, *, chosen: str | None = None, rejected: str | None = None
    ) -> Row:
        given = parse(response)
        return Row(
            id=identity,
            prompt=prompt,
            kind=self.kind,
            language=self.language or detect_language(prompt),
            demonstration=render(given.thought or self.thought, given.answer or response),
            chosen=chosen,
            rejected=rejected,
            task=self,
        )


def chrf(text: str, reference: str) -> float:
    """Character n-gram F-score of a text against a reference, 0 to 1; whitespace does not count.

    Source: Popovic, "chrF: character n-gram F-score for automatic MT evaluation" (2015), averaged over n.
    """
    hypothesis, target = ("".join(t.split())[:_LONGEST_TEXT] for t in (text, reference))
    scores = [
        _f_score(hypothesis, target, n) for n in range(1, _LONGEST_NGRAM + 1) if min(len(hypothesis), len(target)) >= n
    ]
    return sum(scores) / len(scores) if scores else 0.0


def _f_score(hypothesis: str, target: str, n: int) -> float:
    ours, theirs = (Counter(t[i : i + n] for i in range(len(t) - n + 1)) for t in (hypothesis, target))
    shared = (ours & theirs).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / ours.total(), shared / theirs.total()
    beta2 = _RECALL_WEIGHT**2
    return (1 + beta2) * precision * recall / (beta2 * precision + recall)
