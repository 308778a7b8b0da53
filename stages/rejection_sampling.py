"""Rejection sampling: sample from a policy, keep what is right and readable, mix with general data. Paper V2 B.3.3.

From Dev2 it makes the set on which Dev3 and the distilled students are trained; from R1-Zero, with `refine`, the
cold-start set (B.3.2). Prompts are sampled in shards, each written as soon as it is judged, so a killed run goes on
with the next shard. What each filter dropped is counted in `report.json`, with examples; the card says where
rows came from.

Simplification: the paper's judge model, for answers that no rule can check, is left out: without a verifier no row is
"wrong".

    r1 train stage=rejection_sampling
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any, ClassVar

from pydantic import NonNegativeInt, PositiveInt

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.filters import NAMES, Filters
from r1cli.data.rows import Row, write_rows
from r1cli.errors import StageFailed
from r1cli.files import replace_text
from r1cli.generators.base import Sampling
from r1cli.generators.transformers import sample
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task, judge
from r1cli.template import Completion
from r1cli.training.models import load_model, load_tokenizer, prompt_text

EXAMPLES = 5  # rejected completions shown in the report, for each filter

Record = dict[str, Any]


class RejectionSampling(Stage):
    """Prompts -> n completions -> verification and filters -> dataset."""

    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype"})
    MAKES: ClassVar[Kind] = "dataset"

    data: Task
    """Prompts to sample from."""
    general: Task | None
    """Demonstrations of general requests to mix in; None: reasoning only."""
    sampling: Sampling
    filters: Filters
    min_kept: NonNegativeInt
    """Fewer kept completions than this are a failed stage: there would be too little to imitate."""
    keep_per_prompt: PositiveInt
    """Most completions kept of one prompt."""
    refine: bool
    """Let the task rewrite what is right into its most readable form before the filters look (cold start, B.3.2)."""
    shard_size: PositiveInt
    """Prompts of one shard; part of what is drawn, because a shard has its own dice."""

    def check(self) -> None:
        self.data.preflight()

    def run(self, ctx: Context) -> dict[str, Artifact]:
        rows = self.data.rows()
        shards = [rows[i : i + self.shard_size] for i in range(0, len(rows), self.shard_size)]
        records: list[Record] = []
        policy = None
        for number, shard in enumerate(shards):
            path = ctx.checkpoint / f"shard-{number:05d}.json"
            if not path.is_file():
                policy = policy or self._load(ctx)
                replace_text(path, json.dumps(self._judged(policy, shard, number), ensure_ascii=False))
            records += json.loads(path.read_text(encoding="utf-8"))
            right = sum(r["rejected"] != "wrong" for r in records) / len(records)
            ctx.tracker.progress(number + 1, len(shards), not_wrong=right)
        kept, dropped = self._choose(records)
        if len(kept) < self.min_kept:
            reasons = ", ".join(f"{name} {n}" for name, n in dropped.items() if n)
            raise StageFailed(
                f"kept {len(kept)} of {len(records)} completions, fewer than {self.min_kept} (dropped: {reasons})",
                hint="train the policy longer, or loosen the stage's filters or min_kept",
            )
        return self._write(ctx, rows, records, kept, dropped)

    def _load(self, ctx: Context) -> tuple[Any, Any]:
        source = ctx.inputs["model"]
        return load_model(source, self.model, ctx.placement.device), load_tokenizer(source)

    def _judged(self, policy: tuple[Any, Any], shard: list[Row], number: int) -> list[Record]:
        """All completions of a shard's prompts with the filter that drops each, in the order of the prompts."""
        prompts = [prompt_text(self.model.template, r.prompt) for r in shard]
        drawn = sorted(sample(*policy, prompts, self.sampling, seed=self.seed * 10_007 + number))
        asked = [shard[i] for i, completions in drawn for _ in completions]
        said = [c for _, completions in drawn for c in completions]
        if self.refine:
            said = [
                _refined(c, row) if o.right else c for c, row, o in zip(said, asked, judge(said, asked), strict=True)
            ]
        places = [place for _, completions in drawn for place in range(len(completions))]
        verdicts = judge(said, asked)
        return [
            {
                "row": row.to_json(),
                "sample": place,
                "text": completion.text,
                "rejected": self.filters.reject(completion, row, right=verdict.right),
                "status": verdict.status,
            }
            for row, place, completion, verdict in zip(asked, places, said, verdicts, strict=True)
        ]

    def _choose(self, records: list[Record]) -> tuple[list[Record], Counter[str]]:
        """Drop what the filters named, then repeats of the same text and what exceeds `keep_per_prompt`."""
        kept: list[Record] = []
        dropped = Counter(dict.fromkeys((*NAMES, "surplus"), 0))
        seen: set[tuple[str, str]] = set()
        of_prompt: Counter[str] = Counter()
        for record in records:
            key = (record["row"]["id"], record["text"])
            why = record["rejected"] or ("duplicate" if key in seen else None)
            if why is None and of_prompt[key[0]] >= self.keep_per_prompt:
                why = "surplus"
            record["rejected"] = why
            if why is not None:
                dropped[why] += 1
                continue
            seen.add(key)
            of_prompt[key[0]] += 1
            kept.append(record)
        return kept, dropped

    def _write(
        self, ctx: Context, rows: list[Row], records: list[Record], kept: list[Record], dropped: Counter[str]
    ) -> dict[str, Artifact]:
        source = {"node": self.inputs["model"], "fingerprint": ctx.inputs["model"].fingerprint}
        reasoning = [_demonstration(r, source) for r in kept]
        general = self.general.rows() if self.general is not None else []
        mixed = [*reasoning, *general]
        random.Random(self.seed).shuffle(mixed)
        write_rows(ctx.out / "data.jsonl", mixed)
        report = {
            "prompts": len(rows),
            "sampled": len(records),
            "dropped": dict(dropped),
            "kept": len(kept),
            "prompts_kept": len({r["row"]["id"] for r in kept}),
            "general": len(general),
            "total": len(mixed),
            "source": source,
        }
        (ctx.out / "report.json").write_text(json.dumps(report, indent=1))
        examples = [{"filter": name, "prompt": r["row"]["prompt"], "text": r["text"]} for name, r in _examples(records)]
        ctx.tracker.table("rejected", examples, step=len(rows))
        (ctx.out / "README.md").write_text(_card(report, self.filters), encoding="utf-8")
        counts = {f"rejection/{k}": v for k, v in {**report, **dropped}.items() if isinstance(v, int)}
        ctx.tracker.summary({**counts, **self.data.record()})
        return {
            "out": artifact.dataset(ctx.out / "data.jsonl"),
            "report": artifact.report(ctx.out / "report.json"),
        }


def _refined(completion: Completion, row: Row) -> Completion:
    return row.task.refine(completion, row) if row.task is not None else completion


def _demonstration(record: Record, source: dict[str, str]) -> Row:
    """A kept completion as a row to imitate, with its origin."""
    row = Row(**record["row"])
    meta = {**row.meta, "origin": {**source, "prompt": row.id, "sample": record["sample"]}}
    return Row(
        id=f"{row.id}#{record['sample']}",
        prompt=row.prompt,
        kind=row.kind,
        language=row.language,
        answer=row.answer,
        demonstration=record["text"],
        meta=meta,
    )


def _examples(records: list[Record]) -> list[tuple[str, Record]]:
    shown: Counter[str] = Counter()
    chosen = []
    for record in records:
        name = record["rejected"]
        if name and shown[name] < EXAMPLES:
            shown[name] += 1
            chosen.append((name, record))
    return chosen


def _card(report: dict[str, Any], filters: Filters) -> str:
    """The dataset's card, in the hub's format."""
    dropped = "\n".join(f"| {name} | {n} |" for name, n in report["dropped"].items())
    return f"""---
tags: [r1cli, rejection-sampling]
---
# Rejection-sampled demonstrations

{report["total"]} rows: {report["kept"]} sampled from `{report["source"]["node"]}`
(fingerprint `{report["source"]["fingerprint"]}`) on {report["prompts"]} prompts, and {report["general"]} general
demonstrations. Each sampled row names its prompt and its sample under `meta.origin`.

| dropped by | completions |
|---|---|
{dropped}

Thresholds: `{filters.model_dump()}`
"""
