"""Our rewards, one completion at a time, as `trl.GRPOTrainer` wants them: one function a term, over lists.

Completions are parsed once a batch. `reward_status/<name>/<status>` logs which share of a batch was scored, did not
apply, could not be read, timed out or crashed (verify/outcome.py); the terminal shows the last three where they are not
zero, and the log has a line for each batch with such completions. A crash gives None, which TRL leaves out of the sum:
a bug must not look like a bad answer. A reward model that fails stops the run.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from r1cli.data.rows import Row
from r1cli.language.reflection import reflections
from r1cli.rewards.base import Reward, Rewards
from r1cli.rewards.preference import PreferenceReward, Scorer
from r1cli.stage import Context, ModelSpec
from r1cli.template import Completion, parse
from r1cli.training.reward_models import scorer
from r1cli.verify.outcome import STATUSES

Scores = list[float | None]
ORDINARY = frozenset({"scored", "not_applicable"})
"""Statuses that nobody needs to hear of."""


class RewardFunctions:
    """The terms of `rewards` over the rows that the column `row` of TRL's data set numbers."""

    def __init__(
        self,
        rewards: Rewards,
        rows: Sequence[Row],
        *,
        end_ids: frozenset[int],
        prefilled: bool,
        scorers: Mapping[str, Scorer],
        log: logging.Logger,
        reflection_words: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.rewards = rewards
        self.rows = rows
        self.end_ids = end_ids
        """Tokens that end a completion; one without is truncated."""
        self.prefilled = prefilled
        """The prompt already opens the thought."""
        self.scorers = scorers
        """Reward models by the input that they come from."""
        self.log = log
        self.reflection_words = reflection_words or {}
        """By language; without any, nothing is counted."""
        self._texts: list[str] | None = None
        self._completions: list[Completion] = []
        self._rows: list[Row] = []
        self._scores: dict[str, Scores] = {}
        self._odd: list[str] = []

    def functions(self) -> list[Any]:
        """One a term, in the order of the terms; each has the term's name, under which TRL logs it."""
        return [self._function(name, term) for name, term in self.rewards.terms.items()]

    def sample(self, count: int) -> list[dict[str, Any]]:
        """The first completions of the last batch, with their scores: rows of a table for people."""
        parts = zip(self._rows[:count], self._completions[:count], strict=True)
        return [
            {
                "prompt": row.prompt,
                "completion": completion.text,
                "reference": row.answer,
                "kind": row.kind,
                **{name: scores[i] for name, scores in self._scores.items()},
            }
            for i, (row, completion) in enumerate(parts)
        ]

    def _function(self, name: str, term: Reward | PreferenceReward) -> Callable[..., Scores]:
        def score(
            completions: list[str],
            completion_ids: list[list[int]],
            row: list[int],
            trainer_state: Any,
            log_metric: Callable[[str, float], None],
            **_: Any,
        ) -> Scores:
            if self._see(completions, completion_ids, row) and self.reflection_words:
                log_metric("completions/reflection", self._reflections())
            if isinstance(term, Reward):
                scores = self._rule(name, term, log_metric)
            else:
                scores = self._preference(name, term, trainer_state.global_step)
            self._scores[name] = scores
            weighted = self.rewards.weights[name] * sum(s for s in scores if s is not None)
            log_metric(f"rewards/{name}/weighted", weighted / len(scores))
            return scores

        score.__name__ = name
        return score

    def _see(self, texts: list[str], ids: list[list[int]], row: list[int]) -> bool:
        """Parse a batch when the first term meets it, and say that it is new; the others are handed the same list."""
        if texts is self._texts:
            return False
        self._texts, self._scores, self._odd = texts, {}, []
        self._rows = [self.rows[i] for i in row]
        self._completions = [
            parse(text, finished=self._ended(tokens), tokens=len(tokens), prefilled=self.prefilled)
            for text, tokens in zip(texts, ids, strict=True)
        ]
        return True

    def _reflections(self) -> float:
        """Reflection words in a completion, mean of the batch."""
        counts = [reflections(completion.text, self.reflection_words) for completion in self._completions]
        return sum(counts) / len(counts)

    def _ended(self, tokens: list[int]) -> bool:
        return bool(tokens) and tokens[-1] in self.end_ids

    def _rule(self, name: str, term: Reward, log_metric: Callable[[str, float], None]) -> Scores:
        outcomes = term.outcomes(self._completions, self._rows)
        broken = [i for i, o in enumerate(outcomes) if o.status == "crashed"]
        for i in broken[:1]:
            row, text = self._rows[i], self._completions[i].text
            self.log.error("reward %s crashed on row %s: %r\n%s", name, row.id, text, outcomes[i].note)
        counts = Counter(o.status for o in outcomes)
        for status in STATUSES:  # zeros too: shares are averaged over batches and processes
            log_metric(f"reward_status/{name}/{status}", counts[status] / len(outcomes))
        self._odd += [
            f"{name} {status} {counts[status]}" for status in STATUSES if counts[status] and status not in ORDINARY
        ]
        if name == self._last_rule and self._odd:
            self.log.warning("of %d completions: %s", len(outcomes), ", ".join(self._odd))
        return [o.value for o in outcomes]

    @property
    def _last_rule(self) -> str:
        return [name for name, term in self.rewards.terms.items() if isinstance(term, Reward)][-1]

    def _preference(self, name: str, term: PreferenceReward, update: int) -> Scores:
        scores: Scores = [None] * len(self._rows)
        if self.rewards.weights[name] == 0 or update < term.start_step:
            return scores
        asked = [i for i, row in enumerate(self._rows) if row.kind == term.kind]
        if asked:
            prompts = [self._rows[i].prompt for i in asked]
            completions = [self._completions[i] for i in asked]
            for i, score in zip(asked, self.scorers[term.input](prompts, completions), strict=True):
                scores[i] = score
        return scores


def scorers_of(rewards: Rewards, model: ModelSpec, ctx: Context) -> dict[str, Scorer]:
    """The reward models that count, by input; one of weight 0 is never asked, so it need not even be there."""
    scorers = {}
    for name, term in rewards.terms.items():
        if isinstance(term, PreferenceReward) and rewards.weights[name] != 0:
            scorers[term.input] = scorer(
                ctx.inputs[term.input],
                model,
                device=ctx.placement.device,
                chunk=ctx.placement.per_device_batch,
                claimed=term.sees,
            )
    return scorers
