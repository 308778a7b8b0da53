"""What on-policy reinforcement learning has to draw, in numbers of its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from r1cli.stage import Drawing


def drawn_by_rl(
    steps: int, *, per_step: float, per_prompt: int, per_rollout: int, caps: Mapping[int, int]
) -> tuple[Drawing, ...]:
    """The completions of a training, a part for each longest length.

    Args:
        steps: updates.
        per_step: completions that an update uses up.
        per_prompt: completions of a prompt.
        per_rollout: completions that are drawn together.
        caps: update from which it holds -> longest completion in tokens; the first is 0.
    """
    starts = [start for start in sorted(caps) if start < steps]
    return tuple(
        Drawing(
            prompts=round((end - start) * per_step / per_prompt),
            per_prompt=per_prompt,
            cap=caps[start],
            awaited=per_rollout // per_prompt,
        )
        for start, end in pairwise([*starts, steps])
    )
