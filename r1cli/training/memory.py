"""How many tokens of a forward pass with gradients fit into a GPU's memory."""

from __future__ import annotations

from typing import Any

SAFE_SHARE = 0.6
"""Of what is free when the model is loaded: optimizer states and gradients come on top, and memory is fragmented."""
STATE_BYTES = 12
"""A weight's gradient and AdamW's two moments, in float32."""
ACTIVATIONS = 34
"""Values that a transformer layer keeps for its backward pass, in units of the hidden size, a token (Korthikanti et
al., Reducing Activation Recomputation in Large Transformer Models, section 4, without attention scores)."""
LOGIT_BYTES = 12
"""A token's logits, their softmax and their gradient, a vocabulary entry, in float32."""
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
