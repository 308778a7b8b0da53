"""Instructions that a program can check, as IFEval asks them (arXiv:2311.07911)."""
