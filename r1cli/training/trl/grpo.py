"""TRL's GRPO trainer with less work for the same gradients: some methods of it, overridden.

| method of trl.GRPOTrainer | here |
|---|---|
| `_generate_single_turn` | completions come from our decode loop (generators/native.py), one seed for each |
| `_get_per_token_logps_and_entropies` | over trimmed chunks (chunks.py), each prompt once (shared_prompt.py) |
| `_prepare_inputs` | a rollout is cut into updates alike for any number of processes (parts.py) |
| `compute_loss` | the loss is computed and differentiated chunk by chunk, and rows that teach nothing are left out |
| `_calculate_rewards`, `training_step`, ... | timed, so that a run can say where its time went |

Leaving out rows without an advantage is exact where the loss has no term but the policy's: beta = 0 and no entropy
bonus. The normalisers still count those rows. `entropy` and the clip ratios are then means over the rows that are left.

What this file cannot do (images, tools, auxiliary losses, sampling by rules that ours does not know) is left to TRL's
own code, and the log says so once.
"""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any

from r1cli.generators.native import SampleRequest, supports
from r1cli.generators.processes.pool import decode
from r1cli.generators.rule import SamplingRule, seed_of
from r1cli.training.clock import Clock
from r1cli.training.trl import rollouts, shared_prompt
from r1cli.training.trl.chunks import Chunk, chunks
from r1cli.training.trl.limits import PER_BATCH, PER_TOKEN, why_not_chunked, why_not_native
from r1cli.training.trl.parts import MergedMetrics, cut_into_updates, loss_mask, part_of
from r1cli.training.trl.together import accumulating, as_many_as, most
from r1cli.training.trl.weights import unsharded

if TYPE_CHECKING:
    import logging

    import torch

NO_ADVANTAGE = 1e-9


class LessWork:
    """What is overridden of trl.GRPOTrainer, to be mixed in before it."""

    largest_difference: float | None = None
    """Of log-probabilities, vLLM against the trained model; None: vLLM does not draw."""

    def prepare(self, *, seed: int, rows: int, tokens_per_forward: int, log: logging.Logger) -> None:
        """Set what the trainer's own arguments have no place for.

        Args:
            seed: of the stage; every completion's own seed is made of it.
            rows: completions that are drawn at a time, on one device.
            tokens_per_forward: tokens of one forward pass with gradients, padding included.
            log: says what is left to TRL's own code.
        """
        trainer: Any = self
        self.sampling_seed = seed
        self.sampling_rows = rows
        self.tokens_per_forward = tokens_per_forward
        self.clock = Clock()
        self._drawn_by_trl = why_not_native(trainer)
        if self._drawn_by_trl:
            log.warning("completions are sampled by TRL's own code: %s", self._drawn_by_trl)
        self._can_share = not supports(trainer.accelerator.unwrap_model(trainer.model))
        self._shared = False
        self._computed_by_trl = why_not_chunked(trainer)
        if self._computed_by_trl:
            log.warning("the loss is computed by TRL's own code: %s", self._computed_by_trl)

    # ------------------------------------------------------------------------------------------------- rollouts

    def _generate_single_turn(self, prompt_ids: Any, images: Any, *rest: Any, **named: Any) -> Any:
        with self.clock.phase("rollout"):
            if self._drawn_by_trl or images is not None:
                return super()._generate_single_turn(prompt_ids, images, *rest, **named)  # type: ignore[misc]
            return self._draw(prompt_ids), None

    def _draw(self, prompts: list[list[int]]) -> list[list[int]]:
        """One completion of each prompt, end token included where there is one."""
        import torch
        from trl.models.utils import unwrap_model_for_generation

        trainer: Any = self
        first = trainer.accelerator.process_index * len(prompts)
        update = trainer.state.global_step
        requests = [
            SampleRequest(tuple(prompt), seed_of(self.sampling_seed, update, first + place))
            for place, prompt in enumerate(prompts)
        ]
        with (
            unwrap_model_for_generation(
                trainer.model_wrapped,
                trainer.accelerator,
                gather_deepspeed3_params=trainer.args.ds3_gather_for_generation,
                gradient_checkpointing_kwargs=trainer.args.gradient_checkpointing_kwargs,
            ) as model,
            unsharded(model),
            torch.no_grad(),
            trainer.accelerator.autocast(),
        ):
            drawn = dict(
                decode(
                    model,
                    requests,
                    rule=SamplingRule(trainer.temperature, trainer.top_p),
                    max_new_tokens=trainer.max_completion_length,
                    end_ids=trainer.eos_token_ids,
                    rows=self.sampling_rows,
                )
            )
        return [list(drawn[place].tokens) for place in range(len(requests))]

    def _calculate_rewards(self, *arguments: Any, **named: Any) -> Any:
        with self.clock.phase("rewards"):
            return super()._calculate_rewards(*arguments, **named)  # type: ignore[misc]

    # ------------------------------------------------------------------------------------------------- forward

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, logits_to_keep: int, **named: Any
    ) -> Any:
        """(B, C) log-probabilities and entropies; without gradients over chunks, with them over the one at hand."""
        import torch

        with self.clock.phase("forward"):
            if self._computed_by_trl or named.get("compute_aux_loss"):
                return super()._get_per_token_logps_and_entropies(  # type: ignore[misc]
                    model, input_ids, attention_mask, logits_to_keep, **named
                )
            width = input_ids.shape[1] - logits_to_keep
            if torch.is_grad_enabled():
                logps, entropies = self._of_chunk(model, input_ids, attention_mask, width, shared=self._shared)
                return logps, entropies, None
            return self._without_gradients(model, input_ids, attention_mask, width), None, None

    def _without_gradients(
        self, model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, width: int
    ) -> torch.Tensor:
        """(B, C) log-probabilities under the old policy or the reference, zero at padding."""
        import torch

        logps = torch.zeros(len(input_ids), input_ids.shape[1] - width, device=input_ids.device)  # (B, C)
        parts = chunks(
            input_ids[:, :width],
            attention_mask[:, :width],
            attention_mask[:, width:],
            budget=2 * self.tokens_per_forward,  # nothing is kept for a backward pass, so more fits
            share=self._can_share,
        )
        for chunk, _ in self._as_many_as_others(parts):
            columns = slice(width - chunk.prompt, width + chunk.completion)
            ids, mask = input_ids[chunk.rows, columns], attention_mask[chunk.rows, columns]
            part, _ = self._of_chunk(model, ids, mask, chunk.prompt, shared=chunk.shared)
            logps[chunk.rows, : chunk.completion] = part.float()
        return logps

    def _of_chunk(
        self, model: Any, input_ids: torch.Tensor, attention_mask: torch.Tensor, width: int, *, shared: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(R, C) log-probabilities and entropies in one forward pass; the reference model computes no entropies."""
        import torch

        trainer: Any = self
        if shared:
            with trainer.accelerator.autocast():
                return shared_prompt.forward(model, input_ids, attention_mask, width, self._mask_dtype())
        logps, entropies, _ = super()._get_per_token_logps_and_entropies(  # type: ignore[misc]
            model, input_ids, attention_mask, input_ids.shape[1] - width, compute_entropy=torch.is_grad_enabled()
        )
        return logps, logps.new_zeros(logps.shape) if entropies is None else entropies

    def _mask_dtype(self) -> torch.dtype:
        """What attention computes in: its mask must have the same type."""
        import torch

        trainer: Any = self
        if trainer.args.bf16:
            return torch.bfloat16
        if trainer.args.fp16:
            return torch.float16
        dtype: torch.dtype = trainer.accelerator.unwrap_model(trainer.model).dtype
        return dtype

    # ---------------------------------------------------------------------------------------------------- loss

    def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **named: Any) -> torch.Tensor:
        """The loss of a batch. All chunks but the last are differentiated here, the last one by the trainer."""
        if self._computed_by_trl or not model.training:
            return super().compute_loss(model, inputs, *arguments, **named)  # type: ignore[misc, no-any-return]
        trainer: Any = self
        rows = self._rows_that_teach(inputs["advantages"])
        parts = chunks(
            inputs["prompt_ids"],
            inputs["prompt_mask"],
            inputs["completion_mask"],
            budget=self.tokens_per_forward,
            rows=rows,
            share=self._can_share,
        )
        merge = MergedMetrics(trainer._metrics["train"])  # noqa: SLF001 - TRL keeps them there and nowhere else
        total = 0.0
        counted = self._as_many_as_others(parts)
        for place, (chunk, counts) in enumerate(counted, start=1):
            part, self._shared = part_of(inputs, chunk), chunk.shared
            weight = self._weight(inputs, part) * counts
            follows = accumulating(trainer.accelerator, model) if place < len(counted) else contextlib.nullcontext()
            with follows:
                loss = super().compute_loss(model, part, *arguments, **named) * weight  # type: ignore[misc]
                merge.took(float(part["completion_mask"].sum()) * counts)
                total += float(loss.detach())
                if place < len(counted):
                    with self.clock.phase("backward"):
                        trainer.accelerator.backward(loss, **_unscaled(trainer.accelerator))
        merge.finish()
        # The value that is logged is that of all chunks, the gradient that of the last.
        shown: torch.Tensor = loss + (total - float(loss.detach()))
        return shown

    def _as_many_as_others(self, parts: list[Chunk]) -> list[tuple[Chunk, float]]:
        """The chunks of this process, with weights: as many as the process has that has most."""
        trainer: Any = self
        return as_many_as(most(trainer.accelerator, len(parts)), parts)

    def _rows_that_teach(self, advantages: torch.Tensor) -> torch.Tensor:
        """(R,) rows with an advantage, where leaving the others out changes nothing; all rows elsewhere."""
        import torch

        trainer: Any = self
        teaches = advantages.abs() > NO_ADVANTAGE  # (B,)
        trainer._metrics["train"]["rollout/zero_advantage"].append(1.0 - float(teaches.float().mean()))  # noqa: SLF001
        everything = torch.arange(len(advantages), device=advantages.device)
        if trainer.beta != 0 or trainer._entropy_bonus_enabled:  # noqa: SLF001
            return everything
        # One row stays in any case: without gradients the optimizer would skip the update, with zero ones it moves on.
        return everything[teaches] if teaches.any() else everything[:1]

    def _weight(self, batch: dict[str, Any], part: dict[str, Any]) -> float:
        """What the loss of a chunk counts in the loss of its batch; rows that were left out count as zeros."""
        trainer: Any = self
        if trainer.loss_type in PER_BATCH:
            return 1.0
        if trainer.loss_type in PER_TOKEN:
            return float(loss_mask(part).sum() / loss_mask(batch).sum().clamp(min=1))
        return len(part["advantages"]) / len(batch["advantages"])

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        # Whatever is not counted to another phase is the backward pass of the last chunk.
        with self.clock.phase("backward"):
            return super().training_step(*arguments, **named)  # type: ignore[misc]

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """The batch of one update; a new rollout where the last one is used up."""
        trainer: Any = self
        with self.clock.phase("other"):
            if not trainer.model.training or trainer._is_vlm:  # noqa: SLF001
                return super()._prepare_inputs(generation_batch)  # type: ignore[misc]
            number = trainer.args.steps_per_generation
            if trainer._step % (number * trainer.num_iterations) == 0 or trainer._buffered_inputs is None:  # noqa: SLF001
                rollout = trainer._generate_and_score_completions(generation_batch)  # noqa: SLF001
                if self.largest_difference is not None:
                    rollouts.refuse_stale(trainer._metrics["train"], self.largest_difference)  # noqa: SLF001
                trainer._buffered_inputs = cut_into_updates(  # noqa: SLF001
                    rollout,
                    number,
                    seed=(self.sampling_seed, trainer.state.global_step),
                    process=trainer.accelerator.process_index,
                )
            return trainer._buffered_inputs[trainer._step % number]  # noqa: SLF001

    def _save_checkpoint(self, *arguments: Any, **named: Any) -> None:
        with self.clock.phase("checkpoint"):
            super()._save_checkpoint(*arguments, **named)  # type: ignore[misc]


def _unscaled(accelerator: Any) -> dict[str, bool]:
    """DeepSpeed would divide a loss by the steps of its own accumulation; the trainer tells it not to, and so do we."""
    return {"scale_wrt_gas": False} if accelerator.distributed_type.name == "DEEPSPEED" else {}


@cache
def trainer_class() -> Any:
    """`LessWork` over trl.GRPOTrainer, which is imported only now."""
    from trl import GRPOTrainer

    return type("GRPOTrainerWithLessWork", (LessWork, GRPOTrainer), {})
