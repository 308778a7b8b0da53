"""IFEval (arXiv:2311.07911): requests with instructions that a program can check.

The answer part alone is checked, never the thought. The value of a completion is the paper's prompt-level accuracy: 1
if every instruction of the request is followed. `strict` takes the answer as it stands; `loose` takes it too without
its first line, its last line or both, and without stars, and an instruction is followed if any of these follows it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.errors import DataError
from r1cli.language.consistency import detect_language
from r1cli.language.whole import LANGUAGES
from r1cli.tasks.instructions.rules import RULES
from r1cli.tasks.instructions.upstream import UPSTREAM, UpstreamRule
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.text import did_you_mean
from r1cli.verify.outcome import Outcome

Reading = Literal["fixed", "upstream"]
_READINGS: Mapping[Reading, Mapping[str, UpstreamRule]] = {"fixed": RULES, "upstream": UPSTREAM}


class Instructions(RecordTask):
    """Columns by name: `prompt`, `kinds` (a list such as `punctuation:no_comma`), `arguments` (a mapping for each).

    Each completion's value is that of one of the two; a benchmark keeps both, see `measures`.
    """

    VOTES: ClassVar[bool] = False

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""
    graded: Literal["strict", "loose"]
    """Which of the two the value is."""
    rules: Reading
    """fixed: an instruction is followed if what it asks for is there; upstream: as IFEval's own code decides."""

    def row(self, record: Record) -> Row:
        prompt = record.text("prompt")
        return Row(
            id=record.id,
            prompt=prompt,
            language=self.language or record.optional_text("language") or detect_language(prompt),
            meta={"instructions": _instructions(record)},
            task=self,
        )

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """Each by itself. The same answer gets the same verdict every time."""
        return [self._judged(completion.answer, row) for completion, row in zip(completions, rows, strict=True)]

    def measures(self, completion: Completion, row: Row) -> Mapping[str, float]:
        """`strict`, `loose`; how many instructions are `followed` and `followed_loose`, of how many `instructions`.

        Instruction-level accuracy is the ratio of two of them over a benchmark. Empty where nothing can be said.
        """
        strict, loose = self._followed([completion.answer], row), self._followed(_variants(completion.answer), row)
        if None in strict:
            return {}
        return {
            "strict": float(all(strict)),
            "loose": float(all(loose)),
            "followed": float(sum(map(bool, strict))),
            "followed_loose": float(sum(map(bool, loose))),
            "instructions": float(len(strict)),
        }

    def _judged(self, answer: str, row: Row) -> Outcome:
        if not answer.strip():
            return Outcome(0.0, "unparseable", note="no answer")
        followed = self._followed([answer] if self.graded == "strict" else _variants(answer), row)
        kinds = [one["kind"] for one in row.meta["instructions"]]
        if None in followed:
            drawn = ", ".join(kind for kind, one in zip(kinds, followed, strict=True) if one is None)
            return Outcome(None, "not_applicable", note=f"graded by a random letter upstream: {drawn}")
        broken = ", ".join(kind for kind, one in zip(kinds, followed, strict=True) if not one)
        return Outcome(float(not broken), note=f"not followed: {broken}" if broken else "all followed")

    def _followed(self, texts: Sequence[str], row: Row) -> list[bool | None]:
        """For each instruction of a row, whether any of the texts follows it; None where nobody can say."""
        return [self._follows(texts, one["kind"], one["arguments"]) for one in row.meta["instructions"]]

    def _follows(self, texts: Sequence[str], kind: str, arguments: Mapping[str, Any]) -> bool | None:
        """Whether any of the texts follows an instruction; one without a visible character follows none."""
        rule = _READINGS[self.rules][kind]
        verdicts = [rule(text, **arguments) for text in texts if text.strip()]
        return None if None in verdicts else any(verdicts)  # a rule that cannot be followed again says so of every text


def _variants(answer: str) -> list[str]:
    """The answer, and what is left of it without its first line, its last line or both, each without stars too."""
    lines = answer.split("\n")
    cut = [answer, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [*cut, *(text.replace("*", "") for text in cut)]


def _instructions(record: Record) -> list[dict[str, Any]]:
    kinds, arguments = record.get("kinds"), record.get("arguments")
    if not isinstance(kinds, list) or not isinstance(arguments, list) or not kinds or len(kinds) != len(arguments):
        raise DataError(
            f"{record.where}: kinds and arguments must be lists of one length",
            hint="map the file's columns under `columns`, as in conf/data/ifeval.yaml",
        )
    return [_instruction(record, kind, given) for kind, given in zip(kinds, arguments, strict=True)]


def _instruction(record: Record, kind: Any, given: Any) -> dict[str, Any]:
    """A kind that there is, with the arguments that its rule takes; the hub's file has all others there as null."""
    if kind not in RULES:
        hint = did_you_mean(str(kind), RULES) or f"there are {', '.join(RULES)}"
        raise DataError(f"{record.where}: no such instruction: {kind!r}", hint=hint)
    arguments = {name: value for name, value in dict(given or {}).items() if value is not None}
    try:
        inspect.signature(RULES[kind]).bind("", **arguments)
    except TypeError as e:
        raise DataError(f"{record.where}: {kind}: {e}", hint="check the arguments of this instruction") from e
    if arguments.get("language", "en") not in LANGUAGES:
        hint = f"known are {', '.join(sorted(LANGUAGES))}"
        raise DataError(f"{record.where}: {kind}: no such language: {arguments['language']!r}", hint=hint)
    return {"kind": kind, "arguments": arguments}
