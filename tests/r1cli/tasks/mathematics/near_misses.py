"""Near misses: wrong neighbours of a reference, each of which a lenient grader has accepted somewhere.

A generator for each kind of reference: another digit, sign, power of ten or base; a pair in another order, or a set, a
list, an interval in its place; another bound; an equation for a value; a multiplier, an operation or a denial behind a
number. `settings` put each into a box, a sentence and a line of its own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from tests.r1cli.tasks.mathematics.answer_forms import is_value
from tests.r1cli.tasks.mathematics.references import (
    formula,
    has_relation,
    has_unit,
    is_integer,
    is_list,
    is_number,
    is_text,
)

NearMiss = tuple[str, str]
"""What was changed, and the wrong answer."""
SETTINGS = ("{}", "The answer is {}.", "\\boxed{{{}}}", "Therefore, {}", "答案是{}。")
"""Where a wrong answer is put."""
_REMARKS = (
    "{} million", "{} thousand", "{} dozen", "{} hundred", "{}万", "{}亿", "{}千", "{} million dollars", "{} minus one",
    "{} plus two", "{} squared", "{} is wrong", "{} is not correct", "{} is incorrect", "{}不对", "{}是错的", "not {}",
    "{} is not the answer", "{} otherwise six", "{} and a half", "{} hundredths", "{}, which is wrong",
    "{}? No, that is incorrect",
    "{} or {next}", "{} and {next}", "{}, {next}", "({}, {next})", r"\{{{}, {next}\}}", r"{} \pm 1", "[{}, {next}]",
    "x > {}",
    r"x \neq {}", r"x \geq {}", "x + y = {}", "2x = {}", "{} = 0", "1 = 0", "{} = {next}", "{}x", "{} i", r"{}\pi",
    "{}+", "{}-",
    "{}%%", r"{}\%\%", "{}_6", "{}_{{10}}", "{} base 7", "{} + 1", "x^2 = {}", "{} times two", "minus {}",
    "negative {}",
    "{} x {next}", "{} million and one", "{} | {next}", "{} ~ {next}", "{} {next}", "either {} or {next}", "f'({})",
    "{}:{next}",
)  # fmt: skip


def near_misses(gold: str, seed: int = 0) -> Iterator[NearMiss]:
    """Wrong neighbours of a reference."""
    rng = random.Random(f"{seed} {gold}")
    text = formula(gold)
    yield from _of_digits(text, rng)
    if is_number(gold) and not has_unit(gold):
        yield from _of_number(text)
    if is_value(gold) and not text.startswith("-") and text.strip("0."):
        yield "another sign", f"-({text})" if re.search(r"[-+]", text) else f"-{text}"
    if is_value(gold) and "begin" not in text and not text.startswith(("(", "[", "\\left", "\\{")):
        yield from (
            ("a term more", f"{text} + 1"),
            ("an equation", f"x + {text} = 0"),
            ("its square", f"({text})^2 + 3"),
        )
    yield from _of_brackets(text)
    yield from _of_relations(text)
    yield from _of_matrices(text)
    yield from _of_lists(text, is_list(gold) and not has_relation(gold) and not is_text(gold))
    yield from _of_words(text, is_text(gold))


def _of_digits(text: str, rng: random.Random) -> Iterator[NearMiss]:
    if re.search(r"\\begin|[a-z]_\{?\d", text):
        return
    places = [m.start() for m in re.finditer(r"\d", text) if not text[: m.start()].endswith(("0", "."))]
    for place in rng.sample(places, min(2, len(places))):
        digit = str((int(text[place]) + rng.randint(1, 8)) % 9 + 1)
        if digit != text[place]:
            yield "another digit", text[:place] + digit + text[place + 1 :]
    if places and is_integer(text) and "," not in text:
        yield "a digit more", f"{text}{rng.randint(1, 9)}"
    if re.fullmatch(r"-?\d*\.\d+", text):
        yield "a decimal more", f"{text}{rng.randint(1, 9)}"
        yield "the last decimal", text[:-1] + str((int(text[-1]) + 1) % 10)


def _of_number(text: str) -> Iterator[NearMiss]:
    value = re.sub(r"[,\\!{}]", "", text) if is_integer(text) else None
    if value is None or abs(int(value)) < 3:
        if re.fullmatch(r"\d*\.\d+", text) and float(text):
            yield "a power of ten", f"{float(text) * 10:g}"
        return
    number = int(value)
    yield "a power of ten", str(number * 10)
    yield "a power of ten less", f"{number / 10:.1f}"
    yield "one more", str(number + 1)
    yield "in words, another", {3: "four", 4: "five", 12: "thirteen", 20: "thirty"}.get(number, "two")
    for remark in _REMARKS:
        if not (number < 0 and remark.startswith(("minus", "negative"))):
            yield f"remark {remark}", remark.format(text, next=number + 1)


def _of_brackets(text: str) -> Iterator[NearMiss]:
    """Pairs and intervals."""
    bare = re.sub(r"\\(?:left|right)\s*", "", text).strip()
    match = re.fullmatch(r"([(\[])([^()\[\]]+),([^()\[\],]+)([)\]])", bare)
    if match is None or "\\{" in bare:
        return
    left, first, second, right = match.groups()
    first, second = first.strip(), second.strip()
    other = {"(": "[", "[": "(", ")": "]", "]": ")"}
    yield "another bound on the left", f"{other[left]}{first}, {second}{right}"
    yield "another bound on the right", f"{left}{first}, {second}{other[right]}"
    if first != second and "," not in first:
        yield "another order", f"{left}{second}, {first}{right}"
        yield "a set for a pair", rf"\{{{first}, {second}\}}"
        yield "a list for a pair", f"{first}, {second}"
        yield "half of it", first
    yield "another component", f"{left}{first}, {second} + 1{right}"


def _of_relations(text: str) -> Iterator[NearMiss]:
    for ours, theirs in ((r"\le", "<"), (r"\leq", "<"), (r"\ge", ">"), ("<", r"\leq "), (">", r"\geq "), ("=", "<")):
        if re.search(re.escape(ours) + r"(?![A-Za-z])", text):
            yield "another relation", re.sub(re.escape(ours) + r"(?![A-Za-z])", lambda _, t=theirs: t, text)
    if r"\cup" in text:
        yield "a part of the union", text.split(r"\cup", maxsplit=1)[0]
    if re.fullmatch(r"[0-9A-Z]+_\{?\d+\}?", text):
        digits, base = re.findall(r"[0-9A-Z]+", text)
        yield "another base", f"{digits}_{int(base) + 1}"
        yield "no base", digits
        yield "base ten", f"{digits}_{{10}}" if base != "10" else f"{digits}_9"
    if re.fullmatch(r"f\(.*\)", text):
        yield "its derivative", text.replace("f(", "f'(")


def _of_matrices(text: str) -> Iterator[NearMiss]:
    if "pmatrix" not in text:
        return
    yield "a determinant", text.replace("pmatrix", "vmatrix")
    if text.count("\\\\") and "&" not in text:
        yield "a row for a column", re.sub(r"\\\\", "&", text)
    yield (
        "another cell",
        re.sub(r"(-?\d+)(?=\s*\\end)", lambda m: str(int(m[0]) + 1), text, count=1)
        if re.search(r"(-?\d+)(?=\s*\\end)", text)
        else text.replace("\\end", "+ 1 \\end"),
    )


def _of_lists(text: str, is_a_list: bool) -> Iterator[NearMiss]:
    if not is_a_list or re.search(r"[()\[\]{]", text):
        return
    parts = [part.strip() for part in re.split(r"[,;]", text)]
    if len(set(parts)) == len(parts):
        yield "one less", ", ".join(parts[:-1])
        yield "one more", ", ".join([*parts, "977"])
        yield "another one", ", ".join([*parts[:-1], f"{parts[-1]} + 1"])
        yield "a tuple for a list", f"({', '.join(parts)})"


def _of_words(text: str, is_a_text: bool) -> Iterator[NearMiss]:
    if not is_a_text:
        return
    letters = re.fullmatch(r"(.*?[{(\s])?([A-J])([})\s.,]*)", text)
    if letters:
        other = "ABCDEFGHIJ"[("ABCDEFGHIJ".index(letters[2]) + 1) % 5]
        yield "another letter", text.replace(letters[2], other)
        yield "two letters", f"{letters[2]} or {other}"
        yield "not it", f"not {letters[2]}"
        yield "a letter denied", f"{letters[2]} is wrong"
        return
    word = re.fullmatch(r"\\text\{([A-Za-z]{4,})\}", text)
    if word and word[1] != word[1][::-1]:
        yield "backwards", rf"\text{{{word[1][::-1]}}}"
        yield "not it", f"not {word[1]}"
        yield "a letter more", f"{word[1]}d"
