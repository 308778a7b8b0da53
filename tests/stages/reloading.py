"""What the worker of vLLM's server can do besides, for test_grpo_vllm.py: take weights from a file."""

from __future__ import annotations

from typing import Any


class Reloading:
    """`--worker-extension-cls reloading.Reloading`; a part of vLLM's worker, which has the attributes."""

    model_runner: Any

    def reload_checkpoint(self, folder: str) -> None:
        """An output layer that is tied to the embedding has no weight in the file, and would keep its old pack."""
        self.model_runner.reload_weights(weights_path=folder)
        head = self.model_runner.get_model().lm_head
        head.quant_method.process_weights_after_loading(head)
