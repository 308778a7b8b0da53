"""Random models of a few thousand weights, one for each architecture that the generators are tried with."""

from __future__ import annotations

from typing import Any

SIZES = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
}


def qwen2(**changes: Any) -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return _random(Qwen2ForCausalLM, Qwen2Config(**SIZES | changes))


def llama(**changes: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return _random(LlamaForCausalLM, LlamaConfig(**SIZES | changes))


def gemma(**changes: Any) -> Any:
    from transformers import GemmaConfig, GemmaForCausalLM

    return _random(GemmaForCausalLM, GemmaConfig(**SIZES | {"head_dim": 8} | changes))


def _random(model_class: Any, config: Any) -> Any:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return model_class(config).eval()
