"""The order in which trainers are fed; none of it needs torch."""

from __future__ import annotations

import random
from collections import Counter

from r1cli.training.batches import batches_of_similar_length, order_of_training


def test_every_pass_meets_every_row_once_and_batches_are_whole() -> None:
    order = order_of_training([1] * 21, epochs=3, batch_size=8, seed=0)
    assert len(order) == 64
    assert set(Counter(order[:63]).values()) | {3} <= {2, 3, 4}
    assert set(order) == set(range(21))


def test_a_batch_may_be_larger_than_the_data() -> None:
    order = order_of_training([1, 2, 3], epochs=1, batch_size=8, seed=0)
    assert sorted(Counter(order).values()) == [2, 3, 3]


def test_a_batch_holds_rows_of_similar_length() -> None:
    lengths = [(i * 37) % 100 for i in range(160)]
    order = order_of_training(lengths, epochs=1, batch_size=10, seed=0)
    spread = [max(b) - min(b) for b in ([lengths[i] for i in order[n : n + 10]] for n in range(0, 160, 10))]
    assert max(spread) < 20
    firsts = [lengths[order[n]] for n in range(0, 160, 10)]
    assert firsts != sorted(firsts), "short batches first would be a curriculum that nobody asked for"


def test_the_order_depends_on_the_seed_alone() -> None:
    same = [order_of_training(list(range(30)), epochs=2, batch_size=4, seed=s) for s in (0, 0, 1)]
    assert same[0] == same[1] != same[2]


def test_documents_of_similar_length_share_a_batch_and_the_rest_is_dropped() -> None:
    documents = [([0] * n, [1]) for n in random.Random(0).sample(range(50), 50)]
    batches = batches_of_similar_length(documents, 8, random.Random(1))
    assert [len(batch) for batch in batches] == [8] * 6
    for batch in batches:
        lengths = [len(prompt) for prompt, _ in batch]
        assert max(lengths) - min(lengths) < 10
