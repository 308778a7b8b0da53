"""A few scored rows, and rewards that break or time out when they are told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.rewards.accuracy import Accuracy
from r1cli.rewards.base import Reward, Rewards, Rule
from r1cli.rewards.format import Format
from r1cli.rewards.language import Language
from r1cli.rewards.preference import PreferenceReward
from r1cli.scoring.score import ReadRecord, Scored, Scoring
from r1cli.tasks.mathematics.task import Math
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome

MATH = Math(language=None, answer_format="any", timeout_s=2)
RULES = {"accuracy": Accuracy(), "format": Format(), "language": Language(target=None)}
REASONING = Rewards(weights={"accuracy": 1.0, "format": 0.2, "language": 0.5}, terms=RULES)
HELPFUL = PreferenceReward(input="helpful_rm", kind="helpful", sees="answer", start_step=0)
ROWS: list[dict[str, Any]] = [
    {"prompt": "What is 1+1?", "completion": "<think>one and one</think><answer>2</answer>", "answer": "2"},
    {"prompt": "What is 1+1?", "completion": "<think>一加一</think><answer>3</answer>", "answer": "2"},
    {"prompt": "What is 1+1?", "completion": "it is 2", "answer": 2},
    {"prompt": "Greet me.", "completion": "", "answer": None},
    {"prompt": "一加一等于几？", "completion": "<think>等于二", "answer": "2"},
]


class Fragile(Rule):
    """Breaks on the word that it is told."""

    word: str

    def score(self, completion: Completion, row: Row) -> float | None:
        if self.word in completion.text:
            raise RuntimeError("no such luck")
        return 0.5


class Judged(Reward):
    """Outcomes as a verifier in another process reports them, by what the completion says."""

    def outcomes(self, completions: Any, rows: Any) -> list[Outcome]:
        known = {"slow": Outcome(0.0, "timed_out"), "broken": Outcome(None, "crashed", note="segmentation fault")}
        return [known.get(c.text, Outcome(0.7)) for c in completions]


def scoring(reward: Rewards = REASONING, **fields: Any) -> Scoring:
    return Scoring.model_validate({"task": MATH, "reward": reward, "prefilled": False, "batch_size": 256, **fields})


def one(term: Reward) -> Rewards:
    return Rewards(weights={"term": 1.0}, terms={"term": term})


def records(rows: list[dict[str, Any]], columns: dict[str, str] | None = None) -> Iterator[ReadRecord]:
    for line, values in enumerate(rows, 1):
        record = Record(f"mine:{line}", f"mine.jsonl, line {line}", values, columns or {})
        yield ReadRecord(line, len(json.dumps(values)), record)


def score(
    rows: list[dict[str, Any]], how: Scoring | None = None, columns: dict[str, str] | None = None
) -> list[Scored]:
    return [s for batch in (how or scoring()).scored(records(rows, columns)) for s in batch]
