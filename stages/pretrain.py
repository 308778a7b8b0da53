"""Make the tiny base model: a tokenizer and a small Qwen2, trained from scratch on a generated corpus.

The paper starts from DeepSeek-V3-Base (V2 A.1). Nobody downloads that to try a recipe, so this stage makes a stand-in
that has a base model's habits: it answers in and out of the template, in either language, often wrongly.

Simplifications: one process, one pass over a fixed number of batches of documents of similar length, Muon for the
matrices and AdamW for the rest (Muon reaches in two minutes what AdamW alone needs five for), linear warm-up and decay.
Prompts are read and not predicted: their names and numbers are dice, and learning to guess them is wasted time.

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
from r1cli.files import replacing
from r1cli.stage import Context, Stage
from r1cli.tasks.base import Task
from r1cli.template import ANSWER, END_ANSWER, END_THINK, THINK
from r1cli.training.models import prompt_text

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PAD = "<|pad|>"
Document = tuple[list[int], list[int]]  # token ids of prompt and response
POOL = 16  # batches sorted by length together: little padding, and the order of batches stays random


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
        prompts, responses = zip(*documents, strict=True)
        asked, answered = tokenizer(list(prompts))["input_ids"], tokenizer(list(responses))["input_ids"]
        encoded = [(a, [*b, tokenizer.eos_token_id]) for a, b in zip(asked, answered, strict=True)]
        rng = random.Random(self.seed)
        batches: list[list[Document]] = []
        while len(batches) < self.steps:
            order = rng.sample(range(len(encoded)), len(encoded))
            batches += _of_similar_length([encoded[i] for i in order], self.batch_size, rng)
        return batches[: self.steps]

    def _train(self, model: PreTrainedModel, batches: list[list[Document]], ctx: Context) -> None:
        import torch

        optimizers = self._optimizers(model)
        done = _restore(ctx.checkpoint, model, optimizers)
        ctx.tracker.rewind(done)
        model.train()
        for step, batch in enumerate(batches[done:], start=done):
            started = time.perf_counter()
            ids, mask, labels = _padded(batch, model.config.pad_token_id, ctx.placement.device)
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for o in optimizers:
                for group in o.param_groups:
                    group["lr"] = group["peak_lr"] * self._schedule(step)
                o.step()
                o.zero_grad(set_to_none=True)
            if (step + 1) % 10 == 0 or step + 1 == self.steps:
                seconds = time.perf_counter() - started
                ctx.tracker.log({"train/loss": loss.item(), "train/step_time": seconds}, step=step + 1)
                ctx.tracker.progress(step + 1, self.steps, loss=loss.item())
            if (step + 1) % self.checkpoint_every == 0:
                _save(ctx.checkpoint, step + 1, model, optimizers)

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


def _of_similar_length(encoded: list[Document], size: int, rng: random.Random) -> list[list[Document]]:
    batches = []
    for start in range(0, len(encoded) - size + 1, size * POOL):
        pool = sorted(encoded[start : start + size * POOL], key=lambda d: len(d[0]) + len(d[1]))
        batches += [pool[i : i + size] for i in range(0, len(pool) - size + 1, size)]
    rng.shuffle(batches)
    return batches


def _padded(batch: list[Document], pad: int, device: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(ids, attention mask, labels), each (B, T); labels are -100 on prompts and padding."""
    import torch

    longest = max(len(asked) + len(answered) for asked, answered in batch)
    ids, mask, labels = [], [], []
    for asked, answered in batch:
        length = len(asked) + len(answered)
        ids.append([*asked, *answered, *[pad] * (longest - length)])
        mask.append([1] * length + [0] * (longest - length))
        labels.append([-100] * len(asked) + answered + [-100] * (longest - length))
    return torch.tensor(ids).to(device), torch.tensor(mask).to(device), torch.tensor(labels).to(device)


def _save(folder: Path, step: int, model: PreTrainedModel, optimizers: list[torch.optim.Optimizer]) -> None:
    import torch

    state = {"step": step, "model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers]}
    with replacing(folder / "pretrain.pt") as part:
        torch.save(state, part)


def _restore(folder: Path, model: PreTrainedModel, optimizers: list[torch.optim.Optimizer]) -> int:
    """Load the last checkpoint, if there is one; return the updates that it holds."""
    import torch

    path = folder / "pretrain.pt"
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return int(state["step"])
