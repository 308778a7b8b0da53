"""Which samples of one problem vote for the same answer.

What votes is the answer that the verifier extracted, or the answer as it stands where a verifier extracts nothing. Two
answers are one vote if the task says that they mean the same (`1/2` and `0.5`). Nobody votes who was cut off or has no
answer that can be read; programs and free text have no vote at all (`Task.VOTES`).
"""

from __future__ import annotations

from collections.abc import Sequence

from r1cli.data.rows import Row
from r1cli.results.metrics import answer_classes
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome


def classes(row: Row, completions: Sequence[Completion], outcomes: Sequence[Outcome]) -> list[int | None] | None:
    """A number for each sample of a problem, equal for those that vote for the same; None for one that does not vote.

    All right samples agree, since each means the same as the reference; wrong ones are compared with each other.

    Returns:
        None where the answers to this row have no vote.
    """
    if row.task is None or not row.task.VOTES:
        return None
    task = row.task
    answers = [_answer(completion, outcome) for completion, outcome in zip(completions, outcomes, strict=True)]
    right_answers = {answer for answer, outcome in zip(answers, outcomes, strict=True) if outcome.right}

    def same(a: str, b: str) -> bool:
        if a in right_answers or b in right_answers:
            return a in right_answers and b in right_answers
        return task.same(a, b, row)

    return answer_classes(answers, same)


def _answer(completion: Completion, outcome: Outcome) -> str | None:
    """What a sample votes for; None if it does not vote."""
    if not completion.finished or outcome.status == "unparseable":
        return None
    return outcome.extracted or completion.answer or None
