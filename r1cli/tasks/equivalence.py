"""Is a final answer the same as the reference? Numbers by exact arithmetic, the rest by math_verify.

Most answers are numbers, so those never reach sympy: that is fast and cannot hang. What does reach it is checked first
for what blows it up (huge powers, factorials, binomials): off the main thread nothing could stop it.
"""

from __future__ import annotations

import re
import threading
from fractions import Fraction
from functools import lru_cache

_LONGEST_EXPRESSION = 300
"""Characters; no reference answer of MATH is longer than 160."""
_LONGEST_NUMBER = 100
_SYMPY_TIMEOUT_S = 2
_RELATIVE_TOLERANCE = Fraction(1, 500_000)
"""Between two numbers that are both no integers: references are rounded to six digits here and there."""
_UNITS_WITHOUT_SPACE = frozenset(
    "mm cm dm km kg mg ml kb mb gb am pm mph km/h m/s hrs min sec ft in lb oz circ".split()
)
_UNITS_OF_ONE_LETTER = frozenset("mgshlLNJWVAK")


def final_answer(text: str) -> str:
    r"""The final answer inside an answer part.

    The last `\boxed{}` (neighbours joined by "and" or a comma are one answer); else, in what follows the last `####`,
    "answer is" or "Answer:", or in the last line: the answer as it stands, or, if that is a sentence, the only formula
    or the only number in it. A sentence with several numbers commits to none of them and is returned whole.
    """
    if (boxed := _last_boxed(text)) is not None:
        return boxed
    marks = list(_ANNOUNCED.finditer(text))
    if marks:
        return _from_sentence(_first_sentence(text[marks[-1].end() :]))
    return _from_sentence(text.strip().rpartition("\n")[2].strip())


@lru_cache(maxsize=65536)
def equivalent(predicted: str, gold: str) -> bool:
    """Whether both say the same: as text, as numbers, part by part, or as mathematics. Never raises on model output."""
    p, g = _plain(predicted), _plain(gold)
    if not p or not g or len(predicted) > 2 * _LONGEST_EXPRESSION:
        return False
    for compare in (_same_text, _same_number, _same_parts):
        if (verdict := compare(p, g)) is not None:
            return verdict
    if any(not _is_mathematics(text) for text in (p, g)) or _is_number_against_term(p, g):
        return False
    return _sympy_agrees(p, g)


# --- finding the answer ---------------------------------------------------------------------------------------------

_ANNOUNCED = re.compile(r"####|(?i:\banswer\s*(?:is\b\s*:?|[:：=])|^\s*A\s*:)|答案(?:是|为|：|:)", re.MULTILINE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=[{\d])")
_JOINS_BOXES = re.compile(r"(?:[\s,;$]|\\[()]|\\q?quad\b|\band\b|\bor\b|和|或|\\text\s*\{\s*(?:and|or)\s*\}){0,9}")
_DIGITS = re.compile(r"\d+")
_FORMULA = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_EQUALS = re.compile(r"(?<![<>!\\])=")
_NUMBER_IN_TEXT = re.compile(r"(?:(?<![\w.])-)?[$€£¥]?\d[\d,]*(?:\.\d+)?(?:\s?/\s?\d+)?\s?%?")


def _last_boxed(text: str) -> str | None:
    boxes = [(match.start(), *_box_content(text, match.end())) for match in _BOX.finditer(text)]
    if not boxes:
        return None
    start, content, _ = boxes[-1]
    for earlier_start, earlier, end in reversed(boxes[:-1]):
        if end > start or not _JOINS_BOXES.fullmatch(text, end, start):
            break
        content = content if earlier == content else f"{earlier}, {content}"
        start = earlier_start
    return content.strip()


def _box_content(text: str, at: int) -> tuple[str, int]:
    r"""What is inside the braces that open at `at`, and where the box ends; `\boxed 5` does without braces."""
    if digits := _DIGITS.match(text, at):
        return digits.group(), digits.end()
    depth, last = 0, min(len(text), at + 2 * _LONGEST_EXPRESSION)
    for i in range(at, last):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[at + 1 : i], i + 1
    return text[at + 1 : last], last


def _first_sentence(text: str) -> str:
    line = text.strip().partition("\n")[0][: 4 * _LONGEST_EXPRESSION]
    return re.split(r"(?<=\S)(?:\.\s+(?=[A-Z])|。)", line, maxsplit=1)[0].strip(" :：")


def _from_sentence(line: str) -> str:
    line = line[-4 * _LONGEST_EXPRESSION :]
    left, equals, right = line.rpartition("=")
    if equals and not re.search(r"[^\W\d_]", left):  # arithmetic: 48 + 24 = 72
        line = right.strip()
    if _quantity(_plain(line)) or not _is_prose(line):
        return line
    formulas: list[str] = [a or b for a, b in _FORMULA.findall(line) if re.search(r"\d", a or b)]
    if len(formulas) == 1 and not _EQUALS.search(formulas[0]):
        return formulas[0]
    numbers = {number.strip() for number in _NUMBER_IN_TEXT.findall(_EQUALS.split(line)[-1])}
    return numbers.pop() if len(numbers) == 1 else line


# --- comparing ------------------------------------------------------------------------------------------------------

_WIDE = str.maketrans(
    "０１２３４５６７８９．，－＋／％（）［］｛｝：＝＄　\u00a0\u2009\u202f−–×÷",
    "0123456789.,-+/%()[]{}:=$    --*/",
)
_SPELLINGS = {
    "<=": r"\leq ", ">=": r"\geq ", "!=": r"\neq ", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "±": r"\pm ",
    "π": r"\pi ", "∞": r"\infty ", "∪": r"\cup ", "·": r"\cdot ", "**": "^", "²": "^2", "³": "^3",
}  # fmt: skip
_NOISE = re.compile(r"\\(?:left|right|displaystyle|,|;|!|:|\s)|\\(?:quad|qquad)\b|(?<!\\)~")
_TEXT_COMMAND = re.compile(r"\\(?:text|mbox|mathrm|textbf|mathbf|textit)\s*\{([^{}]*)\}")
_WRAPPERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"))
_INTEGER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ ]\d{3})+|\d+)"
_DECIMAL = rf"(?:{_INTEGER}(?:\.\d*)?|\.\d+)(?:e[+-]?\d{{1,2}})?"
_FRAC = r"\\[dtc]?frac\s*(?:\{\s*(-?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))"
_NAMED_NUMBER = re.compile(r"[A-Za-z][A-Za-z ]*=\s*([^=]*)")
_QUANTITY = re.compile(
    rf"""(?P<sign>[-+]?)\s*(?P<currency>\\?[$€£¥])?\s*
    (?:(?P<whole>\d+)\s+(?=\d+\s*/)|(?P<whole_latex>\d+)\s*(?=\\[dtc]?frac))?
    (?:(?P<up>{_DECIMAL})(?:\s*/\s*(?P<down>{_DECIMAL}))?|(?P<frac>{_FRAC}))
    (?P<percent>\s*(?:\\?%|percent\b|per\ cent\b|percentage\b))?
    (?P<unit>\s*(?:\^?\{{?\\?circ\}}?|°)?(?:[^\W\d_]|\s|[.²³/'-]|(?<=[a-z])\^\{{?[23]\}}?)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _plain(text: str) -> str:
    """Without what does not change the meaning: wide digits, spacing commands, wrappers, the full stop."""
    text = re.sub(r",\s*\\!\s*", ",", text.translate(_WIDE).replace("{,}", ","))
    text = _NOISE.sub(" ", text).strip()
    text = _TEXT_COMMAND.sub(r" \1 ", text).rstrip(" .。")
    for opening, closing in _WRAPPERS:
        if len(text) > len(opening + closing) and text.startswith(opening) and text.endswith(closing):
            text = text[len(opening) : -len(closing)]
    return " ".join(text.split())


def _same_text(predicted: str, gold: str) -> bool | None:
    return True if predicted.casefold() == gold.casefold() else None


def _same_number(predicted: str, gold: str) -> bool | None:
    p, g = _quantity(predicted), _quantity(gold)
    if p is None or g is None:
        return None
    (p_values, p_unit), (g_values, g_unit) = p, g
    if p_unit and g_unit and p_unit != g_unit:
        return False  # two hours are not two minutes
    return any(_close(a, b) for a in p_values for b in g_values)


def _quantity(text: str) -> tuple[tuple[Fraction, ...], str] | None:
    """What the text may mean as a number (per cent may be meant either way), and its unit; None if it is no number."""
    if len(text) > _LONGEST_NUMBER:
        return None
    named = _NAMED_NUMBER.fullmatch(text)
    match = _QUANTITY.fullmatch(named[1] if named else text)
    if match is None or not _is_unit(match["unit"]):
        return None
    try:
        number = _value(match)
    except ZeroDivisionError:
        return None
    unit = re.sub(r"\^?\{?\\?circ\}?", "°", match["unit"]).strip(" .").casefold().removesuffix("s")
    return ((number, number / 100) if match["percent"] else (number,)), unit


def _is_unit(text: str) -> bool:
    """Whether letters after a number are a unit: `5 apples`, `5cm` and `5个` are quantities, `5x` and `5ab` terms."""
    words = text.split()
    if not words or not words[0].isascii():
        return True
    if words == ["pi"] or len(words) > 3:
        return False
    if not text[0].isspace():
        return re.sub(r"[\^{}\\.]|\d", "", words[0]).casefold() in _UNITS_WITHOUT_SPACE
    return len(words[0]) > 1 or words[0] in _UNITS_OF_ONE_LETTER


def _value(match: re.Match[str]) -> Fraction:
    if match["frac"]:
        up, down = (next(g for g in pair if g) for pair in _frac_parts(match["frac"]))
    else:
        up, down = match["up"], match["down"] or "1"
    whole = Fraction(match["whole"] or match["whole_latex"] or 0)
    number = whole + _fraction(up) / _fraction(down)
    return -number if match["sign"] == "-" else number


def _frac_parts(frac: str) -> tuple[tuple[str, str], tuple[str, str]]:
    groups = re.fullmatch(_FRAC, frac, re.IGNORECASE)
    assert groups is not None
    return (groups[1], groups[2]), (groups[3], groups[4])


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", ""))


def _close(a: Fraction, b: Fraction) -> bool:
    if a == b:
        return True
    if a.denominator == 1 or b.denominator == 1:
        return False
    return abs(a - b) <= _RELATIVE_TOLERANCE * abs(b)


def _same_parts(predicted: str, gold: str) -> bool | None:
    """Compare lists, tuples and sets part by part; None if they are not both such things of the same shape."""
    p_shape, p_parts = _parts(predicted)
    g_shape, g_parts = _parts(gold)
    if p_shape != g_shape or len(p_parts) < 2 or len(p_parts) != len(g_parts):
        return None
    if p_shape not in {"", "{}"}:  # the order matters
        return all(map(equivalent, p_parts, g_parts))
    left = list(g_parts)
    for part in p_parts:
        twin = next((g for g in left if equivalent(part, g)), None)
        if twin is None:
            return False
        left.remove(twin)
    return True


def _parts(text: str) -> tuple[str, list[str]]:
    """The brackets round a list, and its parts: `("()", ["1", "2"])`, with `""` for a bare list."""
    if text.startswith("\\{") and text.endswith("\\}"):
        text = "{" + text[2:-2] + "}"
    shape = text[:1] + text[-1:] if re.fullmatch(r"[(\[{][^()\[\]{}]*[)\]}]", text) else ""
    inside = text[1:-1] if shape else text
    parts, depth, at = [], 0, 0
    for i, character in enumerate(inside):
        depth += (character in "([{") - (character in ")]}")
        if character in ",;" and depth == 0:
            parts.append(inside[at:i].strip())
            at = i + 1
    return shape, re.split(r"\s+(?:and|or)\s+", inside) if not parts and not shape else [*parts, inside[at:].strip()]


_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}[ ,]+(?!and\b|or\b)[A-Za-z]{2,}|[^\W\d_A-Za-z\u0370-\u03ff]{2}")


def _is_prose(text: str) -> bool:
    """Several words in a row are no mathematics, and sympy would make symbols of their letters."""
    return bool(_PROSE.search(text))


_POWER = re.compile(
    r"([)\]}]?)\s*\^\s*(\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|\((?:[^()]|\([^()]*\))*\)|-?\d+|[^{(\s])"
)
_GROWS = re.compile(r"\\(?:int|sum|prod|lim|iint|oint)\b|\d{40}|\d[eE]\d{3}|!\s*!|[)\]}]\s*!|gamma|primorial|uparrow")
_COMBINATORIAL = re.compile(r"!|\\[dt]?binom|\\choose|factorial")
_TOWER = re.compile(r"\^\s*(?:\w+|\{[^{}]*\})\s*\^")
_DEEPEST_BRACKETS = 8
_BIGGEST_EXPONENT = 4096
_BIGGEST_SYMBOLIC_EXPONENT = 50
_BIGGEST_COMBINATORIAL_ARGUMENT = 100


def _is_mathematics(text: str) -> bool:
    """Whether sympy can be asked, without the risk that it never comes back."""
    text = text.replace("**", "^")
    if len(text) > _LONGEST_EXPRESSION or _is_prose(text) or _GROWS.search(text) or not _is_balanced(text):
        return False
    if _COMBINATORIAL.search(text) and _biggest_number(text) > _BIGGEST_COMBINATORIAL_ARGUMENT:
        return False
    return _powers_are_small(text)


def _is_balanced(text: str) -> bool:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return depth == 0 and deepest <= _DEEPEST_BRACKETS


def _powers_are_small(text: str) -> bool:
    powers = _POWER.findall(text)
    if text.count("^") > sum(1 + exponent.count("^") for _, exponent in powers):
        return False  # nested deeper than any answer is
    if _TOWER.search(text) or any(re.search(r"[\d)}\]!]\s*\^", exponent) for _, exponent in powers):
        return False  # a tower of numbers
    symbolic = re.search(r"(?<!\\)\b[A-Za-z]\b", text) or any(bracket for bracket, _ in powers)
    limit = _BIGGEST_SYMBOLIC_EXPONENT if symbolic else _BIGGEST_EXPONENT
    total = 1
    for bracket, exponent in powers:
        total *= max(_biggest_number(exponent), 1) if bracket else 1
    return total <= _BIGGEST_EXPONENT and all(_biggest_number(exponent) <= limit for _, exponent in powers)


def _biggest_number(text: str) -> int:
    return max((int(digits) for digits in _DIGITS.findall(text)), default=0)


def _is_number_against_term(predicted: str, gold: str) -> bool:
    """Whether one is a number and the other a product: math_verify takes the letters of `2ab` for a unit."""
    terms = [text for text in (predicted, gold) if _quantity(text) is None]
    return len(terms) == 1 and bool(
        re.fullmatch(r"-?[\d.]+[\w\s.*/^{}]*", terms[0]) and re.search("[A-Za-z]", terms[0])
    )


def _sympy_agrees(predicted: str, gold: str) -> bool:
    """Ask math_verify; its time limits work by signals, which only the main thread may set."""
    from math_verify import parse, verify

    on_main = threading.current_thread() is threading.main_thread()
    limit = _SYMPY_TIMEOUT_S if on_main else 0
    p, g = (parse(f"${_as_latex(text)}$", parsing_timeout=limit) for text in (predicted, gold))
    return bool(p and g and verify(g, p, timeout_seconds=limit))


def _as_latex(text: str) -> str:
    for spelling, latex in _SPELLINGS.items():
        text = text.replace(spelling, latex)
    return re.sub(r"(?<!\\)sqrt\(([^()]*)\)", r"\\sqrt{\1}", re.sub(r"\^\(([^()]*)\)", r"^{\1}", text))
