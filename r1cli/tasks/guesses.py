"""A world in which checking pays: find the number that somebody thought of, from what became of it.

    Tom thinks of a number. He multiplies it by 3. Then he adds 4. He gets 22. What is the number?

Nobody here solves the problem backwards. The corpus guesses, mostly near the truth and mostly wrong; some of its
thoughts then put the guess to the test by doing what the story says, and some of those try again when it fails. A
policy that checks and tries again can be right nearly always, one that does not can only be lucky: so if reinforcement
learning rewards right answers alone, does it find checking? (Paper V2 C.2, on reflection.)

Simplification: as in `world.py`, text is put together from phrases, and train and held-out problems are disjoint by the
hash of their numbers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.tasks.base import Task, judge_each
from r1cli.tasks.world import final_number, side_of
from r1cli.tasks.world_phrases import FINAL, NAMES
from r1cli.tasks.world_stories import LANGUAGES
from r1cli.template import Completion, render
from r1cli.verify.outcome import Outcome

STORY = {
    "en": {
        "start": "{a} thinks of a number.",
        "times": "{a} multiplies it by {k}.",
        "plus": "{a} adds {k}.",
        "minus": "{a} takes {k} away.",
        "end": "{a} gets {m}. What is the number?",
    },
    "zh": {
        "start": "{a}想了一个数。",
        "times": "{a}把它乘以{k}。",
        "plus": "{a}加上{k}。",
        "minus": "{a}减去{k}。",
        "end": "{a}得到{m}。这个数是多少？",
    },
}
THOUGHT = {
    "en": {
        "guess": ("Perhaps it is {n}.", "It could be {n}."),
        "check": ("Let me check:", "Let me verify:"),
        "wrong": ("That is wrong.", "Not right, wrong."),
        "right": ("Yes, that is it.", "That fits."),
    },
    "zh": {
        "guess": ("也许是{n}。", "可能是{n}。"),
        "check": ("检查一下：", "验证一下："),
        "wrong": ("错了。", "不对，错。"),
        "right": ("对，就是它。", "符合。"),
    },
}
SIGNS = {"times": "*", "plus": "+", "minus": "-"}
MOST_GUESSES = 4


class GuessMix(Component):
    """How the corpus thinks; each value is a share from 0 to 1."""

    template: float
    """Responses written in the R1 template."""
    first_right: float
    """First guesses that are right."""
    check: float
    """Thoughts that put a guess to the test."""
    retry: float
    """Of failed guesses: another one follows; else the thought gives up and answers the failed one."""


class Operation(NamedTuple):
    """What is done to the number."""

    name: str
    operand: int

    def on(self, number: int) -> int:
        """What becomes of a number."""
        if self.name == "times":
            return number * self.operand
        return number + self.operand if self.name == "plus" else number - self.operand


class Guesses(Task):
    """`count` problems on one side of the split, with or without a corpus's responses."""

    edition: int
    """Raised when the text that the generator writes changes."""
    part: Literal["corpus", "problems"]
    split: Literal["train", "heldout"]
    count: int = Field(gt=0)
    seed: int
    largest: int
    """The number is no larger."""
    mix: GuessMix | None = None
    """For part=corpus."""

    def rows(self) -> list[Row]:
        rng = random.Random(f"{self.seed}:{self.part}:{self.split}")
        return [self._row(rng, f"guess-{self.part}-{self.split}-{i}") for i in range(self.count)]

    def size(self) -> int:
        return self.count

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """By the number that the final answer is, alone or in a short closing sentence."""
        return judge_each(lambda c, row: final_number(c.answer) == row.answer, completions, rows)

    def same(self, a: str, b: str, row: Row) -> bool:
        """`7` and `The answer is 7.` are one answer."""
        return final_number(a) == final_number(b)

    def _row(self, rng: random.Random, row_id: str) -> Row:
        language = rng.choice(LANGUAGES)
        number, operations = self._problem(rng)
        name, after = rng.choice(NAMES[language]), number
        sentences = [STORY[language]["start"].format(a=name)]
        for operation in operations:
            sentences.append(STORY[language][operation.name].format(a=name, k=operation.operand))
            after = operation.on(after)
        sentences.append(STORY[language]["end"].format(a=name, m=after))
        demonstration = None
        if self.mix is not None:
            demonstration = self._response(rng, number, operations, language, self.mix)
        return Row(
            id=row_id,
            prompt=(" " if language == "en" else "").join(sentences),
            language=language,
            answer=str(number),
            demonstration=demonstration,
            task=self,
        )

    def _problem(self, rng: random.Random) -> tuple[int, list[Operation]]:
        while True:
            number = rng.randint(2, self.largest)
            operations = [
                Operation("times", rng.randint(2, 4)),
                Operation(rng.choice(("plus", "minus")), rng.randint(1, 9)),
            ]
            rng.shuffle(operations)
            results = [operations[0].on(number), operations[1].on(operations[0].on(number))]
            if min(results) > 0 and (side_of(repr((number, operations))) == "heldout") == (self.split == "heldout"):
                return number, operations

    def _response(
        self, rng: random.Random, number: int, operations: Sequence[Operation], language: str, mix: GuessMix
    ) -> str:
        """Guesses until one is taken for the answer; which, depends on whether they are put to the test."""
        say = THOUGHT[language]
        checks, sentences = rng.random() < mix.check, list[str]()
        guess = number if rng.random() < mix.first_right else self._miss(rng, number)
        for tried in range(1, MOST_GUESSES + 1):
            sentences.append(rng.choice(say["guess"]).format(n=guess))
            if not checks:
                break
            sentences.append(f"{rng.choice(say['check'])} {_worked(guess, operations)}")
            if guess == number:
                sentences.append(rng.choice(say["right"]))
                break
            sentences.append(rng.choice(say["wrong"]))
            if rng.random() >= mix.retry or tried == MOST_GUESSES:
                break
            # What a failed test shows brings the next guess nearer.
            guess = number if rng.random() < mix.first_right + tried * 0.2 else self._miss(rng, number)
        thought = " ".join(sentences)
        if rng.random() < mix.template:
            return render(thought, str(guess))
        return f"{thought} {rng.choice(FINAL[language]).format(m=guess)}"

    def _miss(self, rng: random.Random, number: int) -> int:
        """A wrong number near the right one."""
        return max(1, number + rng.choice((-3, -2, -1, 1, 2, 3))) if number > 1 else number + rng.randint(1, 3)


def _worked(guess: int, operations: Sequence[Operation]) -> str:
    """The calculation of a test, `6*3=18, 18+4=22.`, ended by a full stop."""
    parts = []
    for operation in operations:
        after = operation.on(guess)
        parts.append(f"{guess}{SIGNS[operation.name]}{operation.operand}={after}")
        guess = after
    return ", ".join(parts) + "."
