"""The generated world: exact answers, disjoint splits, many ways to say things."""

import re
from dataclasses import replace

import pytest

from r1cli.data.rows import Row
from r1cli.language.consistency import language_consistency
from r1cli.tasks.world import World
from r1cli.template import parse, render

MIX = {
    "general": 0.2,
    "template": 0.5,
    "direct": 0.2,
    "direct_right": 0.5,
    "wrong_step": 0.1,
    "same_language": 0.3,
    "other_language": 0.3,
    "check": 0.2,
    "good_general": 0.5,
}


def world(part: str, split: str = "train", count: int = 200, seed: int = 0, **more: object) -> World:
    plain = {"edition": 1, "part": part, "split": split, "count": count, "seed": seed, "steps": [1, 6], "largest": 60}
    return World.model_validate(plain | more)


def numbers(row: Row) -> str:
    return " ".join(re.findall(r"\d+", row.prompt))


def test_the_same_seed_gives_the_same_rows_and_another_seed_gives_others() -> None:
    assert world("problems").rows() == world("problems").rows()
    assert world("problems").rows() != world("problems", seed=1).rows()


def test_train_and_heldout_problems_never_share_their_numbers_and_operations() -> None:
    """Names and language aside, what makes a problem is its chain; the equations of a demonstration show it."""
    train, heldout = (
        {re.sub(r"[^\d+*/=-]", " ", row.demonstration or "") for row in world("demonstrations", split, 3000).rows()}
        for split in ("train", "heldout")
    )
    assert len(train) > 2000
    assert not train & heldout


def test_train_and_heldout_requests_never_share_request_and_subject() -> None:
    asked = {
        split: {(re.sub(r"from.*", "", r.prompt), r.meta["subject"]) for r in world("general", split, 1000).rows()}
        for split in ("train", "heldout")
    }
    assert not {p for p in asked["train"] if "的" not in p[0] and "steal" not in p[0]} & asked["heldout"]


def test_problems_vary() -> None:
    rows = world("problems", count=1000).rows()
    assert len({r.prompt for r in rows}) > 990
    assert {r.language for r in rows} == {"en", "zh"}
    assert {r.meta["steps"] for r in rows} == {1, 2, 3, 4, 5, 6}


def test_every_demonstration_is_right_readable_and_in_the_language_of_its_prompt() -> None:
    for row in world("demonstrations", check=0.5).rows():
        completion = parse(row.demonstration or "")
        assert completion.well_formed
        assert row.verify(completion) is True
        assert language_consistency(completion.thought, row.language or "") == 1.0
        for left, op, right, result in re.findall(r"(\d+)([-+*/])(\d+)=(\d+)", completion.thought):
            assert {"+": int.__add__, "-": int.__sub__, "*": int.__mul__, "/": int.__floordiv__}[op](
                int(left), int(right)
            ) == int(result)


def test_the_corpus_is_a_base_models_mixture() -> None:
    rows = [r for r in world("corpus", count=2000, mix=MIX).rows() if r.kind == "reasoning"]
    parsed = [(r, parse(r.demonstration or "")) for r in rows]
    templated = [c for _, c in parsed if c.text.startswith("<think>")]
    assert 0.4 < len(templated) / len(rows) < 0.6
    consistency = [language_consistency(c.thought, r.language or "") for r, c in parsed if c.thought]
    assert 0.1 < sum(x > 0.95 for x in consistency) / len(consistency) < 0.6
    assert any(0.2 < x < 0.8 for x in consistency)
    right = [r.verify(c) for r, c in parsed if c.well_formed]
    assert 0.5 < sum(map(bool, right)) / len(right) < 0.95


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("<think>t</think><answer>7</answer>", True),
        ("<think>t</think><answer> 7. </answer>", True),
        ("<think>t</think><answer>The answer is 7.</answer>", True),
        ("<think>t</think><answer>答案是7。</answer>", True),
        ("The answer is 7.", True),
        ("<think>t</think><answer>8</answer>", False),
        ("<think>t</think><answer>7 or 8</answer>", False),
        ("<think>t</think><answer>17</answer>", False),
        ("<think>The answer is 7.</think><answer></answer>", False),
        ("<think>7</think>", False),
        ("", False),
    ],
)
def test_only_the_stated_final_answer_counts(text: str, right: bool) -> None:
    task = world("problems")
    assert Row(id="r", prompt="p", answer="7", task=task).verify(parse(text)) is right


def test_good_answers_score_more_than_poor_and_unsafe_ones() -> None:
    for part in ("helpful_pairs", "harmless_pairs"):
        for row in world(part).rows():
            task = row.task
            assert task is not None
            chosen, rejected = (task.score(parse(text or ""), row) for text in (row.chosen, row.rejected))
            assert chosen == 1.0
            assert rejected is not None
            assert rejected < 1.0


def test_refining_translates_what_the_world_knows_and_mends_nothing() -> None:
    row = replace(world("problems", count=1).rows()[0], language="zh")
    mixed = parse("<think>Start with 3. 然后3+5=8。 Now take 2 away: 8-2=7. hm.</think><answer>7</answer>")
    refined = row.task.refine(mixed, row) if row.task else mixed
    assert refined.thought == "开始有3个。 然后3+5=8。 现在减去2：8-2=7。 hm."
    assert refined.answer == "7"


def test_a_refined_demonstration_stays_what_it_is() -> None:
    for row in world("demonstrations", count=50, check=1.0).rows():
        assert row.task is not None
        completion = parse(row.demonstration or "")
        refined = row.task.refine(completion, row)
        assert refined.text == render(completion.thought, completion.answer)


def test_answers_with_the_same_number_are_one_vote() -> None:
    task, row = world("problems"), world("problems", count=1).rows()[0]
    assert task.same("72", "The answer is 72.", row)
    assert task.same("答案是 72。", "72", row)
    assert not task.same("72", "73", row)
    assert task.same("many", "many", row)
    assert not task.same("many", "few", row)


def test_demonstrations_of_general_requests_are_as_good_as_their_demonstrator() -> None:
    fields = {"edition": 1, "part": "general_demonstrations", "split": "train", "count": 300, "seed": 0}
    fields |= {"steps": (1, 2), "largest": 20}

    def scores(**more: float) -> list[float]:
        rows = World.model_validate({**fields, **more}).rows()
        return [row.task.score(parse(row.demonstration or ""), row) for row in rows if row.task]

    assert min(scores()) == pytest.approx(1.0)
    mixed = [score > 0.99 for score in scores(good=0.6)]
    assert sum(mixed) / len(mixed) == pytest.approx(0.6, abs=0.08)
    assert World.model_validate(fields).rows() == World.model_validate({**fields, "good": 1.0}).rows()
