"""The samples file: one completion a line, what an evaluation leaves and what it resumes from.

A record is appended when its completion arrives, not yet judged; when all are there, they are judged and the file is
written once more. Every number of an evaluation (pass@k, votes, tokens, dollars) is read from such a file later, with
no model loaded. A line that a kill cut in half is dropped, and its completion is asked for again.

    {"id": "test:17", "cluster": "test:17", "sample": 0, "thought": "...", "answer": "18", "text": "<think>...",
     "finished": true, "usage": {"prompt": 61, "cached": null, "completion": 212, "reasoning": null}, "seconds": 0.41,
     "model": "r1_zero", "served": null, "extracted": "18", "class": 0, "value": 1.0, "status": "scored",
     "scores": {"format": 1.0, "language": 0.98}, "order": []}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from r1cli.data.jsonl import opened
from r1cli.errors import DataError
from r1cli.files import drop_torn_line, json_objects, replacing
from r1cli.generators.generator import Reply, ServedBy, Usage
from r1cli.template import Completion

FILE = "samples.jsonl"
"""Its name in an evaluation's folder."""
FORMAT = "format"
"""The score that says whether a completion has the form of the template, which depends on how its prompt ended."""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One completion, who made it, and the verifier's word on it."""

    id: str
    """Of the problem: the row's."""
    cluster: str
    """Problems of one cluster are not independent (translations of one problem, inputs of one task); else the id."""
    sample: int
    """Number among the completions of its problem, from 0."""
    thought: str
    answer: str
    """The final answer, never the thought (`r1cli.template.Completion`)."""
    text: str
    """All that was written."""
    finished: bool
    """False: cut off at the token limit, or never begun."""
    usage: Usage = field(default_factory=Usage)
    seconds: float | None = None
    model: str = ""
    """Who was asked."""
    served: ServedBy | None = None
    """None: the model ran here."""
    extracted: str | None = None
    """What the verifier took for the answer."""
    answer_class: int | None = None
    """`class` in the file: equal for answers of one problem that mean the same; None: no vote."""
    value: float | None = None
    """Of the verifier, 1.0 is right; None: not judged, see `status`."""
    status: str | None = None
    """`r1cli.verify.outcome.Status`; None: not judged yet."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Other measures of this completion by name (format, language, loose, rm, ...)."""
    order: tuple[int, ...] = ()
    """Multiple choice: the option of the file that stood at each place; empty where options keep their order."""

    @classmethod
    def of(cls, reply: Reply, *, cluster: str, order: Sequence[int] = ()) -> SampleRecord:
        """A reply as it arrived, not judged."""
        made = reply.completion
        return cls(
            id=reply.question.id,
            cluster=cluster,
            sample=reply.question.sample,
            thought=made.thought,
            answer=made.answer,
            text=made.text,
            finished=made.finished,
            usage=reply.usage,
            seconds=reply.seconds,
            model=reply.model,
            served=reply.served,
            scores={FORMAT: float(made.well_formed)},
            order=tuple(order),
        )

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> SampleRecord:
        """From a line of the file.

        Raises:
            KeyError, TypeError: a field is missing, or there is one that the record does not have.
        """
        values = dict(plain)
        values["answer_class"] = values.pop("class", None)
        values["usage"] = Usage(**values.get("usage") or {})
        served = values.get("served")
        values["served"] = None if served is None else ServedBy(**served)
        values["order"] = tuple(values.get("order") or ())
        return cls(**values)

    @property
    def key(self) -> tuple[str, int]:
        """What is unique in a file."""
        return self.id, self.sample

    def completion(self) -> Completion:
        """As verifiers take it. A thought that did not come in the text (a server's own field) is kept."""
        well_formed = self.scores.get(FORMAT) == 1.0
        tokens = self.usage.completion or 0
        return Completion(self.text, self.thought, self.answer, well_formed, finished=self.finished, tokens=tokens)

    def to_json(self) -> dict[str, Any]:
        """The fields under the names of the file, in its order."""
        plain = asdict(self)
        return {("class" if name == "answer_class" else name): value for name, value in plain.items()}


def append(path: Path, records: Iterable[SampleRecord]) -> Iterator[SampleRecord]:
    """Write records to the end of a file as they come, each whole before it is handed on; a torn last line is cut off.

    What is handed on has left this process: a kill of the process loses nothing of it.
    """
    drop_torn_line(path)
    with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
        for record in records:
            file.write(_line(record))
            file.flush()
            yield record


def write(path: Path, records: Iterable[SampleRecord]) -> None:
    """Write a whole file, which appears when it is complete."""
    with replacing(path) as part, part.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(map(_line, records))


def read(path: Path, *, texts: bool = True) -> list[SampleRecord]:
    """The records of a file (.gz too), in its order; empty if there is none. A torn last line is left out.

    Args:
        path: of the file.
        texts: keep thoughts, answers and texts. Numbers need none of them, and they are nearly all of the memory. Of a
            text the first character stays, so that one sees whether there is any.

    Raises:
        DataError: a line is no record, or a completion comes twice.
    """
    return list(iterate(path, texts=texts)) if path.exists() else []


def iterate(path: Path, *, texts: bool = True) -> Iterator[SampleRecord]:
    """The same, one after another."""
    seen: set[tuple[str, int]] = set()
    with opened(path) as file:
        torn = 0
        for number, plain in enumerate(json_objects(file), 1):
            if torn:
                raise DataError(f"{path}, line {torn}: no JSON object", hint="one completion a line")
            if plain is None:
                torn = number  # if anything follows, the file is damaged
                continue
            kept = plain if texts else _without_texts(plain)
            record = _record(kept, where=f"{path}, line {number}")
            if record.key in seen:
                raise DataError(f"{path}, line {number}: sample {record.sample} of {record.id!r} again")
            seen.add(record.key)
            yield record


def by_problem(records: Iterable[SampleRecord]) -> dict[str, list[SampleRecord]]:
    """Id -> its records by number; problems in the order in which they first come."""
    problems: dict[str, list[SampleRecord]] = {}
    for record in records:
        problems.setdefault(record.id, []).append(record)
    return {name: sorted(of_one, key=lambda record: record.sample) for name, of_one in problems.items()}


def _without_texts(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {**plain, "thought": "", "answer": "", "text": str(plain.get("text", ""))[:1]}


def _record(plain: Mapping[str, Any], *, where: str) -> SampleRecord:
    try:
        return SampleRecord.of_json(plain)
    except (KeyError, TypeError) as e:
        raise DataError(f"{where}: no sample ({e})", hint="r1cli.results.samples names the fields") from e


def _line(record: SampleRecord) -> str:
    return json.dumps(record.to_json(), ensure_ascii=False) + "\n"
