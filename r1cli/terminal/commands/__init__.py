"""The commands of `r1` beside `run` and `train`: one file a command, or a family of them."""
