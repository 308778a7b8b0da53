"""General requests: prompts for all-scenario RL, demonstrations for SFT, and a rule that scores held-out answers.

The rule is independent of the reward models: is the answer nearer to the response that people preferred than to the one
that they rejected, by character n-grams? It is weak on a single answer and tells models apart on many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.language.consistency import detect_language
from r1cli.tasks.preference import GeneralRequests, Preferred, pair_of, read_pairs
from r1cli.template import Completion, parse, render

_LONGEST_NGRAM = 6
"""chrF counts character n-grams of 1 to 6 (Popovic 2015)."""
_RECALL_WEIGHT = 2
"""beta of chrF2: recall weighs twice as much as precision."""
_LONGEST_TEXT = 2000
"""Characters that are compared."""


class Chat(GeneralRequests):
    """Columns by name: `prompt` and `response`, where `response` is mapped; else those of preference pairs.

    The response, or the preferred side of the pair, is the demonstration.
    """

    thought: str
    """Stands in demonstrations whose source has only an answer; the format asks for a thought."""

    def rows(self) -> list[Row]:
        if "response" in self.origin.columns:
            return super().rows()
        return [self._of_pair(record, pair) for record, pair in read_pairs(self.origin)]

    def row(self, record: Record) -> Row:
        if "response" in record.columns:
            return self._row(record, record.text("prompt"), record.text("response"))
        return self._of_pair(record, pair_of(record))

    def score(self, completion: Completion, row: Row) -> float | None:
        if not row.chosen or not row.rejected:
            return None
        nearer = chrf(completion.answer, row.chosen) > chrf(completion.answer, row.rejected)
        return float(nearer)

    def _of_pair(self, record: Record, pair: Preferred) -> Row:
        row = self._row(record, pair.prompt, pair.chosen)
        return replace(row, chosen=pair.chosen, rejected=pair.rejected)

    def _row(self, record: Record, prompt: str, response: str) -> Row:
        given = parse(response)
        return Row(
            id=record.id,
            prompt=prompt,
            kind=self.kind,
            language=self.language or detect_language(prompt),
            demonstration=render(given.thought or self.thought, given.answer or response),
            task=self,
        )


def chrf(text: str, reference: str) -> float:
    """Character n-gram F-score of a text against a reference, 0 to 1; whitespace does not count.

    Source: Popovic, "chrF: character n-gram F-score for automatic MT evaluation" (2015), averaged over n.
    """
    hypothesis, target = _compared(text), _compared(reference)
    longest = min(_LONGEST_NGRAM, len(hypothesis), len(target))
    if longest == 0:
        return 0.0
    return sum(_f_score(hypothesis, target, n) for n in range(1, longest + 1)) / longest


def _compared(text: str) -> str:
    return "".join(text.split())[:_LONGEST_TEXT]


def _ngrams(text: str, n: int) -> Counter[str]:
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def _f_score(hypothesis: str, target: str, n: int) -> float:
    ours, theirs = _ngrams(hypothesis, n), _ngrams(target, n)
    shared = (ours & theirs).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / ours.total(), shared / theirs.total()
    beta2 = _RECALL_WEIGHT**2
    return (1 + beta2) * precision * recall / (beta2 * precision + recall)
