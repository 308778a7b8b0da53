"""How a completion is scored: one reward, one file; pure functions of text, no tensors."""
