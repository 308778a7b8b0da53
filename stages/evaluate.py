"""Evaluate a model on held-out problems: the columns of the paper's stage table, with intervals.

Several samples a problem, their mean as pass@1 and their majority vote as cons@k (paper V2 D.1), format rate, language
consistency of the thought (the reward's own definition), response length, reflection words (V2 C.2), and the score of
general requests. One evaluation for every model of a recipe: same problems, same dice, cached like any other stage.

Simplification: intervals are percentile bootstraps over problems; they say how sure the number is for this model, not
how much another seed would move it.

    r1 compare
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from r1cli import artifact
from r1cli.artifact import Artifact, Kind
from r1cli.data.rows import Row
from r1cli.generators.base import Sampling
from r1cli.generators.transformers import sample
from r1cli.language.consistency import language_consistency
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task, judge
from r1cli.template import Completion
from r1cli.training.models import load_model, load_tokenizer, prompt_text
from r1cli.verify.outcome import Outcome

Judged = dict[str, float | None]
Answered = tuple[Row, list[Completion], list[Judged]]
RESAMPLES = 2000


class Evaluate(Stage):
    """Sample, judge, and write `report.json` with means and 95 % intervals, `transcripts.jsonl` beside it."""

    MAKES: ClassVar[Kind] = "report"
    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template", "dtype"})
    VERSION: ClassVar[int] = 2

    data: Task
    """Held-out problems."""
    general: Task | None
    """Held-out general requests; None: no general score."""
    sampling: Sampling
    general_per_prompt: int
    """Completions for each general request."""
    reflection_words: dict[str, list[str]]
    """By language: words whose number the paper follows through training (V2 C.2)."""

    def check(self) -> None:
        self.data.preflight()

    def run(self, ctx: Context) -> dict[str, Artifact]:
        source = ctx.inputs["model"]
        model = load_model(source, self.model, ctx.placement.device)
        tokenizer = load_tokenizer(source)
        rows = self.data.rows()
        general = self.general.rows() if self.general is not None else []
        total = len(rows) + len(general)
        answered: dict[str, list[tuple[Row, list[Completion]]]] = {"problems": [], "general": []}
        fewer = self.sampling.model_copy(update={"per_prompt": self.general_per_prompt})
        for part, asked, how in (("problems", rows, self.sampling), ("general", general, fewer)):
            prompts = [prompt_text(self.model.template, r.prompt) for r in asked]
            for index, completions in sample(model, tokenizer, prompts, how, seed=self.seed):
                answered[part].append((asked[index], completions))
                ctx.tracker.progress(sum(map(len, answered.values())), total)
        judged = {part: self._judged(answers) for part, answers in answered.items()}
        report = self._report(ctx, judged["problems"], judged["general"])
        (ctx.out / "report.json").write_text(json.dumps(report, indent=1))
        self._write_transcripts(ctx, judged["problems"] + judged["general"])
        means = {f"eval/{k}": v["mean"] for k, v in report.items() if isinstance(v, dict)}
        ctx.tracker.summary({**means, **self.data.record()})
        return {
            "out": artifact.report(ctx.out / "report.json"),
            "transcripts": artifact.dataset(ctx.out / "transcripts.jsonl"),
        }

    def _report(self, ctx: Context, problems: list[Answered], general: list[Answered]) -> dict[str, Any]:
        columns: dict[str, list[float]] = {}
        for _, completions, judged in problems:
            for name in judged[0]:
                columns.setdefault(name, []).extend(_mean([j[name] for j in judged]))
            columns.setdefault("cons_at_k", []).append(float(_majority_is_right(completions, judged)))
            columns.setdefault("pass_at_k", []).append(max(j["accuracy"] or 0.0 for j in judged))
        scores: list[float] = []
        for row, completions, _ in general:
            scores += _mean([row.task.score(c, row) if row.task else None for c in completions])
        intervals = {name: interval(values) for name, values in columns.items()}
        return {
            "checkpoint": self.inputs["model"],
            "fingerprint": ctx.inputs["model"].fingerprint,
            "seed": self.seed,
            "n_problems": len(problems),
            "k": self.sampling.per_prompt,
            **intervals,
            "general": interval(scores) if scores else None,
        }

    def _judged(self, answered: list[tuple[Row, list[Completion]]]) -> list[Answered]:
        """All completions with their numbers; verified in one batch."""
        verdicts = iter(judge([c for _, cs in answered for c in cs], [row for row, cs in answered for _ in cs]))
        return [(row, cs, [self._measures(row, c, next(verdicts)) for c in cs]) for row, cs in answered]

    def _measures(self, row: Row, c: Completion, verdict: Outcome) -> Judged:
        return {
            "accuracy": verdict.value,
            "format": float(c.well_formed),
            "language": language_consistency(c.thought, row.language) if row.language and c.thought else None,
            "tokens": float(c.tokens),
            "reflection": float(self._reflections(c.text)),
        }

    def _reflections(self, text: str) -> int:
        """Number of reflection words of any language in a response."""
        latin = Counter(re.findall(r"[a-z]+", text.lower()))
        found = 0
        for words in self.reflection_words.values():
            found += sum(latin[w] if w.isascii() else text.count(w) for w in words)
        return found

    def _write_transcripts(self, ctx: Context, answered: list[Answered]) -> None:
        with (ctx.out / "transcripts.jsonl").open("w", encoding="utf-8") as file:
            for row, completions, judged in sorted(answered, key=lambda part: part[0].id):
                said = [{"text": c.text, **j} for c, j in zip(completions, judged, strict=True)]
                about = {"id": row.id, "kind": row.kind, "language": row.language, "prompt": row.prompt}
                record = {**about, "answer": row.answer, "completions": said}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _mean(values: Sequence[float | None]) -> list[float]:
    """The mean of those that apply, as a list of one; empty if none does."""
    known = [v for v in values if v is not None]
    return [sum(known) / len(known)] if known else []


def _majority_is_right(completions: list[Completion], judged: list[Judged]) -> bool:
    """cons@k: the most frequent final answer (the earliest of them, if several are) is right."""
    answers = Counter(c.answer for c in completions if c.answer)
    if not answers:
        return False
    winner = answers.most_common(1)[0][0]
    return next(j for c, j in zip(completions, judged, strict=True) if c.answer == winner)["accuracy"] == 1.0


def interval(values: Sequence[float]) -> dict[str, float]:
    """Mean and 95 % percentile-bootstrap interval over problems, with fixed dice."""
    import numpy as np

    if not values:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    v = np.asarray(values, dtype=float)
    means = v[np.random.default_rng(0).integers(0, len(v), (RESAMPLES, len(v)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(v.mean()), "low": float(low), "high": float(high)}
