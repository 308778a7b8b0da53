"""A fixed part of some rows: the same rows whoever asks, and a smaller part lies within a larger one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from r1cli.data.rows import Row


def fixed_part(rows: Sequence[Row], most: int | None, cluster_of: Callable[[Row], str]) -> list[Row]:
    """At most `most` rows, in their order; the first of a file are often of one kind, so a hash chooses.

    Args:
        rows: to choose from.
        most: rows; None: all of them.
        cluster_of: what a row belongs to; a cluster is taken as a whole or not at all, and one at least is taken.
    """
    if most is None or len(rows) <= most:
        return list(rows)
    sizes = Counter(map(cluster_of, rows))
    taken: set[str] = set()
    total = 0
    for cluster in sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).digest()):
        if taken and total + sizes[cluster] > most:
            break
        taken.add(cluster)
        total += sizes[cluster]
    return [row for row in rows if cluster_of(row) in taken]
