"""Between a shell's text and plain words."""

from __future__ import annotations

import pytest

from r1cli.terminal.completion import shells


@pytest.mark.parametrize(
    ("line", "words", "word", "quote"),
    [
        ("r1 tra", ["r1"], "tra", ""),
        ("r1  run ", ["r1", "run"], "", ""),
        ("r1 'a b' \"c", ["r1", "a b"], "c", '"'),
        (r"r1 my\ rows", ["r1"], "my rows", ""),
        (r"r1 'it\s", ["r1"], r"it\s", "'"),
        ("r1 ''  x", ["r1", ""], "x", ""),
        ("", [], "", ""),
    ],
)
def test_a_line_is_taken_apart_as_a_shell_does(line: str, words: list[str], word: str, quote: str) -> None:
    found, last = shells.split(line)
    assert (found, last.text, last.quote) == (words, word, quote)


@pytest.mark.parametrize(
    ("typed", "quote", "breaks", "answer"),
    [
        ("model=t", "", " \t\"'=:", "tiny "),
        ("model=t", "", " ", "model=tiny "),
        ("model=t", '"', " \t\"'=:", "model=tiny"),
        ("a@b=c:t", "", "@=:", "tiny "),
    ],
)
def test_bash_is_told_only_what_follows_where_it_breaks_words(typed: str, quote: str, breaks: str, answer: str) -> None:
    whole = shells.Candidate(typed[:-1] + "tiny")
    assert shells.reply("bash", shells.Word(typed, quote), [whole], breaks) == f"{answer}\n"
