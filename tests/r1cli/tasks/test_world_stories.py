"""Chains of operations: in bounds, told in one language, slips carried on, thoughts translated sentence by sentence."""

import itertools
import random

import pytest

from r1cli.tasks.world_stories import Step, slip, story, thought_of, translated, walk, with_slips


def test_every_step_starts_where_the_last_one_ended_and_stays_in_bounds() -> None:
    rng = random.Random(0)
    for _ in range(200):
        chain = walk(rng, 4, largest=40)
        assert sum(step.op != "start" for step in chain) == 4
        assert all(later.before == earlier.after for earlier, later in itertools.pairwise(chain))
        assert all(0 < step.after <= 40 for step in chain)


def test_a_story_asks_and_a_thought_ends_with_the_result() -> None:
    chain = [Step("start", 5, 5, 5), Step("add", 5, 3, 8)]
    assert story(chain, random.Random(1), "en").endswith("?")
    assert "5+3=8" in thought_of(chain, random.Random(1), lambda: "zh", check=False)


def test_a_slip_is_carried_on() -> None:
    chain = [Step("start", 5, 5, 5), Step("add", 5, 3, 8), Step("double", 8, 2, 16)]
    assert with_slips(chain, random.Random(0), share=0.0) == chain
    slipped = with_slips(chain, random.Random(0), share=1.0)
    assert slipped[1].after != 8
    assert slipped[2].before == slipped[1].after
    assert all(slip(1, random.Random(i)) >= 1 for i in range(20))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mixed_thought_is_translated_and_what_is_unknown_stays(language: str) -> None:
    chain = [Step("start", 5, 5, 5), Step("add", 5, 3, 8)]
    tongues = iter(["en", "zh"])
    mixed = thought_of(chain, random.Random(3), lambda: next(tongues), check=False)
    pure = thought_of(chain, random.Random(3), lambda: language, check=False)
    assert translated(mixed, language) == pure
    assert translated("Nobody wrote this.", language) == "Nobody wrote this."
