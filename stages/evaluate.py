"""Evaluate a model on held-out problems: the columns of the paper's stage table, with intervals.

Several samples a problem, their mean as pass@1, the chance of a right one among them as pass@k and their majority vote
as cons@k (paper V2 D.1; `r1cli.results.metrics`), format rate, language consistency of the thought (the reward's own
definition), response length in tokens, reflection words (V2 C.2), and the score of general requests. One evaluation for
every model of a recipe: same problems, same random numbers, cached like any other stage.

Simplification: intervals are over problems (`r1cli.results.intervals`); they say how sure the number is for this model,
not how much another seed would move it.

    r1 compare
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.rows import Row
from r1cli.generators.base import Sampling
from r1cli.generators.generator import Question, Reply, Usage
from r1cli.generators.sampler import Prompt, sample
from r1cli.generators.vllm.settings import Vllm
from r1cli.language.consistency import language_consistency
from r1cli.language.reflection import reflections
from r1cli.results import samples
from r1cli.results.intervals import interval
from r1cli.results.metrics import cons_at_k, mean, pass_at_k
from r1cli.results.samples import SampleRecord
from r1cli.results.shared_samples import SharedSamples
from r1cli.results.voting import classes
from r1cli.stage import Context, Drawing, Stage, Workload
from r1cli.tasks.base import Task, judge
from r1cli.template import Completion
from r1cli.training.models import prompt_text
from r1cli.training.policies import load_policy
from r1cli.training.sharing import part_of
from r1cli.verify.outcome import Outcome

COUNTS = frozenset({"tokens", "reflection"})
"""Measures that are no shares: nothing bounds them."""


@dataclass(frozen=True)
class AnsweredProblem:
    """A row with the completions that were sampled for it, and the verifier's word on each."""

    row: Row
    completions: list[Completion]
    outcomes: list[Outcome]


class Evaluate(Stage):
    """Sample, judge, and write `report.json` with means and 95 % intervals, `transcripts.jsonl` beside it."""

    MAKES: ClassVar[Kind] = "report"
    PARALLEL: ClassVar[bool] = True
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype"})
    VERSION: ClassVar[int] = 6

    data: Task
    """Held-out problems."""
    general: Task | None
    """Held-out general requests; None: no general score."""
    sampling: Sampling
    general_per_prompt: int
    """Completions for each general request."""
    backend: Vllm | None = None
    """What draws; None: the native sampler."""
    reflection_words: dict[str, list[str]]
    """By language: words whose number the paper follows through training (V2 C.2)."""

    def workload(self) -> Workload:
        cap = self.sampling.max_completion_tokens
        drawn = [Drawing(self.data.size(), self.sampling.per_prompt, cap)]
        if self.general is not None:
            drawn.append(Drawing(self.general.size(), self.general_per_prompt, cap))
        return Workload(drawn=tuple(drawn))

    def check(self) -> None:
        self.data.preflight()

    def run(self, ctx: Context) -> dict[str, Artifact]:
        rows = self.data.rows()
        general_rows = self.general.rows() if self.general is not None else []
        fewer = self.sampling.model_copy(update={"per_prompt": self.general_per_prompt})
        policy = load_policy(ctx, self.model, self.backend)
        total = len(rows) + len(general_rows)
        problems = self._answered(policy, rows, self.sampling, ctx, "problems", done=0, total=total)
        general = self._answered(policy, general_rows, fewer, ctx, "general", done=len(rows), total=total)

        if not ctx.placement.is_main:
            return {}
        report = self._report(ctx, problems, general)
        (ctx.out / "report.json").write_text(json.dumps(report, indent=1))
        self._write_transcripts(ctx, problems + general)
        means = {f"eval/{name}": value["mean"] for name, value in report.items() if isinstance(value, dict)}
        ctx.tracker.summary({**means, **self.data.record()})
        return {
            "out": artifact.report(ctx.out / "report.json"),
            "transcripts": artifact.dataset(ctx.out / "transcripts.jsonl"),
        }

    def _answered(
        self,
        policy: tuple[Any, Any],
        rows: list[Row],
        sampling: Sampling,
        ctx: Context,
        name: str,
        *,
        done: int,
        total: int,
    ) -> list[AnsweredProblem]:
        """Completions for all rows, in their order, verified in one batch; what was drawn before a kill is kept."""
        kept = SharedSamples(ctx.checkpoint, name, ctx.placement)
        mine = part_of(rows, ctx.placement)
        here = kept.read()
        missing = [row for row in mine if any((row.id, n) not in here for n in range(sampling.per_prompt))]
        drawn, alike = len(mine) - len(missing), ctx.placement.processes  # the other processes are about as far
        prompts = [Prompt(row.id, prompt_text(self.model.template, row.prompt)) for row in missing]
        at_once = ctx.placement.sampling_rows
        for index, of_prompt in sample(*policy, prompts, sampling, seed=self.seed, rows=at_once):
            records = _records(missing[index].id, of_prompt)
            deque(kept.keep(record for record in records if record.key not in here), maxlen=0)
            drawn += 1
            ctx.tracker.progress(done + drawn * alike, total)
        kept.complete()
        if not ctx.placement.is_main:
            return []
        kept.wait()
        completions = _completions(kept)
        each_row = [row for row in rows for _ in completions[row.id]]
        outcomes = iter(judge([completion for row in rows for completion in completions[row.id]], each_row))
        return [
            AnsweredProblem(row, completions[row.id], [next(outcomes) for _ in completions[row.id]]) for row in rows
        ]

    def _report(self, ctx: Context, problems: list[AnsweredProblem], general: list[AnsweredProblem]) -> dict[str, Any]:
        """Means and intervals over problems; None where a measure applies to no problem."""
        columns: dict[str, list[float | None]] = {}
        for problem in problems:
            for name, value in (self._means(problem) | votes(problem)).items():
                columns.setdefault(name, []).append(value)
        columns["general"] = [_general_score(request) for request in general]
        known = {name: [v for v in values if v is not None] for name, values in columns.items()}
        return {
            "checkpoint": self.inputs["model"],
            "fingerprint": ctx.inputs["model"].fingerprint,
            "seed": self.seed,
            "n_problems": len(problems),
            "k": self.sampling.per_prompt,
            **{name: interval(values, share=name not in COUNTS) for name, values in known.items()},
        }

    def _means(self, problem: AnsweredProblem) -> dict[str, float | None]:
        """Each measure of a problem, as the mean over those of its completions that the measure applies to."""
        measured = [
            self._measures(problem.row, completion, outcome)
            for completion, outcome in zip(problem.completions, problem.outcomes, strict=True)
        ]
        return {name: mean([m[name] for m in measured]) for name in measured[0]}

    def _measures(self, row: Row, completion: Completion, outcome: Outcome) -> dict[str, float | None]:
        """What is measured of one completion; None where a measure does not apply."""
        language = None
        if row.language:
            language = language_consistency(completion.thought, row.language, row.prompt)
        return {
            "accuracy": outcome.value,
            "format": float(completion.well_formed),
            "language": language,
            "tokens": float(completion.tokens),
            "reflection": float(reflections(completion.text, self.reflection_words)),
        }

    def _write_transcripts(self, ctx: Context, answered: list[AnsweredProblem]) -> None:
        with (ctx.out / "transcripts.jsonl").open("w", encoding="utf-8") as file:
            for problem in sorted(answered, key=lambda p: p.row.id):
                row = problem.row
                cast_votes = classes(row, problem.completions, problem.outcomes) or [None] * len(problem.completions)
                completions = [
                    {
                        "text": completion.text,
                        "finished": completion.finished,
                        "status": outcome.status,
                        "extracted": outcome.extracted,
                        "class": vote,
                        **self._measures(row, completion, outcome),
                    }
                    for completion, outcome, vote in zip(problem.completions, problem.outcomes, cast_votes, strict=True)
                ]
                about = {"id": row.id, "kind": row.kind, "language": row.language, "prompt": row.prompt}
                record = {**about, "answer": row.answer, "completions": completions}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _records(row: str, completions: Sequence[Completion]) -> Iterator[SampleRecord]:
    """The completions of a row as they are kept."""
    for number, completion in enumerate(completions):
        reply = Reply(Question(row, number, "", 0), completion, Usage(completion=completion.tokens))
        yield SampleRecord.of(reply, cluster=row)


def _completions(kept: SharedSamples) -> dict[str, list[Completion]]:
    """By row."""
    of_rows = samples.by_problem(kept.read().values())
    return {row: [record.completion() for record in records] for row, records in of_rows.items()}


def votes(problem: AnsweredProblem) -> dict[str, float | None]:
    """pass@k and cons@k of a problem, over the samples that accuracy counts: those that were judged."""
    judged = [
        (completion, outcome)
        for completion, outcome in zip(problem.completions, problem.outcomes, strict=True)
        if outcome.value is not None
    ]
    if not judged:
        return {"pass_at_k": None, "cons_at_k": None}
    k, right = len(judged), [outcome.right is True for _, outcome in judged]
    cast_votes = classes(problem.row, [c for c, _ in judged], [o for _, o in judged])
    return {
        "pass_at_k": pass_at_k(k, sum(right), k),
        "cons_at_k": None if cast_votes is None else cons_at_k(cast_votes, right, k),
    }


def _general_score(request: AnsweredProblem) -> float | None:
    task = request.row.task
    if task is None:
        return None
    return mean([task.score(completion, request.row) for completion in request.completions])
