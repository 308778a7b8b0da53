"""Mathematics with a checkable final answer: GSM8K, MATH, MGSM, CMATH, or any file with questions and answers.

Only the answer part of a completion is looked at: a right number inside the thought proves nothing (paper V2 2.2: the
final answer in a required format, matched against the reference; 1 or 0).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from pydantic import PositiveFloat

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.language.consistency import detect_language
from r1cli.tasks.mathematics.boxes import last_boxed
from r1cli.tasks.mathematics.compare import Verdict
from r1cli.tasks.mathematics.equivalence import Pair, verdicts
from r1cli.tasks.mathematics.extraction import AnswerFormat, answer_to
from r1cli.tasks.mathematics.numbers import COMMA_LANGUAGES
from r1cli.tasks.mathematics.self_check import unreadable, unrewarded
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion, render
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome

_log = logging.getLogger(__name__)
_PROBLEM = "unreadable_answer"
"""In `Row.meta`: why nothing can be compared with the reference."""
_SHOWN = 5
_CHECKED = 200
"""References that are held against themselves before anything is trained."""
_READABLE = 0.99
"""Share of the references that a file should have at least."""
_EXAMPLES = 3


class Math(RecordTask):
    """Columns by name: `prompt`; where there, `answer`, `rationale`, `demonstration`, `language`, `id`.

    A reference in GSM8K's form (rationale, `####`, answer) or in MATH's (a solution with the answer in its last box) is
    taken apart. A row with a rationale gets a demonstration; one without an answer stays, unverifiable, and so does one
    whose answer nobody can read, with a warning.
    """

    VERSION: ClassVar[int] = 2
    """2: answers in any layout; sets, pairs, relations and numbers in words and bases are told apart."""

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""
    answer_format: AnswerFormat
    r"""Where the final answer stands in the answer part: `boxed` (a `\boxed{}` or nothing), `stated`, or `any`."""
    timeout_s: PositiveFloat
    """Seconds for comparing one answer that needs sympy; after that it is not shown to be right."""

    def rows_of(self, records: Sequence[Record]) -> list[Row]:
        """Also marks the rows whose reference nobody can read, all in one batch."""
        rows = super().rows_of(records)
        return self._with_problems(rows, [record.where for record in records])

    def preflight(self) -> None:
        """Also warns, before anything is trained, of references that would earn nothing."""
        super().preflight()
        if self.source is not None and self.source.format != "hub":  # a dataset of the hub is read once, by the stage
            self._check_references(self.source.records())

    def _check_references(self, records: Sequence[Record]) -> None:
        answers = [_split_reference(record.optional_text("answer"))[1] for record in records]
        problems = unreadable(answers, timeout_s=self.timeout_s)
        if len(problems) > (1 - _READABLE) * len(answers):
            shown = [(place, why) for place, why in problems.items()][:_EXAMPLES]
            share = 100 * (1 - len(problems) / len(answers))
            self._warn_of(shown, records, f"only {share:.1f} % of the reference answers can be read")
        first = answers[:_CHECKED]
        failed = [
            bad for bad in unrewarded(first, self.answer_format, timeout_s=self.timeout_s) if bad.place not in problems
        ]
        if failed:
            shown = [(bad.place, f"as {', '.join(bad.forms[:2])}: {bad.why}") for bad in failed[:_EXAMPLES]]
            many = f"{len(failed)} of the first {len(first)} reference answers would earn nothing themselves"
            self._warn_of(shown, records, many)

    def _warn_of(self, shown: Sequence[tuple[int, str]], records: Sequence[Record], message: str) -> None:
        examples = [f"{records[i].where}: {records[i].optional_text('answer')!r:.80} ({why})" for i, why in shown]
        _warn_once(f"{message}: {'; '.join(examples)} (r1 score FILE --self-check lists them all)")

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """All at once: most are decided here, the rest go together to worker processes that may be killed."""
        answers = [self._answer(completion, row) for completion, row in zip(completions, rows, strict=True)]
        pairs = {
            i: Pair(answer, rows[i].answer or "", rows[i].language in COMMA_LANGUAGES)
            for i, answer in enumerate(answers)
            if answer
        }
        compared = dict(zip(pairs, verdicts(list(pairs.values()), timeout_s=self.timeout_s), strict=True))
        return [_outcome(answer, compared.get(i), rows[i]) for i, answer in enumerate(answers)]

    def same(self, a: str, b: str, row: Row) -> bool:
        return verdicts([Pair(a, b, row.language in COMMA_LANGUAGES)], timeout_s=self.timeout_s)[0].same

    def _answer(self, completion: Completion, row: Row) -> str | None:
        """The final answer, "" if there is none; None where there is nothing to compare it with."""
        if row.answer is None or _PROBLEM in row.meta:
            return None
        return answer_to(row.answer, completion.answer, self.answer_format)

    def row(self, record: Record) -> Row:
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

    def _with_problems(self, rows: list[Row], places: list[str]) -> list[Row]:
        """Mark the rows whose reference nobody can read, and warn of them: judging leaves them out, and counts them."""
        problems = unreadable([row.answer for row in rows], timeout_s=self.timeout_s)
        for i, why in problems.items():
            rows[i] = replace(rows[i], meta={**rows[i].meta, _PROBLEM: why})
        if problems:
            shown = [f"{places[i]}: {rows[i].answer!r} ({why})" for i, why in list(problems.items())[:_SHOWN]]
            more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
            many = f"{len(problems)} of {len(rows)} reference answers cannot be read and are not judged"
            _warn_once(f"{many}: {'; '.join(shown + more)}")
        return rows


@lru_cache
def _warn_once(message: str) -> None:
    """Roles and stages read the same file again and again."""
    _log.warning(message)


def _outcome(answer: str | None, verdict: Verdict | None, row: Row) -> Outcome:
    if answer is None:
        why = row.meta.get(_PROBLEM)
        return Outcome(None, "unparseable", note=f"the reference: {why}") if why else NOT_APPLICABLE
    if verdict is None:
        return Outcome(0.0, "unparseable", note="no final answer")
    value = None if verdict.status == "crashed" else float(verdict.same)
    return Outcome(value, verdict.status, extracted=answer, note=verdict.why)


def _split_reference(reference: str | None) -> tuple[str, str | None]:
    """The rationale, without the calculator's marks (`<<48/2=24>>`), and the answer; None if there is none."""
    reference = (reference or "").strip()
    rationale, mark, answer = reference.rpartition("####")
    if mark:
        return re.sub(r"<<[^<>]*>>", "", rationale).strip(), answer.strip() or None
    before_box, box, _ = reference.partition(r"\boxed")
    if box and before_box.strip(" $"):  # a worked solution in MATH's form
        return reference, last_boxed(reference) or None
    return "", reference or None
