"""CPU seconds of a batch of pretraining, loss and gradients: ours, against the whole model's loss with a mask.

Both take the same batches of the tiny base model, in turns, on one thread.

    OMP_NUM_THREADS=1 python -m benchmarks.pretraining
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from r1cli.config.build import build
from r1cli.training.batches import padded
from r1cli.training.models import prompt_text
from stages.pretrain import Pretrain, response_loss, train_tokenizer

BATCHES = 20


def main() -> None:
    """Measure both on each batch, print the means."""
    stage = build("train", ["stage=base"]).stages["base"]
    assert isinstance(stage, Pretrain)
    rows = stage.data.rows()
    documents = [(prompt_text(stage.model.template, row.prompt), row.demonstration or "") for row in rows]
    first = ["".join(document) for document in documents[: stage.tokenizer_documents]]
    tokenizer: Any = train_tokenizer(first, stage.architecture["vocab_size"])
    model: Any = stage._new_model(tokenizer)  # noqa: SLF001
    ours, whole = [], []
    for batch in stage._batches(tokenizer, documents)[:BATCHES]:  # noqa: SLF001
        ids, labels = padded(batch, tokenizer.pad_token_id, "cpu")
        mask = (ids != tokenizer.pad_token_id).long()
        ours.append(cpu_seconds(model, partial(response_loss, model, ids, labels)))
        whole.append(cpu_seconds(model, partial(whole_loss, model, ids, mask, labels)))
    print(f"ours {statistics.mean(ours):.3f} s, the whole model's {statistics.mean(whole):.3f} s, {BATCHES} batches")


def whole_loss(model: Any, ids: Any, mask: Any, labels: Any) -> Any:
    """As transformers computes it."""
    return model(input_ids=ids, attention_mask=mask, labels=labels).loss


def cpu_seconds(model: Any, loss: Callable[[], Any]) -> float:
    """Of one loss and its gradients."""
    started = time.process_time()
    loss().backward()
    model.zero_grad()
    return time.process_time() - started


if __name__ == "__main__":
    main()
