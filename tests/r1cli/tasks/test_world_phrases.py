"""The words of the small world: complete in every language, and each sentence with exactly its own blanks."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest

from r1cli.language.consistency import language_consistency
from r1cli.tasks import world_phrases as words

PEOPLE_AND_THINGS = {"a", "b", "t"}
BLANKS = {
    "start": {"n"}, "boxes": {"n", "k"}, "add": {"k"}, "sub": {"k"}, "double": set(), "half": set(), "ask": set()
}  # fmt: skip
"""The numbers without which a step of a story cannot be solved."""


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def sentences(table: object) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict):
        for part in table.values():
            yield from sentences(part)
    elif isinstance(table, tuple):
        for part in table:
            yield from sentences(part)


@pytest.mark.parametrize("table", ["STORY", "THOUGHT", "GREETING_THOUGHT", "REQUESTS"])
def test_every_language_can_say_the_same_things(table: str) -> None:
    by_language = getattr(words, table)
    assert by_language["en"].keys() == by_language["zh"].keys()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_of_a_story_tells_its_numbers(language: str) -> None:
    for step, phrases in words.STORY[language].items():
        for phrase in phrases:
            assert blanks(phrase) - PEOPLE_AND_THINGS == BLANKS[step], phrase


@pytest.mark.parametrize("language", ["en", "zh"])
def test_thoughts_name_no_people_and_arrive_at_the_next_number(language: str) -> None:
    for step, phrases in words.THOUGHT[language].items():
        for phrase in phrases:
            assert not blanks(phrase) & PEOPLE_AND_THINGS, phrase
            assert step == "start" or "m" in blanks(phrase), phrase


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_said_in_a_language_is_of_that_language_alone(language: str) -> None:
    tables = (words.STORY, words.THOUGHT, words.GREETING_THOUGHT, words.REQUESTS)
    whole = " ".join(" ".join(sentences(table[language])) for table in tables)
    assert language_consistency(whole, language) == 1.0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_good_answer_to_a_harmful_request_is_a_refusal_and_no_other_is(language: str) -> None:
    for subject, requests in words.REQUESTS[language].items():
        for _, answers in requests:
            refused = [any(refusal in answer for refusal in words.REFUSAL[language]) for answer in answers]
            assert refused == [subject == "harm"] * len(answers), answers
    assert not any(refusal in text for text in words.UNSAFE[language] for refusal in words.REFUSAL[language])


@pytest.mark.parametrize("table", [words.NAMES, words.THINGS])
def test_no_name_and_no_thing_comes_twice(table: dict[str, tuple[str, ...]]) -> None:
    for known in table.values():
        assert len(set(known)) == len(known)
