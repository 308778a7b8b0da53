"""Old replies instead of a model: what `r1 eval` sampled before, or what others have published.

    r1 eval benchmark=gsm8k generator=recorded generator.path=samples.jsonl

A record belongs to a question that has its id, or its prompt: the same words, or one inside the other, because
harnesses put their own instructions around a question. A question without a record is answered with nothing, and so
counts as wrong: leaving it out would raise the score of whoever lost it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from r1cli.data.jsonl import check_file
from r1cli.errors import DataError
from r1cli.generators.generator import Generator, Lent, Question, Reply, Usage
from r1cli.generators.recordings import Format, Recording, read_recordings
from r1cli.generators.serving.reading import of_parts
from r1cli.template import Completion, parse

SHOWN = 60
"""Characters of a prompt in a message."""


class Recorded(Generator):
    """Replies from a file."""

    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"path"})

    path: Path
    """The file; its content is a part of the identity."""
    format: Format
    """What kind of file it is (r1cli/generators/recordings.py)."""
    columns: dict[str, str]
    """completion, prompt, id, sample, finished, tokens, model -> the file's column, where it is called otherwise."""
    where: dict[str, Any]
    """Only records whose column has this value."""
    join: Literal["auto", "id", "prompt"]
    """What ties a record to a question; auto: the id, if the file has an id of any of the questions."""
    model: str | None
    """Who replied; None: the file says it."""

    @field_validator("columns", "where", mode="before")
    @classmethod
    def _only_what_is_said(cls, value: Any) -> Any:
        """A column that is null in YAML has the usual name; a value that is null is not asked for."""
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, Mapping) else value

    def name(self) -> str:
        return self.model or str(self.where.get("model") or self.path.name.partition(".")[0])

    def preflight(self) -> None:
        check_file(self.path, otherwise="give generator.path= the file with the replies")

    def files(self) -> list[Path]:
        return [self.path]

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        """See `Generator`.

        Raises:
            DataError: the file cannot be read, or holds no reply to any of the questions.
        """
        recordings = list(read_recordings(self.path, self.format, self.columns, self.where))
        self._check_one_model(recordings)
        by_row = self._by_row(recordings, questions)
        if questions and not by_row:
            raise DataError(f"{self.path}: no record belongs to a question", hint=_compared(recordings, questions))
        missing = 0
        for question in questions:
            found = by_row.get(question.id, {}).get(question.sample)
            missing += found is None
            yield self._nothing(question) if found is None else self._reply(question, found)
        if missing:
            lent.log.warning(
                "%s: no reply to %d of %d questions; they count as wrong", self.path, missing, len(questions)
            )

    def _by_row(
        self, recordings: Sequence[Recording], questions: Sequence[Question]
    ) -> dict[str, dict[int, Recording]]:
        """Row -> number of the sample -> what was recorded."""
        rows = {question.id for question in questions}
        by_id = self.join == "id" or (self.join == "auto" and any(recording.id in rows for recording in recordings))
        rows_of = {row: [row] for row in rows} if by_id else _rows_by_prompt(recordings, questions)
        found: dict[str, dict[int, Recording]] = {}
        for recording in recordings:
            for row in rows_of.get((recording.id if by_id else recording.prompt) or "", []):
                samples = found.setdefault(row, {})
                samples[_free(samples, recording)] = recording
        return found

    def _reply(self, question: Question, found: Recording) -> Reply:
        model = self.model or found.model or self.name()
        return Reply(question, _completion(found), found.usage, found.seconds, model, found.served)

    def _check_one_model(self, recordings: Sequence[Recording]) -> None:
        models = sorted({recording.model for recording in recordings if recording.model})
        if self.model is None and len(models) > 1:
            raise DataError(
                f"{self.path}: replies of {len(models)} models: {', '.join(models)}",
                hint=f"generator.where.model={models[0]} chooses one; generator.model= takes all for one",
            )

    def _nothing(self, question: Question) -> Reply:
        return Reply(question, parse("", finished=False), Usage(), None, self.name())


def _completion(found: Recording) -> Completion:
    tokens = found.usage.completion or 0
    if found.answer is None:
        return of_parts(found.text, found.thought, finished=found.finished, tokens=tokens)
    well_formed = parse(found.text).well_formed
    return Completion(found.text, found.thought or "", found.answer, well_formed, found.finished, tokens)


def _free(samples: Mapping[int, Recording], recording: Recording) -> int:
    """The number that a recording says it has, else the next one.

    Raises:
        DataError: it says a number that another one has.
    """
    if recording.sample is None:
        return len(samples)
    if recording.sample in samples:
        raise DataError(
            f"{recording.where}: sample {recording.sample} of one problem again",
            hint=f"first seen in {samples[recording.sample].where}; generator.where= chooses one of several models",
        )
    return recording.sample


def _rows_by_prompt(recordings: Sequence[Recording], questions: Sequence[Question]) -> dict[str, list[str]]:
    """Recorded prompt -> rows that ask this."""
    rows_of: dict[str, list[str]] = {}
    for question in questions:
        rows = rows_of.setdefault(_folded(question.prompt), [])
        if question.id not in rows:
            rows.append(question.id)
    prompts = dict.fromkeys(recording.prompt or "" for recording in recordings)
    return {prompt: rows_of.get(match, []) for prompt in prompts if (match := _match(_folded(prompt), rows_of))}


def _match(recorded: str, asked: Mapping[str, Any]) -> str:
    """The prompt that was asked and means the recorded one; empty if there is none.

    It is the same, else the one nearest in length of those that are inside it, or that it is inside of.
    """
    if not recorded or recorded in asked:
        return recorded
    inside = [prompt for prompt in asked if recorded in prompt or prompt in recorded]
    return min(inside, key=lambda prompt: abs(len(prompt) - len(recorded)), default="")


def _folded(text: str) -> str:
    return " ".join(text.split())


def _compared(recordings: Sequence[Recording], questions: Sequence[Question]) -> str:
    """A hint: one of each."""
    if not recordings:
        return "the file has no record; see generator.where="
    recorded, asked = recordings[0], questions[0]
    return (
        f"the file has id {recorded.id!r} and prompt {(recorded.prompt or '')[:SHOWN]!r}, "
        f"the benchmark id {asked.id!r} and prompt {asked.prompt[:SHOWN]!r}; see generator.columns= and generator.join="
    )
