"""r1cli.data.contamination: rows of a benchmark that were read in training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from r1cli.data.contamination import overlaps
from r1cli.data.decontamination import decontaminate
from r1cli.data.jsonl import read_jsonl
from r1cli.data.rows import Row

LONG = "A farmer has seventeen sheep and all but nine of them run away over the hill"


def row(name: str, prompt: str, **fields: str) -> Row:
    return Row(id=name, prompt=prompt, **fields)


def rows(path: Path, column: str) -> list[Row]:
    return [Row(id=f"{path.stem}:{line}", prompt=values[column]) for line, values in read_jsonl(path)]


def test_ten_words_in_a_row_are_an_overlap_and_nine_are_none() -> None:
    words = LONG.split()
    ten, nine = " ".join(["Tell", *words[2:12], "how"]), " ".join(["Tell", *words[2:11], "how"])
    (found,) = overlaps([row("b", LONG)], [row("t1", nine), row("t2", ten), row("t3", LONG.upper())])
    assert (found.id, found.met, found.training) == ("b", 2, ("t2", "t3"))
    assert found.shared == "has seventeen sheep and all but nine of them run" or len(found.shared.split()) == 10


def test_a_short_question_must_be_met_as_a_whole() -> None:
    benchmark = [row("b", "What is two plus two?")]
    assert not overlaps(benchmark, [row("t", "I ask you: What is two plus two?")])
    assert overlaps(benchmark, [row("t", "what is TWO plus two")])


def test_all_that_is_read_in_training_counts_and_so_do_solutions() -> None:
    training = [row("t", "Say something.", demonstration=LONG)]
    assert overlaps([row("b", "Short.", demonstration=LONG)], training)
    assert overlaps([row("b", LONG)], [row("t", "x", chosen="y", rejected=LONG)])


def test_chinese_is_compared_by_characters() -> None:
    text = "盘子里一共有十五条鱼小猫吃掉了几条后盘子里还剩十条小猫吃了几条鱼"
    (found,) = overlaps([row("b", text)], [row("t", f"题目：{text[3:25]}？")])
    assert found.shared == text[3:23]


def test_it_is_the_rule_by_which_training_rows_are_left_out() -> None:
    benchmark = [
        row("a", LONG),
        row("b", "What is two plus two?"),
        row("c", "Nothing of the kind is asked here at all."),
    ]
    training = [row("t1", f"Yes. {LONG}"), row("t2", "what is two plus two"), row("t3", "free")]
    assert {found.id for found in overlaps(benchmark, training)} == {"a", "b"}
    assert decontaminate(training, benchmark)[1] == 2


def test_planted_rows_are_found_in_the_training_rows_of_gsm8k(shared_data: Path) -> None:
    test, train = (rows(shared_data / f"gsm8k/{split}.jsonl", "question") for split in ("test", "train"))
    before = {found.id: found.met for found in overlaps(test, train)}
    planted = [replace(held_out, id=f"planted/{held_out.id}") for held_out in test[::50]]
    after = {found.id: found for found in overlaps(test, [*train, *planted])}
    assert {held_out.id for held_out in test[::50]} <= after.keys()
    assert all(after[held_out.id].met >= before.get(held_out.id, 0) + 1 for held_out in test[::50])
    assert len(before) < 0.05 * len(test)  # public training rows are other problems
    unmet = next(held_out for held_out in test[::50] if held_out.id not in before)
    assert after[unmet.id].training[0].startswith("planted/")


def test_every_distractor_of_cmath_is_known_by_its_original(shared_data: Path) -> None:
    distractors = rows(shared_data / "chinese_math/cmath_distractor.jsonl", "input")
    originals = rows(shared_data / "chinese_math/cmath_distractor.jsonl", "original")
    unchanged = [i for i, (a, b) in enumerate(zip(distractors, originals, strict=True)) if a.prompt == b.prompt]
    met = {found.id for found in overlaps(distractors, originals)}
    assert {distractors[i].id for i in unchanged} <= met
