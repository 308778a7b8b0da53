"""A response on the terminal as it comes in: the thought dim, the answer plain, no tags, no control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from r1cli.template import ANSWER, END_ANSWER, END_THINK, THINK
from r1cli.terminal import console

TAGS = (THINK, END_THINK, ANSWER, END_ANSWER)
LONGEST_TAG = max(len(tag) for tag in TAGS)


def print_response(pieces: Iterable[str], *, in_thought: bool) -> None:
    """Write it piece by piece; a model that ends in its thought has not answered, and that is said."""
    out = console.stdout()
    thinking = in_thought
    for text, thinking in parts(pieces, in_thought=in_thought):
        out.print(printable(text), end="", style="dim italic" if thinking else None, markup=False, highlight=False)
    out.print()
    if thinking:
        console.note("(no answer: it was still thinking)")


def parts(pieces: Iterable[str], *, in_thought: bool) -> Iterator[tuple[str, bool]]:
    """(text without tags, whether it is thought) of a stream whose tags may be cut anywhere."""
    pending, thinking = "", in_thought
    for piece in pieces:
        pending += piece
        while (found := _first_tag(pending)) is not None:
            place, tag = found
            yield pending[:place], thinking
            thinking = tag == THINK or (thinking and tag != END_THINK)
            if tag == END_THINK:
                yield "\n", thinking
            pending = pending[place + len(tag) :]
        keep = _possible_tag(pending)
        if len(pending) > keep:
            yield pending[: len(pending) - keep], thinking
            pending = pending[len(pending) - keep :]
    yield pending, thinking


def printable(text: str) -> str:
    """Without control and invisible characters, which a terminal would obey; lines and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")


def _first_tag(text: str) -> tuple[int, str] | None:
    found = [(text.index(tag), tag) for tag in TAGS if tag in text]
    return min(found, default=None)


def _possible_tag(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    for length in range(min(LONGEST_TAG - 1, len(text)), 0, -1):
        if any(tag.startswith(text[-length:]) for tag in TAGS):
            return length
    return 0
