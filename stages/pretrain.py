"""Make the tiny base model: a tokenizer and a small Qwen2, trained from scratch on a generated corpus.

The paper starts from DeepSeek-V3-Base (V2 A.1). Nobody downloads that to try a recipe, so this stage makes a stand-in
that has a base model's habits: it answers in and out of the template, in either language, often wrongly.

`hardware.precision` holds for its matrix products as for those of other trainings; weights and optimizers are float32.

Simplifications: one process, one pass over a fixed number of batches of documents of similar length, Muon for the
matrices and AdamW for the rest (Muon reaches in two minutes what AdamW alone needs five for), linear warm-up and decay.
Prompts are read and not predicted: their names and numbers are random, and learning to guess them is wasted time.

    r1 train stage=base
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.component import Component
from r1cli.errors import Stopped
from r1cli.files import remove
from r1cli.stage import Context, Learning, Stage, Workload
from r1cli.tasks.base import Task
from r1cli.template import ANSWER, END_ANSWER, END_THINK, THINK
from r1cli.training import checkpoints
from r1cli.training.batches import IGNORED, Document, batches_of_similar_length, padded
from r1cli.training.models import prompt_text
from r1cli.training.trl.arguments import mixed_precision

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PAD = "<|pad|>"
STATE = "pretrain.pt"


class Optimizer(Component):
    """Learning rates of the two optimizers, and their schedule."""

    matrices_lr: float
    """Muon, for the matrices of the layers."""
    matrices_momentum: float
    matrices_weight_decay: float
    others_lr: float
    """AdamW, for embeddings and norms."""
    warmup_steps: int
    final_share: float
    """Learning rate at the end, as a share of its peak; linear decay."""


class Pretrain(Stage):
    """Train tokenizer and model on the documents of `data`."""

    MODEL_FIELDS: ClassVar[frozenset[str]] = frozenset({"template"})
    VERSION: ClassVar[int] = 2
    STOPS: ClassVar[bool] = True
    NOT_IDENTITY: ClassVar[frozenset[str]] = Stage.NOT_IDENTITY | {"checkpoint_every"}

    architecture: dict[str, Any]
    """Arguments of transformers.Qwen2Config; `vocab_size` is the tokenizer's size too."""
    data: Task
    """Rows with a demonstration; prompt and demonstration make one document."""
    tokenizer_documents: int
    """Documents that the tokenizer is trained on."""
    steps: int
    batch_size: int
    """Documents per update."""
    optimizer: Optimizer
    checkpoint_every: int
    """Updates."""

    def workload(self) -> Workload:
        learned = Learning(sequences=self.steps * self.batch_size, longest=self.model.max_tokens)
        return Workload(learned=learned, architecture=self.architecture)

    def run(self, ctx: Context) -> dict[str, Artifact]:
        documents = [(prompt_text(self.model.template, r.prompt), r.demonstration or "") for r in self.data.rows()]
        first = ["".join(document) for document in documents[: self.tokenizer_documents]]
        tokenizer = train_tokenizer(first, self.architecture["vocab_size"])
        model = self._new_model(tokenizer)
        model.to(ctx.placement.device)  # type: ignore[arg-type]  # transformers wraps `to` without its type
        ctx.log.info("%d documents, %.2f M parameters", len(documents), model.num_parameters() / 1e6)
        self._train(model, self._batches(tokenizer, documents), ctx)
        model.save_pretrained(ctx.out / "model")
        tokenizer.save_pretrained(ctx.out / "model")
        return {"out": artifact.model(ctx.out / "model")}

    def _new_model(self, tokenizer: Any) -> PreTrainedModel:
        import torch
        from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

        torch.manual_seed(self.seed)
        ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        config = Qwen2Config(
            **{**self.architecture, "vocab_size": len(tokenizer)},
            bos_token_id=None,
            **ends,
        )
        model = Qwen2ForCausalLM(config)
        model.generation_config = GenerationConfig(**ends)  # type: ignore[no-untyped-call]
        return model

    def _batches(self, tokenizer: Any, documents: list[tuple[str, str]]) -> list[list[Document]]:
        """Token ids of every update's documents, each ended by the end-of-text token.

        Prompt and response are tokenised apart, as they are when a response is sampled: together, the first word of a
        response would merge with the last space of its prompt, and only tags would ever follow the prompt's own tokens.
        """
        prompts = tokenizer([prompt for prompt, _ in documents])["input_ids"]
        responses = tokenizer([response for _, response in documents])["input_ids"]
        encoded = [(p, [*r, tokenizer.eos_token_id]) for p, r in zip(prompts, responses, strict=True)]
        rng = random.Random(self.seed)
        batches: list[list[Document]] = []
        while len(batches) < self.steps:
            order = rng.sample(range(len(encoded)), len(encoded))
            batches += batches_of_similar_length([encoded[i] for i in order], self.batch_size, rng)
        return batches[: self.steps]

    def _train(self, model: PreTrainedModel, batches: list[list[Document]], ctx: Context) -> None:
        import torch

        halves = {"bf16": torch.bfloat16, "fp16": torch.float16}
        precision = mixed_precision(ctx.placement, "float32")
        products = torch.autocast(ctx.placement.device, halves.get(precision), enabled=precision in halves)
        scaler = torch.amp.GradScaler(ctx.placement.device, enabled=precision == "fp16")
        optimizers = self._optimizers(model)
        done = _restore(ctx, model, optimizers, scaler)
        ctx.tracker.rewind(done)
        model.train()
        for step, batch in enumerate(batches[done:], start=done):
            started = time.perf_counter()
            ids, labels = padded(batch, model.config.pad_token_id, ctx.placement.device)
            with products:
                loss = response_loss(model, ids, labels)
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            for o in optimizers:
                scaler.unscale_(o)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for o in optimizers:
                for group in o.param_groups:
                    group["lr"] = group["peak_lr"] * self._schedule(step)
                scaler.step(o)
                o.zero_grad(set_to_none=True)
            scaler.update()
            if (step + 1) % 10 == 0 or step + 1 == self.steps:
                seconds = time.perf_counter() - started
                ctx.tracker.log({"train/loss": loss.item(), "train/step_time": seconds}, step=step + 1)
                ctx.tracker.progress(step + 1, self.steps, loss=loss.item())
            stopping = ctx.stopping() and step + 1 < self.steps
            if (step + 1) % self.checkpoint_every == 0 or stopping:
                _save(ctx.checkpoint, step + 1, model, optimizers, scaler)
            if stopping:
                raise Stopped(f"{ctx.name}: stopped after update {step + 1} of {self.steps}")

    def _optimizers(self, model: PreTrainedModel) -> list[torch.optim.Optimizer]:
        import torch

        o = self.optimizer
        matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
        chosen = {id(p) for p in matrices}
        others = [p for p in model.parameters() if id(p) not in chosen]
        made: list[torch.optim.Optimizer] = [
            torch.optim.Muon(
                matrices,
                lr=o.matrices_lr,
                momentum=o.matrices_momentum,
                weight_decay=o.matrices_weight_decay,
                adjust_lr_fn="original",
            ),
            torch.optim.AdamW(others, lr=o.others_lr, weight_decay=0.0),
        ]
        for optimizer in made:
            for group in optimizer.param_groups:
                group["peak_lr"] = group["lr"]
        return made

    def _schedule(self, step: int) -> float:
        """Factor on the peak learning rates at an update counted from 0."""
        warm = min(1.0, (step + 1) / self.optimizer.warmup_steps)
        final = self.optimizer.final_share
        return warm * (1.0 - (1.0 - final) * step / self.steps)


def response_loss(model: PreTrainedModel, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy of the tokens that are to be predicted: what `model(ids, mask, labels=labels).loss` is.

    With less work: logits are computed only where something is predicted, about half of the tokens, and
    attention needs no mask (`padded`).

    Args:
        model: a causal language model.
        ids: (B, T), padded at the right.
        labels: (B, T), IGNORED where nothing is predicted.
    """
    from torch.nn.functional import cross_entropy

    untyped: Any = model  # as its accessors are
    hidden = untyped.get_decoder()(input_ids=ids).last_hidden_state[:, :-1]  # (B, T - 1, H)
    following = labels[:, 1:]
    predicted = following != IGNORED
    head = untyped.get_output_embeddings()
    return cross_entropy(head(hidden[predicted]), following[predicted])


def train_tokenizer(documents: list[str], vocab_size: int) -> PreTrainedTokenizerBase:
    """A byte-level BPE with Qwen2's pre-tokenizer, so that `AutoTokenizer` loads the files as what they are.

    The tags of the R1 template are ordinary tokens: as special ones they would be stripped before a reward sees them.
    """
    from transformers import Qwen2Tokenizer

    untrained: Any = Qwen2Tokenizer(pad_token=PAD)
    tags = [THINK, END_THINK, ANSWER, END_ANSWER]
    new = untrained.train_new_from_iterator(
        (_without(tags, d) for d in documents), vocab_size - len(tags) - 2, show_progress=False
    )
    trained = json.loads(new.backend_tokenizer.to_str())["model"]
    merges: Any = [tuple(m) for m in trained["merges"]]
    tokenizer = Qwen2Tokenizer(vocab=trained["vocab"], merges=merges, pad_token=PAD)
    tokenizer.add_tokens(tags)
    return tokenizer


def _without(tags: list[str], text: str) -> str:
    for tag in tags:
        text = text.replace(tag, "\n")
    return text


def _save(
    root: Path,
    step: int,
    model: PreTrainedModel,
    optimizers: list[torch.optim.Optimizer],
    scaler: torch.amp.GradScaler,
) -> None:
    """Write the checkpoint of an update, and keep the one before it until this one is complete."""
    import torch

    before = checkpoints.of(root)
    folder = checkpoints.folder_of_step(root, step)
    folder.mkdir(parents=True)
    state = {
        "model": model.state_dict(),
        "optimizers": [o.state_dict() for o in optimizers],
        "scaler": scaler.state_dict(),
    }
    torch.save(state, folder / STATE)
    checkpoints.seal(folder)
    for older in before[:-1]:
        remove(older)


def _restore(
    ctx: Context, model: PreTrainedModel, optimizers: list[torch.optim.Optimizer], scaler: torch.amp.GradScaler
) -> int:
    """Load the newest intact checkpoint, if there is one; return the updates that it holds."""
    import torch

    newest = checkpoints.newest_intact(ctx.checkpoint, ctx.log)
    checkpoints.remove_all_after(ctx.checkpoint, newest)
    if newest is None:
        return 0
    state = torch.load(newest / STATE, weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    if scaler.is_enabled() and state.get("scaler"):
        scaler.load_state_dict(state["scaler"])
    return checkpoints.step_of(newest)
