"""Units: which words after a number only say what is counted, and which change what is said.

Nouns are an open class, so a unit is known by what it is not: no word of the closed classes (negations, conjunctions,
auxiliaries), no multiplier, no operation, no hedge. `5 apples` is 5; `5 minus one`, `5 million` and `5 is wrong` are
not.
"""

from __future__ import annotations

import re

from r1cli.tasks.mathematics.number_words import NUMBER_WORDS

MOST_WORDS = 5
_LONGEST_WITHOUT_SPACES = 8
"""Characters of a unit in a script that writes no spaces."""
_ATTACHED = frozenset(
    "mm cm dm km kg mg ml kb mb gb am pm mph km/h m/s hrs min sec ft in lb oz circ m² cm² kwh".split()
)
"""May follow a number without a space."""
_ONE_LETTER = frozenset("mgshlLNJWVAK")
_TWO_LETTERS = _ATTACHED | frozenset(
    "nm cl dl hl tb hz kj kw mw mv kv ma kn pa yd mi hr pt qt cc ha sq rs tl kr zl kc us uk tv cd ox de of".split()
)
"""Of two letters in Latin script any other is a product of two variables."""
_GREEK = re.compile("[\u0370-\u03ff]")
_GREEK_UNITS = frozenset("ΩμΜ")
_NO_UNIT = NUMBER_WORDS | frozenset(
    "not no never nor neither none wrong incorrect false untrue mistaken invalid impossible error wait oops sorry hmm "
    "is isn't are aren't was wasn't were weren't be been being am isnt arent has have had do does did don't doesn't "
    "can cannot can't could couldn't will won't would wouldn't shall should may might must "
    "and or but so yet if unless otherwise else then than because since though although while whereas either both "
    "maybe perhaps possibly probably likely approximately approx roughly almost nearly "
    "minus plus multiplied divided over squared cubed factorial root power doubled halved tripled mod modulo "
    "sin cos tan cot csc sinh cosh tanh arcsin arccos arctan log ln lg exp sqrt lim max gcd lcm det inf sup choose "
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "binary octal hexadecimal hex gross nope nah nil something permille "
    "to from between versus vs except excluding instead without base half halves thirds fifths sixths sevenths "
    "eighths ninths tenths hundredths thousandths which that it this pi infinity "
    "millions billions trillions thousands hundreds millones millon millón mil mille milliers milliards millionen "
    "milliarden tausend hundert dutzend docena docenas douzaine douzaines elfu milioni тысяч тысячи миллион миллиона "
    "миллионов сотен дюжин не неверно неправильно нет или и nicht kein falsch oder und pas non faux fausse ou et "
    "incorrecto falso o y si au sio".split()
)
_NO_UNIT_CJK = re.compile(
    "[不非没沒无無错錯误誤否万萬亿億百十和或加减減乘除半多余約约至到负負是又比]|千(?![克米瓦卡赫帕焦伏])"
    "|左右|分之|以[上下内外]|的[平立]方|次方|阶乘|相反数|倒数|乗|ない|ません|ちが|違|または|から|まで|아니|틀|또는|ไม่|ผิด|หรือ"
)
_CJK = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MEASURES = {
    short: frozenset(names.split())
    for short, names in {
        "mm": "mm millimeter millimetre 毫米", "cm": "cm centimeter centimetre 厘米", "dm": "dm decimeter 分米",
        "m": "m meter metre 米", "km": "km kilometer kilometre 千米 公里", "in": "inch inche in", "ft": "foot feet ft",
        "yd": "yard yd", "mi": "mile mi", "mg": "mg milligram", "g": "g gram 克", "kg": "kg kilogram 千克 公斤",
        "t": "ton tonne 吨", "lb": "pound lb", "oz": "ounce oz", "ml": "ml milliliter millilitre 毫升",
        "l": "l liter litre 升", "gal": "gallon gal", "s": "sec second 秒", "min": "min minute 分钟",
        "h": "h hr hour 小时", "d": "day 天", "week": "week 周", "month": "month 个月", "year": "year 年",
        "cent": "cent 分", "dollar": "dollar usd", "euro": "euro eur", "yuan": "yuan 元", "°": "° degree 度",
    }.items()
}  # fmt: skip
_POWERS = (("square", "²"), ("sq", "²"), ("平方", "²"), ("cubic", "³"), ("立方", "³"))


_PER = re.compile(r"(?<=[^\W\d_])\s*/\s*(?=[^\W\d_])")
_OPERATION = re.compile(
    r"(?<![^\W\d_²³])[-/](?!\s*$)|[-/](?![^\W\d_])|(?<![^\W\d_])\.(?=\w)|(?<![^\W\d_])[²³]|[⁰¹⁴-⁹⁻₀-₉ⁿⁱᵃ-ᶻ]"
)
"""What makes a term of the words: `3 -x`, `3 /x`, `3² m`; `km/h`, `cm²` and `e-mails` are words."""


def is_unit(text: str) -> bool:
    """Whether what follows a number is a unit: `5 apples`, `5cm` and `5个` are quantities, `5x` and `5ab` terms."""
    text = _PER.sub("/", text)
    words = text.split()
    if not words:
        return True
    if _OPERATION.search(text) or not any(character.isalpha() or character == "°" for character in text):
        return False
    if any(len(word) == 1 and word.isascii() and word not in _ONE_LETTER | {"a"} for word in words[1:]):
        return False  # 3 sec x
    if _CJK.search(text):
        return _begins_as_unit(text, words[0]) and _is_cjk_unit(text)
    if len(words) > MOST_WORDS or any(word.strip(".,'").casefold() in _NO_UNIT for word in words):
        return False
    return _begins_as_unit(text, words[0])


def _is_cjk_unit(text: str) -> bool:
    return len("".join(text.split())) <= _LONGEST_WITHOUT_SPACES and not _NO_UNIT_CJK.search(text)


def _begins_as_unit(text: str, first: str) -> bool:
    """Not with a letter that may be a variable: `5 x`, `5ab`."""
    if not first.isascii():
        return not _is_greek_variable(first, attached=not text[0].isspace()) and all(map(_is_of_words, first))
    if not text[0].isspace():
        return re.sub(r"[\^{}\\.]|\d", "", first).casefold() in _ATTACHED
    letters = first.strip(".,")
    if "-" in letters and max(map(len, letters.split("-"))) == 1:
        return False  # a-b
    if len(letters) == 2 and letters.isalpha():
        return letters.casefold() in _TWO_LETTERS
    return len(first) > 1 or first in _ONE_LETTER


def _is_greek_variable(first: str, *, attached: bool) -> bool:
    """Whether it is `π` or `θ`, and no word of Greek: alone, right behind the number, or beside Latin letters."""
    greek = [letter for letter in first if _GREEK.match(letter) and letter not in _GREEK_UNITS]
    is_word = len(greek) > 1 and not any(letter.isascii() and letter.isalpha() for letter in first)
    return bool(greek) and (attached or not is_word)


def _is_of_words(character: str) -> bool:
    """No numeral in a ring or of Rome, which counts as alphanumeric too."""
    return not character.isnumeric() or character in "²³" or bool(_CJK.match(character))


def canonical_unit(written: str) -> str:
    """What is measured, in its short form (`cm²`), so that `2 hours` and `2 h` agree and `2 minutes` does not.

    Empty if nothing is: `apples` is a name for what is counted, of which there are many for one thing.
    """
    text = re.sub(r"\^?\{?\\?circ\}?", "°", written).strip(" .").casefold()
    power = next((sign for name, sign in _POWERS if name in text), "")
    for name, _ in _POWERS:
        text = text.removeprefix(name).strip(" .")
    if marked := re.search(r"\^?\{?([23²³])\}?$", text):
        power, text = {"2": "²", "3": "³"}.get(marked[1], marked[1]), text[: marked.start()]
    word = re.split(r"[\s.(/]", text, maxsplit=1)[0].removesuffix("s")
    return next((short + power for short, names in _MEASURES.items() if word in names), "")
