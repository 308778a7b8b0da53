"""ARC-AGI-1: grids of colours, transformed by a rule that a few examples show."""
