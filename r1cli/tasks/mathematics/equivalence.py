"""Equivalence: is a final answer the same as the reference? A fast path that is exact, and sympy for the rest.

Most pairs are decided here, in microseconds: as text, as letters of options, as numbers, or part by part. What remains
goes to `symbolic` in a worker process with a time limit: an answer may be written to hang whoever reads it
(`10^{10^{10}}`), and it must cost neither the training nor its neighbours.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from r1cli.tasks.mathematics import notation
from r1cli.tasks.mathematics.compare import Verdict, compare
from r1cli.tasks.mathematics.extraction import final_answer
from r1cli.tasks.mathematics.notation import is_balanced, plain
from r1cli.tasks.mathematics.numbers import read_quantity
from r1cli.tasks.mathematics.statements import announces
from r1cli.tasks.mathematics.symbolic import PRELOAD, agrees, is_readable
from r1cli.verify.isolation import pool

LONGEST_ANSWER = 1_000
"""Characters; no reference of MATH is longer than 160. What is longer is a page, not an answer."""
REMEMBERED = 16_384
"""Pairs whose verdict is kept: the completions of a group repeat each other."""


class Pair(NamedTuple):
    """What is compared."""

    predicted: str
    gold: str
    comma: bool = False
    """The language writes decimal commas."""


def equivalent(predicted: str, gold: str, *, comma: bool = False, timeout_s: float = 2.0) -> bool:
    """Whether both say the same; for one pair."""
    return verdicts([Pair(predicted, gold, comma)], timeout_s=timeout_s)[0].same


def verdicts(pairs: Sequence[Pair], *, timeout_s: float) -> list[Verdict]:
    """One verdict for each pair; those that need sympy are asked at once, in worker processes.

    Args:
        pairs: any text; nothing in it raises.
        timeout_s: seconds for each pair that needs sympy.
    """
    decided = {pair: _memo.get(pair) or quick(pair) for pair in dict.fromkeys(pairs)}
    asked = sorted((pair for pair, verdict in decided.items() if verdict is None), key=_looks_cheap)
    ended = pool.run(thorough, [(pair,) for pair in asked], timeout_s=timeout_s, preload=PRELOAD) if asked else []
    for pair, end in zip(asked, ended, strict=True):
        decided[pair] = end.value if end.how == "done" else Verdict(False, end.note, end.how)
        if end.how == "done":  # a time limit says something about today's machine, not about the pair
            _memo.put(pair, end.value)
    return [verdict for pair in pairs if (verdict := decided[pair]) is not None]


_DEAR = re.compile(r"!|binom|\^\s*\{?[^{}]*\^|\d{4}|\\(?:sum|prod|int)\b|\)\s*\^")


def _looks_cheap(pair: Pair) -> bool:
    """Those that may take all their time begin first, so that the others are done while they run."""
    return _DEAR.search(pair.predicted) is None


@lru_cache(maxsize=REMEMBERED)
def quick(pair: Pair) -> Verdict | None:
    """The fast path: exact, in microseconds; None if it cannot decide."""
    if len(pair.predicted) > LONGEST_ANSWER:
        return Verdict(False, f"longer than {LONGEST_ANSWER} characters", "unparseable")
    if pair.predicted == pair.gold != "":
        return Verdict(True, "same text")
    p, g = plain(pair.predicted), plain(reference(pair.gold))
    if not p:
        return Verdict(False, "empty", "unparseable")
    return compare(p, g, comma=pair.comma, ask=lambda _p, _g: None)


def thorough(pair: Pair) -> Verdict:
    """Fast path and sympy together; may hang: only for a worker process."""
    p, g = plain(pair.predicted), plain(reference(pair.gold))
    found = compare(p, g, comma=pair.comma, ask=agrees)
    return found or Verdict(False, "it cannot be read as mathematics", "unparseable")


def problem_of_gold(gold: str) -> str | None:
    """What is wrong with a reference, if it looks so and the fast path cannot read it; None for ordinary ones."""
    text = plain(reference(gold))
    if not any(c.isalnum() or unicodedata.category(c) == "Sm" for c in text):
        return "it holds no letter, digit or mathematical sign"
    if read_quantity(text) or (is_balanced(text) and not _UNFINISHED.search(text)):
        return None
    return "its braces do not match"


_UNFINISHED = re.compile(r"\\(?:[dtc]?frac|sqrt)\s*$|\\[dtc]?frac\s*\{[^{}]*\}\s*$")


def sympy_reads(golds: Sequence[str], *, timeout_s: float) -> list[bool]:
    """Whether sympy can read references that look wrong."""
    calls = [(plain(reference(gold)),) for gold in golds]
    ended = pool.run(is_readable, calls, timeout_s=timeout_s, preload=PRELOAD) if calls else []
    return [bool(end.value) for end in ended]


@lru_cache(maxsize=REMEMBERED)
def reference(gold: str) -> str:
    r"""The answer in a reference, which may be a whole solution: `... so it is \\boxed{4}`."""
    return final_answer(gold) if "boxed" in gold or announces(gold) else gold


class _Memo:
    """The last verdicts of sympy, for all threads."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[Pair, Verdict] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, pair: Pair) -> Verdict | None:
        with self._lock:
            found = self._verdicts.get(pair)
            if found is not None:
                self._verdicts.move_to_end(pair)
            return found

    def put(self, pair: Pair, verdict: Verdict) -> None:
        with self._lock:
            self._verdicts[pair] = verdict
            if len(self._verdicts) > REMEMBERED:
                self._verdicts.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._verdicts.clear()


_memo = _Memo()


def forget() -> None:
    """Empty all that is remembered between batches (for measuring)."""
    _memo.clear()
    notation.forget()
    for cached in (quick, reference, read_quantity):
        cached.cache_clear()
