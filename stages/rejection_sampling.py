"""Rejection sampling: sample from a policy, keep what is right and readable, mix with general data. Paper V2 B.3.3.

    prompt -> n completions -> verifier and named filters -> at most `keep_per_prompt` of each prompt -> dataset

From Dev2 it makes the set on which Dev3 and the distilled students are trained; from R1-Zero, with `refine`, the
cold-start set (B.3.2). Prompts are sampled in shards; a shard is written and sealed as soon as it is judged, so a
killed run continues with the next one, and no more than one shard is ever held in memory. What each filter dropped is
counted in `report.json`, with examples; the card says where rows came from.

Simplification: the paper's judge model, for answers that no rule can check, is left out: without a verifier no row is
"wrong".

    r1 train stage=rejection_sampling
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TextIO

from pydantic import NonNegativeInt, PositiveInt

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.card import rejection_card
from r1cli.data.filters import DROPPED_BY, Filters
from r1cli.data.rows import Row, write_rows
from r1cli.errors import StageFailed, Stopped
from r1cli.generators.base import Sampling
from r1cli.generators.sampler import Prompt, sample
from r1cli.generators.vllm.settings import Vllm
from r1cli.stage import Context, Drawing, Stage, Workload
from r1cli.tasks.base import Task, judge
from r1cli.template import Completion
from r1cli.training import checkpoints
from r1cli.training.models import prompt_text
from r1cli.training.policies import load_policy
from r1cli.training.sharing import part_of, wait_until

EXAMPLES = 5
"""Rejected completions shown in the report, for each filter."""

Record = dict[str, Any]
"""One completion of a shard: row, sample (its number), text, rejected (by which filter, or None), status."""


class RejectionSampling(Stage):
    """Prompts -> n completions -> verification and filters -> dataset."""

    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype"})
    MAKES: ClassVar[Kind] = "dataset"
    PARALLEL: ClassVar[bool] = True
    STOPS: ClassVar[bool] = True
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"shard_size"}
    VERSION: ClassVar[int] = 2

    data: Task
    """Prompts to sample from."""
    general: Task | None
    """Demonstrations of general requests to mix in; None: reasoning only."""
    sampling: Sampling
    sampling_seed: int | None = None
    """Of the completions; None: the stage's seed, which always decides the order of what is kept."""
    backend: Vllm | None = None
    """What draws; None: the native sampler."""
    filters: Filters
    min_kept: NonNegativeInt
    """Fewer kept completions than this are a failed stage: there would be too little to imitate."""
    keep_per_prompt: PositiveInt
    """Most completions kept of one prompt."""
    refine: bool
    """Let the task rewrite what is right into its most readable form before the filters look (cold start, B.3.2)."""
    shard_size: PositiveInt
    """Prompts of one shard, which is what a killed run has to sample again at most."""

    def workload(self) -> Workload:
        prompts, how = self.data.size(), self.sampling
        drawn = Drawing(prompts, how.per_prompt, cap=how.max_completion_tokens, awaited=self.shard_size)
        kept = None if prompts is None else prompts * min(self.keep_per_prompt, how.per_prompt)
        return Workload(drawn=(drawn,), kept=kept, mixed_in=(self.general.size() or 0) if self.general else 0)

    def check(self) -> None:
        self.data.preflight()

    def run(self, ctx: Context) -> dict[str, Artifact]:
        ctx.tracker.rewind(0)
        rows = self.data.rows()
        selection = Selection(self.keep_per_prompt)
        kept_path = ctx.checkpoint / "kept.jsonl"
        if not ctx.placement.is_main:
            deque(self._shards(rows, ctx), maxlen=0)  # its part; the first process selects
            return {}
        with kept_path.open("w", encoding="utf-8") as kept_file:
            for number, folder in enumerate(self._shards(rows, ctx), start=1):
                for record in checkpoints.read_lines(folder):
                    selection.add(record, kept_file, self._source(ctx))
                not_wrong = 1 - selection.dropped["wrong"] / selection.sampled
                ctx.tracker.progress(number, -(-len(rows) // self.shard_size), not_wrong=not_wrong)
        if len(selection.offsets) < self.min_kept:
            reasons = ", ".join(f"{name} {n}" for name, n in selection.dropped.items() if n)
            raise StageFailed(
                f"kept {len(selection.offsets)} of {selection.sampled} completions, fewer than {self.min_kept} "
                f"(dropped: {reasons})",
                hint="train the policy longer, or loosen the stage's filters or min_kept",
            )
        return self._write(ctx, len(rows), selection, kept_path)

    def _shards(self, rows: list[Row], ctx: Context) -> Iterator[Path]:
        """All shards in order, each when it is there; this process samples those of its part that are missing.

        Raises:
            Stopped: the run was asked to stop; what was sampled is kept.
        """
        policy: tuple[Any, Any] | None = None
        shards = [rows[i : i + self.shard_size] for i in range(0, len(rows), self.shard_size)]
        mine = part_of(range(len(shards)), ctx.placement)
        for number, shard in enumerate(shards):
            folder = ctx.checkpoint / f"shard-{number:05d}-of-{self.shard_size}"
            if number in mine and not checkpoints.is_intact(folder):
                if ctx.stopping():
                    raise Stopped(f"{ctx.name}: stopped before shard {number + 1} of {len(shards)}")
                policy = policy or load_policy(ctx, self.model, self.backend)
                checkpoints.write_lines(folder, self._judged(policy, shard, ctx.placement.sampling_rows))
            if ctx.placement.is_main:
                wait_until(partial(checkpoints.is_intact, folder))
                yield folder

    @property
    def _seed_of_sampling(self) -> int:
        return self.seed if self.sampling_seed is None else self.sampling_seed

    def _source(self, ctx: Context) -> dict[str, str]:
        return {"node": self.inputs["model"], "fingerprint": ctx.inputs["model"].fingerprint}

    def _judged(self, policy: tuple[Any, Any], shard: list[Row], rows_at_once: int) -> Iterator[Record]:
        """All completions of a shard's prompts with the filter that drops each, in the order of the prompts."""
        prompts = [Prompt(row.id, prompt_text(self.model.template, row.prompt)) for row in shard]
        drawn = sorted(sample(*policy, prompts, self.sampling, seed=self._seed_of_sampling, rows=rows_at_once))
        rows = [shard[index] for index, completions in drawn for _ in completions]
        places = [place for _, completions in drawn for place in range(len(completions))]
        completions = [completion for _, of_prompt in drawn for completion in of_prompt]
        if self.refine:
            completions = _refined(completions, rows)
        outcomes = judge(completions, rows)
        for row, place, completion, outcome in zip(rows, places, completions, outcomes, strict=True):
            yield {
                "row": row.to_json(),
                "sample": place,
                "text": completion.text,
                "rejected": self.filters.reject(completion, row, right=outcome.right),
                "status": outcome.status,
            }

    def _write(self, ctx: Context, prompts: int, selection: Selection, kept_path: Path) -> dict[str, Artifact]:
        general = self.general.rows() if self.general is not None else []
        report = {
            "prompts": prompts,
            "sampled": selection.sampled,
            "dropped": dict(selection.dropped),
            "kept": len(selection.offsets),
            "prompts_kept": selection.prompts_kept,
            "general": len(general),
            "total": len(selection.offsets) + len(general),
            "source": self._source(ctx),
        }
        write_rows(ctx.out / "data.jsonl", _shuffled(kept_path, selection.offsets, general, self.seed))
        (ctx.out / "report.json").write_text(json.dumps(report, indent=1))
        (ctx.out / "README.md").write_text(rejection_card(report, self.filters.model_dump()), encoding="utf-8")
        ctx.tracker.table("rejected", selection.examples, step=prompts)
        counts = {f"rejection/{name}": n for name, n in {**report, **selection.dropped}.items() if isinstance(n, int)}
        ctx.tracker.summary({**counts, **self.data.record()})
        return {
            "out": artifact.dataset(ctx.out / "data.jsonl"),
            "report": artifact.report(ctx.out / "report.json"),
        }


class Selection:
    """What is kept of a stream of records, in which the completions of one prompt follow each other; and counts."""

    def __init__(self, keep_per_prompt: int) -> None:
        self.keep_per_prompt = keep_per_prompt
        self.sampled = 0
        self.dropped: Counter[str] = Counter(dict.fromkeys(DROPPED_BY, 0))
        self.prompts_kept = 0
        self.offsets: list[int] = []
        """Where in the file each kept row begins."""
        self.examples: list[dict[str, str]] = []
        """The first dropped completions of each filter."""
        self._prompt: str | None = None
        self._kept_texts: set[str] = set()
        """Of the current prompt."""

    def add(self, record: Record, kept_file: TextIO, source: dict[str, str]) -> None:
        """Count a record, and write it as a row to imitate if it is kept."""
        if record["row"]["id"] != self._prompt:
            self._prompt = record["row"]["id"]
            self._kept_texts = set()
        self.sampled += 1
        reason = record["rejected"] or self._one_too_many(record["text"])
        if reason is None:
            self.prompts_kept += not self._kept_texts
            self._kept_texts.add(record["text"])
            self.offsets.append(kept_file.tell())
            kept_file.write(json.dumps(_demonstration(record, source).to_json(), ensure_ascii=False) + "\n")
            return
        self.dropped[reason] += 1
        if self.dropped[reason] <= EXAMPLES:
            self.examples.append({"filter": reason, "prompt": record["row"]["prompt"], "text": record["text"]})

    def _one_too_many(self, text: str) -> str | None:
        if text in self._kept_texts:
            return "duplicate"
        return "surplus" if len(self._kept_texts) >= self.keep_per_prompt else None


def _refined(completions: list[Completion], rows: list[Row]) -> list[Completion]:
    """The completions that are right in their most readable form, the others as they are."""
    refined = []
    for completion, row, outcome in zip(completions, rows, judge(completions, rows), strict=True):
        if outcome.right and row.task is not None:
            refined.append(row.task.refine(completion, row))
        else:
            refined.append(completion)
    return refined


def _demonstration(record: Record, source: dict[str, str]) -> Row:
    """A kept completion as a row to imitate, with its origin."""
    row = Row(**record["row"])
    return Row(
        id=f"{row.id}#{record['sample']}",
        prompt=row.prompt,
        kind=row.kind,
        language=row.language,
        answer=row.answer,
        demonstration=record["text"],
        meta={**row.meta, "origin": {**source, "prompt": row.id, "sample": record["sample"]}},
    )


def _shuffled(kept: Path, offsets: list[int], general: list[Row], seed: int) -> Iterator[Row]:
    """The kept rows, read from their file one at a time, and the general ones, in random order."""
    order = list(range(len(offsets) + len(general)))
    random.Random(seed).shuffle(order)
    with kept.open(encoding="utf-8") as file:
        for place in order:
            if place < len(offsets):
                file.seek(offsets[place])
                yield Row(**json.loads(file.readline()))
            else:
                yield general[place - len(offsets)]
