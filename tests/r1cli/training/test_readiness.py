"""The gate before reinforcement learning, and the filter of prompts that teach nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from r1cli.data.rows import Row
from r1cli.errors import DataError, StageFailed
from r1cli.stage import Context, Placement
from r1cli.tasks.world import World
from r1cli.template import Completion, parse, render
from r1cli.training.readiness import Gate, Probed, PromptFilter, probe, teaching_rows
from tests.stages.tiny_training import Recorder

GATE = Gate(prompts=4, per_prompt=2, min_format=0.5, min_coverage=0.5)
TASK = World(edition=1, part="problems", split="train", count=4, seed=0, steps=(1, 2), largest=20)


class Policy:
    """Answers row i with the texts of `says[i]`, and counts how often it was asked."""

    def __init__(self, says: Sequence[Sequence[str]]) -> None:
        self.says, self.asked = says, 0

    def __call__(self, rows: Sequence[Row], per_prompt: int) -> Iterator[tuple[int, list[Completion]]]:
        self.asked += 1
        for place in reversed(range(len(rows))):  # in any order
            yield place, [parse(text) for text in self.says[place][:per_prompt]]


def rows() -> list[Row]:
    return TASK.rows()


def right(row: Row) -> str:
    return render("t", str(row.answer))


WRONG, FORMLESS = render("t", "no number"), "no form at all"


def context(folder: Path) -> Context:
    recorder = Recorder()
    placement = Placement(device="cpu")
    return Context("reasoning_rl", {}, folder, folder, recorder, placement, logging.getLogger("test"))


def test_a_policy_that_is_right_now_and_then_passes_and_its_figures_are_in_words() -> None:
    probed = [Probed(0, 2, 2, 1, 2), Probed(1, 2, 1, 0, 2)]
    assert GATE.check(probed, "rl") == (
        "75% of completions are in the form (at least 50% are needed); "
        "50% of prompts have a right answer among 2 (at least 50%)"
    )


def test_a_policy_without_the_form_is_stopped_with_what_to_do(tmp_path: Path) -> None:
    policy = Policy([[FORMLESS, FORMLESS]] * 4)
    with pytest.raises(StageFailed, match="reasoning_rl: the policy is not ready .* 0% of completions") as error:
        teaching_rows(rows(), policy, context(tmp_path), gate=GATE, prompt_filter=None)
    assert "cold-start demonstrations" in error.value.hint
    assert "stages.reasoning_rl.gate=null" in error.value.hint


def test_a_policy_that_is_never_right_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="0% of prompts have a right answer among 2") as error:
        teaching_rows(rows(), Policy([[WRONG, WRONG]] * 4), context(tmp_path), gate=GATE, prompt_filter=None)
    assert "easier prompts" in error.value.hint


def test_without_a_verdict_coverage_is_not_asked_for() -> None:
    assert "right answer" not in GATE.check([Probed(0, 2, 2, 0, 0)], "rl")


def test_prompts_that_are_always_right_or_always_wrong_are_left_out_and_counted(tmp_path: Path) -> None:
    some = rows()
    policy = Policy([[right(some[0])] * 2, [right(some[1]), WRONG], [WRONG, FORMLESS], [WRONG, right(some[3])]])
    ctx = context(tmp_path)
    kept = teaching_rows(some, policy, ctx, gate=None, prompt_filter=PromptFilter(per_prompt=2))
    assert kept == [some[1], some[3]]
    assert isinstance(ctx.tracker, Recorder)
    assert ctx.tracker.totals == {"prompts/kept": 2, "prompts/always_right": 1, "prompts/always_wrong": 1}


def test_either_side_of_the_filter_can_be_switched_off() -> None:
    probed = [Probed(0, 2, 2, 2, 2), Probed(1, 2, 2, 0, 2), Probed(2, 2, 2, 0, 0)]
    assert PromptFilter(per_prompt=2, always_right=False).sort(probed)["kept"] == [0, 2]
    assert PromptFilter(per_prompt=2, always_wrong=False).sort(probed)["kept"] == [1, 2]


def test_a_filter_that_leaves_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leaves no prompt"):
        teaching_rows(
            rows(), Policy([[WRONG] * 2] * 4), context(tmp_path), gate=None, prompt_filter=PromptFilter(per_prompt=2)
        )


def test_what_was_drawn_is_kept_for_a_resumed_run_and_for_the_other_processes(tmp_path: Path) -> None:
    some = rows()
    policy = Policy([[right(row), WRONG] for row in some])
    first = probe(tmp_path / "f", some, 2, policy, is_main=True)
    assert probe(tmp_path / "f", some, 2, policy, is_main=True) == first
    assert probe(tmp_path / "f", some, 2, policy, is_main=False) == first
    assert policy.asked == 1
    assert first[0] == Probed(row=0, drawn=2, formed=2, right=1, judged=2)
