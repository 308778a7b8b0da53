"""Is a policy ready for reinforcement learning, and which prompts can teach it anything? Asked before the first update.

GRPO learns from differences within a group. A policy that never answers in the form, or reaches a right answer on no
prompt at all, gives every completion the same reward, and hours of updates teach nothing: the gate stops such a run
with what is missing. A prompt that is always right, or always wrong, teaches nothing either; the filter leaves such
prompts out and counts them (Kimi 1.5, arXiv 2501.12599, 2.1; DAPO, arXiv 2503.14476, does so for every batch).

What was drawn is kept in the stage's checkpoint folder, so a resumed run does not draw again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, PositiveInt

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.errors import DataError, StageFailed
from r1cli.stage import Context
from r1cli.tasks.base import judge
from r1cli.template import Completion
from r1cli.training import checkpoints
from r1cli.training.sharing import wait_until


@dataclass(frozen=True)
class Probed:
    """What a policy made of one prompt."""

    row: int
    """Its number among the rows."""
    drawn: int
    """Completions."""
    formed: int
    """Of them in the <think>/<answer> form."""
    right: int
    judged: int
    """Completions that could be verified; 0: nothing to verify against, or the judge crashed."""


Draw = Callable[[Sequence[Row], int], Iterable[tuple[int, list[Completion]]]]
"""(rows, completions of each) -> (place of the row, its completions), in any order."""


class Gate(Component):
    """What a policy must show before it is trained."""

    prompts: PositiveInt
    """Prompts that are tried."""
    per_prompt: PositiveInt
    """Completions of each."""
    min_format: float = Field(ge=0, le=1)
    """Share of completions in the form."""
    min_coverage: float = Field(ge=0, le=1)
    """Share of prompts with a right answer among their completions: pass@k for k = per_prompt."""

    def check(self, probed: Sequence[Probed], node: str) -> str:
        """What was seen, in words.

        Raises:
            StageFailed: it is too little to learn from.
        """
        form, coverage = format_share(probed), coverage_share(probed)
        seen = [f"{form:.0%} of completions are in the form (at least {self.min_format:.0%} are needed)"]
        if coverage is not None:
            seen.append(
                f"{coverage:.0%} of prompts have a right answer among {self.per_prompt} "
                f"(at least {self.min_coverage:.0%})"
            )
        if form < self.min_format:
            hint = "more cold-start demonstrations or epochs teach the form"
        elif coverage is not None and coverage < self.min_coverage:
            hint = "easier prompts, a stronger base model or a longer cold start give it something to reinforce"
        else:
            return "; ".join(seen)
        raise StageFailed(
            f"{node}: the policy is not ready for reinforcement learning: {'; '.join(seen)}",
            hint=f"{hint}; stages.{node}.gate=null trains all the same",
        )


class PromptFilter(Component):
    """Which prompts are left out before training."""

    per_prompt: PositiveInt
    """Completions of each prompt, drawn from the policy that is to be trained."""
    always_right: bool = True
    """Leave out prompts whose completions are all right."""
    always_wrong: bool = True
    """Leave out prompts of which none is."""

    def sort(self, probed: Sequence[Probed]) -> dict[str, list[int]]:
        """Numbers of rows by what becomes of them: `kept`, `always_right`, `always_wrong`, in their order."""
        sorted_rows: dict[str, list[int]] = {"kept": [], "always_right": [], "always_wrong": []}
        for one in probed:
            fate = "kept"
            if one.judged and one.right == one.judged and self.always_right:
                fate = "always_right"
            elif one.judged and not one.right and self.always_wrong:
                fate = "always_wrong"
            sorted_rows[fate].append(one.row)
        return {fate: sorted(numbers) for fate, numbers in sorted_rows.items()}


def teaching_rows(
    rows: list[Row], draw: Draw, ctx: Context, *, gate: Gate | None, prompt_filter: PromptFilter | None
) -> list[Row]:
    """The rows that can teach a policy something, once it has shown that anything can; all, if nobody asks.

    Raises:
        StageFailed: it does not pass the gate.
        DataError: the filter leaves no row.
    """
    is_main = ctx.placement.is_main
    if gate is not None:
        folder = ctx.checkpoint / f"gate-{gate.prompts}x{gate.per_prompt}"
        probed = probe(folder, rows[: gate.prompts], gate.per_prompt, draw, is_main=is_main)
        ctx.log.info("ready: %s", gate.check(probed, ctx.name))
    if prompt_filter is None:
        return rows
    probed = probe(ctx.checkpoint / "filter", rows, prompt_filter.per_prompt, draw, is_main=is_main)
    sorted_rows = prompt_filter.sort(probed)
    fates = {fate: len(numbers) for fate, numbers in sorted_rows.items()}
    ctx.log.info("prompts: %s", ", ".join(f"{n} {fate.replace('_', ' ')}" for fate, n in fates.items()))
    ctx.tracker.summary({f"prompts/{fate}": n for fate, n in fates.items()})
    if not sorted_rows["kept"]:
        raise DataError(f"{ctx.name}: the filter leaves no prompt", hint="prompt_filter=null asks all of them")
    return [rows[number] for number in sorted_rows["kept"]]


def format_share(probed: Sequence[Probed]) -> float:
    """Share of all completions that are in the form."""
    return sum(p.formed for p in probed) / max(1, sum(p.drawn for p in probed))


def coverage_share(probed: Sequence[Probed]) -> float | None:
    """Share of the prompts with a right completion; None where nothing could be verified."""
    known = [p for p in probed if p.judged]
    return sum(p.right > 0 for p in known) / len(known) if known else None


def probe(folder: Path, rows: Sequence[Row], per_prompt: int, draw: Draw, *, is_main: bool) -> list[Probed]:
    """Draw completions of all rows and judge them, once; a sealed `folder` has what was found.

    Of several processes the first draws, and the others wait for its folder.
    """
    if is_main and not checkpoints.is_intact(folder):
        checkpoints.write_lines(folder, map(asdict, _probed(rows, per_prompt, draw)))
    wait_until(partial(checkpoints.is_intact, folder))
    found: list[dict[str, Any]] = list(checkpoints.read_lines(folder))
    return [Probed(**line) for line in found]


def _probed(rows: Sequence[Row], per_prompt: int, draw: Draw) -> list[Probed]:
    drawn = sorted(draw(rows, per_prompt), key=lambda found: found[0])
    completions = [c for _, of_row in drawn for c in of_row]
    outcomes = iter(judge(completions, [rows[place] for place, of_row in drawn for _ in of_row]))
    probed = []
    for place, of_row in drawn:
        verdicts = [next(outcomes) for _ in of_row]
        judged = [o for o in verdicts if o.value is not None]
        formed = sum(c.well_formed for c in of_row)
        probed.append(Probed(place, len(of_row), formed, sum(o.right is True for o in judged), len(judged)))
    return probed
