"""Denials: what a text says the answer is not, and answers that it takes back.

`not 10 but 12` commits to 12; `5 is wrong`, `5? No, that is incorrect` and `it is not true that it is 5` commit to
nothing. A policy that could write an answer and deny it in one breath would be paid for both.
"""

from __future__ import annotations

import re

_DENIED = re.compile(
    r"(?:\b(?:not|cannot|never|neither|nor|instead of|rather than|except|nicht|keine?|non|pas|ne|no es)\b|n['’]t\b"
    r"|不是|而非|非(?=\s*[$\\\d]))"
    r".*?(?=[,;，；。]|[.:](?:\s|$)|\b(?:but|it['’]?s|it is|which is|sondern|mais|sino)\b|而是|$)",
    re.IGNORECASE,
)
_FALSE = (
    r"(?:wrong|incorrect|false|untrue|mistaken|invalid|impossible|erroneous|nonsense|a (?:mistake|lie|guess)"
    r"|faux|fausse|falsch|incorrecto|falso|неверно|неправильно)"
)
_FALSE_CJK = r"(?:错误|错了|错的|是错|不对|不正确|不是正确|不成立|有误|並非|并非|間違|違います|틀렸)"
_FILLER = r"(?:(?:the|an?|my|our|its|really|quite|actually|even|be|been|exactly|necessarily|at all|to be)\s+){0,3}"
_NOT_RIGHT = (
    rf"(?:\b(?:not|never|cannot|nicht|pas)|n['’]t)\s+{_FILLER}"
    r"(?:right|correct|true|(?:final\s+)?answer|solution|result|value|valid|possible|acceptable|the case"
    r"|richtig|correcte?|vrai)\b"
)
_UNKNOWN = (
    r"\b(?:do(?:es)?(?:n['’]t| not) know|not sure|unsure)\s+(?:whether|if|that)\b|\bwhether\s+(?:it|the answer)\s+is\b"
)
_REFUTED = re.compile(rf"\b{_FALSE}\b|{_NOT_RIGHT}|{_FALSE_CJK}|\bnot\W*$|{_UNKNOWN}", re.IGNORECASE)
_SUBJECT = r"(?:that|this|it|which|the above|the answer|my answer|both)"
_TAKEN_BACK = re.compile(
    rf"\b{_SUBJECT}(?:['’]s|\s+(?:is|was|were|are|seems?|looks?|must be|cannot|can['’]t|isn['’]t|wasn['’]t)(?:\s+be)?)"
    rf"\s+(?:(?:clearly|obviously|also|just|actually|certainly|completely|all|surely|still)\s+)?"
    rf"(?:{_FALSE}\b|{_NOT_RIGHT}|not\b(?=\s*[.!,]|\s*$)|(?:right|correct|true)\?)"
    rf"|\b{_SUBJECT}\s+(?:isn['’]t|wasn['’]t|cannot be|can['’]t be)\s+{_FILLER}(?:right|correct|true|answer|so)\b"
    rf"|\b(?:scratch|disregard|ignore|forget)\s+(?:that|this|it|the)\b|^\W*(?:no|wrong|incorrect|oops)\b[.,!]"
    r"|^\W*(?:or\b|(?:(?:oh|just kidding|sorry|wait|hmm|oops|actually|rather|correction)\b\W*)+"
    r"(?:(?:it|that|the answer)(?:['’]?s|\s+is)\s+)?[-$\\\d])"
    rf"|{_FALSE_CJK}|忽略",
    re.IGNORECASE,
)
_FALSE_AFTER = re.compile(
    rf"[\s$*_)\]}}.,;:!?'\"—–-]*(?:(?:[^\W\d_]+\s+){{0,3}}?(?:is|are|was|were|would be|seems?|looks?)\s+)?"
    rf"(?:{_FALSE}\b|{_NOT_RIGHT}|not\b(?=\s*[.!]|\s*$)|isn['’]t\s+{_FILLER}(?:right|correct|true|answer)|{_FALSE_CJK})",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|cannot be|can['’]t be|isn['’]t|wasn['’]t|other than|except|rather than|instead of|unlike)"
    r"(?:\s+(?:equal(?:\s+to)?|be|simply|just|the answer))?|\\n(?:eq?|ot)(?![A-Za-z])=?|≠|不是|不等于|并非)"
    r"[\s$({\[\\*]*$",
    re.IGNORECASE,
)
_REACH = 300
"""Characters behind an answer in which it may be taken back."""
_HEDGED = re.compile(
    r"\b(?:or|otherwise|maybe|perhaps|possibly|alternatively|either|else|oder|ou)\b|或者?|也许|可能|または|또는",
    re.IGNORECASE,
)


def without_denied(sentence: str) -> str:
    """Without what it says the answer is not, each denial up to the end of its clause: "not 10 but 12" is 12."""
    return _DENIED.sub(" ", sentence)


def is_refuted(sentence: str) -> bool:
    """Whether the sentence calls something wrong: `5 is incorrect`, `it is not true that it is 5`."""
    return bool(_REFUTED.search(sentence))


def is_taken_back(after: str) -> bool:
    """Whether what follows an answer takes it back."""
    after = after[:_REACH]
    return bool(_FALSE_AFTER.match(after) or _TAKEN_BACK.search(after))


def is_negated(before: str) -> bool:
    r"""Whether what stands right before an answer denies it: `it is not \boxed{5}`."""
    return bool(_NOT_BEFORE.search(before[-40:]))


def is_hedged(sentence: str) -> bool:
    """Whether it names alternatives: `5, or maybe six`."""
    return bool(_HEDGED.search(sentence))
