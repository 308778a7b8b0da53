"""A generator that needs no model, for tests that choose one in YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1cli.generators.generator import Generator, Lent, Question, Reply
from r1cli.template import parse


class Mute(Generator):
    """Replies with nothing."""

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        for question in questions:
            yield Reply(question, parse(""), model=self.name())

    def name(self) -> str:
        return "mute"
