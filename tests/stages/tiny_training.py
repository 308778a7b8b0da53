"""A random two-layer model, a task of sums and rewards of one line: enough to train with in a second."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import Row
from r1cli.rewards.base import Rule
from r1cli.stage import ModelSpec
from r1cli.tasks.base import Task, judge_each
from r1cli.template import Completion, render
from r1cli.verify.outcome import Outcome

TEMPLATE = "User: {question}\nAssistant: "


class Sums(Task):
    """a + b, with demonstrations of different lengths; some rows general."""

    count: int
    kind: str = "reasoning"
    first: int = 0

    def rows(self) -> list[Row]:
        return [self._row(i) for i in range(self.first, self.first + self.count)]

    def _row(self, i: int) -> Row:
        a, b = i % 7, i % 5
        right, wrong = render("so " * (1 + i % 6), str(a + b)), render("no", str(a - b))
        return Row(
            id=f"{self.kind}-{i}",
            prompt=f"{a} + {b}?",
            kind=self.kind,  # type: ignore[arg-type]
            answer=str(a + b),
            demonstration=right,
            chosen=right,
            rejected=wrong,
            task=self,
        )

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(self.verify, completions, rows)

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return completion.answer == row.answer


class Digits(Rule):
    """Share of digits: any random model gets some of it."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return len(re.findall(r"\d", completion.text)) / max(1, len(completion.text))


class Short(Rule):
    """Varies with the length."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return 1.0 / (1 + completion.tokens)


class Nothing(Rule):
    """Applies to no row."""

    def score(self, completion: Completion, row: Row) -> float | None:
        return None


class Broken(Rule):
    """Has a bug."""

    def score(self, completion: Completion, row: Row) -> float | None:
        raise ZeroDivisionError(row.id)


class Recorder:
    """A tracker that remembers."""

    def __init__(self) -> None:
        self.metrics: dict[int, dict[str, Any]] = {}
        self.tables: dict[int, list[dict[str, Any]]] = {}
        self.shown: list[tuple[int, int, dict[str, float]]] = []
        self.totals: dict[str, Any] = {}
        self.rewound: list[int] = []
        self.warnings: list[tuple[int, str]] = []

    def log(self, metrics: Mapping[str, Any], *, step: int) -> None:
        self.metrics.setdefault(step, {}).update(metrics)

    def progress(self, done: int, total: int, **shown: float) -> None:
        self.shown.append((done, total, shown))

    def table(self, name: str, rows: list[dict[str, Any]], *, step: int) -> None:
        self.tables[step] = rows

    def warn(self, said: str, *, step: int, metric: str, value: float) -> None:
        self.warnings.append((step, said))

    def rewind(self, step: int) -> None:
        self.rewound.append(step)

    def summary(self, values: Mapping[str, Any]) -> None:
        self.totals.update(values)


class Killed(BaseException):
    """What a run dies of in these tests: nobody catches it."""


class Dying(Recorder):
    """Kills the run when it reports an update, before that update's checkpoint is written."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def log(self, metrics: Mapping[str, Any], *, step: int) -> None:
        super().log(metrics, step=step)
        if step == self.at:
            raise Killed


SPEC = ModelSpec(
    name="random",
    path=None,
    revision=None,
    template=TEMPLATE,
    max_tokens=128,
    dtype="float32",
    lora=None,
    architecture=None,
    student=None,
)


def make_random_model(folder: Path, **changed: Any) -> Artifact:
    import torch
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    tokenizer = small_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    settings = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 256,
        "tie_word_embeddings": True,
        "attention_dropout": 0.1,  # the forward pass is random too
    }
    config = Qwen2Config(**settings | changed, **ends)
    model = Qwen2ForCausalLM(config)
    model.generation_config = GenerationConfig(**ends)
    model.save_pretrained(folder)
    return artifact.model(folder)


def small_tokenizer() -> Any:
    """Byte-level BPE with the pre-tokenizer of the class that AutoTokenizer picks for a Qwen2 model."""
    from transformers import Qwen2Tokenizer

    texts = [TEMPLATE + (r.demonstration or "") for r in Sums(count=50).rows()]
    trained = Qwen2Tokenizer(pad_token="<|pad|>").train_new_from_iterator(texts, 280, show_progress=False)
    bpe = json.loads(trained.backend_tokenizer.to_str())["model"]
    tokenizer = Qwen2Tokenizer(vocab=bpe["vocab"], merges=[tuple(m) for m in bpe["merges"]], pad_token="<|pad|>")
    tokenizer.add_tokens(["<think>", "</think>", "<answer>", "</answer>"])
    return tokenizer


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def largest_difference(a: Path, b: Path) -> float:
    first, second = weights(a), weights(b)
    assert first.keys() == second.keys()
    return max(float((first[k] - second[k]).abs().max()) for k in first)
