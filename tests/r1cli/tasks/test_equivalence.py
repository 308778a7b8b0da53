"""Which answers are right; and that no answer can hang or break the verifier."""

import gzip
import json
import random
import threading
import time
from pathlib import Path

import pytest

from r1cli.tasks.equivalence import equivalent, final_answer

ANSWERS = [
    ("72", "72"),
    ("so \\boxed{72} clips", "72"),
    ("\\boxed{5}. On second thought, it is \\boxed{4}", "4"),
    ("\\boxed{5} \\boxed{4}", "5, 4"),  # two guesses are not one
    ("$\\boxed{1}$ and $\\boxed{-2}$", "1, -2"),
    ("\\boxed{4} \\boxed{4}", "4"),
    ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ("\\boxed 5", "5"),
    ("\\fbox{7}", "7"),
    ("steps\n#### 72", "72"),
    ("The answer is 72.", "72."),
    ("The answer is 12. No: the answer is 72", "72"),
    ("final answer: $x+1$. I hope it is correct.", "$x+1$"),
    ("答案是72。", "72"),
    ("A: 3", "3"),
    ("He has 72 apples left over now.", "72"),
    ("In all, she sold 48 + 24 = 72 clips.", "72"),
    ("48 + 24 = 72", "72"),
    ("一共有72个苹果。", "72"),
    ("she pays 4 or perhaps 5 dollars", "she pays 4 or perhaps 5 dollars"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_the_final_answer_is_what_a_text_commits_to(text: str, answer: str) -> None:
    assert final_answer(text) == answer


SAME = [
    ("72", "72"), ("72.0", "72"), ("72.", "72"), ("072", "72"), ("+72", "72"), ("-5", "-5"), ("−5", "-5"),
    ("７２", "72"), ("1,234", "1234"), ("1 234", "1234"), ("1{,}234", "1234"), ("1\\,234", "1234"),
    ("11,\\! 111", "11111"), ("$72", "72"), ("\\$72", "72"), ("72 dollars", "72"), ("72 clips", "72"), ("72个", "72"),
    ("5cm", "5"), ("5 cm^2", "5"), ("90^\\circ", "90"), ("74°", "74^\\circ"), ("5\\text{ cm}", "5"), ("x = 5", "5"),
    ("1e3", "1000"), ("10^3", "1000"), ("50%", "50"), ("50\\%", "0.5"), ("28 percent", "28%"), ("1/2", "0.5"),
    ("\\frac12", "0.5"), ("\\dfrac{1}{2}", "1/2"), ("1 1/2", "1.5"), ("1\\frac{1}{2}", "3/2"),
    ("-\\frac{1}{2}", "-0.5"), ("\\frac{-1}{2}", "-0.5"), ("0.333333", "1/3"), ("Monday", "monday"),
    ("\\text{yes}", "yes"), ("(1, 2)", "(1,2)"), ("{2,1}", "\\{1,2\\}"), ("5 and 6", "6, 5"),
    ("3\\sqrt{2}", "\\sqrt{18}"), ("x^2-1", "(x-1)(x+1)"), ("2^{10}", "1024"), ("x>=5", "x \\geq 5"),
    ("[0,1)", "[0, 1)"), ("$\\pi$", "\\pi"), ("-1 + sqrt(3)", "\\sqrt{3} - 1"), ("(\\frac{1}{2}, 3)", "(0.5,3)"),
]  # fmt: skip
DIFFERENT = [
    ("72", "73"), ("-3", "3"), ("4 or 5", "4"), ("4, 5", "4"), ("5 4", "4"), ("4/0", "4"), ("not 4", "4"), ("", "4"),
    ("", ""), ("1,23", "123"), ("0.33", "1/3"), ("1000000.5", "1000000"), ("3x", "3"), ("3", "3x"), ("2ab", "2"),
    ("2a/b", "2a/c"), ("2\\pi", "2"), ("2i", "2"), ("2 hours", "2 minutes"), ("(1,2)", "(2,1)"), ("[0,1]", "[0,1)"),
    ("x+1", "x+2"), ("\\pi", "3.14"), ("x \\geq 5", "x > 5"), ("the answer", "4"), ("1" * 1000, "1"),
    ("\\sqrt{2", "2"),
]  # fmt: skip


@pytest.mark.parametrize(("predicted", "gold"), SAME)
def test_equal_answers_are_equal_however_they_are_written(predicted: str, gold: str) -> None:
    assert equivalent(predicted, gold)


@pytest.mark.parametrize(("predicted", "gold"), DIFFERENT)
def test_different_answers_are_different(predicted: str, gold: str) -> None:
    assert not equivalent(predicted, gold)


HOSTILE = [
    "10^{10^{10}}", "2^{99999999999}+1", "99999999!", "\\binom{10000000}{5000000}", "2^{2^{2^{49}}}", "9^{9^9}",
    "(((99^99)^99)^99)^99", "9**9**9**9", "(a+b+c+d)^{100}", "(10!)!", "\\sum_{k=1}^{10000000} k", "(2^{4000})^{4000}",
    "e^{e^{e^{e^{10}}}}", "1e999999999", "\\sqrt{" * 50, "(" * 200, "\\frac{" * 40, "{" * 100_000, "\\boxed{" * 20_000,
    "1 " * 50_000, "a " * 50_000, "= " * 50_000, "$" * 50_000, "9" * 5_000, "\\boxed{1} and " * 5_000, "1/" * 1_000,
]  # fmt: skip


def test_hostile_answers_are_refused_at_once_off_the_main_thread_too() -> None:
    verdicts: list[bool] = []
    equivalent("x", "y^2")  # sympy is imported

    def ask() -> None:
        verdicts.extend(equivalent(final_answer(text), "1") for text in HOSTILE)

    started = time.perf_counter()
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert time.perf_counter() - started < 8
    assert len(verdicts) == len(HOSTILE)


def test_correct_symbolic_answers_are_right_off_the_main_thread() -> None:
    verdicts: list[bool] = []
    thread = threading.Thread(target=lambda: verdicts.append(equivalent("\\sqrt{50}", "5\\sqrt{2}")))
    thread.start()
    thread.join(20)
    assert verdicts == [True]


def test_no_text_breaks_the_verifier() -> None:
    pieces = [
        "\\frac",
        "{",
        "}",
        "^",
        "1",
        "23",
        "x",
        "\\",
        "$",
        "(",
        ")",
        ",",
        "=",
        "\\boxed",
        " ",
        "%",
        "你",
        "\u0000",
        "!",
    ]
    rng = random.Random(0)
    for _ in range(300):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 12)))
        assert equivalent(final_answer(text), "7") in {True, False}


def test_public_model_outputs_get_the_verdict_of_their_own_harness(shared_data: Path) -> None:
    for name, limit in (("gsm8k_openai", 0), ("gsm8k_tora", 4), ("math_qwen_cot", 1)):
        with gzip.open(shared_data / "model_outputs" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        wrong = [row["id"] for row in rows if equivalent(final_answer(row["response"]), row["gold"]) != row["label"]]
        assert len(wrong) <= limit, wrong


def test_public_equivalence_cases_have_no_false_positive_and_few_misses(shared_data: Path) -> None:
    with (shared_data / "math_equivalence" / "math_equivalence.jsonl").open(encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["kind"] == "math" and not row["ambiguous"]]
    missed = []
    for row in rows:
        gold = final_answer(row["gold"]) if "boxed" in row["gold"] else row["gold"]
        verdict = equivalent(final_answer(row["prediction"]), gold)
        assert row["expected"] or not verdict, row["id"]
        missed += [row["id"]] if row["expected"] and not verdict else []
    assert len(missed) <= 0.1 * len(rows), missed
