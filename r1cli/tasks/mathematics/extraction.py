r"""Extraction: the final answer that an answer part commits to. Never more than one, and none that it denies.

Boxes are read first (`boxes`); without one, the sentence that states the answer (`layout`, `statements`), and of it
what it commits to (`commitment`).
"""

from __future__ import annotations

import re
from typing import Literal

from r1cli.tasks.mathematics.boxes import last_boxed
from r1cli.tasks.mathematics.commitment import committed, implied
from r1cli.tasks.mathematics.layout import one_line
from r1cli.tasks.mathematics.notation import has_words, on_the_line, plain
from r1cli.tasks.mathematics.statements import statement_of

AnswerFormat = Literal["any", "boxed", "stated"]
_ROOM = 40
"""Characters by which spellings of one text may differ in length."""


def final_answer(text: str, answer_format: AnswerFormat = "any") -> str:
    r"""The final answer of an answer part; empty if there is none of that format.

    any: the last `\boxed{}` (neighbours joined by "and" or a comma are one answer), else what is stated.
    boxed: a box or nothing.
    stated: what follows the last announcement, or stands in the last line; a box there is a part of it.
    """
    statement, is_box = _statement(_without_machine_talk(text), answer_format)
    return _inside(statement) if is_box else committed(statement)


def answer_to(reference: str, text: str, answer_format: AnswerFormat = "any") -> str:
    """The final answer, given the reference: a text or a statement that equals it is right, whatever it says.

    So is "October 30" or "neither" where that is the reference, though alone the one would be read as 30, and the other
    as a denial.
    """
    text = _without_machine_talk(text)
    if answer_format != "boxed" and _same_text(text, reference):
        return reference
    statement, is_box = _statement(text, answer_format)
    if _same_text(statement, reference):
        return reference
    return _inside(statement) if is_box else committed(statement)


def _same_text(text: str, reference: str) -> bool:
    if len(text) > 2 * len(reference) + _ROOM:
        return False  # as most are
    return text.strip(" .。$") == reference.strip(" .。$") or plain(text) == plain(reference) != ""


def _statement(text: str, answer_format: AnswerFormat) -> tuple[str, bool]:
    """What is said to be the answer, and whether that stands in a box."""
    if answer_format != "stated":
        boxed = last_boxed(text)
        if boxed is not None or answer_format == "boxed":
            return one_line(boxed or ""), True
    statement = statement_of(text)
    boxed = last_boxed(statement)
    return (statement, False) if boxed is None else (one_line(boxed), True)


def _inside(box: str) -> str:
    """What a box commits to: all of it, unless somebody wrote a sentence into it."""
    box = implied(box)
    if not has_words(plain(box)):
        return box
    return committed(statement_of(plain(box))) or box


_MACHINE = re.compile(r"<\|[a-z_]+\|>|</s>|<eos>")
_CLOSING_PHRASE = re.compile(r"I hope (?:it|this) is correct\.?$")


def _without_machine_talk(text: str) -> str:
    """Up to the first token of a chat template, where the turn was over; without the phrase that a prompt asked for."""
    text = on_the_line(text)
    if (end := _MACHINE.search(text)) is not None and text[: end.start()].strip():
        text = text[: end.start()]
    text = text.strip()
    return _CLOSING_PHRASE.sub("", text).strip() if text.endswith(("correct.", "correct")) else text
