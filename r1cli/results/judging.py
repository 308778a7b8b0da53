"""From completions that have arrived to judged samples: the verifier's word, classes of answers, other measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from r1cli.data.rows import Row
from r1cli.generators.generator import Question
from r1cli.language.consistency import language_consistency
from r1cli.results.samples import SampleRecord
from r1cli.results.voting import classes
from r1cli.tasks.base import judge
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome

AT_ONCE = 1024
"""Completions that are judged together, more or less: a problem's samples stay together."""
LANGUAGE = "language"
"""The score that says how much of a thought is in the question's language."""


@dataclass(frozen=True, slots=True)
class PosedSample:
    """One completion that is wanted."""

    row: Row
    """As this sample is asked and judged (`Task.posed`)."""
    cluster: str
    question: Question


def judged(
    wanted: Sequence[PosedSample], arrived: Mapping[tuple[str, int], SampleRecord], *, votes: bool
) -> list[SampleRecord]:
    """The record of every sample, judged, in the order of `wanted`.

    Args:
        wanted: the samples of one problem follow each other.
        arrived: by id and number, one for each of them.
        votes: may equal answers be counted as votes?
    """
    records: list[SampleRecord] = []
    for chunk in _chunks(wanted):
        records += _judged_at_once(chunk, [arrived[p.question.id, p.question.sample] for p in chunk], votes=votes)
    return records


def _chunks(wanted: Sequence[PosedSample]) -> list[list[PosedSample]]:
    chunks: list[list[PosedSample]] = [[]]
    for _, problem in groupby(wanted, key=lambda posed: posed.question.id):
        if len(chunks[-1]) >= AT_ONCE:
            chunks.append([])
        chunks[-1] += problem
    return chunks


def _judged_at_once(
    chunk: Sequence[PosedSample], records: Sequence[SampleRecord], *, votes: bool
) -> list[SampleRecord]:
    completions = [record.completion() for record in records]
    outcomes = judge(completions, [posed.row for posed in chunk])
    cast: list[int | None] = [None] * len(chunk)
    start = 0
    for _, problem in groupby(chunk, key=lambda posed: posed.question.id):
        end = start + len(list(problem))
        if votes:
            counted = classes(chunk[start].row, completions[start:end], outcomes[start:end])
            cast[start:end] = counted or cast[start:end]
        start = end
    return list(map(_with_verdict, records, chunk, completions, outcomes, cast))


def _with_verdict(
    record: SampleRecord, posed: PosedSample, completion: Completion, outcome: Outcome, vote: int | None
) -> SampleRecord:
    row, scores = posed.row, dict(record.scores)
    if row.language and record.thought:
        scores[LANGUAGE] = language_consistency(record.thought, row.language, row.prompt)
    if row.task is not None:
        scores |= row.task.measures(completion, row)
    return replace(
        record,
        extracted=outcome.extracted,
        answer_class=vote,
        value=outcome.value,
        status=outcome.status,
        scores=scores,
    )
