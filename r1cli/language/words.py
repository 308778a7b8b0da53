"""What a word is, and of which script: the words of a thought without its formulas, programs, numbers and tags.

Scripts are told apart by their characters alone, in time linear in the length of the text. What counts inside markup
is decided in `markup`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from r1cli.language.markup import is_marked, open_words

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

    Short quotations are taken for names and left out, and so are single words in markup; unless the text consists of
    them.
    """
    text = _INVISIBLE.sub("", text)
    if not is_marked(text):
        return _unless_most(_without_quotations, text)
    side_by_side, all_that_may_be = open_words(text)
    words, all_words = (_unless_most(_without_quotations, version) for version in (side_by_side, all_that_may_be))
    return all_words if all_words.total() > 2 * words.total() else words


def _without_quotations(text: str) -> str:
    return _QUOTED_NAME.sub(" ", text)


def _unless_most(reduce: Callable[[str], str], text: str) -> Words:
    """The words of the reduced text, unless most of the words stand in what is taken away."""
    reduced = reduce(text)
    words = _count(reduced)
    if len(reduced) < len(text) and (all_words := _count(text)).total() > 2 * words.total():
        return all_words
    return words


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
