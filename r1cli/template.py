"""The R1 response grammar, parsed and written in this one place.

A response is `<think> thought </think> <answer> answer </answer>` (paper V2, Table 1). Rewards, rejection filters and
the evaluation all see a response through `parse`.
"""

from __future__ import annotations

from dataclasses import dataclass

THINK, END_THINK, ANSWER, END_ANSWER = "<think>", "</think>", "<answer>", "</answer>"


@dataclass(frozen=True, slots=True)
class Completion:
    """A response, taken apart."""

    text: str
    """All that the model wrote."""
    thought: str
    """Between the think tags; empty if there is none."""
    answer: str
    """The final answer: the answer part if there is one, else what follows the thought; never the thought."""
    well_formed: bool
    """Exactly one thought and one answer, in order, nothing else around them, neither of them empty."""
    finished: bool = True
    """False: cut off at the token limit."""
    tokens: int = 0
    """Length in tokens; 0 if unknown."""
