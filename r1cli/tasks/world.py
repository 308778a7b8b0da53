"""A small bilingual world, made by a seeded generator, so that the whole recipe runs with no download.

Stories in English or Chinese about people who get, lose, double and halve things, with one exact number at the end, and
general requests with good, poor and unsafe answers. The same class makes every role of a recipe (`part`): a corpus to
pretrain on, in which problems are answered in many ways, in and out of the R1 template, in either language or both,
some of them wrong; demonstrations; prompts; preference pairs; and held-out rows.

Simplification: text is put together from phrases (`world_phrases`), so a one-million-parameter model can learn it in
two minutes. Train and held-out problems are disjoint by construction: the chain of operations and numbers, whatever the
names and the language, decides by its hash on which side a problem stands.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from r1cli.component import Component
from r1cli.data.rows import Row, RowKind
from r1cli.language.consistency import language_consistency
from r1cli.tasks.base import Task, judge_each
from r1cli.tasks.world_phrases import (
    FINAL,
    GREETING_THOUGHT,
    NAMES,
    POOR,
    REFUSAL,
    REQUESTS,
    THINGS,
    UNSAFE,
)
from r1cli.tasks.world_stories import LANGUAGES, Step, slip, story, thought_of, translated, walk, with_slips
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import Outcome

Part = Literal[
    "corpus", "problems", "demonstrations", "general", "general_demonstrations", "helpful_pairs", "harmless_pairs"
]
HELDOUT_SHARE = 10  # one problem in ten stands on the held-out side


class CorpusMix(Component):
    """How documents of the pretraining corpus are written; each value is a share from 0 to 1."""

    general: float
    """General requests among the documents."""
    template: float
    """Responses written in the R1 template."""
    direct: float
    """Problems answered without any thought."""
    direct_right: float
    """Right answers among those."""
    wrong_step: float
    """Steps of a thought with a wrong result."""
    same_language: float
    """Thoughts in the language of the prompt."""
    other_language: float
    """Thoughts in the other language; the rest change language from sentence to sentence."""
    check: float
    """Thoughts that end by checking the result."""
    good_general: float
    """General requests with a good answer; the others get a poor or an unsafe one."""


class World(Task):
    """One part of the world: `count` rows of `part`, on one side of the split."""

    edition: int
    """Raised when the text that the generator writes changes."""
    part: Part
    split: Literal["train", "heldout"]
    count: int = Field(gt=0)
    seed: int
    steps: tuple[int, int]
    """Fewest and most operations of a problem."""
    largest: int
    """No number in a problem is larger."""
    mix: CorpusMix | None = None
    """For part=corpus only."""
    check: float = 0.0
    """Share of demonstrations that end by checking the result."""
    good: float = 1.0
    """Share of demonstrations of general requests that are good; the others are poor or unsafe."""

    def rows(self) -> list[Row]:
        rng = random.Random(f"{self.seed}:{self.part}:{self.split}")
        make = {
            "corpus": self._document,
            "problems": self._problem,
            "demonstrations": self._demonstration,
            "general": self._request,
            "general_demonstrations": self._request,
            "helpful_pairs": self._pair,
            "harmless_pairs": self._pair,
        }[self.part]
        return [make(rng, f"{self.part}-{self.split}-{i}") for i in range(self.count)]

    def size(self) -> int:
        return self.count

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """By the number that the final answer is, alone or in a short closing sentence."""
        return judge_each(_is_right, completions, rows)

    def same(self, a: str, b: str, row: Row) -> bool:
        """`72` and `The answer is 72.` are one answer."""
        return final_number(a) == final_number(b)

    def score(self, completion: Completion, row: Row) -> float | None:
        """A rule for general requests, which the reward models never see.

        A third each: speaks of the right subject, in the prompt's language, and refuses exactly when it should.
        """
        if row.kind == "reasoning":
            return None
        language, answer = row.language or "en", completion.answer
        refuses = any(phrase in answer for phrase in REFUSAL[language])
        about = str(row.meta["subject"]) in answer
        return (about + (language_consistency(answer, language)) + (refuses == (row.kind == "harmless"))) / 3

    def refine(self, completion: Completion, row: Row) -> Completion:
        """Every sentence of the thought that the world knows, in the language of the prompt.

        It stands in for the stronger model that translates mixed chains of thought in the paper (V2 B.3.2). It works
        sentence by sentence and mends nothing else: what the policy got wrong stays wrong.
        """
        thought = translated(completion.thought, row.language or "en")
        return parse(render(thought, completion.answer), finished=completion.finished)

    # --- problems -----------------------------------------------------------------------------------------------------

    def _problem(self, rng: random.Random, row_id: str) -> Row:
        language = rng.choice(LANGUAGES)
        chain = self._chain(rng)
        return self._row(row_id, language, chain, rng)

    def _demonstration(self, rng: random.Random, row_id: str) -> Row:
        language = rng.choice(LANGUAGES)
        chain = self._chain(rng)
        thought = thought_of(chain, rng, lambda: language, check=rng.random() < self.check)
        return self._row(row_id, language, chain, rng, demonstration=render(thought, str(chain[-1].after)))

    def _chain(self, rng: random.Random) -> list[Step]:
        """Operations on this side of the split, at most `largest` all along."""
        length = rng.randint(*self.steps)
        while True:
            chain = walk(rng, length, self.largest)
            if (side_of(repr(chain)) == "heldout") == (self.split == "heldout"):
                return chain

    def _row(
        self, row_id: str, language: str, chain: list[Step], rng: random.Random, demonstration: str | None = None
    ) -> Row:
        return Row(
            id=row_id,
            prompt=story(chain, rng, language),
            language=language,
            answer=str(chain[-1].after),
            demonstration=demonstration,
            meta={"steps": sum(s.op != "start" for s in chain)},
            task=self,
        )

    # --- the corpus ---------------------------------------------------------------------------------------------------

    def _document(self, rng: random.Random, row_id: str) -> Row:
        mix = self.mix
        if mix is None:
            raise ValueError("World: part=corpus needs `mix`")
        if rng.random() < mix.general:
            return self._careless_general(rng, row_id, mix)
        language, chain = rng.choice(LANGUAGES), self._chain(rng)
        final = chain[-1].after
        if rng.random() < mix.direct:
            final = final if rng.random() < mix.direct_right else slip(final, rng)
            thought = ""
        else:
            slipped = with_slips(chain, rng, mix.wrong_step)
            final = slipped[-1].after
            thought = thought_of(slipped, rng, _tongue(language, mix, rng), check=rng.random() < mix.check)
        return self._row(row_id, language, chain, rng, demonstration=_written(thought, final, language, mix, rng))

    def _careless_general(self, rng: random.Random, row_id: str, mix: CorpusMix) -> Row:
        row = self._request(rng, row_id)
        good = rng.random() < mix.good_general
        thought, answer = _good_reply(row, rng) if good else _bad_reply(row, rng)
        text = render(thought, answer) if rng.random() < mix.template else answer
        return replace(row, demonstration=text)

    # --- general requests ---------------------------------------------------------------------------------------------

    def _request(self, rng: random.Random, row_id: str, kind: RowKind | None = None) -> Row:
        if kind is None:
            kind = "helpful" if rng.random() < 0.5 else "harmless"
        while True:
            language = rng.choice(LANGUAGES)
            topic = "harm" if kind == "harmless" else rng.choice(("name", "thing"))
            request, good = rng.choice(REQUESTS[language][topic])
            subject = rng.choice(THINGS[language] if topic == "thing" else NAMES[language])
            if (side_of(request + subject) == "heldout") == (self.split == "heldout"):
                break
        prompt = request.format(s=subject, t=rng.choice(THINGS[language]))
        row = Row(
            id=row_id,
            prompt=prompt,
            kind=kind,
            language=language,
            meta={"subject": subject, "good": [g.format(s=subject) for g in good]},
            task=self,
        )
        if self.part != "general_demonstrations":
            return row
        # No random number is drawn where every reply is good: the rows that follow stay the same as without `good`.
        is_good = self.good >= 1 or rng.random() < self.good
        return replace(row, demonstration=render(*(_good_reply(row, rng) if is_good else _bad_reply(row, rng))))

    def _pair(self, rng: random.Random, row_id: str) -> Row:
        row = self._request(rng, row_id, "helpful" if self.part == "helpful_pairs" else "harmless")
        chosen, rejected = render(*_good_reply(row, rng)), render(*_bad_reply(row, rng))
        return replace(row, chosen=chosen, rejected=rejected)


def _is_right(completion: Completion, row: Row) -> bool | None:
    if row.answer is None:
        return None
    return final_number(completion.answer) == row.answer


_ANSWER = re.compile(r"(?:the answer is|so it is|答案是|所以是)?[\s:：]*(-?\d+)[\s.。]*", re.IGNORECASE)


def final_number(answer: str) -> str:
    """The number that an answer gives, alone or in a short closing sentence; the whole answer if it gives none."""
    match = _ANSWER.fullmatch(answer.strip())
    return match[1] if match else answer


def side_of(key: str) -> str:
    """`train` or `heldout`: decided by what makes a row what it is."""
    digest = hashlib.sha256(key.encode()).digest()
    return "heldout" if digest[0] % HELDOUT_SHARE == 0 else "train"


def _tongue(language: str, mix: CorpusMix, rng: random.Random) -> Callable[[], str]:
    """Who chooses the language of each sentence: always the prompt's, always the other, or a coin."""
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    draw = rng.random()
    if draw < mix.same_language:
        return lambda: language
    if draw < mix.same_language + mix.other_language:
        return lambda: other
    return lambda: rng.choice(LANGUAGES)


def _written(thought: str, final: int, language: str, mix: CorpusMix, rng: random.Random) -> str:
    """In the R1 template or as plain text."""
    if rng.random() < mix.template:
        return render(thought, str(final))
    return f"{thought} {rng.choice(FINAL[language]).format(m=final)}".strip()


def _good_reply(row: Row, rng: random.Random) -> tuple[str, str]:
    """(thought, answer) that serves the user."""
    language = row.language or "en"
    thought = rng.choice(GREETING_THOUGHT[language][row.kind]).format(s=row.meta["subject"])
    return thought, rng.choice(row.meta["good"])


def _bad_reply(row: Row, rng: random.Random) -> tuple[str, str]:
    """Unsafe for a harmful request; for a harmless one curt, or in the wrong language."""
    language = row.language or "en"
    if row.kind == "harmless":
        thought = rng.choice(GREETING_THOUGHT[language]["unsafe"])
        return thought, rng.choice(UNSAFE[language]).format(s=row.meta["subject"])
    spoken = rng.choice((language, language, LANGUAGES[1 - LANGUAGES.index(language)]))
    return rng.choice(GREETING_THOUGHT[spoken]["careless"]), rng.choice(POOR[spoken])
