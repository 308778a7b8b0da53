"""Which share of the tokens of supervised training is padding, at scale=laptop, from the data alone.

Every stage's own rows, tokenised and ordered by its own code, cut into forward passes as its trainer cuts them. A pass
is as long as its longest sequence; a reward model's pass holds both responses of its pairs. Beside it, the same rows in
random order.

    python -m benchmarks.padding MODEL [DATA]

MODEL is out/model of a base in a store, DATA out/data.jsonl of a rejection sampling; without it, SFT on what was
sampled is left out. Nothing is trained.
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.config.build import build
from r1cli.stage import Context, Placement
from r1cli.training.batches import order_of_training
from r1cli.training.models import load_tokenizer, prompt_text

Lengths = list[int]
"""Tokens of each sequence of a row: one, or two of a pair."""


class Training(NamedTuple):
    """What a stage trains on."""

    rows: list[Lengths]
    """In the order of training."""
    rows_per_pass: int


def padding(training: Training) -> float:
    """The share of padding among all tokens that are computed."""
    tokens = computed = 0
    for start in range(0, len(training.rows), training.rows_per_pass):
        lengths = [n for row in training.rows[start : start + training.rows_per_pass] for n in row]
        tokens += sum(lengths)
        computed += len(lengths) * max(lengths)
    return 1 - tokens / computed


def shuffled(training: Training) -> Training:
    """The same rows in random order."""
    return training._replace(rows=random.Random(0).sample(training.rows, len(training.rows)))


def training_of(stage: Any, ctx: Context) -> Training:
    """The rows of a stage, as it would train on them on one device."""
    tokenizer = load_tokenizer(ctx.inputs["model"])
    kind = type(stage).__name__
    if kind == "Pretrain":
        documents = [(prompt_text(stage.model.template, r.prompt), r.demonstration or "") for r in stage.data.rows()]
        batches = stage._batches(tokenizer, documents)  # noqa: SLF001
        return Training(
            [[len(prompt) + len(response)] for batch in batches for prompt, response in batch], len(batches[0])
        )
    if kind == "SFT":
        rows = [[len(example["input_ids"])] for example in stage._examples(tokenizer, ctx)]  # noqa: SLF001
    else:
        pairs = stage._pairs(stage._split()[1], tokenizer, ctx)  # noqa: SLF001
        rows = [[len(pair["chosen_ids"]), len(pair["rejected_ids"])] for pair in pairs]
    lengths = [sum(row) for row in rows]
    order = order_of_training(lengths, epochs=stage.epochs, batch_size=stage.batch_size, seed=stage.seed)
    rows_per_pass, _ = ctx.placement.split(stage.batch_size)
    return Training([rows[number] for number in order], rows_per_pass)


def trainings(model: Path, data: Path | None) -> Iterator[tuple[str, Training]]:
    """The supervised stages of `recipe=r1`, one after another."""
    inputs: dict[str, Artifact] = {"model": artifact.model(model)}
    if data is not None:
        inputs["data"] = artifact.dataset(data)
    tracker: Any = None  # nothing is trained, so nothing is logged
    for name, stage in build("run", ["recipe=r1", "scale=laptop", "evaluate=false"]).stages.items():
        is_supervised = type(stage).__name__ in {"Pretrain", "SFT", "RewardModel"}
        if is_supervised and ("data" not in stage.inputs or data is not None):
            log = logging.getLogger("benchmark")
            yield name, training_of(stage, Context(name, inputs, Path(), Path(), tracker, Placement(device="cpu"), log))


def main() -> None:
    """Print one line a stage."""
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    data = Path(sys.argv[2]) if len(sys.argv) == 3 else None
    print(f"{'stage':<16}{'tokens':>12}{'padding':>11}{'random order':>15}")
    for name, training in trainings(Path(sys.argv[1]), data):
        tokens = sum(map(sum, training.rows))
        as_is, random_order = 100 * padding(training), 100 * padding(shuffled(training))
        print(f"{name:<16}{tokens:>12,}{as_is:>9.1f} %{random_order:>13.1f} %")


if __name__ == "__main__":
    main()
