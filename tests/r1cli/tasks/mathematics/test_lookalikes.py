r"""Lookalikes: answers beside the reference that begin like it, and the ways to write it that look unlike it.

`3 -x`, `3½`, `3…4`, `\phantom{3}` and `3 thirds` were taken for 3, and `(0, 1]` for `[0, 1)`.
"""

from __future__ import annotations

import pytest

from r1cli.tasks.mathematics.equivalence import Pair, verdicts
from r1cli.tasks.mathematics.extraction import answer_to

SETTINGS = ("{}", r"\boxed{{{}}}")
OTHERS = {
    "3": [
        # terms and operations
        "3 -x", "3 /x", "3 -ab", "3 .x", "3 (ab)", "3(a-b)", "3² m", "3 ² m", "3 xy", "3 ab cd", "3π", "3 π", "3 π cm",
        "3 sin", "3 sin x", "3 log", "3 sqrt", "3 sec x", "3 theta", "3 infinity", "3 choose two", "3 gross",
        # marks, rings, other alphabets
        "3ⅹ", "3Ⅳ", "3①", "3𝑥", "3𝐱", "3𝟒", "3ᵃ", "3ⁿ", "3⁴", "3⁻¹", "3¹⁰",
        "3½", "3 ½", "3¼", "3⁄4", "3∕4", "3̸", "3̶", "3‰",
        # several numbers
        "3—4", "3..4", "3...4", "3…4", "3至4", "3到4", r"3\\4", "3 to one", "3 per two", "3 point five", "3 oder vier",
        "3 ou quatre", "3 или четыре", "3 and change", "3 and a bit",
        # other numbers
        "3 halves", "3 thirds", "3 permille", "3 in binary", "3点5", "3半", "3多", "3余", "3の2乗", "3乗", "3的平方",
        "3億", "3萬",
        # nothing that is shown, nothing that is said
        r"\phantom{3}", r"\cancel{3}", r"4\phantom{3}", "3^{*}", "3^*", "3 nope", "3 none", "3 nil", "3错", "非3",
        "~~3~~", "~~3~~ 4", "<del>3</del> 4", "<!-- 3 -->", "<!-- 3 --> 4",
    ],
    "-5": ["|-5|", "|-5|+0"],
    "1000": ["1000₂", "1000_{2}", "1000 in binary"],
    r"\frac{1}{2}": ["0.5…5", "½½", "¹⁄₃", "½ or ⅓"],
    "[0,1)": ["(0,1]", "]0,1]", "]0,1[", "[0,1]", r"0<x\leq1", "0<x<1", r"0\leq x\leq1", r"\{x|0<x\leq1\}", "x<1"],
    r"x\in[0,1]": ["0<x<1", r"0\leq y\leq1", r"y\in[0,1]"],
    r"(-\infty,2]": ["x<2", r"x\geq2", "2<x", r"[2,\infty)", r"\{x|x<2\}"],
    r"\{1,2,3\}": [r"\{1,2,3\}\setminus\{3\}", r"\{\{1,2,3\}\}", r"\{1,2\},\{3\}"],
    "A": ["Option B", "Option A or B", "not option A"],
    "even": ["I don't know whether it is even", "not sure whether even"],
}  # fmt: skip
SAME = {
    "3": ["3 (three)", "3 cm", "3 (cm)", "3 m/s", "3 m / s", "3 km²", "3 Ω", "3 μm", "3 μήλα", "3 apples", "3 of them",
          "3 min", "3 sec", "3 quarters", "3 times", "3 more", "3 days a week", "3 N m", "3 e-mails", "3倍", "3平方米",
          "𝟑", "<del>4</del> 3", "~~4~~ 3", "3 <!-- checked -->"],
    "-5": ["﹣5", "‒5", "−5"],
    r"\frac{1}{2}": ["½", "half", "a half", "¹⁄₂", "1⁄2", "1∕2"],
    r"\frac{7}{2}": ["3½", "3 ½"],
    r"\frac{1}{3}": ["⅓", "a third", "1∶3"][:2],
    "1024": ["2¹⁰", "4⁵"],
    "0.25": ["2⁻²", "¼"],
    "x^{10}": ["x¹⁰", "𝑥¹⁰"],
    r"\pi": ["𝜋", "π"],
    "300000000": ["3億", "3亿"],
    "[0,1)": ["[0,1[", r"0\le x<1", r"0 \leq x < 1", r"1>x\ge 0", "{x | 0 ≤ x < 1}", r"\{x\mid 0\le x<1\}",
              r"x\in[0,1)"],
    r"(-\infty,2]": [r"x\le2", r"2\geq x", r"\{x:x\leq2\}", "]-∞,2]"],
    r"x\in[0,1]": ["[0,1]", r"0\le x\le 1"],
    "x<2": [r"(-\infty,2)", "2>x", r"]-\infty,2["],
    r"\infty": ["infinity", "∞"],
    r"-\infty": ["negative infinity"],
    r"2\sqrt{3}": ["√(12)", "2⋅√3", "2∙√3"],
    "5:3": ["5∶3"],
    "A": ["Option A", "choice (A)", "Answer: option A"],
}  # fmt: skip


def accepted(table: dict[str, list[str]]) -> dict[str, list[str]]:
    """Which of the answers of a table are taken for the reference, in any setting."""
    cases = [(gold, text, s.format(text)) for gold, texts in table.items() for text in texts for s in SETTINGS]
    found = verdicts([Pair(answer_to(gold, said), gold) for gold, _, said in cases], timeout_s=20)
    right: dict[str, list[str]] = {}
    for (gold, text, said), verdict in zip(cases, found, strict=True):
        if verdict.same and not (said != text and ("~~" in text or "<" in text)):  # a box shows what is in it
            right.setdefault(gold, []).append(text)
    return right


def test_what_only_begins_like_the_reference_is_not_taken_for_it() -> None:
    assert accepted(OTHERS) == {}


@pytest.mark.parametrize("gold", SAME)
def test_the_reference_is_known_in_other_letters_and_other_words(gold: str) -> None:
    found = accepted({gold: SAME[gold]}).get(gold, [])
    assert [text for text in SAME[gold] if text not in found] == []


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 3. Or 4.", "The answer is 3.\nOr 4.", "The answer is 3. Actually, 4.",
        "The answer is 3. Just kidding, it's 4.", "The answer is 3. Wait, the answer is 4.",
    ],
)  # fmt: skip
def test_an_answer_that_the_next_sentence_replaces_does_not_count(text: str) -> None:
    (found,) = verdicts([Pair(answer_to("3", text), "3")], timeout_s=20)
    assert not found.same
