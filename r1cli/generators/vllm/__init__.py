"""vLLM as a sampler: an engine in a process of its own (`process`), and the handle on it (`engine`)."""
