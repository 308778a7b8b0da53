"""Problems with samples, written down as letters: what tests of curves, votes and ends start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.generators.generator import Usage
from r1cli.results.sampled import JudgedSample, Protocol, SampledProblem, SampleSet

RIGHT = "r"
"""The right answer; `-` is a sample that was cut off, `x` one whose judge crashed, other letters are wrong answers."""


def sample(letter: str, *, tokens: int | None = 10, score: float | None = None) -> JudgedSample:
    """One completion."""
    right = None if letter == "x" else letter == RIGHT
    vote = None if letter in "-x" else ord(letter)
    end = {"r": "right", "-": "truncated", "x": "crashed"}.get(letter, "wrong")
    scores = {} if score is None else {"rm": score}
    return JudgedSample(right, vote, end, Usage(completion=tokens), None, scores)


def problem(
    name: str, letters: str, *, cluster: str = "", tokens: int | None = 10, scores: Sequence[float] = ()
) -> SampledProblem:
    """One problem with a sample for each letter."""
    given = scores or [None] * len(letters)
    samples = [sample(letter, tokens=tokens, score=score) for letter, score in zip(letters, given, strict=True)]
    return SampledProblem(name, cluster or name, tuple(samples))


def sample_set(
    answers: Mapping[str, str], *, model: str = "R1", checkpoint: str = "r1", seed: int = 0, votes: bool = True,
    tokens: int | None = 10,
) -> SampleSet:  # fmt: skip
    """Problem -> letters of its samples."""
    protocol = Protocol(template="Q: {question}", max_tokens=96, temperature=1.0, date="2026-01-31", votes=votes)
    problems = tuple(problem(name, letters, tokens=tokens) for name, letters in answers.items())
    return SampleSet(model, checkpoint, seed, protocol, problems)
