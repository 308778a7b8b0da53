"""Multiple choice: a question, lettered options, one right letter (paper V2 B.3.1: STEM by option match)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.errors import DataError
from r1cli.language.consistency import detect_language
from r1cli.tasks.mathematics.extraction import final_answer
from r1cli.tasks.mathematics.letters import LETTERS, chosen_letter
from r1cli.tasks.mathematics.notation import plain
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome


class Choice(RecordTask):
    """Columns by name: `prompt`, `options` (a list), `answer` (a letter, or an index from 0)."""

    VERSION: ClassVar[int] = 2

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""

    def row(self, record: Record) -> Row:
        question, options = record.text("prompt"), _options(record)
        lines = [question.strip(), *(f"({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))]
        return Row(
            id=record.id,
            prompt="\n".join(lines),
            language=self.language or record.optional_text("language") or detect_language(question),
            answer=_right_letter(record, len(options)),
            meta={"options": options},
            task=self,
        )

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Each by the letter it commits to."""
        return [_judged(completion, row) for completion, row in zip(completions, rows, strict=True)]


def _judged(completion: Completion, row: Row) -> Outcome:
    chosen = chosen_option(completion.answer, row.meta["options"])
    if chosen is None:
        return Outcome(0.0, "unparseable", note="no single option")
    return Outcome(float(chosen == row.answer), extracted=chosen, note=f"the option {chosen}")


def chosen_option(answer: str, options: Sequence[str]) -> str | None:
    """The letter that an answer part commits to, by letter or by an option's own words; None if it names several."""
    text = plain(final_answer(answer))
    folded = [plain(option).casefold() for option in options]
    letters = LETTERS[: len(options)]
    if text.casefold() in folded and not re.fullmatch(rf"[{letters}]", text):
        return letters[folded.index(text.casefold())]
    return chosen_letter(text, letters)


def _options(record: Record) -> list[str]:
    options = record.get("options")
    if not isinstance(options, list) or not 2 <= len(options) <= len(LETTERS):
        raise DataError(
            f"{record.where}: options must be a list of 2 to {len(LETTERS)}", hint="map a column to `options`"
        )
    return [re.sub(r"^\s*\(?[A-J][).:、]\s*", "", str(option)).strip() for option in options]


def _right_letter(record: Record, n_options: int) -> str:
    given = record.get("answer")
    if isinstance(given, int) and 0 <= given < n_options:
        return LETTERS[given]
    letter = str(given).strip().strip("()").upper()
    if len(letter) == 1 and letter in LETTERS[:n_options]:
        return letter
    raise DataError(
        f"{record.where}: {given!r} names none of the {n_options} options", hint="a letter or an index from 0"
    )
