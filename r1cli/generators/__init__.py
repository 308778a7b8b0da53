"""How text is sampled: one generator, one file."""
