"""Mathematics with a checkable final answer: GSM8K, MATH, MGSM, CMATH, or any file with questions and answers.

Only the answer part of a completion is looked at: a right number inside the thought proves nothing (paper V2 2.2: the
final answer in a required format, matched against the reference; 1 or 0).
"""

from __future__ import annotations

import re

from r1cli.data import Record, Source
from r1cli.language import detect_language
from r1cli.tasks.base import Row, Task
from r1cli.tasks.equivalence import equivalent, final_answer
from r1cli.template import Completion, render


class Math(Source, Task):
    """Columns by name: `prompt`; where there, `answer`, `rationale`, `demonstration`, `language`, `id`.

    A reference in GSM8K's form (rationale, `####`, answer) is taken apart. A row with a rationale gets a demonstration;
    one without an answer stays, unverifiable.
    """

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""

    def rows(self) -> list[Row]:
        return [self.row(record) for record in self.records()]

    def verify(self, completion: Completion, row: Row) -> bool | None:
        if row.answer is None:
            return None
        return equivalent(final_answer(completion.answer), row.answer)

    def row(self, record: Record) -> Row:
        """The row that a record of any file makes, as `rows` makes it of this source's own."""
        prompt = record.text("prompt")
        rationale, answer = _split_reference(record.optional_text("answer"))
        rationale = record.optional_text("rationale") or rationale
        demonstration = render(rationale, answer) if rationale and answer else None
        return Row(
            id=record.id,
            prompt=prompt,
            language=self.language or record.optional_text("language") or detect_language(prompt),
            answer=answer,
            demonstration=record.optional_text("demonstration") or demonstration,
            task=self,
        )


def _split_reference(reference: str | None) -> tuple[str, str | None]:
    """The rationale, without the calculator's marks (`<<48/2=24>>`), and the answer."""
    rationale, mark, answer = (reference or "").rpartition("####")
    rationale = re.sub(r"<<[^<>]*>>", "", rationale) if mark else ""
    return rationale.strip(), answer.strip() or None
