"""What a word is, and of which script: the words of a thought without its code, mathematics, numbers, URLs and tags.

Scripts are told apart by their characters alone, in time linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_CLOSED_BY = (("```", "```"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("\\begin{", "\\end{"))
_MAY_HIDE_NON_WORDS = re.compile(r"""[`$\\<"“「『《«]|://|www\.""")
_NON_WORDS = re.compile(
    r"""
      `[^`\n]*`                                         # inline code
    | \$(?!\s)[^$\n]*(?<!\s)\$(?!\d)                    # inline mathematics; "$5 and $6" is money
    | \\[A-Za-z]+(?:\{[^{}]{0,200}\})?                  # a LaTeX command
    | (?:https?://|www\.)[^\s\u4e00-\u9fff]+            # a URL
    | </?[A-Za-z][^<>\n]{0,60}>                         # a tag
    """,
    re.VERBOSE,
)
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
    latin: list[str] = field(default_factory=list)
    """The Latin ones, in order."""

    def total(self) -> int:
        """All words of all scripts."""
        return sum(self.by_script.values())


def words_of(text: str) -> Words:
    """Find the words of a text. Short quotations are taken for names and left out, unless they are most of it."""
    text = _INVISIBLE.sub("", _without_non_words(text))
    unquoted = _QUOTED_NAME.sub(" ", text)
    words = _count(unquoted)
    if len(unquoted) < len(text) and (all_words := _count(text)).total() > 2 * words.total():
        return all_words
    return words


def _count(text: str) -> Words:
    words = Words()
    if _LOOKALIKE.search(text):
        text = _MAY_BE_MIXED.sub(lambda m: _disguised(m.group(), words), text)
    for script, token, count in _tokens(text):
        words.by_script[script] = words.by_script.get(script, 0) + count
        if script == "latin":
            words.latin.append(token)
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


def _without_non_words(text: str) -> str:
    if not _MAY_HIDE_NON_WORDS.search(text):
        return text
    for opening, closing in _CLOSED_BY:
        if opening in text:
            text = _without_spans(text, opening, closing)
    return _NON_WORDS.sub(" ", text)


def _without_spans(text: str, opening: str, closing: str) -> str:
    """Drop each span from an opening to the next closing; one that is never closed stays, as it is no span."""
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        kept.append(text[at:start])
        # `\end{aligned}` keeps its name in braces, for the pattern of commands to take away
        at = end if closing == "\\end{" else end + len(closing)
    return " ".join([*kept, text[at:]])
