"""Put a benchmark to a model: ask, judge, and keep every completion, so that all numbers can be read from them later.

    rows -> questions -> generator -> samples file -> verifier -> samples and report

A completion is written down as it arrives and is the unit of resume: after a kill only what is missing is asked for.
Protocol of the paper (V2 D.1): k samples a problem, pass@1 their mean, cons@k their majority. The generator decides
whether the model runs here, is served, or is a file of recorded replies; the rest is the same for all three.

Several processes share a model that runs here: each asks for its part of the problems, the first judges and reports.

Simplification: answers are judged when all are there, and again after a kill: judging is cheap beside asking.

    r1 eval benchmark=math500 init=r1_zero
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import NonNegativeInt, PositiveInt, field_validator

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.part import fixed_part
from r1cli.data.rows import Row
from r1cli.errors import ConfigError
from r1cli.files import is_filled
from r1cli.generators.generator import NOTES, Generator, Lent, Question, Usage
from r1cli.generators.rule import seed_of
from r1cli.generators.vllm.settings import Vllm
from r1cli.results import judging, samples, scorecard
from r1cli.results.attempts import attempts, to_draw_again
from r1cli.results.judging import PosedSample
from r1cli.results.samples import SampleRecord
from r1cli.results.scorecard import Average, ProblemScores, problem_scores
from r1cli.results.shared_samples import SharedSamples
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task
from r1cli.training.models import prompt_text
from r1cli.training.policies import load_policy
from r1cli.training.sharing import part_of


class Benchmark(Stage):
    """Writes `samples.jsonl`, `problems.jsonl` (what was asked, and each problem's scores) and `report.json`."""

    MAKES: ClassVar[Kind] = "report"
    PARALLEL: ClassVar[bool] = True
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype"})
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"protocol", "source", "licence", "gated"}

    benchmark: str
    """Its name, as conf/benchmark has it."""
    protocol: str
    """How it is usually asked and scored, and what is done otherwise here."""
    source: str
    """Who made it, and where it is published."""
    licence: str
    gated: bool
    """May nothing of its rows be copied? Then `problems.jsonl` has their ids and scores only."""
    data: Task
    generator: Generator
    instruction: str
    """What is asked, with {prompt} in it."""
    instructions: dict[str, str]
    """The same by the row's language, where it has one of its own."""
    per_prompt: PositiveInt
    """Completions of each problem: the k of pass@k and cons@k."""
    limit: PositiveInt | None
    """Problems, a fixed part of them in which clusters stay whole; None: all."""
    primary: str
    """The measure that the benchmark is known by: accuracy, pass_at_k, cons_at_k, or one of the task's own."""
    redraws: NonNegativeInt = 0
    """How often a completion whose answer cannot be read is drawn again; all are kept, and counted in `usage`."""
    average: Average
    """Of the primary measure: over problems, over groups of the mean of each (ARC: test inputs of a task), or over
    groups that are worth 1 only where all of their problems are."""
    clustered_by: str | None
    """Name in the row's meta of what ties problems together; None: each stands alone."""
    by: str | None
    """Name in the row's meta (or `language`) by which scores are broken down; None: by nothing."""
    votes: bool
    """May equal answers be counted as votes? Programs and free text never are."""

    @field_validator("instruction")
    @classmethod
    def _holds_the_prompt(cls, value: str) -> str:
        if "{prompt}" not in value:
            raise ValueError("an instruction needs {prompt} in it")
        return value

    def missing(self, *, fetch: bool = False) -> str:
        return self.data.missing(fetch=fetch)

    def trimmed(self, *, fetch: bool) -> tuple[Stage, dict[str, str]]:
        data, left_out = self.data.trimmed(fetch=fetch)
        return self.model_copy(update={"data": data}) if left_out else self, left_out

    def check(self) -> None:
        self.data.preflight()
        self.generator.preflight()

    def is_shared(self) -> bool:
        """One process is enough to wait for a server, and to heed its budget."""
        return self.generator.TAKES_MODEL

    def run(self, ctx: Context) -> dict[str, Artifact]:
        rows = self.chosen_rows()
        kept = SharedSamples(ctx.checkpoint, "samples", ctx.placement)
        if ctx.placement.processes > 1:
            self._draw(part_of(rows, ctx.placement), kept, ctx)
            kept.complete()
            if not ctx.placement.is_main:
                return {}
            kept.wait()
        wanted, judged = self._answered(rows, kept, ctx)
        samples.write(ctx.out / samples.FILE, judged)
        problems = self._problems(wanted, judged)
        self._write_problems(ctx.out / "problems.jsonl", wanted, problems)
        report = self._report(ctx, judged, problems)
        (ctx.out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
        if is_filled(ctx.checkpoint / NOTES):
            shutil.copytree(ctx.checkpoint / NOTES, ctx.out / NOTES, dirs_exist_ok=True)
        ctx.tracker.summary({**_summary(report), **self.data.record()})
        return {
            "out": artifact.report(ctx.out / "report.json"),
            "samples": artifact.dataset(ctx.out / samples.FILE),
            "problems": artifact.dataset(ctx.out / "problems.jsonl"),
        }

    def _draw(self, rows: Sequence[Row], kept: SharedSamples, ctx: Context) -> None:
        """A process's part; it is judged here only where the verdict says what is drawn again."""
        if self.redraws:
            self._answered(rows, kept, ctx)
        else:
            self._ask(self._posed(rows, {row.id: range(self.per_prompt) for row in rows}), kept, ctx)

    def _answered(
        self, rows: Sequence[Row], kept: SharedSamples, ctx: Context
    ) -> tuple[list[PosedSample], list[SampleRecord]]:
        """Every completion and its judged record; those that cannot be read are drawn again as often as they may."""
        numbers = {row.id: list(range(self.per_prompt)) for row in rows}
        while True:
            wanted = self._posed(rows, numbers)
            self._ask(wanted, kept, ctx)
            judged = judging.judged(wanted, kept.read(), votes=self.votes)
            of_problems = samples.by_problem(judged) if self.redraws else {}
            again = {name: to_draw_again(of, self.per_prompt, self.redraws) for name, of in of_problems.items()}
            if not any(again.values()):
                return wanted, judged
            numbers = {name: [*drawn, *again[name]] for name, drawn in numbers.items()}

    # --- asking ---

    def chosen_rows(self) -> list[Row]:
        """The problems that are asked, in their order."""
        rows = [row for row in self.data.rows() if row.task is not None]
        return fixed_part(rows, self.limit, self._cluster)

    def at_most(self) -> list[Usage]:
        """What each completion can take, for `--dry-run`; every redraw that there may be is one of them."""
        rows = self.chosen_rows()
        posed = self._posed(rows, {row.id: range(self.per_prompt * (self.redraws + 1)) for row in rows})
        return [self.generator.at_most(each.question, self._rendered) for each in posed]

    def posed(self) -> list[PosedSample]:
        """Every completion that is wanted, redraws left out."""
        rows = self.chosen_rows()
        return self._posed(rows, {row.id: range(self.per_prompt) for row in rows})

    def _cluster(self, row: Row) -> str:
        return row.id if self.clustered_by is None else str(_meta(row, self.clustered_by))

    def _posed(self, rows: Iterable[Row], numbers: Mapping[str, Sequence[int]]) -> list[PosedSample]:
        """Every completion that is wanted, the samples of a problem together; `numbers` of each problem, by its id."""
        posed = []
        for row in rows:
            assert row.task is not None  # other rows were left out
            for number in numbers[row.id]:
                as_asked = row.task.posed(row, number)
                asked = self.instructions.get(row.language or "", self.instruction).replace("{prompt}", as_asked.prompt)
                question = Question(row.id, number, asked, seed_of(self.seed, row.id, number))
                posed.append(PosedSample(as_asked, self._cluster(row), question))
        return posed

    def _ask(self, wanted: Sequence[PosedSample], kept: SharedSamples, ctx: Context) -> None:
        """Have every completion in the files; asks for those that are missing."""
        known = kept.read(texts=False)
        by_question = {posed.question: posed for posed in wanted}
        missing = [question for question in by_question if (question.id, question.sample) not in known]
        done = len(wanted) - len(missing)
        ctx.log.info("%d of %d completions are here, %d are asked for", done, len(wanted), len(missing))
        replies = self.generator.replies(missing, self._lent(ctx)) if missing else iter(())
        records = (
            SampleRecord.of(reply, cluster=posed.cluster, order=posed.row.meta.get("order", ()))
            for reply in replies
            for posed in [by_question[reply.question]]
        )
        alike = ctx.placement.processes  # the other processes are about as far
        for _ in kept.keep(records):
            done += 1
            ctx.tracker.progress(done * alike, len(wanted) * alike)

    def _lent(self, ctx: Context) -> Lent:
        folder = ctx.checkpoint / NOTES
        folder.mkdir(parents=True, exist_ok=True)
        source = ctx.inputs.get("model")
        if source is None:
            return Lent(folder, ctx.log, render=self._rendered, rows=ctx.placement.sampling_rows)

        def load() -> tuple[Any, Any]:
            return load_policy(ctx, self.model, cast("Vllm | None", self.generator.drawn_by()))

        name = self.inputs["model"]
        return Lent(folder, ctx.log, name, load, render=self._rendered, rows=ctx.placement.sampling_rows)

    def _rendered(self, prompt: str) -> str:
        return prompt_text(self.model.template, prompt)

    # --- what is left behind ---

    def _problems(self, wanted: Sequence[PosedSample], judged: Sequence[SampleRecord]) -> list[ProblemScores]:
        problems = []
        of_problems = samples.by_problem(judged)
        for row in _rows(wanted):
            records = of_problems[row.id]
            if self.redraws:
                records = attempts(records, self.per_prompt, self.redraws)
            votes = self.votes and row.task is not None and row.task.VOTES
            problems.append(problem_scores(records, votes=votes, group=self._group(row)))
        return problems

    def _group(self, row: Row) -> str:
        if self.by is None:
            return ""
        return str(row.language if self.by == "language" else _meta(row, self.by))

    def _write_problems(self, path: Path, wanted: Sequence[PosedSample], problems: Sequence[ProblemScores]) -> None:
        """What was asked in each problem's first sample, with its scores; nothing of the rows where they are gated."""
        with path.open("w", encoding="utf-8") as file:
            for row, problem in zip(_rows(wanted), problems, strict=True):
                asked = {} if self.gated else {"prompt": row.prompt, "answer": row.answer}
                about = {"language": row.language, **asked}
                file.write(json.dumps({**asdict(problem), **about}, ensure_ascii=False) + "\n")

    def _report(
        self, ctx: Context, judged: Sequence[SampleRecord], problems: Sequence[ProblemScores]
    ) -> dict[str, Any]:
        """All numbers, and what they are numbers of. No times in it: a resumed evaluation gives the same report."""
        measures = scorecard.means(problems)
        return {
            "benchmark": self.benchmark,
            "model": self.generator.name() or self.inputs.get("model", ""),
            "fingerprint": ctx.inputs["model"].fingerprint if "model" in ctx.inputs else "",
            "seed": self.seed,
            "n_problems": len(problems),
            "n_clusters": len({problem.cluster for problem in problems}),
            "k": self.per_prompt,
            "redraws": self.redraws,
            "max_completion_tokens": self.generator.longest(),
            "primary": self.primary,
            "average": self.average,
            "score": scorecard.score(problems, self.primary, self.average),
            "measures": measures,
            "by": self.by,
            "groups": scorecard.by_group(problems, self.primary) if self.by else {},
            "ends": scorecard.ends(judged),
            "usage": scorecard.usage(judged),
        }


def _rows(wanted: Iterable[PosedSample]) -> list[Row]:
    """Each problem as its first sample was asked."""
    return list({posed.row.id: posed.row for posed in reversed(list(wanted))}.values())[::-1]


def _meta(row: Row, name: str) -> Any:
    if name not in row.meta:
        hint = f"name its column in the data: about.{name}=COLUMN"
        raise ConfigError(f"row {row.id!r} has no {name!r} to group by", hint=hint)
    return row.meta[name]


def _summary(report: Mapping[str, Any]) -> dict[str, float]:
    """Means for the run's record, as W&B shows them."""
    means = {name: value["mean"] for name, value in report["measures"].items() if value is not None}
    return {f"bench/{name}": value for name, value in means.items()}
