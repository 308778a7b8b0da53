"""Language consistency: is it right (on MGSM's eleven languages), and how fast is it?

A question of MGSM in its own language, then with a growing share of its words taken from the same question in English
(for English, from the Chinese one); then each pair of Latin-script languages at half and half. Speeds are the best of
three, in one process.

python -m benchmarks.language [FOLDER]    # of mgsm_*.jsonl; else ../shared/data/mgsm
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from r1cli.language.consistency import language_consistency

LANGUAGES = ("en", "zh", "ja", "de", "fr", "es", "ru", "th", "bn", "te", "sw")
LATIN = ("en", "de", "fr", "es", "sw")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
UNSPACED = {"zh": 2, "ja": 2, "th": 4}
"""Characters that make a word where no spaces do."""

ORDINARY = (
    ("English", "en", "Natalia sold 24 clips in May. She sold 48 plus 24, that is $72 altogether."),
    ("Chinese", "zh", "小明有3个苹果，又买了5个，一共是8个。然后他吃了2个，所以还剩6个苹果。"),
    ("German", "de", "Natalia verkaufte 24 Klammern im Mai. Sie verkaufte 48 plus 24, das sind zusammen 72 $."),
    ("German for English", "en", "Natalia verkaufte 24 Klammern im Mai. Sie verkaufte 48 plus 24, also 72 Klammern."),
)
HOSTILE = ("`", "$a", "\\[", "\\begin{", "<a", '"', "\\a{", "http://", "1a", "a'", "你", "bcd efg ")
"""What a careless pattern would search again and again when it is repeated."""
THOUGHTS = 5_000
PIECES = 100_000
TIMES = 3


def pieces(question: str, language: str) -> list[str]:
    """A question as words."""
    n = UNSPACED.get(language)
    return question.split() if n is None else [question[i : i + n] for i in range(0, len(question), n)]


def mixed_in_blocks(words: list[str], others: list[str], share: float) -> str:
    """The first part of one text, then the last part of the other."""
    kept = round(len(words) * (1 - share))
    return " ".join(words[:kept] + others[round(len(others) * (1 - share)) :])


def mixed_by_word(words: list[str], others: list[str], share: float) -> str:
    """A random share of the words, each replaced by the one at the same place of the other text."""
    drawn = set(random.Random(0).sample(range(len(words)), round(share * len(words))))
    return " ".join(others[i * len(others) // len(words)] if i in drawn else word for i, word in enumerate(words))


def questions(folder: Path, language: str) -> list[list[str]]:
    """All questions of a language, as words; at the same places in all languages."""
    with (folder / f"mgsm_{language}.jsonl").open(encoding="utf-8") as file:
        return [pieces(json.loads(line)["question"], language) for line in file]


Mix = Callable[[list[str], list[str], float], str]


def mean_consistency(own: list[list[str]], other: list[list[str]], target: str, mix: Mix, share: float) -> float:
    """The mean consistency with `target` of its own questions with a share of the other language mixed in."""
    shares = [language_consistency(mix(a, b, share), target) for a, b in zip(own, other, strict=True)]
    return sum(shares) / len(shares)


def _right(folder: Path) -> None:
    asked = {language: questions(folder, language) for language in LANGUAGES}
    print(f"{'mixed in':<14}" + "".join(f"{share:>7.0%}" for share in SHARES) + "   word by word")
    for target in LANGUAGES:
        other = "zh" if target == "en" else "en"
        cells = [_cells(asked, target, other, mix, SHARES) for mix in (mixed_in_blocks, mixed_by_word)]
        print(f"{target} with {other:<6}" + cells[0] + "   " + cells[1])
    print(f"\n{'half is':<10}" + "".join(f"{other:>15}" for other in LATIN) + "   (in blocks, word by word)")
    for target in LATIN:
        row = ""
        for other in LATIN:
            halves = [_cells(asked, target, other, mix, [0.5]) for mix in (mixed_in_blocks, mixed_by_word)]
            row += f"{halves[0]:>8}{halves[1]}" if other != target else f"{'-':>15}"
        print(f"{target:<10}{row}")


def _cells(asked: dict[str, list[list[str]]], target: str, other: str, mix: Mix, shares: Iterable[float]) -> str:
    return "".join(f"{mean_consistency(asked[target], asked[other], target, mix, s):7.3f}" for s in shares)


def seconds(thought: str, target: str, times: int = 1) -> float:
    """Of computing the consistency of a thought `times` times; the best of a few tries."""
    tries = []
    for _ in range(TIMES):
        began = time.perf_counter()
        for _ in range(times):
            language_consistency(thought, target)
        tries.append(time.perf_counter() - began)
    return min(tries)


def _fast() -> None:
    print(f"\n{'thoughts':<28}{'a second':>12}")
    for name, target, thought in ORDINARY:
        print(f"{name + f' ({len(thought)})':<28}{THOUGHTS / seconds(thought, target, THOUGHTS):12,.0f}")
    print(f"\n{'hostile thoughts':<20}{'million characters a second':>30}{'twice as long takes':>22}")
    for piece in HOSTILE:
        once, twice = seconds(piece * PIECES, "en"), seconds(piece * 2 * PIECES, "en")
        print(f"{piece!r:<20}{len(piece) * PIECES / once / 1e6:>30.1f}{twice / once:>20.1f} x")


def main() -> None:
    """Print the tables."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared" / "data" / "mgsm"
    if folder.is_dir():
        _right(folder)
    else:
        print(f"no questions at {folder}: only speeds")
    _fast()


if __name__ == "__main__":
    main()
