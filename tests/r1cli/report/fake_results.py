"""A store with the results of a whole recipe, made in milliseconds: manifests, logs, reports and transcripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from r1cli.engine.fingerprint import fingerprint
from r1cli.store.history import Run, record
from r1cli.store.records import Attempt, Made, Manifest, Origin

MADE = {
    "model": {"out": {"kind": "model", "path": "out/model"}},
    "reward_model": {"out": {"kind": "reward_model", "path": "out/model"}},
    "dataset": {
        "out": {"kind": "dataset", "path": "out/data.jsonl"},
        "report": {"kind": "report", "path": "out/report.json"},
    },
    "report": {
        "out": {"kind": "report", "path": "out/report.json"},
        "transcripts": {"kind": "dataset", "path": "out/transcripts.jsonl"},
    },
}
"""Artifacts of a stage by the kind of its main one, as the real stages name them."""
LEVEL = {"base": 0.15, "r1_zero": 0.7, "coldstart": 0.55, "reasoning_rl": 0.75, "rejection_sft": 0.8}
"""Accuracy of each model; others have 0.8."""
DROPPED = {"wrong": 20, "mixed_language": 5, "repetition": 0}
HOSTILE = (
    "</script><script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "<!-- <script>window.broken = 1</script> -->",
    "]]> \u2028 \u2029 &lt;b&gt; ${window.broken = 1} {{ 7 * 7 }} \ud800",
    "javascript:window.broken=1 <svg onload=window.broken=1> </textarea>",
)
"""What a model could write to break a page that shows it."""
Says = Callable[[str, int], str]


@dataclass
class Fake:
    """Results of several nodes and seeds below one folder."""

    root: Path
    problems: int = 4
    samples: int = 2
    steps: int = 20
    says: Says = lambda node, i: f"<think>一二 then {node} {i}</think><answer>{i}</answer>"
    made: dict[tuple[str, int], str] = field(default_factory=dict)
    """(node, seed) -> fingerprint."""
    clock: float = 1_000_000.0

    def recipe(self, seed: int, *, language: float = 0.5) -> None:
        """R1 and R1-Zero with all their evaluations, and a note of the run."""
        self.add("base", seed, "Pretrain")
        self.trained("r1_zero", seed, {"model": "base"}, {"accuracy": 1.0})
        self.add("coldstart", seed, "SFT", {"model": "base"})
        self.trained("reasoning_rl", seed, {"model": "coldstart"}, {"accuracy": 1.0, "language": language})
        self.sampled("rejection_sampling", seed, {"model": "reasoning_rl"})
        self.add("rejection_sft", seed, "SFT", {"model": "base", "data": "rejection_sampling"})
        self.add("helpful_rm", seed, "RewardModel", {"model": "rejection_sft"}, kind_made="reward_model")
        inputs = {"model": "rejection_sft", "helpful_rm": "helpful_rm"}
        self.trained("all_scenario_rl", seed, inputs, {"accuracy": 1.0, "language": language})
        for node in ("base", "r1_zero", "coldstart", "reasoning_rl", "rejection_sft", "all_scenario_rl"):
            self.evaluated(node, seed)
        record(self.root, Run(name="r1", started=self.clock, targets=[], nodes=self.of_seed(seed)))

    def of_seed(self, seed: int) -> dict[str, str]:
        return {node: fp for (node, s), fp in self.made.items() if s == seed}

    def trained(self, node: str, seed: int, inputs: Mapping[str, str], weights: Mapping[str, float]) -> str:
        fp = self.add(node, seed, "GRPO", inputs, {"reward": {"weights": dict(weights)}})
        rows = [self._logged(node, step, seed) for step in range(1, self.steps + 1)]
        self._lines(self.path(node, fp) / "metrics.jsonl", rows)
        return fp

    def sampled(self, node: str, seed: int, inputs: Mapping[str, str]) -> None:
        entry = self.path(node, self.add(node, seed, "RejectionSampling", inputs, kind_made="dataset"))
        report = {"prompts": 20, "sampled": 40, "dropped": DROPPED, "kept": 15, "prompts_kept": 9, "general": 4}
        self._write(entry / "out" / "report.json", json.dumps(report))
        rejected = [{"step": 1, "filter": "wrong", "prompt": "1+1?", "text": self.says(node, i)} for i in range(5)]
        self._lines(entry / "tables" / "rejected.jsonl", rejected)

    def evaluated(
        self, node: str, seed: int, *, model: str = "", language: float | None = None, version: int = 2
    ) -> None:
        """`model`: the fingerprint of the evaluated one, if it is not the newest of that node and seed."""
        config = {"seed": seed, "data": {"split": "heldout", "count": self.problems}}
        inputs = {"model": node}
        fp = self.add(
            f"eval_{node}", seed, "Evaluate", inputs, config, kind_made="report", model=model, version=version
        )
        consistent = language if language is not None else 0.5 if node in {"base", "r1_zero"} else 0.97
        accuracy = LEVEL.get(node, 0.8) + 0.02 * seed
        measures = {"accuracy": accuracy, "cons_at_k": accuracy, "format": 0.9, "language": consistent, "tokens": 40.0}
        report: dict[str, Any] = {"checkpoint": node, "seed": seed, "n_problems": self.problems, "k": self.samples}
        report |= {m: {"mean": v, "low": v - 0.05, "high": v + 0.05} for m, v in measures.items()}
        out = self.path(f"eval_{node}", fp) / "out"
        self._write(out / "report.json", json.dumps(report | {"general": None}))
        self._lines(out / "transcripts.jsonl", [self._transcript(node, i) for i in range(self.problems)])

    def add(
        self,
        node: str,
        seed: int,
        kind: str,
        inputs: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
        *,
        kind_made: str = "model",
        model: str = "",
        version: int = 1,
    ) -> str:
        """An entry with a manifest; returns its fingerprint."""
        made = {role: self.made[source, seed] for role, source in (inputs or {}).items()}
        made |= {"model": model} if model else {}
        identity = {"target": kind, "version": version, "config": {"seed": seed, **(config or {})}, "inputs": made}
        fp = fingerprint({**identity, "node": node})
        self.clock += 10
        attempt = Attempt(started=self.clock, ended=self.clock + 5)
        manifest = Manifest(
            node=node,
            kind=kind,
            target=f"stages.fake.{kind}",
            fingerprint=fp,
            identity=identity,
            seed=seed,
            inputs={r: Origin(node=(inputs or {})[r], fingerprint=f, location="") for r, f in made.items()},
            artifacts={name: Made.model_validate(of_one) for name, of_one in MADE[kind_made].items()},
            data={},
            versions={"r1cli": "0.1.0", "torch": "2", "trl": "1"},
            attempts=[attempt],
            device="cpu",
            processes=1,
        )
        self._write(self.path(node, fp) / "manifest.json", manifest.model_dump_json())
        self.made[node, seed] = fp
        return fp

    def path(self, node: str, fp: str) -> Path:
        return self.root / f"{node}-{fp[:16]}"

    def _logged(self, node: str, step: int, seed: int) -> dict[str, float]:
        grown = LEVEL.get(node, 0.8) * (0.5 + 0.5 * step / self.steps) + 0.01 * seed
        rewards = {"train/rewards/accuracy/raw": grown, "train/rewards/language/raw": 0.9}
        timed = {"time/rollout": 1.0 + seed, "time/forward": 0.5, "time/backward": 0.5, "time/other": 0.001}
        return {"step": step, **rewards, "train/entropy": 1 - grown, "train/num_tokens": 100.0 * step, **timed}

    def _transcript(self, node: str, i: int) -> dict[str, Any]:
        said = {"format": 1.0, "language": 0.5, "tokens": 9.0 + i, "reflection": 0.0}
        completions = [
            {"text": self.says(node, i + s), "accuracy": float((i // 2 + s) % 2), **said} for s in range(self.samples)
        ]
        about = {"id": f"problem-{i}", "kind": "reasoning", "language": ("en", "zh")[i % 2]}
        return {**about, "prompt": f"What is {i}?", "answer": str(i), "completions": completions}

    def _lines(self, path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
        self._write(path, "".join(json.dumps(row) + "\n" for row in rows))

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def hostile(_node: str, i: int) -> str:
    """A response that keeps the form and attacks the page in both parts."""
    attack = HOSTILE[i % len(HOSTILE)]
    return f"<think>{attack}</think><answer>{attack}</answer>"
