"""What the trainers are told, and the order in which they are fed; none of it needs torch."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from r1cli.errors import ConfigError
from r1cli.training.trl import hooks


class Schedule(enum.StrEnum):
    LINEAR = "linear"
    COSINE = "cosine"


@dataclass
class Config:
    """Stands for trl.SFTConfig."""

    learning_rate: float = 1e-5
    steps: int = 1
    shuffle: bool = False
    schedule: Schedule | str = "linear"
    kwargs: dict[str, Any] | str | None = None
    loss: str = field(default="nll", metadata={"choices": ["nll", "dft"]})
    seed: int = 0


def test_values_of_the_right_type_pass_and_numbers_in_quotes_become_numbers() -> None:
    given = {"learning_rate": "1e-4", "steps": 3, "schedule": "cosine", "kwargs": {"a": 1}, "loss": "dft"}
    assert hooks.checked(Config, given, {}) == given | {"learning_rate": 1e-4}


@pytest.mark.parametrize(
    ("trainer", "message", "hint"),
    [
        ({"learning_rate": "fast"}, "trainer.learning_rate: .* not 'fast'", "declared as float"),
        ({"learning_rate": None}, "trainer.learning_rate: .* not None", "declared as float"),
        ({"steps": 1.5}, "trainer.steps", "declared as int"),
        ({"shuffle": "perhaps"}, "trainer.shuffle", "declared as bool"),
        ({"schedule": "cosin"}, "trainer.schedule", "one of linear, cosine"),
        ({"loss": "mse"}, "trainer.loss: no such choice", "one of nll, dft"),
        ({"learning_rte": 1.0}, "no argument of trl.Config", "did you mean trainer.learning_rate?"),
        ({"wombat": 1.0}, "trainer.wombat is no argument", "see trl.Config"),
        ({"seed": 1}, "trainer.seed cannot be given", "set seed"),
    ],
)  # fmt: skip
def test_mistakes_name_the_key_and_say_what_to_do(trainer: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        hooks.checked(Config, trainer, {"seed": "set seed"})
    assert hint in raised.value.hint


def test_every_pass_meets_every_row_once_and_batches_are_whole() -> None:
    order = hooks.order_of_training([1] * 21, epochs=3, batch_size=8, seed=0)
    assert len(order) == 64
    assert set(Counter(order[:63]).values()) | {3} <= {2, 3, 4}
    assert set(order) == set(range(21))


def test_a_batch_may_be_larger_than_the_data() -> None:
    order = hooks.order_of_training([1, 2, 3], epochs=1, batch_size=8, seed=0)
    assert sorted(Counter(order).values()) == [2, 3, 3]


def test_a_batch_holds_rows_of_similar_length() -> None:
    lengths = [(i * 37) % 100 for i in range(160)]
    order = hooks.order_of_training(lengths, epochs=1, batch_size=10, seed=0)
    spread = [max(b) - min(b) for b in ([lengths[i] for i in order[n : n + 10]] for n in range(0, 160, 10))]
    assert max(spread) < 20
    firsts = [lengths[order[n]] for n in range(0, 160, 10)]
    assert firsts != sorted(firsts), "short batches first would be a curriculum that nobody asked for"


def test_the_order_depends_on_the_seed_alone() -> None:
    same = [hooks.order_of_training(list(range(30)), epochs=2, batch_size=4, seed=s) for s in (0, 0, 1)]
    assert same[0] == same[1] != same[2]


def test_the_newest_complete_checkpoint_is_found_by_its_number(tmp_path: Path) -> None:
    assert hooks.last_complete_checkpoint(tmp_path) is None
    for step in (9, 10, 11):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (9, 10):
        (tmp_path / f"checkpoint-{step}" / hooks.COMPLETE).touch()
    assert hooks.last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


def test_a_callback_lets_events_pass_that_it_does_not_handle() -> None:
    assert hooks.Callback().on_epoch_begin(None, None, None, model=None) is None
    with pytest.raises(AttributeError):
        hooks.Callback().other  # noqa: B018


def test_all_keys_that_belong_to_someone_else_say_to_whom() -> None:
    assert all(hooks.DECIDED.values())
    assert not hooks.DECIDED.keys() & hooks.NOT_IDENTITY
