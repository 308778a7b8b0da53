"""How fast language consistency is computed, on ordinary thoughts and on hostile ones: best of three, one process.

python -m benchmarks.language
"""

from __future__ import annotations

import time

from r1cli.language import language_consistency

ORDINARY = (
    ("English", "Natalia sold 24 clips in May. She sold 48 plus 24, that is $72 altogether."),
    ("Chinese", "小明有3个苹果，又买了5个，一共是8个。然后他吃了2个，所以还剩6个苹果。"),
)
HOSTILE = ("`", "$a", "\\[", "\\begin{", "<a", '"', "\\a{", "http://", "1a", "a'", "你")
"""What a careless pattern would search again and again when it is repeated."""
THOUGHTS = 5_000
PIECES = 100_000
TIMES = 3


def seconds(thought: str, times: int = 1) -> float:
    """Of computing the consistency of a thought `times` times; the best of a few tries."""
    tries = []
    for _ in range(TIMES):
        began = time.perf_counter()
        for _ in range(times):
            language_consistency(thought, "en")
        tries.append(time.perf_counter() - began)
    return min(tries)


def main() -> None:
    """Print thoughts per second, and how the time grows with a hostile thought: twice as long, about twice the time."""
    print(f"{'thoughts':<20}{'a second':>12}")
    for name, thought in ORDINARY:
        print(f"{name + f' ({len(thought)})':<20}{THOUGHTS / seconds(thought, THOUGHTS):12,.0f}")
    print(f"\n{'hostile thoughts':<20}{'million characters a second':>30}{'twice as long takes':>22}")
    for piece in HOSTILE:
        once, twice = seconds(piece * PIECES), seconds(piece * 2 * PIECES)
        print(f"{piece!r:<20}{len(piece) * PIECES / once / 1e6:>30.1f}{twice / once:>20.1f} x")


if __name__ == "__main__":
    main()
