r"""Extraction: the final answer that an answer part commits to. Never more than one, and none that it denies.

Boxes are read first; without one, what is announced ("the answer is", `####`, "Réponse :", 答案); else the last line.
A sentence that names several numbers commits to none of them and is returned whole, which equals no number.
"""

from __future__ import annotations

import re
from typing import Literal

from r1cli.tasks.mathematics.notation import is_balanced, is_prose, plain
from r1cli.tasks.mathematics.numbers import read_quantity

AnswerFormat = Literal["any", "boxed", "stated"]
_LONGEST = 1_200
"""Characters of a sentence or a box that are looked at."""


def final_answer(text: str, answer_format: AnswerFormat = "any") -> str:
    r"""The final answer of an answer part; empty if there is none of that format.

    any: the last `\boxed{}` (neighbours joined by "and" or a comma are one answer), else what is stated.
    boxed: a box or nothing.
    stated: what follows the last announcement, or stands in the last line; a box there is a part of it.
    """
    text = _without_machine_talk(text)
    if answer_format != "stated":
        boxed = _last_boxed(text)
        if boxed is not None or answer_format == "boxed":
            return boxed or ""
    stated = _stated(text)
    boxed = _last_boxed(stated)
    return _committed(stated) if boxed is None else boxed


_MACHINE = re.compile(r"<\|[a-z_]+\|>|</s>|<eos>")
_CLOSING_PHRASE = re.compile(r"I hope (?:it|this) is correct\.?$")


def _without_machine_talk(text: str) -> str:
    """Up to the first token of a chat template, where the turn was over; without the phrase that a prompt asked for."""
    if (end := _MACHINE.search(text)) is not None and text[: end.start()].strip():
        text = text[: end.start()]
    return _CLOSING_PHRASE.sub("", text.strip()).strip()


# --- boxes ----------------------------------------------------------------------------------------------------------

_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=[{\d])")
_DIGITS = re.compile(r"\d+")
_BETWEEN_BOXES = re.compile(
    r"""(?:[\s,;$}]|\\[()]|\\q?quad\b|\\text\s*\{|\\?[({]?[A-Za-z]\w*(?:_\{\w+\})?\s*=|[^\W\d_]++|\([a-z]\))*+""",
    re.VERBOSE,
)
_JOINS = re.compile(r"[,;]|\b(?:and|or)\b|和|或|\bet\b|\bund\b")
_PARTS_COMPANY = re.compile(r"\b(?:then|but|no|not|so|wait|hence|thus|therefore|is|was)\b")
_BETWEEN_AT_MOST = 80
"""Characters between two boxes that are one answer."""
_WORDS_AT_MOST = 6


def _last_boxed(text: str) -> str | None:
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    start, (content, _) = boxes[-1].start(), _box_content(text, boxes[-1].end())
    for match in reversed(boxes[:-1]):
        earlier, end = _box_content(text, match.end())
        if end > start or not _is_joint(text[end:start]) or len(content) > _LONGEST:
            break
        content = content if earlier == content else f"{earlier}, {content}"
        start = match.start()
    return content.strip()


def _is_joint(between: str) -> bool:
    r"""Whether two boxes are one answer: side by side, or `\boxed{2} cups and \boxed{3} spoons`, not `and then`."""
    if not between.strip(" \n\t$"):
        return True
    return (
        len(between) <= _BETWEEN_AT_MOST
        and len(re.findall(r"[^\W\d_]+", between)) <= _WORDS_AT_MOST
        and bool(_JOINS.search(between) and _BETWEEN_BOXES.fullmatch(between))
        and not _PARTS_COMPANY.search(between)
    )


def _box_content(text: str, at: int) -> tuple[str, int]:
    r"""What is inside the braces that open at `at`, and where the box ends; `\boxed 5` does without braces."""
    if digits := _DIGITS.match(text, at):
        return digits.group(), digits.end()
    depth, last = 0, min(len(text), at + _LONGEST)
    for i in range(at, last):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[at + 1 : i], i + 1
    return text[at + 1 : last], last


# --- statements -----------------------------------------------------------------------------------------------------

_ANNOUNCED = re.compile(
    r"####"
    r"|(?i:\b(?:answers?|réponse|antwort|respuesta|jibu|ответ)\s*(?:(?:is|are|est|ist|lautet|es|ni)\b\s*:?|\*{0,2}\s*[:：=]))"
    r"|^[ \t]*A[ \t]*:"
    r"|(?:答案|答え)(?:是|为|は|：|:)|(?:উত্তর|సమాధానం|คำตอบ|الجواب|الإجابة|उत्तर)\s*(?:คือ|هو|হল|है)?\s*[:：]?",
    re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[^\s.])(?:[.!?]\s+(?=[A-ZÀ-Þ*])|[。।！？])")
_CONCLUDES = re.compile(
    r"\s*(?i:therefore|thus|hence|so|in total|in all|altogether|finally|donc|ainsi|also|somit|daher|insgesamt"
    r"|por lo tanto|así que|поэтому|итак|всего)\b|\s*(?:因此|所以|故|一共|总共|よって|したがって)"
)
_LABEL = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+){0,2}\s?[:：]\s+")
_FORMULA = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_EQUALS = re.compile(r"(?<![<>!\\])=")
_BOLD = re.compile(r"\*\*([^*]*\d[^*]*)\*\*")
_NUMBER = re.compile(
    r"(?:(?<![\w.])-)?[$€£¥]?(?:\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d+)*)(?:\s?/\s?\d+(?:[.,]\d+)*)?\s?%?"
)


def _stated(text: str) -> str:
    """The sentence with the answer: the announced one, or the last line, down to its conclusion."""
    marks = list(_ANNOUNCED.finditer(text))
    if marks and (rest := text[marks[-1].end() :].strip()):
        line = rest.partition("\n")[0][:_LONGEST]
        return _SENTENCE_END.split(line, maxsplit=1)[0].strip(" :：").rstrip(" .。")
    return text.strip().rpartition("\n")[2].strip()[-_LONGEST:].rstrip(" .。")


def _committed(line: str) -> str:
    """The answer that a line states: all of it, or, if it is a sentence, the only formula or number in it."""
    if (label := _LABEL.match(line)) is not None:
        line = line[label.end() :]
        if (only := _only_one(line)) is not None and not _FORMULA.search(line):
            return only
    left, equals, right = line.rpartition("=")
    if equals and not re.search(r"[^\W\d_]", left):  # arithmetic: 48 + 24 = 72
        line = right.strip()
        line = line if is_balanced(line) else line.rstrip(" .。").removesuffix(")")  # it was opened on the left
    if read_quantity(plain(line)) or not is_prose(line):
        return line
    told = without_denied(line)
    for sentence in (told, _conclusion(told)):
        if (only := _only_one(sentence)) is not None:
            return only
    return line


def _only_one(sentence: str) -> str | None:
    """What a sentence commits to, if it is one thing: a formula, a number in bold, or a number at all."""
    formulas: list[str] = [a or b for a, b in _FORMULA.findall(sentence) if re.search(r"\d", a or b)]
    if len(formulas) == 1 and not _EQUALS.search(formulas[0]):
        return formulas[0]
    for found in (_BOLD.findall(sentence), [_EQUALS.split(sentence)[-1]]):
        numbers: set[str] = {n.strip() for n in _NUMBER.findall(found[0])} if len(found) == 1 else set()
        if len(numbers) == 1:
            return numbers.pop()
    return None


def _conclusion(line: str) -> str:
    """The last sentence that draws one ("Therefore ..."); else the last sentence."""
    sentences = [sentence for sentence in _SENTENCE_END.split(line) if sentence.strip(" *")]
    concluding = [sentence for sentence in sentences if _CONCLUDES.match(sentence)]
    return (concluding or sentences or [line])[-1]


_DENIED = re.compile(
    r"(?:\b(?:not|cannot|never|neither|nor|instead of|rather than|except|nicht|keine?|non|pas|ne|no es)\b|n['’]t\b"
    r"|不是|而非)"
    r".*?(?=[,;，；。]|[.:](?:\s|$)|\b(?:but|it['’]?s|it is|which is|sondern|mais|sino)\b|而是|$)",
    re.IGNORECASE,
)


def without_denied(sentence: str) -> str:
    """Without what it says the answer is not, each denial up to the end of its clause: "not 10 but 12" is 12."""
    return _DENIED.sub(" ", sentence)
