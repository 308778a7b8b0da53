"""The tiny base model: a tokenizer that loads as what it is, and training that resumes exactly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import safetensors.torch
from tiny_training import Dying, Killed, Recorder, Sums, largest_difference

from r1cli.stage import Context, ModelSpec
from stages.pretrain import Pretrain, response_loss, train_tokenizer

pytestmark = pytest.mark.torch

ARCHITECTURE = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "tie_word_embeddings": False,
}


def stage(spec: ModelSpec, **more: Any) -> Pretrain:
    plain = {
        "inputs": {},
        "seed": 0,
        "model": spec,
        "architecture": ARCHITECTURE,
        "data": Sums(count=40),
        "tokenizer_documents": 40,
        "steps": 20,
        "batch_size": 4,
        "optimizer": {
            "matrices_lr": 0.02,
            "matrices_momentum": 0.95,
            "matrices_weight_decay": 0.01,
            "others_lr": 3e-3,
            "warmup_steps": 2,
            "final_share": 0.02,
        },
        "checkpoint_every": 4,
    }
    return Pretrain.model_validate(plain | more)


def ready(ctx: Context) -> Context:
    ctx.out.mkdir(parents=True, exist_ok=True)
    return ctx


def test_it_learns_the_corpus(context: Callable[..., Context], spec: ModelSpec) -> None:
    seen = Recorder()
    stage(spec, steps=60).run(ready(context(tracker=seen)))
    assert seen.metrics[60]["train/loss"] < 0.5 * seen.metrics[10]["train/loss"]


def test_the_loss_of_responses_is_that_of_the_whole_model_with_a_mask(spec: ModelSpec) -> None:
    import torch

    from r1cli.training.batches import padded

    documents = [([5, 6, 7], [8, 9, 10, 11]), ([12], [13, 14]), ([15, 16, 17, 18, 19, 20], [21])]
    ids, labels = padded(documents, 0, "cpu")
    mask = torch.tensor([[1] * (len(p) + len(r)) + [0] * (ids.shape[1] - len(p) - len(r)) for p, r in documents])
    model = stage(spec)._new_model(train_tokenizer(["some words to learn a few merges from"] * 20, 300))
    losses, gradients = [], []
    for loss in (model(input_ids=ids, attention_mask=mask, labels=labels).loss, response_loss(model, ids, labels)):
        loss.backward()
        losses.append(loss.item())
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters()]))
        model.zero_grad()
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)
    assert torch.allclose(gradients[1], gradients[0], rtol=1e-4, atol=1e-7)


def test_a_run_that_was_killed_ends_with_the_very_same_weights(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    straight = ready(context("straight"))
    stage(spec).run(straight)
    with pytest.raises(Killed):
        stage(spec).run(ready(context("killed", tracker=Dying(at=10))))
    again = Recorder()
    resumed = ready(context("killed", tracker=again))
    stage(spec).run(resumed)
    assert again.rewound == [8]
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


def test_half_precision_is_for_products_alone_and_resumes_exactly(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    """On a CPU only if asked for; float16's loss scaling is for GPUs, so bfloat16 is what can be seen here."""

    def with_precision(ctx: Context) -> Context:
        return ready(replace(ctx, placement=ctx.placement.model_copy(update={"precision": "bf16"})))

    full = ready(context("full"))
    stage(spec).run(full)
    straight = with_precision(context("straight"))
    stage(spec).run(straight)
    assert 0 < largest_difference(full.out / "model", straight.out / "model") < 0.1
    weights = safetensors.torch.load_file(straight.out / "model" / "model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {"torch.float32"}
    with pytest.raises(Killed):
        stage(spec).run(with_precision(context("killed", tracker=Dying(at=10))))
    resumed = with_precision(context("killed"))
    stage(spec).run(resumed)
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0


def test_the_tokenizer_loads_by_auto_class_and_gives_the_same_ids(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    from transformers import AutoTokenizer

    ctx = ready(context())
    stage(spec, steps=1).run(ctx)
    documents = [r.demonstration or "" for r in Sums(count=40).rows()]
    trained = train_tokenizer([spec.template.replace("{question}", "1 + 1?") + d for d in documents], 300)
    loaded = AutoTokenizer.from_pretrained(ctx.out / "model")
    text = "so 小明 12<think>x</think><answer>3</answer><|endoftext|>"
    assert loaded.decode(loaded(text)["input_ids"]) == text
    assert type(loaded) is type(trained)
    assert len(loaded("<think>")["input_ids"]) == 1


def test_tags_survive_decoding_without_special_tokens() -> None:
    tokenizer = train_tokenizer(["so it is 3"] * 5, 280)
    ids = tokenizer("<think>so</think><answer>3</answer><|endoftext|>")["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "<think>so</think><answer>3</answer>"


def test_a_damaged_checkpoint_costs_some_updates_and_not_the_run(
    context: Callable[..., Context], spec: ModelSpec
) -> None:
    straight = ready(context("straight"))
    stage(spec).run(straight)
    with pytest.raises(Killed):
        stage(spec).run(ready(context("killed", tracker=Dying(at=10))))
    again = Recorder()
    resumed = ready(context("killed", tracker=again))
    checkpoint = resumed.checkpoint / "checkpoint-8/pretrain.pt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    stage(spec).run(resumed)
    assert again.rewound[0] < 8
    assert largest_difference(straight.out / "model", resumed.out / "model") == 0.0
