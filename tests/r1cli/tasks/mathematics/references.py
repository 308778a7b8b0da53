"""The reference answers of the public sets, and what kind each is of: what forms and near misses are made from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

DATA = Path(os.environ.get("R1_SHARED_DATA", Path(__file__).resolve().parents[5] / "shared" / "data"))
SOURCES = {
    "GSM8K": (("gsm8k/train.jsonl", "answer"), ("gsm8k/test.jsonl", "answer")),
    "MATH-500": (("math/math500.jsonl", "answer"),),
    "MATH train": (("math/train.jsonl", "answer"),),
    "OlymMATH": (("chinese_math/olymmath_en_easy.jsonl", "answer"), ("chinese_math/olymmath_zh_easy.jsonl", "answer")),
    "CMATH": (("chinese_math/cmath_dev.jsonl", "golden"), ("chinese_math/cmath_distractor.jsonl", "golden")),
    "Gaokao": (("chinese_math/gaokao_mathcloze.jsonl", "answer"),),
}
"""Name of a set -> files and the column of the reference."""
AIME_LIKE = tuple(str(number) for number in range(0, 1000, 7)) + tuple(f"{number:03d}" for number in range(1, 100, 9))
"""AIME answers are integers from 000 to 999."""
EXAMPLES = (
    "72", "-5", "1,234", "70000", "0.15", "13715.52", ".35625", r"\frac{3}{4}", r"-\frac14", r"1\frac{4}{5}", "13/5",
    r"\$18.90", r"\$32,\!348", "30^\\circ", r"8\%", "3:1", "2k+2", "p - q", "6 - 5i", r"7\pi", r"-\sqrt{3}", "2^{17}",
    r"\frac{3\sqrt{3}}{4}", r"\pi - \arctan \frac{12}{5}", "(3,4]", r"(2,\infty)", "1,-2", "(4,-3)",
    r"3 \pm 2 \sqrt{2}",
    r"\left( \frac{3}{2}, -13 \right)", r"\{4,5,7\}", r"(0,9) \cup (9,36)",
    r"\begin{pmatrix} -7 \\ 16 \\ 5 \end{pmatrix}",
    r"x \in [-2,7]", "y = -2x", "x=4", r"s^2 \le 8r^2", "40_9", r"4210_{5}", r"\text{(E)}", "C", r"\text{Evelyn}", "b",
    r"10\text{ inches}", r"12\sqrt{13}\text{ feet}", r"60^\circ, 120^\circ", "f(4 - x)", r"\sin^2 y",
    r"8\!:\!34 \text{ p.m.}",
)  # fmt: skip
"""One of each kind, for tests that have no data."""


@lru_cache
def references() -> dict[str, tuple[str, ...]]:
    """All distinct references of each set that lies in `DATA`, in the order of the files."""
    found = {name: tuple(dict.fromkeys(_read(files))) for name, files in SOURCES.items()}
    return {name: golds for name, golds in found.items() if golds} | {"AIME-like": AIME_LIKE}


def _read(files: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for path, column in files:
        if not (DATA / path).is_file():
            continue
        with (DATA / path).open(encoding="utf-8") as file:
            for line in file:
                answer = json.loads(line)[column]
                if answer and (gold := str(answer).rpartition("####")[2].strip()):
                    yield gold


def formula(gold: str) -> str:
    """The reference without dollars around it."""
    inside = gold[1:-1]
    return inside if gold.startswith("$") and gold.endswith("$") and "$" not in inside else gold


def is_integer(gold: str) -> bool:
    """Digits and a sign."""
    return re.fullmatch(r"-?(?:\d+|\d{1,3}(?:,(?:\\!)?\d{3})+)", formula(gold)) is not None


def is_number(gold: str) -> bool:
    """An integer, a decimal or a fraction, without a unit."""
    fraction = r"-?\\[dt]?frac\s*(?:\{-?\d+\}|\d)\s*(?:\{\d+\}|\d)"
    return is_integer(gold) or re.fullmatch(rf"-?\d*\.?\d+|{fraction}|-?\d+/\d+", formula(gold)) is not None


def is_text(gold: str) -> bool:
    """Words, or the letter of an option."""
    bare = re.sub(r"\\(?:text\w*|mbox)\s*", "", formula(gold))
    return bool(re.search(r"[\u4e00-\u9fff]|[A-Za-z]{3,}", re.sub(r"\\[A-Za-z]+", "", bare))) or bool(
        re.fullmatch(r"[{(\s]*[A-J][})\s.,]*", bare)
    )


def has_relation(gold: str) -> bool:
    """An equation, an inequality, a membership, a ratio, or several answers that are named."""
    return bool(re.search(r"=|<|>|\\(?:in|leq?|geq?|approx|equiv)(?![A-Za-z])|:", formula(gold)))


def is_list(gold: str) -> bool:
    """Several answers outside of brackets."""
    depth, text = 0, re.sub(r"(?<=\d),(?:\\!)?(?=\d{3}(?!\d))", "", formula(gold))
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character in ",;":
            return True
    return r"\text{ or }" in text or r"\text{ and }" in text


def has_unit(gold: str) -> bool:
    """A unit, a percent sign, a degree or a currency belongs to it."""
    return bool(re.search(r"\\text|\\mbox|%|\\circ|\\\$|\$", formula(gold)))
