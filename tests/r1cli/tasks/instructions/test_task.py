"""r1cli.tasks.instructions.task: IFEval's requests, strict and loose, and by either reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from r1cli.data.rows import Row
from r1cli.errors import DataError
from r1cli.tasks.instructions.rules import RULES
from r1cli.tasks.instructions.task import Instructions
from r1cli.template import parse, render

COLUMNS = {"id": "key", "kinds": "instruction_id_list", "arguments": "kwargs"}


def ifeval(root: Path, path: str, **fields: Any) -> Instructions:
    source = {"format": "jsonl", "root": root, "path": path, "columns": COLUMNS}
    return Instructions.model_validate({**source, "language": "en", "graded": "strict", "rules": "fixed"} | fields)


def asking(tmp_path: Path, *instructions: tuple[str, dict[str, Any]], **fields: Any) -> tuple[Instructions, Row]:
    record = {
        "key": 7,
        "prompt": "Write.",
        "instruction_id_list": [kind for kind, _ in instructions],
        "kwargs": [arguments for _, arguments in instructions],
    }
    (tmp_path / "i.jsonl").write_text(json.dumps(record) + "\n")
    task = ifeval(tmp_path, "i.jsonl", **fields)
    return task, task.rows()[0]


@pytest.fixture(scope="module")
def public(shared_data: Path) -> dict[str, tuple[Instructions, Row]]:
    """Key -> the request with each reading's task."""
    task = ifeval(shared_data, "instruct/ifeval.jsonl")
    return {row.id: (task, row) for row in task.rows()}


def test_a_request_is_followed_if_all_of_its_instructions_are(tmp_path: Path) -> None:
    task, row = asking(tmp_path, ("punctuation:no_comma", {}), ("startend:quotation", {}))
    answers = ['"No commas here."', "No commas here.", '"Commas, here."', "Commas, here.", ""]
    outcomes = task.judge([parse(render("so", answer)) for answer in answers], [row] * 5)
    assert [outcome.value for outcome in outcomes] == [1.0, 0.0, 0.0, 0.0, 0.0]
    measured = [task.measures(parse(render("so", answer)), row) for answer in answers]
    assert [measures["followed"] for measures in measured] == [2, 1, 1, 0, 0]
    assert {measures["instructions"] for measures in measured} == {2}
    assert outcomes[3].note == "not followed: punctuation:no_comma, startend:quotation"
    assert outcomes[4].status == "unparseable"


def test_loose_takes_an_answer_without_its_first_or_last_line_or_its_stars(tmp_path: Path) -> None:
    task, row = asking(tmp_path, ("startend:quotation", {}), ("punctuation:no_comma", {}))
    for answer in ('Sure:\n"It is so."', '"It is so."\nBye!', 'Sure:\n"It is so."\nBye!', '*"It is so."*'):
        completion = parse(render("so", answer))
        measures = task.measures(completion, row)
        assert (measures["strict"], measures["loose"], measures["followed_loose"]) == (0.0, 1.0, 2.0), answer
        assert row.verify(completion) is False
    loose, row = asking(tmp_path, ("startend:quotation", {}), graded="loose")
    assert row.verify(parse('Sure:\n"It is so."')) is True
    assert loose.judge([parse("It, so.")], [row])[0].value == 0.0


def test_the_thought_never_counts(tmp_path: Path) -> None:
    _, row = asking(tmp_path, ("punctuation:no_comma", {}))
    assert row.verify(parse(render("well, well, well", "no commas"))) is True
    assert row.verify(parse(render("no commas", "well, well"))) is False
    _, row = asking(tmp_path, ("keywords:existence", {"keywords": ["mother"]}))
    assert row.verify(parse(render("mother", "father"))) is False


def test_an_instruction_that_upstream_grades_by_a_random_letter_is_not_applicable(tmp_path: Path) -> None:
    letter = ("keywords:letter_frequency", {"letter": "!", "let_frequency": 2, "let_relation": "at least"})
    _, row = asking(tmp_path, letter)
    assert [row.verify(parse(text)) for text in ("Hey! You!", "Hey!")] == [True, False]
    upstream, row = asking(tmp_path, letter, rules="upstream")
    outcome = upstream.judge([parse("Hey! You!")], [row])[0]
    assert (outcome.value, outcome.status) == (None, "not_applicable")
    assert "random letter" in outcome.note
    assert upstream.measures(parse("Hey! You!"), row) == {}


@pytest.mark.parametrize(
    ("kinds", "arguments"),
    [
        (["keywords:existance"], [{"keywords": ["a"]}]),
        (["keywords:existence"], [{}]),
        (["keywords:existence"], [{"keyword": "a"}]),
        (["keywords:existence", "punctuation:no_comma"], [{"keywords": ["a"]}]),
        (["language:response_language"], [{"language": "tlh"}]),
        ([], []),
        ("punctuation:no_comma", [{}]),
    ],
)
def test_an_instruction_that_cannot_be_checked_names_its_line(kinds: Any, arguments: Any, tmp_path: Path) -> None:
    record = {"key": 1, "prompt": "Write.", "instruction_id_list": kinds, "kwargs": arguments}
    (tmp_path / "i.jsonl").write_text(json.dumps(record) + "\n")
    with pytest.raises(DataError, match=r"i.jsonl, line 1"):
        ifeval(tmp_path, "i.jsonl").rows()


def test_arguments_that_are_null_are_none_as_in_the_hubs_file(tmp_path: Path) -> None:
    _, row = asking(tmp_path, ("punctuation:no_comma", {"keywords": None, "language": None}))
    assert row.meta["instructions"] == [{"kind": "punctuation:no_comma", "arguments": {}}]


# --- the public requests --------------------------------------------------------------------------------------------


def test_all_public_requests_are_read_and_have_all_25_kinds(public: dict[str, tuple[Instructions, Row]]) -> None:
    assert len(public) == 270
    assert {one["kind"] for _, row in public.values() for one in row.meta["instructions"]} == set(RULES)


def test_key_1129_counts_exclamation_marks(public: dict[str, tuple[Instructions, Row]]) -> None:
    task, row = public["1129"]
    request = next(one["arguments"]["prompt_to_repeat"] for one in row.meta["instructions"] if "repeat" in one["kind"])
    marks = request.count("!")
    answers = [f"{request}\nSunnis{'!' * n}" for n in (6 - marks, 5 - marks)] + ["Sunnis!!!!!!"]
    assert [task.judge([parse(render("so", a))], [row])[0].right for a in answers] == [True, False, False]
    upstream = task.model_copy(update={"rules": "upstream"})
    assert upstream.judge([parse(render("so", answers[0]))], [row])[0].status == "not_applicable"


@pytest.mark.parametrize("key", ["181", "2215", "2439", "2590", "3073"])
def test_the_nth_paragraph_is_the_nth_that_has_text(key: str, public: dict[str, tuple[Instructions, Row]]) -> None:
    task, row = public[key]
    asked = next(one["arguments"] for one in row.meta["instructions"] if "nth_paragraph" in one["kind"])
    parts = [f"Paragraph [a] [b] number {i}." for i in range(1, asked["num_paragraphs"] + 1)]
    parts[asked["nth_paragraph"] - 1] = f"{asked['first_word'].capitalize()} [a] [b] it is."

    def right(text: str) -> bool | None:
        return task.judge([parse(render("so", text))], [row])[0].right

    assert right("\n\n".join(parts)) is True
    assert right("\n\n\n\n".join(parts)) is True  # blank lines are no paragraphs
    assert right("\n\n".join(parts[:-1])) is False
    assert right("\n\n".join([*parts, "One too many."])) is False
    assert right("\n\n".join(parts).replace(asked["first_word"].capitalize(), "Other")) is False


def test_the_same_answer_gets_the_same_verdict_twice(public: dict[str, tuple[Instructions, Row]]) -> None:
    texts = [
        "It is so.",
        "IT IS SO!\n\n***\n\nI am sure, I am.",
        "* यह एक कहानी है",
        '<<Title>>\n"Das ist gut."\nP.S. ok',
    ]
    for task, row in public.values():
        completions = [parse(render("so", text)) for text in texts]
        assert task.judge(completions, [row] * 4) == task.judge(completions, [row] * 4)
