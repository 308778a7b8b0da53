"""Preference pairs: two responses to one prompt, one of them preferred (reward models; hh-rlhf and the like)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from r1cli.data.rows import Row, RowKind
from r1cli.data.source import Record, Source
from r1cli.errors import DataError
from r1cli.language.consistency import detect_language
from r1cli.tasks.base import Task

_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison."""

    prompt: str
    chosen: str
    rejected: str


class Preference(Source, Task):
    """Columns by name: `chosen`, `rejected`, and `prompt` where there is one.

    Without a `prompt` both are whole dialogues, split at the last turn of the assistant. Pairs that say nothing (equal
    or empty responses, different prompts) are left out: hh-rlhf has a few.
    """

    kind: RowKind
    """helpful or harmless: which reward model learns from it."""
    language: str | None
    """Of all prompts; None: told from the script."""

    def rows(self) -> list[Row]:
        return [
            Row(
                id=record.id,
                prompt=pair.prompt,
                kind=self.kind,
                language=self.language or detect_language(pair.prompt),
                chosen=pair.chosen,
                rejected=pair.rejected,
                task=self,
            )
            for record, pair in read_pairs(self)
        ]


def read_pairs(source: Source) -> list[tuple[Record, Pair]]:
    """The usable pairs of a source.

    Raises:
        DataError: a row is no pair, or no pair is usable.
    """
    records = source.records()
    found = [(record, pair) for record in records if (pair := _pair(record)) is not None]
    if not found:
        raise DataError(f"{source.name}: no usable pair", hint="`chosen` and `rejected` must differ after one prompt")
    if left_out := len(records) - len(found):
        logging.getLogger(__name__).info(
            "%s: %d of %d pairs say nothing, left out", source.name, left_out, len(records)
        )
    return found


def _pair(record: Record) -> Pair | None:
    if record.has("prompt"):
        pair = Pair(record.text("prompt").strip(), record.text("chosen").strip(), record.text("rejected").strip())
        return pair if pair.chosen != pair.rejected else None
    (prompt, chosen), (other_prompt, rejected) = (_split(record, name) for name in ("chosen", "rejected"))
    if prompt != other_prompt or chosen == rejected or not (prompt and chosen and rejected):
        return None
    return Pair(prompt, chosen, rejected)


def _split(record: Record, name: str) -> tuple[str, str]:
    dialogue = record.text(name)
    before, mark, response = dialogue.rpartition(_ASSISTANT)
    if not mark:
        raise DataError(
            f"{record.where}: {name!r} is no dialogue (no 'Assistant:' turn)",
            hint="map a `prompt` column if there is one",
        )
    return _question(before), response.strip()


def _question(dialogue: str) -> str:
    """The dialogue so far; of a single turn only what was said."""
    if dialogue.count(_HUMAN) == 1 and dialogue.startswith(_HUMAN):
        return dialogue.removeprefix(_HUMAN).strip()
    return dialogue.strip()
