"""Preference pairs: two responses to one prompt, one of them preferred (reward models; hh-rlhf and the like)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from r1cli.data.rows import Row, RowKind
from r1cli.data.source import Record, Source
from r1cli.errors import DataError
from r1cli.language.consistency import detect_language
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome

_log = logging.getLogger(__name__)
_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"


@dataclass(frozen=True, slots=True)
class Preferred:
    """Two responses to one prompt."""

    prompt: str
    chosen: str
    rejected: str


class GeneralRequests(RecordTask):
    """What tasks of general requests share: no answer is right, reward models say how good one is."""

    kind: RowKind
    """helpful or harmless: which reward model scores a response, or learns from it."""
    language: str | None
    """Of all prompts; None: told from the script."""

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [NOT_APPLICABLE] * len(rows)


class Preference(GeneralRequests):
    """Columns by name: `chosen`, `rejected`, and `prompt` where there is one.

    Without a `prompt` both are whole dialogues, split at the last turn of the assistant. Pairs that teach nothing
    (equal or empty responses, different prompts) are left out: hh-rlhf has a few.
    """

    def rows(self) -> list[Row]:
        return [self._row(record, pair) for record, pair in read_pairs(self.origin)]

    def row(self, record: Record) -> Row:
        return self._row(record, pair_of(record))

    def _row(self, record: Record, pair: Preferred) -> Row:
        return Row(
            id=record.id,
            prompt=pair.prompt,
            kind=self.kind,
            language=self.language or detect_language(pair.prompt),
            chosen=pair.chosen,
            rejected=pair.rejected,
            task=self,
        )


def read_pairs(source: Source) -> list[tuple[Record, Preferred]]:
    """The pairs of a source that teach something.

    Raises:
        DataError: a record is no pair, or no pair is left.
    """
    records = source.records()
    pairs = []
    for record in records:
        pair = pair_of(record)
        if pair.prompt and pair.chosen and pair.rejected and pair.chosen != pair.rejected:
            pairs.append((record, pair))
    if not pairs:
        raise DataError(f"{source.name}: no usable pair", hint="`chosen` and `rejected` must differ after one prompt")
    if left_out := len(records) - len(pairs):
        _log.info("%s: %d of %d pairs teach nothing, left out", source.name, left_out, len(records))
    return pairs


def pair_of(record: Record) -> Preferred:
    """The two responses of a record; the prompt is empty where two dialogues have different ones.

    Raises:
        DataError: a column is missing, or a dialogue has no turn of the assistant.
    """
    if record.has("prompt"):
        return Preferred(record.text("prompt").strip(), record.text("chosen").strip(), record.text("rejected").strip())
    prompt, chosen = _split(record, "chosen")
    other_prompt, rejected = _split(record, "rejected")
    return Preferred(prompt if prompt == other_prompt else "", chosen, rejected)


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
