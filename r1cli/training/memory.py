"""How many tokens of a forward pass with gradients fit into a GPU's memory."""

from __future__ import annotations

from typing import Any

SAFE_SHARE = 0.6
"""Of what is free when the model is loaded: optimizer states and gradients come on top, and memory is fragmented."""
STATE_BYTES = 12
"""For each weight: its gradient and AdamW's two moments, in float32."""
ACTIVATIONS = 34
"""Values of two bytes that a layer keeps of a token for its backward pass, in units of the hidden size.

Korthikanti et al. (arXiv:2205.05198, section 4) count 34 bytes for such a layer, attention scores left out; twice as
much is taken here, to be safe.
"""
LOGIT_BYTES = 12
"""For each token and entry of the vocabulary: a logit, its softmax and its gradient, in float32."""
LEAST, MOST = 1024, 1 << 17


def tokens_that_fit(model: Any) -> int:
    """Tokens of one forward pass, padding included, with the memory that is free now on the GPU."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    config = model.config.get_text_config(decoder=True)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    layers = config.num_hidden_layers * config.hidden_size * ACTIVATIONS * 2
    a_token = layers + config.vocab_size * LOGIT_BYTES
    return min(MOST, max(LEAST, int((free * SAFE_SHARE - trained * STATE_BYTES) / a_token)))
