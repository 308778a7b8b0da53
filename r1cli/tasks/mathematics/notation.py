r"""Notation: one spelling for answers that differ in nothing but how they are typed.

`\left( \frac12,\, 3 \right)` and `（1/2， 3）` ask for no mathematics, only for the same brackets and digits.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WIDE = str.maketrans(
    "．，－＋／％（）［］｛｝：＝＄＜＞＾；、　\u00a0\u2007\u2009\u202f−–‒×÷⁄∕∶∗",
    ".,-+/%()[]{}:=$<>^;,     ---*///:*",
)
_SPACING = re.compile(
    r"(?<!\\)\\(?:[,;!:>\s]|(?:left|right|[bB]ig{1,2}[lr]?|displaystyle|textstyle|thinspace)(?![A-Za-z])|q?quad)"
    r"|(?<=[,;\w}])~(?=\\|[A-Za-z])"
)
_GROUPED = re.compile(r"(?<=\d),\s*\\[!,;:]\s*(?=\d{3}(?!\d))|(?<=\d)\s*\{\s*,\s*\}\s*(?=\d)")
_TEXT_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|rm|normal|sf|tt)?|mbox|hbox|math(?:rm|bf|it|sf|bb|cal)|operatorname|bold|boldsymbol|bf|rm)"
    r"\s*\{([^{}]*)\}"
)
_DRESS = re.compile(
    r"\\(?:underline|uline|boldsymbol|bm|math(?:rm|bf|it|sf)|text(?:bf|it|color\s*\{\w+\})?|color\s*\{\w+\}|ensuremath)"
    r"\s*(?=\{)|\\(?:bf|rm|it|Large|large|huge)(?![A-Za-z])"
)
"""What only changes how its argument looks."""
_DOUBLED = re.compile(r"\\\\(?=(?:[dtc]?frac|sqrt|left|right|text|pi|infty|leq?|geq?|times|cdot|cup|boxed)\b)")
"""A backslash that JSON has escaped once more than it was read back."""
_WRAPPERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"), ('"', '"'), ("“", "”"))
_STOPS = " .。"


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters without a width, and those that turn the direction: a person sees 45 where one stands in between."""


def plain(text: str) -> str:
    """The text without what does not change its meaning: wide digits, spacing commands, wrappers, the full stop."""
    if text.isascii() and text.isalnum():
        return text
    return _plain(text)


@lru_cache(maxsize=16_384)
def _plain(text: str) -> str:
    if not text.isascii():
        text = "".join(map(_ascii, on_the_line(_INVISIBLE.sub("", text)))).translate(_WIDE)
    text = with_plain_groups(text)
    if "\\" in text:
        text = _SPACING.sub(" ", _DOUBLED.sub(r"\\", text)).replace("\\%", "%")
        text = _DRESS.sub("", without_text_commands(without_text_commands(text)))  # \textbf{\text{...}}
    text = text.strip().rstrip(_STOPS)
    text = _unwrapped(_unwrapped(text))
    if text.count("$") >= 2 and text.count("$") % 2 == 0 and "\\$" not in text:  # $27$ cm, or $5$ and $10$
        text = text.replace("$", " ").strip()
    if text.startswith("{") and text.endswith("}") and _is_group(text):
        return _plain(text[1:-1])
    return " ".join((text.removesuffix("\\").removeprefix("+") or text).split())


def _is_group(text: str) -> bool:
    """Whether the first brace is closed by the last one, so that both print nothing."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return i == len(text) - 1 > 1
    return False


def _unwrapped(text: str) -> str:
    for opening, closing in _WRAPPERS:
        inner = text[len(opening) : -len(closing)]
        if inner and text.startswith(opening) and text.endswith(closing) and opening not in inner.replace("\\$", ""):
            text = inner.strip().rstrip(_STOPS + ",;")
    return text


def with_plain_groups(text: str) -> str:
    r"""`1,\!234` and `1{,}234` as `1,234`."""
    return _GROUPED.sub(",", text) if "," in text else text


def without_text_commands(text: str) -> str:
    r"""`12\text{ feet}` as `12  feet `."""
    return _TEXT_COMMAND.sub(r" \1 ", text) if "\\" in text else text


def _ascii(character: str) -> str:
    r"""Every script has ten digits, and `\d` matches them all: ٣, ३ and ３ are 3. Not ² or ½, which are no decimals.

    Letters and signs in another dress (𝑥, Ⅳ, ﹣, …) become plain ones: nobody further on takes 3𝑥 for three things.
    """
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if not unicodedata.decomposition(character).startswith(_DRESSED):
        return character
    undressed = unicodedata.normalize("NFKC", character)
    return undressed if undressed.isascii() or _GREEK.fullmatch(undressed) else character


_DRESSED = ("<font>", "<wide>", "<small>", "<compat>")
_GREEK = re.compile("[\u0370-\u03ff]")
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"
_QUOTIENT = re.compile(f"(?P<whole>[0-9]?)(?P<fraction>[¼-¾⅐-⅞↉]|[{_RAISED}]+[/⁄∕][{_LOWERED}]+)")
_OFF_THE_LINE = re.compile(f"⁻[{_RAISED}]+|[{_RAISED}]{{2,}}|(?![²³])[{_RAISED}]|[{_LOWERED}]+")
"""Lone ² and ³ stay: they are of units, as in cm², or spelled later."""


def on_the_line(text: str) -> str:
    """Digits that stand above and below the line on it: 3½ as 3 1/2, 2¹⁰ as 2^{10}, 101₂ as 101_2.

    They are neither digits nor signs to anybody else, and 2¹⁰ would be 2 of something.
    """
    if text.isascii():
        return text
    return _OFF_THE_LINE.sub(_as_script, _QUOTIENT.sub(_as_quotient, text))


def _as_quotient(match: re.Match[str]) -> str:
    quotient = re.sub("[⁄∕]", "/", unicodedata.normalize("NFKC", match["fraction"]))
    return f"{match['whole']} {quotient}" if match["whole"] else quotient


def _as_script(match: re.Match[str]) -> str:
    digits = unicodedata.normalize("NFKC", match[0]).replace("\u2212", "-")
    sign = "_" if match[0][0] in _LOWERED else "^"
    return f"{sign}{digits}" if len(digits) == 1 else f"{sign}{{{digits}}}"


# --- one spelling of a formula --------------------------------------------------------------------------------------


_SPELLINGS = (
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\(frac|sqrt)\s*(\\[A-Za-z]+|[A-Za-z0-9])"), r"\\\1{\2}"),
    (re.compile(r"(\\frac\s*\{(?:[^{}]|\{[^{}]*\})*\})\s*(\\[A-Za-z]+|[A-Za-z0-9])"), r"\1{\2}"),
    (re.compile(r"([_^])\s*\{\s*(\w|\\[A-Za-z]+|[-+*])\s*\}"), r"\1\2"),
    (re.compile(r"°|\^?\s*\{?\s*\\(?:circ|degree)\s*\}?"), r"^\\circ"),
    (re.compile(r"\\(?:cdot|times|ast)(?![A-Za-z])|[·⋅∙]"), "*"),
    (re.compile(r"\\(?:le|leqslant)(?![A-Za-z])|≤|<="), r"\\leq"),
    (re.compile(r"\\(?:ge|geqslant)(?![A-Za-z])|≥|>="), r"\\geq"),
    (re.compile(r"\\ne(?![A-Za-z])|≠|!="), r"\\neq"),
    (re.compile(r"\\lt(?![A-Za-z])"), "<"),
    (re.compile(r"\\gt(?![A-Za-z])"), ">"),
    (re.compile(r"π"), r"\\pi"),
    (re.compile(r"\+?\s*(?:∞|\\infty(?![A-Za-z]))"), r"\\infty"),
    (re.compile(r"∪"), r"\\cup"),
    (re.compile(r"±"), r"\\pm"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"√\s*(\d+)|√\s*\(([^()]*)\)"), r"\\sqrt{\1\2}"),
    (re.compile(r"\\\{|\\lbrace(?![A-Za-z])"), r"\\{"),
    (re.compile(r"\\\}|\\rbrace(?![A-Za-z])"), r"\\}"),
    (re.compile(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])"), ""),
)  # fmt: skip
_THOUSANDS = re.compile(r"(?<![\w,.(\[{])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")


@lru_cache(maxsize=16_384)
def spelled(text: str) -> str:
    r"""A `plain` formula in one spelling: `\dfrac12` is `\frac{1}{2}`, `3 \cdot x^{2}` is `3*x^2`."""
    if text.isascii() and text.isalnum():
        return text
    if "," in text and not text.startswith(("(", "[", "{", "\\{")):
        text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return text


def forget() -> None:
    """Empty what is remembered of spellings (for measuring)."""
    _plain.cache_clear()
    spelled.cache_clear()


# --- words ----------------------------------------------------------------------------------------------------------

_FUNCTIONS = (
    "sin|cos|tan|cot|sec|csc|sinh|cosh|tanh|arcsin|arccos|arctan|log|ln|lg|exp|sqrt|lim|max|min|gcd|lcm|mod|det|deg|pi"
)
_PROSE = re.compile(
    rf"(?<![\\A-Za-z{{])(?!(?:{_FUNCTIONS}|and|or)\b)[A-Za-z]{{2,}}(?:[ ,]+|['’][a-z]+ )"
    rf"(?!(?:and|or|{_FUNCTIONS})\b)[A-Za-z]{{2,}}"
    r"|[^\W\d_A-Za-z\u0370-\u03ff]{2}"
)
_WORD = re.compile(
    rf"(?<![\\A-Za-z])(?!(?:{_FUNCTIONS}|and|or|begin|end|[pbvV]?matrix|array|cases)(?![A-Za-z])|[A-Z]{{3,4}}(?![A-Za-z]))[A-Za-z]{{3,}}"
    r"|(?<![\\A-Za-z])(?:[Ii]s|[Ss]o|[Ww]e|[Ii]t|[Hh]e|[Tt]o|[Oo]f|[Ii]n|[Aa]t|[Oo]n|[Nn]o|[Bb][ey]|[Aa][sn]|[Ii]f"
    r"|[Mm]y|[Dd]o)(?![A-Za-z])"
    r"|[^\W\d_A-Za-z\u0370-\u03ff]"
)
_ONE_WORD = re.compile(r"[^\W\d_]{3,}|(?:no|on|if|is|it|up|am|pm|we|he|me|us|do|so|go|to|of|at|in|by|or|an|as|be|my)")


def is_prose(text: str) -> bool:
    """Several words in a row, or two letters of another script, are no mathematics."""
    return bool(_PROSE.search(text))


def has_words(text: str) -> bool:
    """Whether there is any word beside formulas: `x equals 5`, `So 27`; not `2ab`, `AB`, `sin x`."""
    return bool(_WORD.search(re.sub(r"\\[A-Za-z]+\*?", " ", text)))


def is_word(text: str) -> bool:
    """One word and nothing else, `odd` or `Monday`: as a product of its letters it would equal all its anagrams."""
    return bool(_ONE_WORD.fullmatch(text))


def is_balanced(text: str) -> bool:
    """Whether every brace and bracket is closed; brackets by one of any kind, on any side: `[0, 1)`, `]0, 1[`."""
    depth = 0
    for character in re.sub(r"\\[{}]", "", text):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0 and sum(map(text.count, "([")) == sum(map(text.count, ")]"))
