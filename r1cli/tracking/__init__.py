"""Metrics and tables of a running stage: local files, and Weights & Biases."""
