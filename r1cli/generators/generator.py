"""Generator: whatever replies to questions, be it a model here, one behind an address, or a file of old replies.

A benchmark asks `Question`s and gets `Reply`s, in whatever order they arrive. What is asked is the user's words alone:
a generator that completes text puts them into its template, one that chats sends them as a message. How long a reply
may be, and how it is drawn, belongs to the generator, because a served model and one that runs here do not take the
same settings; how many samples are asked for belongs to the benchmark.

One file for each generator: `local` (the native sampler), `served`, `recorded`.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from r1cli.component import Component
from r1cli.template import Completion

NOTES = "generator"
"""Folder of a generator's own notes, beside the samples."""


@dataclass(frozen=True, slots=True)
class Question:
    """One completion that is wanted."""

    id: str
    """Of the row; the samples of one problem share it."""
    sample: int
    """Number of the completion among those of its row, from 0."""
    prompt: str
    """What the user says, the benchmark's instruction included, without any template."""
    seed: int
    """Of this completion alone, made of the stage's seed, the row's id and the sample's number."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one completion, all attempts at it together; None where nobody counted them."""

    prompt: int | None = None
    """Of the prompt, cached ones included."""
    cached: int | None = None
    """Of the prompt's tokens, those that were charged as cached."""
    completion: int | None = None
    """All that was generated, the thought included."""
    reasoning: int | None = None
    """Of the completion's tokens, those of a thought that was counted apart."""


@dataclass(frozen=True, slots=True)
class ServedBy:
    """Who replied, in the server's own words."""

    returned_model: str | None = None
    """The model's name in the response, which may be another one than was asked for."""
    fingerprint: str | None = None
    """`system_fingerprint`."""
    date: str | None = None
    """When, as an ISO 8601 date and time in UTC."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one question."""

    question: Question
    completion: Completion
    """Taken apart; `finished` is False where it was cut off, or where there was no room to begin."""
    usage: Usage = Usage()
    seconds: float | None = None
    """That it took; of a model that runs here its share of the machine's time, so that the sum is the time in all."""
    model: str = ""
    """Who was asked: the name of a node, a folder, a hub id, or the model's name at the server."""
    served: ServedBy | None = None
    """None where the model ran here."""


@dataclass(frozen=True)
class Lent:
    """What a stage lends to its generator."""

    folder: Path
    """Survives a kill and is published with the samples: for a generator's own notes, say a log of its attempts."""
    log: logging.Logger
    model: str = ""
    """What the model that is evaluated is called."""
    load: Callable[[], tuple[Any, Any]] | None = None
    """Loads that model and its tokenizer, each time it is called; None where none is evaluated."""
    render: Callable[[str], str] = str
    """What a user says -> the whole prompt of a model that completes text: the template of `model=` filled in."""
    rows: int = 1
    """Completions drawn at a time on this machine."""


class Generator(Component):
    """Replies to questions: implement `replies`."""

    TAKES_MODEL: ClassVar[bool] = False
    """Does it need the weights of the model that is evaluated? Otherwise a benchmark has no such input."""

    @abstractmethod
    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        """Reply to each question once, in any order, as replies arrive.

        The stage has stored a reply when it asks for the next; after a kill `questions` are those that are missing.
        A question that will never have a reply (no room in the model's context, not in the recorded file) is replied to
        with an empty completion that is not finished.

        Raises:
            R1Error: it stops before all are answered, say because a budget is spent; what came before is kept.
        """

    def name(self) -> str:
        """What tables call the model that replies; empty where it is the one that is evaluated."""
        return ""

    def at_most(self, question: Question, render: Callable[[str], str]) -> Usage:
        """Tokens that a question and its reply can take, for `--dry-run`; None where nobody can say.

        `render` is `Lent.render`.
        """
        return Usage(completion=self.longest())

    def dollars(self, usages: Iterable[Usage]) -> float | None:
        """What so many tokens cost; None where nobody is paid, or the price is not known."""
        return None

    def drawn_by(self) -> Component | None:
        """The `Vllm` that draws from the model that is evaluated in place of the native sampler."""
        return None

    def longest(self) -> int | None:
        """Tokens of the longest reply; None where nothing bounds it. For `--dry-run`."""
        return None

    def preflight(self) -> None:
        """Look for what would keep questions from being answered: a key that is not set, a file that is not there.

        Raises:
            R1Error: nothing would come back.
        """

    def files(self) -> list[Path]:
        """Data files behind the replies; their content enters the fingerprint in place of their paths."""
        return []
