"""How text is sampled: what a sampler is given (`base`), and one file for each sampler."""
