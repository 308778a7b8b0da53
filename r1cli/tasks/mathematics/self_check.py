r"""Self-check: would the reference itself be rewarded, in the forms in which models write it?

What earns nothing here can earn nothing in training: a column that is mapped wrongly, an answer that is cut off, a
reference that is an explanation. A stage looks before it starts; `r1 score FILE --self-check` asks about any file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from r1cli.tasks.mathematics.equivalence import Pair, problem_of_gold, sympy_reads, verdicts
from r1cli.tasks.mathematics.extraction import AnswerFormat, answer_to

FORMS: Mapping[str, str] = {
    "bare": "{}",
    "sentence": "The answer is {}.",
    "dollars": "$${}$$",
    "display": "The answer is:\n\\[\n{}\n\\]",
    "box": "\\boxed{{{}}}",
    "box in a sentence": "So the final answer is $\\boxed{{{}}}$. I hope this helps!",
    "label": "**Answer:** {}",
    "heading": "### Final Answer\n\n{}",
    "list item": "- The answer is {}",
    "code fence": "```\n{}\n```",
    "GSM8K": "We add up.\n#### {}",
    "Chinese": "答案是{}。",
}
"""Name of a form -> the answer part; the reference takes the place of the braces."""


class Unrewarded(NamedTuple):
    """A reference that would earn nothing."""

    place: int
    """In the list that was asked about, from 0."""
    forms: tuple[str, ...]
    """In which it would not; all of them if nobody can read it."""
    why: str


def unreadable(references: Sequence[str | None], *, timeout_s: float) -> dict[int, str]:
    """What is wrong with which references: those that are missing where others are there, and the unreadable."""
    looks = {i: problem_of_gold(reference) for i, reference in enumerate(references) if reference}
    suspects = {i: why for i, why in looks.items() if why is not None}
    readable = sympy_reads([references[i] or "" for i in suspects], timeout_s=timeout_s)
    wrong = [(i, why) for (i, why), fine in zip(suspects.items(), readable, strict=True) if not fine]
    missing = [(i, "there is none") for i, reference in enumerate(references) if not reference] if looks else []
    return dict(sorted(wrong + missing))


def unrewarded(references: Sequence[str | None], answer_format: AnswerFormat, *, timeout_s: float) -> list[Unrewarded]:
    """The references that would earn nothing in some form, in order.

    Forms that the format does not ask for are left out: with `boxed`, only boxes.
    """
    problems = unreadable(references, timeout_s=timeout_s)
    forms = {name: form for name, form in FORMS.items() if answer_format != "boxed" or "boxed" in form}
    asked = [
        (i, name, Pair(answer_to(reference, form.format(reference), answer_format), reference))
        for i, reference in enumerate(references)
        if reference and i not in problems
        for name, form in forms.items()
    ]
    failed: dict[int, dict[str, str]] = {}
    for (i, name, _), verdict in zip(asked, verdicts([pair for *_, pair in asked], timeout_s=timeout_s), strict=True):
        if not verdict.same:
            failed.setdefault(i, {})[name] = verdict.why
    found = [Unrewarded(i, tuple(forms), why) for i, why in problems.items()]
    found += [Unrewarded(i, tuple(whys), next(iter(whys.values()))) for i, whys in failed.items()]
    return sorted(found)
