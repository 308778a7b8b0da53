"""The random reward: a fair coin that remembers."""

import random
import subprocess
import sys

from r1cli.data.rows import Row
from r1cli.rewards.random import Random
from r1cli.template import parse

COIN = Random(probability=0.5, seed=0)
ROW = Row("a", "?")
TEXTS = [f"response {i}" for i in range(4_000)]


def test_it_is_fair_and_its_probability_is_kept() -> None:
    for probability in (0.0, 0.1, 0.5, 1.0):
        drawn = [Random(probability=probability, seed=0).score(parse(t), ROW) or 0.0 for t in TEXTS]
        assert set(drawn) <= {0.0, 1.0}
        assert abs(sum(drawn) / len(drawn) - probability) <= 0.03  # four standard deviations of 4,000 tosses


def test_the_draw_depends_on_seed_row_and_text_alone() -> None:
    drawn = [COIN.score(parse(t), ROW) for t in TEXTS]
    for other in (
        [Random(probability=0.5, seed=1).score(parse(t), ROW) for t in TEXTS],
        [COIN.score(parse(t), Row("b", "?")) for t in TEXTS],
        [COIN.score(parse(t + " "), ROW) for t in TEXTS],
    ):
        same = sum(a == b for a, b in zip(drawn, other, strict=True)) / len(TEXTS)
        assert abs(same - 0.5) <= 0.04
    order = list(range(len(TEXTS)))
    random.Random(0).shuffle(order)
    shuffled = COIN.outcomes([parse(TEXTS[i], tokens=i) for i in order], [ROW] * len(order))
    assert [o.value for o in shuffled] == [drawn[i] for i in order]


def test_another_process_draws_the_same() -> None:
    code = (
        "from r1cli.rewards.random import Random; from r1cli.data.rows import Row; from r1cli.template import parse;"
        "print([Random(probability=0.5, seed=0).score(parse(f'response {i}'), Row('a', '?')) for i in range(40)])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.strip() == str([COIN.score(parse(t), ROW) for t in TEXTS[:40]])


def test_text_that_is_no_unicode_has_a_draw_too() -> None:
    assert COIN.score(parse("\ud800"), ROW) in {0.0, 1.0}
