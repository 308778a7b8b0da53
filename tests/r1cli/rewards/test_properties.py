"""What holds of every rule reward for any text: a number or none, never a crash, whatever else is in the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1cli.data.rows import Row
from r1cli.rewards.accuracy import Accuracy
from r1cli.rewards.base import Reward, Rule
from r1cli.rewards.cosine_length import CosineLength
from r1cli.rewards.format import Format
from r1cli.rewards.language import Language, LanguageAll
from r1cli.rewards.overlong import SoftOverlong
from r1cli.rewards.random import Random
from r1cli.rewards.repetition import Repetition
from r1cli.tasks.base import Task, judge_each
from r1cli.template import Completion, parse
from r1cli.verify.outcome import STATUSES, Outcome


class Four(Task):
    """The answer is 4."""

    def rows(self) -> list[Row]:
        said = [("en", "2+2?"), ("zh", "二加二？"), ("de", "2 und 2?"), (None, "?")]
        return [Row(str(i), prompt, language=language, task=self) for i, (language, prompt) in enumerate(said)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(self.verify, completions, rows)

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return None if row.language is None else completion.answer == "4"


ROWS = [*Four().rows(), Row("nobody", "?")]
REWARDS: list[tuple[Reward, float, float]] = [
    # columns: reward, least and largest value
    (Accuracy(), 0.0, 1.0),
    (Format(), 0.0, 1.0),
    (Language(target=None), 0.0, 1.0),
    (Language(target="fr"), 0.0, 1.0),
    (LanguageAll(target=None, at_least=0.9), 0.0, 1.0),
    (SoftOverlong(max_tokens=50, margin=0.2), -1.0, 0.0),
    (
        CosineLength(max_tokens=50, right_short=2.0, right_long=1.0, wrong_short=-10.0, wrong_long=0.0, exceeded=-10.0),
        -10.0,
        2.0,
    ),
    (Repetition(largest=1.0, ngram=3, unit="word"), -1.0, 0.0),
    (Repetition(largest=1.0, ngram=5, unit="character"), -1.0, 0.0),
    (Random(probability=0.5, seed=0), 0.0, 1.0),
]
IDS = [f"{type(r).__name__}-{i}" for i, (r, _, _) in enumerate(REWARDS)]

PIECES = st.sampled_from(
    '<think>|</think>|<answer>|</answer>|4|so |因为|weil |а|```|$|$$|\\[|\\]|\\begin{a}|\\end{a}|"|<|`|\n|\u200b|\u200d|https://'
    "|\\boxed{|}|'|-|é|ｓ|😀|\ud800|\x00|ก็|क्ष|9,9".split("|")
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join))
BATCHES = st.lists(
    st.tuples(TEXTS, st.booleans(), st.booleans(), st.integers(0, 80), st.sampled_from(ROWS)), min_size=1, max_size=5
)


@pytest.mark.parametrize(("reward", "least", "largest"), REWARDS, ids=IDS)
@given(batch=BATCHES, data=st.data())
@settings(deadline=None, max_examples=60)
def test_every_rule_gives_each_completion_its_own_value(
    reward: Reward, least: float, largest: float, batch: list[tuple[str, bool, bool, int, Row]], data: st.DataObject
) -> None:
    completions = [parse(text, prefilled=pre, finished=done, tokens=n) for text, pre, done, n, _ in batch]
    rows = [row for *_, row in batch]
    outcomes = reward.outcomes(completions, rows)
    assert len(outcomes) == len(batch)
    for outcome in outcomes:
        assert outcome.status in STATUSES
        assert outcome.status != "crashed"
        assert (outcome.value is None) == (outcome.status == "not_applicable")
        assert outcome.value is None or (math.isfinite(outcome.value) and least <= outcome.value <= largest)
    alone = [reward.outcomes([c], [r])[0] for c, r in zip(completions, rows, strict=True)]
    assert outcomes == alone
    order = data.draw(st.permutations(range(len(batch))))
    shuffled = reward.outcomes([completions[i] for i in order], [rows[i] for i in order])
    assert shuffled == [outcomes[i] for i in order]


def test_every_rule_of_the_folder_is_held_to_it() -> None:
    import importlib
    import pkgutil

    import r1cli.rewards

    for module in pkgutil.iter_modules(r1cli.rewards.__path__, "r1cli.rewards."):
        importlib.import_module(module.name)

    def below(cls: type[Reward]) -> set[type[Reward]]:
        return {cls}.union(*(below(c) for c in cls.__subclasses__()))

    ours = {c for c in below(Reward) if c.__module__.startswith("r1cli.rewards.") and c not in {Reward, Rule}}
    assert ours == {type(reward) for reward, _, _ in REWARDS}
