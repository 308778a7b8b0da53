"""The problems of the small world (`r1cli.tasks.world`): a chain of operations, told as a story and as a thought."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from r1cli.tasks.world_phrases import NAMES, STORY, THINGS, THOUGHT

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a story: `before` (op) `operand` = `after`."""

    op: str
    before: int
    operand: int
    after: int


def walk(rng: random.Random, length: int, largest: int) -> list[Step]:
    """A start and `length` operations with whole, positive results."""
    if length > 1 and rng.random() < 0.2:
        n, k = rng.randint(2, 6), rng.randint(2, 6)
        chain = [Step("boxes", n, k, n * k)]
    else:
        n = rng.randint(2, 15)
        chain = [Step("start", n, n, n)]
    while sum(s.op != "start" for s in chain) < length:
        chain.append(_operation(rng, chain[-1].after, largest))
    return chain


def _operation(rng: random.Random, n: int, largest: int) -> Step:
    choices = []
    if n + 2 <= largest:
        k = rng.randint(2, min(9, largest - n))
        choices += [Step("add", n, k, n + k)] * 3
    if n > 3:
        k = rng.randint(2, min(9, n - 1))
        choices += [Step("sub", n, k, n - k)] * 3
    if 2 * n <= largest:
        choices.append(Step("double", n, 2, 2 * n))
    if n % 2 == 0 and n > 2:
        choices.append(Step("half", n, 2, n // 2))
    return rng.choice(choices)


def story(chain: list[Step], rng: random.Random, language: str) -> str:
    """The problem as it is asked, about two people and a thing."""
    a, b = rng.sample(NAMES[language], 2)
    thing = rng.choice(THINGS[language])
    parts = [rng.choice(STORY[language][s.op]).format(a=a, b=b, t=thing, n=s.before, k=s.operand) for s in chain]
    parts.append(rng.choice(STORY[language]["ask"]).format(a=a, t=thing))
    return (" " if language == "en" else "").join(parts)


def thought_of(chain: list[Step], rng: random.Random, tongue: Callable[[], str], *, check: bool) -> str:
    """One sentence a step, each in the language that `tongue()` gives."""
    sentences = [rng.choice(THOUGHT[tongue()][s.op]).format(n=s.before, k=s.operand, m=s.after) for s in chain]
    if check:
        sentences.append(rng.choice(THOUGHT[tongue()]["check"]).format(m=chain[-1].after))
    return " ".join(sentences)


def with_slips(chain: list[Step], rng: random.Random, share: float) -> list[Step]:
    """The same operations with some results wrong, and the error carried on."""
    slipped, n = [], chain[0].before
    for i, s in enumerate(chain):
        before = n if i else s.before
        after = max(1, before + (s.after - s.before)) if s.op in ("add", "sub") else s.after
        if s.op in ("double", "half"):
            after = before * 2 if s.op == "double" else before // 2
        if s.op != "start" and rng.random() < share:
            after = slip(after, rng)
        slipped.append(Step(s.op, before, s.operand, after))
        n = after
    return slipped


def slip(n: int, rng: random.Random) -> int:
    """A wrong number near `n`, and positive."""
    return max(1, n + rng.choice((-3, -2, -1, 1, 2, 3)))


_SENTENCE = re.compile(r"[^.。 ][^.。]*[.。]")


def _pattern(phrase: str) -> re.Pattern[str]:
    """A phrase as a pattern that finds its numbers; a number that it says twice must be the same."""
    pattern, seen = re.escape(phrase), set()
    for name in re.findall(r"\\{(\w)\\}", pattern):
        group = f"(?P={name})" if name in seen else rf"(?P<{name}>\d+)"
        pattern = pattern.replace(rf"\{{{name}\}}", group, 1)
        seen.add(name)
    return re.compile(pattern)


_KNOWN = [
    (_pattern(phrase), op, place)
    for language in LANGUAGES
    for op, phrases in THOUGHT[language].items()
    for place, phrase in enumerate(phrases)
]


def translated(thought: str, language: str) -> str:
    """A thought with every sentence in `language` that this module could have written; the others stay as they are."""
    return re.sub(_SENTENCE, lambda sentence: _translated_sentence(sentence[0], language), thought)


def _translated_sentence(sentence: str, language: str) -> str:
    for pattern, op, place in _KNOWN:
        if match := pattern.fullmatch(sentence):
            return THOUGHT[language][op][place].format(**match.groupdict())
    return sentence
