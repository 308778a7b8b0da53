"""What a generator has to bring, and what it may leave unsaid."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from r1cli.generators.generator import Generator, Lent, Question, Reply
from r1cli.template import parse


class Echo(Generator):
    """Replies with what was asked, last question first."""

    shout: bool = False

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        for question in reversed(questions):
            text = lent.render(question.prompt)
            yield Reply(question, parse(text.upper() if self.shout else text))


def test_a_generator_of_ten_lines_is_a_generator(tmp_path: Path) -> None:
    echo = Echo(shout=True)
    asked = [Question("a", number, f"hello {number}", number) for number in range(2)]
    replies = list(echo.replies(asked, Lent(tmp_path, logging.getLogger(__name__))))
    assert [(r.question.sample, r.completion.text) for r in replies] == [(1, "HELLO 1"), (0, "HELLO 0")]


def test_what_a_generator_does_not_say_is_unknown() -> None:
    echo = Echo()
    assert (echo.TAKES_MODEL, echo.name(), echo.longest(), echo.files()) == (False, "", None, [])
    echo.preflight()
