"""The rule rewards of R1, as a table of cases."""

from collections.abc import Sequence

import pytest

from r1cli.data.rows import Row
from r1cli.rewards.accuracy import Accuracy
from r1cli.rewards.base import Reward
from r1cli.rewards.format import Format
from r1cli.rewards.language import Language, LanguageAll
from r1cli.tasks.base import Task, judge_each
from r1cli.template import Completion, parse
from r1cli.verify.outcome import Outcome
from tests.r1cli.rewards.single import value_of


class Four(Task):
    """The answer is always 4."""

    def rows(self) -> list[Row]:
        return [Row("a", "2+2?", language="en", task=self), Row("b", "二加二？", language="zh", task=self)]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return judge_each(self.verify, completions, rows)

    def verify(self, completion: Completion, row: Row) -> bool | None:
        return completion.answer == "4"


ENGLISH, CHINESE = Four().rows()
UNKNOWN = Row("c", "?")
GOOD = "<think>two and two</think><answer>4</answer>"
WRONG = "<think>it must be 4</think><answer>5</answer>"

CASES = [
    # columns: what, reward, row, response, score
    ("right", Accuracy(), ENGLISH, GOOD, 1.0),
    ("wrong", Accuracy(), ENGLISH, WRONG, 0.0),
    ("right, without the template", Accuracy(), ENGLISH, "4", 1.0),
    ("nothing to verify", Accuracy(), UNKNOWN, GOOD, None),
    ("nothing said", Accuracy(), ENGLISH, "", 0.0),
    ("well formed", Format(), ENGLISH, GOOD, 1.0),
    ("well formed and wrong", Format(), UNKNOWN, WRONG, 1.0),
    ("tags in the wrong order", Format(), ENGLISH, "</answer><answer></think><think>", 0.0),
    ("empty thought", Format(), ENGLISH, "<think> </think><answer>4</answer>", 0.0),
    ("trailing text", Format(), ENGLISH, f"{GOOD} bye", 0.0),
    ("prompt's language", Language(target=None), ENGLISH, GOOD, 1.0),
    ("another language", Language(target=None), CHINESE, GOOD, 0.0),
    ("mixed", Language(target=None), ENGLISH, "<think>two and 二加二等</think><answer>4</answer>", 0.5),
    ("given target", Language(target="zh"), ENGLISH, "<think>二加二</think><answer>4</answer>", 1.0),
    ("unknown language", Language(target=None), UNKNOWN, GOOD, None),
    ("German for English", Language(target="en"), ENGLISH, "<think>zwei und zwei sind vier</think>", 0.0),
    ("strict, all", LanguageAll(target=None, at_least=1.0), ENGLISH, GOOD, 1.0),
    (
        "strict, one foreign word",
        LanguageAll(target=None, at_least=1.0),
        ENGLISH,
        "<think>two and two and 二</think>",
        0.0,
    ),
    ("strict enough", LanguageAll(target=None, at_least=0.5), ENGLISH, "<think>two and 二加二等</think>", 1.0),
    ("strict, unknown language", LanguageAll(target=None, at_least=1.0), UNKNOWN, GOOD, None),
    ("no thought", Language(target=None), ENGLISH, "four is the answer", 0.0),
    ("wordless thought", Language(target=None), ENGLISH, "<think>2+2=4</think><answer>four</answer>", 0.0),
    (
        "the answer does not count",
        Language(target=None),
        CHINESE,
        "<think>二加二</think><answer>four it is</answer>",
        1.0,
    ),
]


@pytest.mark.parametrize(("what", "reward", "row", "response", "score"), CASES, ids=[c[0] for c in CASES])
def test_a_rule_scores_as_it_says(what: str, reward: Reward, row: Row, response: str, score: float | None) -> None:
    assert value_of(reward, parse(response), row) == score
