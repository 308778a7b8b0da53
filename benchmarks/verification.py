"""How often verifiers agree with public labels, how fast they are, and what one hostile answer costs; one process.

python -m benchmarks.verification                    # all three, a few minutes, most of them the other verifiers'
python -m benchmarks.verification forms [SAMPLE]     # every reference in every form that models write
python -m benchmarks.verification near [SAMPLE]      # wrong neighbours of every reference

SAMPLE: so many references of each set instead of all.

Three verifiers on the same data in the same run: ours (`Math.judge`), math_verify alone (parse both, verify) and
`trl.rewards.accuracy_reward`, which gives None where it cannot read the reference: neither right nor wrong here. The
data is public and was looked at while the rules were written, so the agreement says what the rules cover, not what they
would do on other answers. $R1_SHARED_DATA, or `shared/data` beside the checkout, holds it.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from r1cli.data.rows import Row
from r1cli.tasks.mathematics import equivalence
from r1cli.tasks.mathematics.task import Math
from r1cli.template import parse
from tests.r1cli.tasks.mathematics.answer_forms import FORMS
from tests.r1cli.tasks.mathematics.near_misses import SETTINGS, near_misses
from tests.r1cli.tasks.mathematics.references import references

DATA = Path(os.environ.get("R1_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
OUTPUTS = ("gsm8k_openai", "gsm8k_tora", "math_qwen_cot")
TIMEOUT_S = 5.0
"""As in conf/data."""
HOSTILE = r"\boxed{10^{10^{10}}}"
BATCH = 64
TIMES = 3

Case = tuple[str, str, str, bool]
"""Completion, reference, language, label."""
WARM: list[Case] = [(rf"\boxed{{\sin({i}x)}}", r"\cos x", "en", False) for i in range(8)]
"""Gives every worker something to do, so that all have imported sympy."""
Verifier = Callable[[Sequence[Case]], list[bool | None]]


def task() -> Math:
    """A Math task without a file: only its judgement is used."""
    return Math(language=None, answer_format="any", timeout_s=TIMEOUT_S)


def ours(cases: Sequence[Case]) -> list[bool | None]:
    """What accuracy, rejection sampling and evaluation use."""
    rows = [Row(id=str(i), prompt="?", answer=gold, language=lang) for i, (_, gold, lang, _) in enumerate(cases)]
    return [outcome.right for outcome in task().judge([parse(text) for text, *_ in cases], rows)]


def math_verify_alone(cases: Sequence[Case]) -> list[bool | None]:
    """Both sides parsed as they come, the way its own README does it."""
    import math_verify

    return [bool(math_verify.verify(math_verify.parse(gold), math_verify.parse(text))) for text, gold, *_ in cases]


def trl_accuracy(cases: Sequence[Case]) -> list[bool | None]:
    """The reward of TRL."""
    from trl.rewards import accuracy_reward

    completions = [[{"role": "assistant", "content": text}] for text, *_ in cases]
    return [None if r is None else r == 1.0 for r in accuracy_reward(completions, [gold for _, gold, *_ in cases])]


VERIFIERS: dict[str, Verifier] = {"ours": ours, "math_verify": math_verify_alone, "trl accuracy_reward": trl_accuracy}


def read(name: str) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, gzipped or not."""
    path = DATA / name
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def datasets() -> dict[str, list[Case]]:
    """All cases, by the name of where they come from; those whose sources disagree about them apart."""
    found: dict[str, list[Case]] = {"equivalence": [], "equivalence, ambiguous": []}
    for row in read("math_equivalence/math_equivalence.jsonl"):
        name = "equivalence, ambiguous" if row["ambiguous"] else "equivalence"
        language = "fr" if row["language"] == "french" else "en"
        found[name].append((row["prediction"], row["gold"], language, row["expected"]))
    for name in OUTPUTS:
        rows = read(f"model_outputs/{name}.jsonl.gz")
        found[name] = [(row["response"], row["gold"], "en", row["label"]) for row in rows]
    return found


def agreement(verifier: Verifier, cases: Sequence[Case]) -> tuple[float, int, int, int, float]:
    """(agreement, wrong acceptances, wrong rejections, None, seconds)."""
    began = time.perf_counter()
    said = verifier(cases)
    seconds = time.perf_counter() - began
    labels = [label for *_, label in cases]
    accepted = sum(bool(s) and not label for s, label in zip(said, labels, strict=True))
    rejected = sum(s is False and label for s, label in zip(said, labels, strict=True))
    right = sum(s == label for s, label in zip(said, labels, strict=True))
    return right / len(cases), accepted, rejected, said.count(None), seconds


def forget() -> None:
    """Empty what our verifier remembers, so that the next timing is a cold one."""
    equivalence.forget()


def print_agreement(found: dict[str, list[Case]]) -> None:
    """One line for each dataset and verifier."""
    print(
        f"{'dataset':<24}{'verifier':<21}{'rows':>6}{'agree %':>9}{'wrong +':>9}"
        f"{'wrong -':>9}{'None':>6}{'a second':>9}"
    )
    for name, cases in found.items():
        for who, verifier in VERIFIERS.items():
            share, accepted, rejected, nothing, seconds = agreement(verifier, cases)
            print(
                f"{name:<24}{who:<21}{len(cases):>6}{100 * share:>9.2f}{accepted:>9}{rejected:>9}{nothing:>6}"
                f"{len(cases) / seconds:>9,.0f}"
            )


def print_speed(cases: Sequence[Case]) -> None:
    """Completions a second on all model outputs: best of a few, with nothing remembered, and with everything."""
    distinct = len({(text, gold) for text, gold, *_ in cases})
    print(f"\ncompletions a second, {len(cases)} model outputs ({distinct} distinct), best of {TIMES}, one thread")

    def timed(verifier: Verifier, prepare: Callable[[], None]) -> float:
        rates = []
        for _ in range(TIMES):
            prepare()
            rates.append(len(cases) / agreement(verifier, cases)[-1])
        return max(rates)

    cold, warm = timed(ours, forget), timed(ours, lambda: None)
    theirs = timed(trl_accuracy, lambda: None)
    print(f"  ours, nothing remembered   {cold:10,.0f}   {cold / theirs:6.1f} x")
    print(f"  ours, all seen before      {warm:10,.0f}   {warm / theirs:6.1f} x")
    print(f"  trl accuracy_reward        {theirs:10,.0f}")


def print_hostile(real: list[Case]) -> None:
    """Batches with and without one answer that never ends, with workers that are already there."""
    roots: list[Case] = [(rf"\boxed{{\sqrt[3]{{{i**3}}}}}", str(i), "en", True) for i in range(BATCH)]
    hostile: Case = (HOSTILE, "1", "en", False)
    for kind, cases in (("model outputs", real[:BATCH]), ("cube roots, all for sympy", roots)):
        for name, batch in (("", cases), (", one hostile", [*cases[1:], hostile])):
            ours(WARM)  # whoever was killed before is there again
            forget()
            share, *_, seconds = agreement(ours, batch)
            print(f"  {len(batch)} {kind + name:<40}{seconds:6.2f} s{100 * share:6.0f} % agree")


def sampled(most: int | None) -> dict[str, list[str]]:
    """The references of each set, or so many of each."""
    rng = random.Random(0)
    return {
        name: list(golds) if most is None else rng.sample(golds, min(most, len(golds)))
        for name, golds in references().items()
    }


def print_forms(most: int | None) -> None:
    """The share of the references that are accepted in each form, by set."""
    sets = sampled(most)
    print(f"{'form':<34}" + "".join(f"{name:>12}" for name in sets) + f"{'all':>10}{'tried':>8}")
    tried_in_all, worst = 0, 1.0
    for form in FORMS:
        tried, right = Counter[str](), Counter[str]()
        for name, golds in sets.items():
            cases = [(form.write(gold), gold, "en", True) for gold in golds if form.carries(gold)]
            tried[name] = len(cases)
            right[name] = sum(map(bool, ours(cases)))
        cells = [f"{100 * right[name] / tried[name]:12.2f}" if tried[name] else f"{'-':>12}" for name in sets]
        share = right.total() / max(1, tried.total())
        print(f"{form.name:<34}{''.join(cells)}{100 * share:10.2f}{tried.total():8}", flush=True)
        tried_in_all, worst = tried_in_all + tried.total(), min(worst, share)
    print(
        f"{len(FORMS)} forms, {tried_in_all:,} answers; the worst form is accepted in {100 * worst:.2f} % of its cases"
    )


def print_near_misses(most: int | None) -> None:
    """How many wrong neighbours are tried and accepted, and each that is."""
    tried = accepted = 0
    for name, golds in sampled(most).items():
        cases = [
            (setting.format(wrong), gold, "en", False)
            for gold in golds
            for _, wrong in near_misses(gold)
            for setting in SETTINGS
        ]
        wrongly = [case for case, right in zip(cases, ours(cases), strict=True) if right]
        print(f"{name:<14}{len(cases):>10,} tried{len(wrongly):>6} accepted", flush=True)
        for text, gold, *_ in wrongly[:20]:
            print(f"    {text!r} for {gold!r}")
        tried, accepted = tried + len(cases), accepted + len(wrongly)
    print(f"{'all':<14}{tried:>10,} tried{accepted:>6} accepted")


def main() -> None:
    """Print what is asked for; without an argument agreement, speed and the hostile batch."""
    logging.disable(logging.ERROR)
    what, *sample = sys.argv[1:] or ["agreement"]
    most = int(sample[0]) if sample else None
    if what == "forms":
        print_forms(most)
    elif what == "near":
        print_near_misses(most)
    else:
        print_all()


def print_all() -> None:
    """Agreement, speed and the hostile batch."""
    found = datasets()
    ours(WARM)
    math_verify_alone([("1", "1", "en", True)])
    trl_accuracy([(r"\boxed{1}", "1", "en", True)])
    forget()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print_agreement(found)
    print_speed([case for name in OUTPUTS for case in found[name]])
    print(f"\none batch, with a limit of {TIMEOUT_S:g} s for an answer that needs sympy")
    print_hostile(found["math_qwen_cot"])


if __name__ == "__main__":
    main()
