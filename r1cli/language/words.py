"""What a word is, and of which script: the words of a thought without its formulas, programs, numbers and tags.

Scripts are told apart by their characters alone, in time linear in the length of the text. What counts inside markup
is decided in `markup`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from r1cli.language.markup import is_marked, open_words

_WORDS_OF_A_NAME = 4
_NAMES_AT_MOST = 1 / 3
"""Of all words; a thought that has more of them in quotation marks is written in them."""
_QUOTED_NAME = re.compile(r"""["“「『《«][^"“”「」『』《》«»\n]{1,30}["”」』》»]""")

_SCRIPTS = {
    "latin": "A-Za-zÀ-ÖØ-öø-ɏ\u0300-\u036fḀ-ỿＡ-Ｚａ-ｚ",
    "cjk": "\u3005\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff",
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\u200c",
    "devanagari": "\u0900-\u0963\u0970-\u097f\u200d",
    "bengali": "\u0980-\u09e5\u09f0-\u09f1\u200d",
    "telugu": "\u0c00-\u0c65",
    "thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
}
_KANA = re.compile("[\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_CHARACTERS_PER_WORD = {"cjk": 2, "thai": 4}
_NUMBER = rf"\d[\d.,:/]*(?:[A-Za-z]{{1,3}}(?![{_SCRIPTS['latin']}]))?"
_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})"
    rf"|(?P<latin>[{_SCRIPTS['latin']}](?:['’-]?[{_SCRIPTS['latin']}])+)"
    + "".join(f"|(?P<{name}>[{_SCRIPTS[name]}]+)" for name in ("cjk", "hangul", "thai"))
    + "".join(
        f"|(?P<{name}>[{chars}]{{2,}})"
        for name, chars in _SCRIPTS.items()
        if name not in {"latin", "cjk", "hangul", "thai"}
    )
    + rf"|(?P<other>[^\W\d_{''.join(_SCRIPTS.values())}]{{2,}})"
)
_DRESSED = re.compile("[\u24b6-\u24e9\U0001d400-\U0001d7ff\U0001f110-\U0001f149]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]|(?<=[A-Za-zÀ-ɏ])[\u200c\u200d]+(?=[A-Za-zÀ-ɏ])")
_LATIN = re.compile(f"[{_SCRIPTS['latin']}]")
# Cyrillic letters, and those Greek ones that look Latin: no formula has them
_LOOKALIKES = "\u0400-\u052fΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"
_LOOKALIKE = re.compile(f"[{_LOOKALIKES}]")
_MAY_BE_MIXED = re.compile(f"[{_SCRIPTS['latin']}{_LOOKALIKES}]{{4,}}")
_MATHS = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "lim", "gcd", "lcm", "mod", "sqrt"})


@dataclass(slots=True)
class Words:
    """The words of a text."""

    by_script: dict[str, int] = field(default_factory=dict)
    """How many there are: latin, han, kana (runs with kana in them), hangul, ..., other."""
    tokens: list[tuple[str, str, int]] = field(default_factory=list)
    """(script, letters, how many words they count) of each run of letters, in order."""

    @property
    def latin(self) -> list[str]:
        """The Latin ones, in order."""
        return [token for script, token, _ in self.tokens if script == "latin"]

    def total(self) -> int:
        """All words of all scripts."""
        return sum(self.by_script.values())


def words_of(text: str) -> Words:
    """Find the words of a text.

    Quotations of a few words are taken for names and left out, and so are single words in markup; unless too much of
    the text consists of them. Letters in another dress (𝔣𝔬𝔵, ⓕⓞⓧ) are letters.
    """
    text = _INVISIBLE.sub("", text)
    if _DRESSED.search(text):
        text = _DRESSED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    if not is_marked(text):
        return _without_names(text)
    side_by_side, all_that_may_be = open_words(text)
    words, all_words = map(_without_names, (side_by_side, all_that_may_be))
    return all_words if all_words.total() > 2 * words.total() else words


def _without_names(text: str) -> Words:
    """The words of the text without those in quotations, unless too many of the words stand in them."""
    reduced = _QUOTED_NAME.sub(lambda quoted: " " if _is_short(quoted[0]) else quoted[0], text)
    words = _count(reduced)
    if len(reduced) < len(text):
        all_words = _count(text)
        total, quoted = all_words.total(), all_words.total() - words.total()
        if quoted == total or (quoted > 1 and quoted > _NAMES_AT_MOST * total):
            return all_words
    return words


def _is_short(quoted: str) -> bool:
    return _count(quoted).total() <= _WORDS_OF_A_NAME


def _count(text: str) -> Words:
    words = Words()
    if _LOOKALIKE.search(text):
        text = _MAY_BE_MIXED.sub(lambda m: _disguised(m.group(), words), text)
    for script, token, count in _tokens(text):
        words.by_script[script] = words.by_script.get(script, 0) + count
        words.tokens.append((script, token, count))
    return words


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """(script, token, how many words it counts)."""
    for match in _TOKEN.finditer(text):
        script, token = str(match.lastgroup), match.group()
        if script == "number" or (script == "latin" and token in _MATHS):
            continue
        words = -(-len(token) // _CHARACTERS_PER_WORD[script]) if script in _CHARACTERS_PER_WORD else 1
        if script == "cjk":
            script = "kana" if _KANA.search(token) else "han"
        yield script, token, words


def _disguised(run: str, words: Words) -> str:
    """Count a run of letters as a word of no language and drop it, if it mixes scripts that look alike."""
    if not (_LATIN.search(run) and _LOOKALIKE.search(run)):
        return run
    words.by_script["other"] = words.by_script.get("other", 0) + 1
    return " "
