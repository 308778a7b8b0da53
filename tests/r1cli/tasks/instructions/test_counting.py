"""r1cli.tasks.instructions.counting: words, sentences and paragraphs."""

from __future__ import annotations

import pytest

from r1cli.tasks.instructions.counting import agrees, paragraphs, plain_words, sentences, words

SENTENCES = [
    ("", 0),
    ("No full stop", 1),
    ("One. Two! Three?", 3),
    ("Wait... what?! Yes.", 3),
    ('He said "Stop." Then he left.', 2),
    ("Mr. and Mrs. Smith met Dr. J. Jones.", 1),
    ("It costs 3.50 at example.com.", 1),
    ("We met in the U.S. last year.", 1),
    ("She likes apples, pears, etc. He does not.", 2),
    ("1. Boil water.\n2. Add tea.", 2),
    ("यह एक वाक्य है। यह दूसरा है।", 2),
    ("这是一句。这是两句！", 2),
    ("...", 0),
    ("It was I. You knew.", 2),
]


@pytest.mark.parametrize(("text", "number"), SENTENCES)
def test_sentences_end_where_a_reader_ends_them(text: str, number: int) -> None:
    assert sentences(text) == number


def test_words_are_whole_in_any_script() -> None:
    assert words("Don't over-think 3.14, OK?") == ["Don't", "over-think", "3.14", "OK"]
    assert len(words("नमस्ते दुनिया")) == 2
    assert len(plain_words("don't")) == 2
    assert len(plain_words("नमस्ते")) > 1


def test_paragraphs_stand_between_blank_lines() -> None:
    assert paragraphs("\n\none\nmore\n \n\n\ntwo\n") == ["one\nmore", "two"]


def test_less_than_and_at_least() -> None:
    assert agrees(3, "at least", 3)
    assert not agrees(3, "less than", 3)
    with pytest.raises(KeyError):
        agrees(3, "about", 3)
