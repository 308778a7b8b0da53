"""Which answers are the same as which references; the batch, the memo and the time limit around them."""

import gzip
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1cli.data.rows import Row
from r1cli.tasks.mathematics import equivalence
from r1cli.tasks.mathematics.equivalence import Pair, equivalent, problem_of_gold, quick, verdicts
from r1cli.tasks.mathematics.task import Math
from r1cli.template import parse
from r1cli.verify.outcome import STATUSES

SAME = [
    ("72", "72"), ("72.0", "72"), ("72.", "72"), ("072", "72"), ("+72", "72"), ("-5", "-5"), ("−5", "-5"),
    ("７２", "72"), ("٧٢", "72"), ("७२", "72"), ("1,234", "1234"), ("1 234", "1234"), ("1{,}234", "1234"),
    ("1\\,234", "1234"), ("11,\\! 111", "11111"), ("1\u202f234", "1234"), ("1,00,000", "100000"), ("$72", "72"),
    ("\\$72", "72"), ("72 €", "72"), ("72 dollars", "72"), ("72 clips", "72"), ("72个", "72"), ("5cm", "5"),
    ("5 cm^2", "5"), ("90^\\circ", "90"), ("74°", "74^\\circ"), ("5\\text{ cm}", "5"), ("x = 5", "5"), ("5", "x = 5"),
    ("AB = 4", "4"), ("1e3", "1000"), ("10^3", "1000"), ("50%", "50"), ("50\\%", "0.5"), ("28 percent", "28%"),
    ("1/2", "0.5"), ("\\frac12", "0.5"), ("\\dfrac{1}{2}", "1/2"), ("1 1/2", "1.5"), ("1\\frac{1}{2}", "3/2"),
    ("-\\frac{1}{2}", "-0.5"), ("\\frac{-1}{2}", "-0.5"), ("0.333333", "1/3"), ("Monday", "monday"),
    ("\\text{yes}", "yes"), ("1000,99", "1000.99"), ("0,111", "0.111"), ("1.234,5", "1234.5"), ("(1, 2)", "(1,2)"),
    ("\\left(1,\\, 2\\right)", "(1,2)"), ("（1，2）", "(1,2)"), ("{2,1}", "\\{1,2\\}"), ("5 and 6", "6, 5"),
    ("x=5 or x=6", "5, 6"), ("1,2", "1, 2"), ("12,34", "34, 12"), ("12, 34", "12,34"),
    ("(\\frac{1}{2}, 3)", "(0.5,3)"), ("[0,1)", "[0, 1)"), ("(-\\infty, 2]", "(-∞, 2]"),
    ("[0,1) \\cup (2,3]", "(2,3] ∪ [0,1)"),
    ("\\begin{pmatrix} 1 & \\frac{1}{2} \\\\ 0 & 1 \\end{pmatrix}", "\\begin{bmatrix}1&0.5\\\\0&1\\end{bmatrix}"),
    ("3\\sqrt{2}", "\\sqrt{18}"), ("x^2-1", "(x-1)(x+1)"), ("2^{10}", "1024"), ("$\\pi$", "\\pi"),
    ("2π", "\\pi \\cdot 2"), ("\\frac{1}{\\sqrt{6}}", "\\frac{\\sqrt{6}}{6}"),
    ("\\frac{1}{1+\\sqrt{2}}", "\\sqrt{2}-1"), ("1.5 \\times 10^3", "1500"), ("x>=5", "x \\geq 5"),
    ("-1 + sqrt(3)", "\\sqrt{3} - 1"), ("y = 2x + 1", "1 + 2x"), ("f(x) = 2x", "f(x)=x+x"), ("C", "\\text{(C)}"),
    ("(C) blue", "C"), ("\\mathrm{E}", "E"), ("\\sqrt{\\sqrt{2}}", "2**(1/4)"), ("7:32", "7 : 32"),
    ("\\sin^2 x + \\cos^2 x", "1"), ("\\pm 3", "3, -3"),
]  # fmt: skip
DIFFERENT = [
    ("72", "73"), ("-3", "3"), ("4 or 5", "4"), ("4, 5", "4"), ("5 4", "4"), ("4/0", "4"), ("not 4", "4"),
    ("not x = 4", "4"),
    ("", "4"), ("4 5", "4"), ("4~5", "4"), ("4|5", "4"), ("\\neg 4", "4"), ("4 and x", "4"), ("x=4 or x=5", "4"),
    ("4 \\text{ or } \\sqrt{2}", "4"), ("\\sin x, \\cos x", "\\sin x"), ("4 - 5", "4"), ("x \\geq 4", "4"),
    ("\\pm 4", "4"),
    ("", ""), ("1,23", "123"), ("1,5", "1.5"), ("1.234", "1234"), ("0.33", "1/3"), ("1000000.5", "1000000"),
    ("3x", "3"), ("3", "3x"), ("2ab", "2"), ("2a/b", "2a/c"), ("2\\pi", "2"), ("2i", "2"), ("1+i", "1-i"),
    ("2 hours", "2 minutes"), ("(1,2)", "(2,1)"), ("(1,2)", "12"), ("[0,1]", "[0,1)"), ("5, 5", "5, 6"),
    ("x+1", "x+2"), ("x = 2", "y = 2"), ("\\pi", "3.14"), ("\\sqrt{2}", "\\sqrt{3}"), ("x \\geq 5", "x > 5"),
    ("the answer", "4"), ("1" * 1000, "1"), ("\\sqrt{2", "2"), ("listen", "silent"), ("odd", "\\text{oddd}"),
    ("yes", "no"), ("1:00", "12:00"), ("C", "(A) red"), ("A or C", "C"), ("not C", "C"), ("E*2", "E"),
    ("2C + 1", "C"), ("(C", "(1, 2)"), ("A, B, C, D", "C"),
    ("\\begin{pmatrix} 1 & 2 \\end{pmatrix}", "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"),
]  # fmt: skip


def all_verdicts(table: list[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    pairs = [Pair(predicted, gold) for predicted, gold in table]
    return {pair[:2]: verdict.same for pair, verdict in zip(pairs, verdicts(pairs, timeout_s=60), strict=True)}


def test_equal_answers_are_equal_however_they_are_written() -> None:
    assert [pair for pair, same in all_verdicts(SAME).items() if not same] == []


def test_different_answers_are_different() -> None:
    assert [pair for pair, same in all_verdicts(DIFFERENT).items() if same] == []


COMMAS = [("1,5", "1.5"), ("1.234", "1234"), ("1,234", "1.234"), ("1,234", "1234"), ("12,50 €", "12.5"), ("0,5", "1/2")]


@pytest.mark.parametrize(("predicted", "gold"), COMMAS)
def test_a_language_with_decimal_commas_reads_both_notations(predicted: str, gold: str) -> None:
    assert equivalent(predicted, gold, comma=True)
    assert not equivalent("1,6", "1.5", comma=True)
    assert equivalent("1, 2", "2, 1", comma=True)
    assert not equivalent("1,2", "2,1", comma=True)
    assert equivalent("1,2", "2,1")


WHY = [
    ("72", "72", "same text"),
    ("72.0", "72", "same number"),
    ("73", "72", "another number"),
    ("C", "(C) red", "the letter C"),
    ("A or C", "(C)", "no single letter"),
    ("(2, 1)", "(1, 2)", "another part"),
    ("4 or 5", "4", "several answers where there is one"),
    ("\\dfrac12x", "\\frac{1}{2} x", "same formula"),
    ("{1, 2}", "(1, 2)", "another kind of answer"),
    ("43_5", "43_6", "another base"),
    ("Tuesday", "Monday", "another text"),
    ("I do not know", "4", "words where mathematics is asked for"),
    ("\\sqrt{2", "2", "its braces do not match"),
]


@pytest.mark.parametrize(("predicted", "gold", "why"), WHY)
def test_the_fast_path_says_why(predicted: str, gold: str, why: str) -> None:
    verdict = quick(Pair(predicted, gold))
    assert verdict is not None
    assert verdict.why == why


def test_what_the_fast_path_leaves_is_asked_of_sympy() -> None:
    pairs = [Pair("\\sin^2 x + \\cos^2 x", "1"), Pair("\\sin x", "\\cos x")]
    assert [quick(pair) for pair in pairs] == [None, None]
    assert [verdict.why for verdict in verdicts(pairs, timeout_s=60)] == ["equal by sympy", "not equal by sympy"]


def test_a_verdict_is_remembered_but_a_time_limit_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    run = equivalence.pool.run

    def counted(function, calls, **limits):
        asked.append(len(calls))
        return run(function, calls, **limits)

    monkeypatch.setattr(equivalence.pool, "run", counted)
    equivalence.forget()
    pair, hostile = Pair("\\log 8 / \\log 2", "3"), Pair("99999999!", "3")
    first = verdicts([pair, hostile, pair], timeout_s=2)
    second = verdicts([pair, hostile, pair], timeout_s=2)
    assert [v.status for v in first] == [v.status for v in second] == ["scored", "timed_out", "scored"]
    assert asked == [2, 1]


def test_off_the_main_thread_the_verdicts_are_the_same() -> None:
    table = [("\\sin^2 x + \\cos^2 x", "1"), ("99999999!", "1"), ("72", "72")]
    found: list[str] = []

    def ask() -> None:
        found.extend(verdict.status for verdict in verdicts([Pair(*pair) for pair in table], timeout_s=2))

    equivalence.forget()
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == ["scored", "timed_out", "scored"]


GOLDS = [
    ("72", True), ("\\frac{1}{2}", True), ("[0, 1)", True), ("odd", True), ("1011_2", True), (">", True),
    ("3 : 1", True), ("\\text{(C)}", True), ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", True),
    ("x \\in \\{1, 2\\}", True), ("so it is \\boxed{4}", True), ("\\frac{1", False), ("\\frac{1}", False),
    ("...", False), ("?", False), ("\\sqrt{2}}", False), ("", False), ("(1, 2", False),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "fine"), GOLDS)
def test_a_reference_that_cannot_be_compared_with_is_suspected(gold: str, fine: bool) -> None:
    assert (problem_of_gold(gold) is None) is fine


PIECES = [
    "\\frac",
    "\\sqrt",
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
    "\0",
    "!",
    "and",
]
bare = st.lists(st.sampled_from(PIECES), max_size=12).map("".join).filter(lambda text: "boxed" not in text) | st.text(
    max_size=40
)
"""Without boxes: those are taken apart before two answers are compared, or inside a reference."""
texts = bare | st.just("\\boxed{") | st.just("\\boxed1")


@given(texts, texts)
def test_the_fast_path_never_raises_and_always_says_the_same(predicted: str, gold: str) -> None:
    pair = Pair(predicted, gold)
    first = quick(pair)
    quick.cache_clear()
    assert quick(pair) == first


@given(bare, bare, st.booleans())
def test_two_answers_are_the_same_in_either_order(a: str, b: str, comma: bool) -> None:
    there, back = quick(Pair(a, b, comma)), quick(Pair(b, a, comma))
    if there is not None and back is not None and "letter" not in there.why + back.why:
        assert there.same == back.same or not (a.strip() and b.strip())


@given(bare)
def test_what_can_be_read_equals_itself(text: str) -> None:
    verdict = quick(Pair(text, text))
    assert verdict is not None
    assert verdict.same or verdict.status == "unparseable"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(texts, texts), max_size=6), st.randoms())
def test_a_verdict_does_not_depend_on_its_neighbours(table: list[tuple[str, str]], rng) -> None:
    pairs = [Pair(*pair) for pair in table]
    together = dict(zip(pairs, verdicts(pairs, timeout_s=60), strict=True))
    shuffled = rng.sample(pairs, len(pairs))
    equivalence.forget()
    assert [verdicts([pair], timeout_s=60)[0] for pair in shuffled] == [together[pair] for pair in shuffled]
    assert all(verdict.status in STATUSES for verdict in together.values())


# --- public data ----------------------------------------------------------------------------------------------------

BARS = [("gsm8k_openai", 0.995), ("gsm8k_tora", 0.995), ("math_qwen_cot", 0.998)]


def judged(cases: list[tuple[str, str, str]]) -> list[bool | None]:
    task = Math(language=None, answer_format="any", timeout_s=10)
    rows = [Row(id=str(i), prompt="?", answer=gold, language=lang) for i, (_, gold, lang) in enumerate(cases)]
    return [outcome.right for outcome in task.judge([parse(text) for text, *_ in cases], rows)]


@pytest.mark.parametrize(("name", "bar"), BARS)
def test_public_model_outputs_get_the_verdict_of_their_own_harness(name: str, bar: float, shared_data: Path) -> None:
    with gzip.open(shared_data / "model_outputs" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    said = judged([(row["response"], row["gold"], "en") for row in rows])
    wrong = [row["id"] for row, right in zip(rows, said, strict=True) if right != row["label"]]
    assert len(wrong) <= (1 - bar) * len(rows), wrong


@pytest.mark.slow
def test_public_equivalence_cases_have_no_wrong_acceptance_and_few_misses(shared_data: Path) -> None:
    with (shared_data / "math_equivalence" / "math_equivalence.jsonl").open(encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if not row["ambiguous"]]
    said = judged([(row["prediction"], row["gold"], row["language"][:2]) for row in rows])
    wrong = {row["id"]: right for row, right in zip(rows, said, strict=True) if right != row["expected"]}
    assert [name for name, right in wrong.items() if right] == []
    assert len(wrong) <= 0.02 * len(rows), wrong
