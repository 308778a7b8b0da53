r"""Commitment: what a sentence commits to: all of it, what it ends with, or the only formula or number in it.

A sentence that names several numbers commits to none of them and is returned whole, which equals no number; one that
calls its number wrong commits to nothing.
"""

from __future__ import annotations

import re

from r1cli.tasks.mathematics.denials import is_hedged, is_refuted, without_denied
from r1cli.tasks.mathematics.notation import (
    has_words,
    is_balanced,
    is_word,
    plain,
    with_plain_groups,
    without_text_commands,
)
from r1cli.tasks.mathematics.number_words import NUMBER_WORDS, has_number_word, in_digits, scaled
from r1cli.tasks.mathematics.numbers import read_quantity
from r1cli.tasks.mathematics.units import is_unit

FORMULA = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$")
"""A formula between dollars, as `layout` writes all of them."""
SENTENCE_END = re.compile(r"(?<=[^\s.])(?:[.!?]\s+(?=[A-ZÀ-ÞА-Я*])|[。！？])")
_CONCLUDES = re.compile(
    r"\s*(?i:therefore|thus|hence|so|in total|in all|altogether|finally|donc|ainsi|also|somit|daher|insgesamt"
    r"|por lo tanto|así que|поэтому|итак|всего)\b|\s*(?:因此|所以|故|一共|总共|よって|したがって)"
)
_LABEL = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+){0,3}\s?[:：]\s*(?=\S)|[\u4e00-\u9fff]{1,12}[:：]\s*(?=\S)")


def committed(line: str) -> str:
    """The answer that a line states: all of it, or, if it is a sentence, the only formula or number in it."""
    line = implied(without_text_commands(with_plain_groups(line)))
    statement = _unequal(_unlabelled(line))
    is_whole = statement == line or line.lstrip(" $").startswith("=")
    if _is_answer(statement) and (is_whole or read_quantity(plain(statement)) is not None):
        return statement
    line = statement
    told = without_denied(line)
    if is_refuted(line) and not _is_answer(told.strip(" ,;")):
        return ""
    for sentence in dict.fromkeys((told, _conclusion(told))):
        if (only := _after_copula(sentence) or _only_one(sentence)) is not None:
            return _unequal(only)
    return line


_IMPLIES = re.compile(r"\\(?:implies|Rightarrow|Longrightarrow|therefore)(?![A-Za-z])|[⇒∴→]|(?<![<=])=>|(?<![-<])->")


def implied(line: str) -> str:
    r"""What follows the last implication: `2x = 10 \implies x = 5` states `x = 5`."""
    piece = _IMPLIES.split(line)[-1].strip()
    if not piece or piece == line:
        return line
    if (piece.count("$") - piece.count("\\$")) % 2:
        piece = piece[1:].strip() if piece.startswith("$") else f"${piece}"
    return piece or line


def _unlabelled(line: str) -> str:
    label = _LABEL.match(line)
    return line[label.end() :].strip() if label else line


_NOT_LETTERS = re.compile(r"\\(?:[dtc]?frac|times|cdot|div|left|right)(?![A-Za-z])")
_ARITHMETIC = re.compile(r"\d\D*[-+*/^×÷\\%(]\D*\d|=|^$")


def _unequal(line: str) -> str:
    """What arithmetic comes to: `48 + 24 = 72` states 72; `7 = 5` is no arithmetic, and `2x = 5` an equation."""
    left, equals, right = line.rpartition("=")
    if not equals or re.search(r"[^\W\d_]", _NOT_LETTERS.sub("", left)) or not _ARITHMETIC.search(left.strip(" $([")):
        return line
    right = right.strip()
    if not re.search(r"[\d\\]", right):
        return line  # 1/2 = x
    if right.count("$") == 1 and right.endswith("$") and not right.endswith("\\$"):
        right = right.removesuffix("$").strip()  # it was opened on the left
    return right if is_balanced(right) else right.rstrip(" .。").rstrip(" )]")


def _is_answer(text: str) -> bool:
    """Whether all of it is an answer: a quantity, a formula, or one word."""
    bare = plain(text)
    if read_quantity(bare) is not None:
        return True
    return is_word(bare) or (bool(bare) and not has_words(bare) and not FORMULA.search(bare))


_COPULA = re.compile(
    r"\b(?:is|are|was|were|be|equals?|equal to|makes?|gives?|becomes?|totals?|remains?|get|gets|obtain|costs?|has|have"
    r"|had|est|sont|ist|sind|es|son|è)\b\s*[:：]?|[:：]|是|为|等于|得到?|共有?|有|剩下?"
)
_MOST_WORDS = 4
_WORDS_OF_A_UNIT = 2


def _trimmed(text: str) -> str:
    """Without the punctuation around it; `.5` keeps its point."""
    return text.strip(" *:：,，;!?。").rstrip(" .(")


def _after_copula(sentence: str) -> str | None:
    """`... is X`, where X is nothing but an answer and the end of the sentence."""
    masked = FORMULA.sub(lambda match: "\0" * len(match[0]), sentence)
    matches = list(_COPULA.finditer(masked))
    if not matches:
        return None
    last = matches[-1]
    tail = _trimmed(sentence[last.end() :])
    if len(matches) > 1 and _is_another_answer(masked[matches[-2].end() : last.start()]):
        return None
    tail = scaled(tail)
    if _is_answer(tail):
        return tail
    if (formula := FORMULA.match(tail)) is not None and is_unit(tail[formula.end() :]):
        return tail if len(tail[formula.end() :].split()) <= _WORDS_OF_A_UNIT else str(formula[1])
    others = any(map(str.isdigit, sentence)) or "\0" in masked or has_number_word(sentence)
    return tail if tail and not others and len(tail.split()) <= _MOST_WORDS else None


def _is_another_answer(between: str) -> bool:
    """Whether a sentence says `x is 5 and y is 7`."""
    return bool(re.match(r"\s*[\d\0]", between) and re.search(r"\b(?:and|or|but)\b|[或和]", between))


_BOLD = re.compile(r"\*\*([^*]*[\d\\$][^*]*)\*\*")
_WORD = re.compile(
    r"(?<![\\A-Za-z])(?![A-Z]{2,4}(?![A-Za-z]))(?:[^\W\d_]['’]?){2,}(?![A-Za-z(])"
    r"|(?<![\\\w])[aAI](?=\s|$)|[\u4e00-\u9fff\u3040-\u30ff]+"
)
_BREAK = re.compile(r"[,;:.?!，。；：、？！](?=\s|$|[^\x00-\x7f])|[\"“”*]")


_MODIFIED = re.compile(
    r"[\d}$]\**\s*(?:squared|cubed|factorial|doubled|tripled|halved|divided|multiplied|modulo|mod|base|to the power"
    r"|halves|thirds|fourths|fifths|sixths|sevenths|eighths|ninths|tenths|hundredths|thousandths|minus|plus|choose|gross"
    r"|permille|inf|infinity|(?:in\s+)?(?:binary|octal|hexadecimal)|nope|nah|nil|none|or|oder|ou|или"
    r"|(?:alpha|beta|gamma|delta|theta|lambda|mu|phi|omega|sin|cos|tan|log|ln|sqrt)"
    rf"|(?:to|per|point)\s+(?:{'|'.join(sorted(NUMBER_WORDS))})|and\s+(?:change|a bit|some|more|something))\b"
    r"|\d-?ish\b|\b(?:half of|twice|root of|square of|cube of)\s+[$\d]"
    r"|\d\s*(?:减|加(?!仑)|乘|乗|除|的平方|的立方|半|多(?!少)|余|错|錯)"
)
"""Words that make another number of the one beside them."""


def _only_one(sentence: str) -> str | None:
    """What a sentence commits to, if it is one thing: a formula, something in bold, or a number at all."""
    sentence = scaled(sentence)
    if _MODIFIED.search(sentence):
        return None
    named = dict.fromkeys(FORMULA.findall(sentence))
    formulas = [formula for formula in named if re.search(r"\d|\\[a-z$]|[-+*/^=]", formula)] or list(named)
    if len(formulas) == 1:
        return str(formulas[0])
    bold = dict.fromkeys(_BOLD.findall(sentence))
    if len(bold) == 1:
        inside = next(iter(bold))
        runs = _runs(inside)
        return inside if _is_answer(inside) else runs[0] if len(runs) == 1 else None
    if formulas:
        return None
    runs = _concluded(_runs(sentence))
    if len(runs) == 1:
        return None if is_hedged(sentence) and has_number_word(sentence) else runs[0]
    spelled_out = in_digits(sentence)
    return only[0] if not runs and spelled_out != sentence and len(only := _runs(spelled_out)) == 1 else None


def _runs(sentence: str) -> list[str]:
    """The distinct formulas without dollars between the words of a sentence: numbers, or LaTeX."""
    pieces = re.split(r"\0", _BREAK.sub("\0", _WORD.sub("\0", FORMULA.sub(r" \1 ", sentence))))
    found = map(_trimmed, pieces)
    return list(dict.fromkeys(piece for piece in found if re.search(r"\d|\\[A-Za-z]", piece)))


def _concluded(runs: list[str]) -> list[str]:
    """Only the last equation, if nothing but its result is named after it."""
    at = max((i for i, run in enumerate(runs) if "=" in run), default=-1)
    results = {_unequal(run) for run in runs[at:]} if at >= 0 else set()
    return [runs[at]] if len(results) == 1 else runs


def _conclusion(line: str) -> str:
    """The last sentence that draws one ("Therefore ..."); else the last sentence."""
    sentences = [sentence for sentence in SENTENCE_END.split(line) if sentence.strip(" *")]
    concluding = [sentence for sentence in sentences if _CONCLUDES.match(sentence)]
    return (concluding or sentences or [line])[-1]
