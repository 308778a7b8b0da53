"""Multiple choice: a question, lettered options, one right letter (paper V2 B.3.1: STEM by option match)."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

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

_log = logging.getLogger(__name__)


class Choice(RecordTask):
    """Columns by name: `prompt`, and `options` (a list) with `answer` (a letter, or an index from 0).

    In place of these two, `right` (the right option) and the others `wrong_1`, `wrong_2`, ...
    """

    VERSION: ClassVar[int] = 2

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""
    shuffle: bool = False
    """Ask each sample of a question with its options in another order, which depends on nothing but the question and
    the sample's number."""
    several: Literal["refuse", "drop"] = "refuse"
    """What becomes of a question with more than one right letter: a mistake in the file, or left out with a warning."""

    def rows(self) -> list[Row]:
        """Without the questions that have several right letters, where those are to be dropped."""
        records = self.origin.records()
        if self.several == "drop":
            single = [record for record in records if not _names_several(record)]
            if len(single) < len(records):
                many = f"{len(records) - len(single)} of {len(records)} questions"
                _log.warning("%s have several right letters and are left out", many)
            records = single
        return self.rows_of(records)

    def row(self, record: Record) -> Row:
        question, options = record.text("prompt").strip(), _options(record)
        if record.has("right") and not self.shuffle:
            raise DataError(f"{record.where}: the right option would always come first", hint="set shuffle: true")
        return Row(
            id=record.id,
            prompt=f"{question}{_listed(options)}",
            language=self.language or record.optional_text("language") or detect_language(question),
            answer=LETTERS[0] if record.has("right") else _right_letter(record, len(options)),
            meta={"options": options},
            task=self,
        )

    def posed(self, row: Row, sample: int) -> Row:
        """The same question with its options in the order of this sample; `meta["order"]` says where each came from."""
        if not self.shuffle or row.answer is None:
            return row
        options = row.meta["options"]
        question = row.prompt.removesuffix(_listed(options))
        order = order_of_options(question, sample, len(options))
        shown = [options[i] for i in order]
        return replace(
            row,
            prompt=f"{question}{_listed(shown)}",
            answer=LETTERS[order.index(LETTERS.index(row.answer))],
            meta={**row.meta, "options": shown, "order": order},
        )

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Each by the letter it commits to."""
        return [_judged(completion, row) for completion, row in zip(completions, rows, strict=True)]


def _judged(completion: Completion, row: Row) -> Outcome:
    chosen = chosen_option(completion.answer, row.meta["options"])
    if chosen is None:
        return Outcome(0.0, "unparseable", note="no single option")
    # What is extracted is the letter in the file's order, so that samples asked in different orders can vote together.
    order = row.meta.get("order") or range(len(row.meta["options"]))
    own = LETTERS[order[LETTERS.index(chosen)]]
    return Outcome(float(chosen == row.answer), extracted=own, note=f"the option {chosen}")


def order_of_options(question: str, sample: int, n: int) -> list[int]:
    """Which option of the file stands at each place: by sha256 of the question and the numbers of sample and option."""
    text = f"{question}\0{sample}\0"
    return sorted(range(n), key=lambda option: hashlib.sha256(f"{text}{option}".encode()).digest())


def _listed(options: Sequence[str]) -> str:
    """The options as they stand below a question."""
    return "".join(f"\n({letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def chosen_option(answer: str, options: Sequence[str]) -> str | None:
    """The letter that an answer part commits to, by letter or by an option's own words; None if it names several."""
    text = plain(final_answer(answer))
    folded = [plain(option).casefold() for option in options]
    letters = LETTERS[: len(options)]
    if text.casefold() in folded and not re.fullmatch(rf"[{letters}]", text):
        return letters[folded.index(text.casefold())]
    return chosen_letter(text, letters)


def _options(record: Record) -> list[str]:
    options = record.get("options") if not record.has("right") else _right_and_wrong(record)
    if not isinstance(options, list) or not 2 <= len(options) <= len(LETTERS):
        raise DataError(
            f"{record.where}: options must be a list of 2 to {len(LETTERS)}", hint="map a column to `options`"
        )
    return [re.sub(r"^\s*\(?[A-J][).:、]\s*", "", str(option)).strip() for option in options]


def _right_and_wrong(record: Record) -> list[str]:
    wrong = [name for name in (f"wrong_{number}" for number in range(1, len(LETTERS))) if record.has(name)]
    return [record.text(name) for name in ("right", *wrong)]


def _names_several(record: Record) -> bool:
    letters = re.findall(rf"[{LETTERS}]", str(record.get("answer")).upper())
    return len(letters) > 1


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
