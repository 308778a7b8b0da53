r"""Boxes: what a text puts into `\boxed{}`, the form that most prompts ask for."""

from __future__ import annotations

import re

from r1cli.tasks.mathematics.denials import is_negated, is_taken_back

LONGEST = 1_200
"""Characters of a box that are looked at."""
_BOX = re.compile(r"\\(?:begin)?(?:boxed|fbox|framebox)\s*(?=[{\d])")
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s{9,}")
"""More than anybody needs: a page of it would push the rest of a box out of sight."""
_BETWEEN_BOXES = re.compile(
    r"""(?:[\s,;$}&]|\\[()]|\\\\|\\q?quad\b|\\text\s*\{|\\?[({]?[A-Za-z]\w*(?:_\{\w+\})?\s*=|[^\W\d_]++|\([a-z]\))*+""",
    re.VERBOSE,
)
_JOINS = re.compile(r"[,;]|\b(?:and|or)\b|和|或|\bet\b|\bund\b")
_PARTS_COMPANY = re.compile(r"\b(?:then|but|no|not|so|wait|hence|thus|therefore|is|was)\b")
_BETWEEN_AT_MOST = 80
"""Characters between two boxes that are one answer."""
_WORDS_AT_MOST = 6


def last_boxed(text: str) -> str | None:
    r"""What the last box holds, with its neighbours: `\boxed{2} and \boxed{3}` are one answer; None without a box.

    Empty if the text denies it at once: `it is not \boxed{5}`, `\boxed{5} is wrong`.
    """
    if "box" not in text:
        return None
    text = _SPACE.sub(" ", text)
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    start, (content, last) = boxes[-1].start(), _content(text, boxes[-1].end())
    for match in reversed(boxes[:-1]):
        earlier, end = _content(text, match.end())
        if end > start or not _is_joint(text[end:start]) or len(content) > LONGEST:
            break
        content = content if earlier == content else f"{earlier}, {content}"
        start = match.start()
    if is_taken_back(text[last : last + LONGEST]) or is_negated(text[max(0, start - LONGEST) : start]):
        return ""
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


def _content(text: str, at: int) -> tuple[str, int]:
    r"""What is inside the braces that open at `at`, and where the box ends; `\boxed 5` does without braces."""
    if digits := _DIGITS.match(text, at):
        return digits.group(), digits.end()
    depth, last = 0, min(len(text), at + LONGEST)
    i = at
    while i < last:
        if text[i] == "\\" and text[i + 1 : i + 2] in {"{", "}"}:
            i += 2  # \{ and \} are printed, and need not match
            continue
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[at + 1 : i], i + 1
        i += 1
    return text[at + 1 : last], last
