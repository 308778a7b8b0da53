r"""Statements: the sentence of an answer part that states the answer.

What is announced counts ("the answer is", `####`, "Réponse :", 答案); else the last line that is no mere closing.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import islice

from r1cli.tasks.mathematics.commitment import FORMULA, SENTENCE_END
from r1cli.tasks.mathematics.denials import is_taken_back
from r1cli.tasks.mathematics.layout import ITEM, last_lines_of
from r1cli.tasks.mathematics.notation import has_words, is_balanced, plain
from r1cli.tasks.mathematics.number_words import has_number_word

_LONGEST = 1_200
"""Characters of a sentence that are looked at."""
_GAP = r"[^.\n:：=\d$?!。，,]{0,60}?"
_IS = r"(?:is|are|was|be|equals?|est|ist|lautet|es|ni|è|é)\b"
_ANNOUNCED = re.compile(
    r"####"
    rf"|\b(?:answers?|réponse|antwort|respuesta|jibu|risposta|resposta|ответ){_GAP}(?:\b{_IS}\s*:?|\s*\*{{0,2}}\s*[:：=])"
    r"|^\s*(?:the\s+|my\s+|our\s+)?(?:final\s+|correct\s+)?(?:answers?|results?|solutions?)\s*[:：]?\s*$"
    r"|^\s*(?-i:A)\s*[:：]|\bans\s*[.:：=]"
    r"|^(?:解|答)\s*[:：]|(?:答案|答え|结果)\s*(?:是|为|為|等于|は|[:：=])\s*[:：]?|^\s*(?:最终|最后的?|正确)?(?:答案|结果)\s*$"
    r"|(?:উত্তর|సమాధానం|คำตอบ|الجواب|الإجابة|उत्तर|정답은?|답은?)\s*(?:คือ|هو|হল|है)?\s*[:：]?",
    re.IGNORECASE,
)
_KEYWORDS = (
    "####", "ans", "antw", "result", "solution", "réponse", "respuesta", "jibu", "risposta", "resposta", "ответ", "a:",
    "a :", "a：", "答", "解", "结果", "উত্তর", "సమాధానం", "คำตอบ", "الجواب", "الإجابة", "उत्तर", "답",
)  # fmt: skip
"""Without one of them a line announces nothing: looking for them is ten times faster than the pattern."""
_CLOSING = re.compile(
    r"\b(?:hope|let me know|feel free|good luck|happy to|any (?:other )?questions|as required|as desired|done"
    r"|final answer|need (?:any )?(?:more|further)|great day)\b|希望|如有|请告诉|祝",
    re.IGNORECASE,
)


def statement_of(text: str) -> str:
    """The sentence with the answer; empty if there is none, or if the text takes it back at once."""
    lines = deque[str]()
    for line in last_lines_of(text):
        lines.appendleft(line)
        for end in reversed(_announcements(line)):
            rest = "\n".join([line[end:], *islice(lines, 1, None)]).strip(" \n:：")
            if rest:
                return _announced(rest)
    return _last(list(lines))


def announces(text: str) -> bool:
    """Whether the text says that an answer follows."""
    return any(map(_announcements, text.split("\n")))


def _announcements(line: str) -> list[int]:
    """Where in the line the answers begin that it announces."""
    lowered = line.lower()
    if not any(keyword in lowered for keyword in _KEYWORDS):
        return []
    return [match.end() for match in _ANNOUNCED.finditer(line)]


def _announced(rest: str) -> str:
    first, _, others = rest.partition("\n")
    if first.count("**") % 2:  # the other half stands before the announcement
        first = first.replace("**", "").strip(" :：")
    first = re.sub(r"^[-–—]\s+(?=\$)", "", first)  # a dash between the announcement and the answer
    if first.startswith(ITEM):
        return _listed(rest.split("\n"))
    sentence, *later = SENTENCE_END.split(first[:_LONGEST], maxsplit=1)
    if is_taken_back(" ".join([*later, others])):
        return ""
    sentence = _closed(sentence.strip(' :："“”').rstrip(' .。"'))
    return sentence or _last(others.split("\n"))


def _closed(sentence: str) -> str:
    """Without the brace of a JSON object, and the exclamation mark that is no factorial."""
    if sentence.endswith("}") and not is_balanced(sentence):
        sentence = sentence[:-1].rstrip(' "')
    return sentence.rstrip("!") if sentence.endswith("$!") else sentence


def _listed(lines: list[str]) -> str:
    """The items of a list as one answer, if all of them are formulas; else the first."""
    items: list[str] = []
    for line in lines:
        if not line.startswith(ITEM):
            break
        items.append(line.removeprefix(ITEM).strip(" .,;"))
    if any(has_words(plain(item)) for item in items):
        return items[0]
    return ", ".join(item.strip("$") for item in items)


def _last(lines: list[str]) -> str:
    """The last line that is no mere closing ("I hope this helps!"), or the list that the last lines are."""
    if not lines:
        return ""
    at = len(lines) - 1
    while at and _is_closing(lines[at], lines[at - 1]):
        at -= 1
    if lines[at].startswith(ITEM):
        first = at
        while first and lines[first - 1].startswith(ITEM):
            first -= 1
        if at > first and first and lines[first - 1].endswith((":", "：")):
            return _listed(lines[first : at + 1])
    if is_taken_back(" ".join(lines[at + 1 :])):
        return ""
    return lines[at].removeprefix(ITEM)[-_LONGEST:].rstrip(" .。")


def _is_closing(line: str, before: str) -> bool:
    """Whether a line states nothing: good wishes, or words behind a line that is the answer by itself."""
    if any(map(str.isdigit, line)) or FORMULA.search(line) or "\\" in line:
        return False
    return bool(_CLOSING.search(line)) or (
        has_words(line)
        and " " in line
        and (FORMULA.fullmatch(before.strip(" .")) is not None or not has_words(plain(before)))
        and not has_number_word(line)
    )
