"""Stored samples as numbers: of each completion whether it is right, what it votes for, what it cost, how it ended.

What models wrote stays in the files; what is kept of a completion is a few hundred bytes, so that a hundred thousand of
them are read in seconds. Everything about many samples (curves over k, reliability, where samples end) is worked out
from these, with no model loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from r1cli.generators.generator import Usage
from r1cli.results.cost import Dollars
from r1cli.results.samples import SampleRecord
from r1cli.results.scorecard import end_of
from r1cli.template import parse


@dataclass(frozen=True, slots=True)
class JudgedSample:
    """One completion, in numbers."""

    right: bool | None
    """None: nobody could say; it is left out of every measure."""
    vote: int | None
    """Equal for answers of one problem that mean the same; None: no answer, or cut off."""
    end: str
    """One of `scorecard.ENDS`."""
    usage: Usage
    seconds: float | None
    scores: Mapping[str, float]
    """Of reward models and the like, by name."""

    @property
    def tokens(self) -> int | None:
        """Generated, thought included; None where nobody counted them."""
        return self.usage.completion


@dataclass(frozen=True)
class SampledProblem:
    """A problem and all completions of it."""

    id: str
    cluster: str
    samples: tuple[JudgedSample, ...]

    @cached_property
    def judged(self) -> tuple[JudgedSample, ...]:
        """Those that count."""
        return tuple(sample for sample in self.samples if sample.right is not None)

    @cached_property
    def right(self) -> tuple[bool, ...]:
        """Of the judged ones."""
        return tuple(sample.right is True for sample in self.judged)

    @cached_property
    def votes(self) -> tuple[int | None, ...]:
        """Of the judged ones."""
        return tuple(sample.vote for sample in self.judged)

    @cached_property
    def tokens(self) -> float | None:
        """Of one completion, the mean over all of them, judged or not: all were paid for."""
        counted = [sample.tokens for sample in self.samples if sample.tokens is not None]
        return sum(counted) / len(counted) if counted else None

    @property
    def pass_at_1(self) -> float | None:
        """Share of right ones among the judged; None where none was judged."""
        return sum(self.right) / len(self.right) if self.right else None


@dataclass(frozen=True)
class Protocol:
    """How samples were drawn: what a figure of them must say."""

    benchmark: str = ""
    """Empty for the held-out problems of the recipe's own task."""
    template: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    date: str = ""
    """Day on which they were drawn, 2026-01-31."""
    votes: bool = True
    """Can final answers agree? Programs never do."""


@dataclass(frozen=True)
class SampleSet:
    """All samples of one model on one benchmark, from one seed."""

    model: str
    """As tables have it."""
    checkpoint: str
    """The node; empty for a model from outside."""
    seed: int
    protocol: Protocol
    problems: tuple[SampledProblem, ...]
    levels: Mapping[str, str] = field(default_factory=dict)
    """Problem -> how hard it is, where the benchmark says so."""

    dollars: Dollars | None = None
    """What all of them cost; None without a price list that says."""

    @property
    def k(self) -> int:
        """Completions of each problem; of most, where some have fewer."""
        return max((len(problem.samples) for problem in self.problems), default=0)


def problems_of(records: Iterable[SampleRecord]) -> tuple[SampledProblem, ...]:
    """Judged records, one after another as the file has them; those of a problem need not be together."""
    samples: dict[str, list[JudgedSample]] = {}
    clusters: dict[str, str] = {}
    for record in records:
        samples.setdefault(record.id, []).append(_judged(record))
        clusters[record.id] = record.cluster
    return tuple(SampledProblem(name, clusters[name], tuple(own)) for name, own in samples.items())


def records_of(transcripts: Iterable[Mapping[str, Any]]) -> Iterator[SampleRecord]:
    """The samples in an evaluation's `transcripts.jsonl`; general requests, which have no right answer, are none."""
    for problem in transcripts:
        if problem.get("kind", "reasoning") != "reasoning" or problem["answer"] is None:
            continue
        completions = problem["completions"]
        for number, (completion, vote) in enumerate(zip(completions, _votes(completions), strict=True)):
            tokens = completion.get("tokens")
            yield SampleRecord(
                id=problem["id"],
                cluster=problem["id"],
                sample=number,
                thought="",
                answer="",
                text=completion["text"],
                finished=completion.get("finished", True),
                usage=Usage(completion=None if tokens is None else int(tokens)),
                extracted=completion.get("extracted"),
                answer_class=vote,
                value=completion.get("accuracy"),
                status=completion.get("status", "scored"),
            )


def _judged(record: SampleRecord) -> JudgedSample:
    right = None if record.value is None else record.value == 1.0
    return JudgedSample(right, record.answer_class, end_of(record), record.usage, record.seconds, record.scores)


def _votes(completions: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """The classes that the evaluation found; where it kept none, right answers agree, and wrong ones of one text."""
    if all("class" in completion for completion in completions):
        return [completion["class"] for completion in completions]
    numbers: dict[str | None, int] = {}
    votes: list[int | None] = []
    for completion in completions:
        answer = completion.get("extracted") or parse(completion["text"]).answer or None
        if completion.get("finished") is False or completion.get("status") == "unparseable" or answer is None:
            votes.append(None)
        else:
            # None is no answer's text: the number of those that are right.
            meaning = None if completion.get("accuracy") == 1.0 else answer
            votes.append(numbers.setdefault(meaning, len(numbers)))
    return votes
