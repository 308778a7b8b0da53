"""How much of a thought is in one language (paper V2, equation 7), for the reward, the rejection filter and evaluation.

    consistency = words of the target language / all words of the thought

The paper is silent on what a word is, so all of this is ours. Words are told apart by script, which needs no model and
no dictionary. Latin-script languages are not told apart from each other: a French thought is consistent with "en".

- Code, mathematics, numbers with their units, URLs, tags and short quoted names are not words, and neither is a lone
  Latin letter (a variable).
- Two Han or kana characters count as one word, four Thai ones as one, rounded up per run; elsewhere a word is a run of
  letters.
- A run with kana in it is Japanese, any other run of Han is Chinese, except that Han counts for Japanese in a thought
  that holds a tenth of kana runs.
- A thought of fewer than MIN_WORDS words is filled up with words of no language. So an empty or wordless thought scores
  0: were it 1, the cheapest way to be consistent would be not to think at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MIN_WORDS = 2
"""A thought counts as at least this long (ours; low, since an easy problem needs few words)."""

_CLOSED_BY = (("```", "```"), ("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("\\begin{", "\\end{"))
_MAY_HIDE_NON_WORDS = re.compile(r"""[`$\\<"“「『《«]|://|www\.""")
_NON_WORDS = re.compile(
    r"""
      `[^`\n]*`                                         # inline code
    | \$(?!\s)[^$\n]*(?<!\s)\$(?!\d)                    # inline mathematics; "$5 and $6" is money
    | \\[A-Za-z]+(?:\{[^{}]{0,200}\})?                  # a LaTeX command
    | (?:https?://|www\.)[^\s\u4e00-\u9fff]+            # a URL
    | </?[A-Za-z][^<>\n]{0,60}>                         # a tag
    | ["“「『《«][^"“”「」『』《》«»\n]{1,30}["”」』》»]  # a quoted name
    """,
    re.VERBOSE,
)

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
_MATHS = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "lim", "gcd", "lcm", "mod", "sqrt"})

_SCRIPT_OF = {
    "zh": "han", "yue": "han", "ja": "kana", "ko": "hangul", "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic",
    "be": "cyrillic", "mk": "cyrillic", "el": "greek", "he": "hebrew", "ar": "arabic", "fa": "arabic", "ur": "arabic",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "bn": "bengali", "te": "telugu", "th": "thai",
}  # fmt: skip
_LANGUAGE_OF = {
    "latin": "en", "han": "zh", "kana": "ja", "hangul": "ko", "cyrillic": "ru", "greek": "el", "hebrew": "he",
    "arabic": "ar", "devanagari": "hi", "bengali": "bn", "telugu": "te", "thai": "th",
}  # fmt: skip


def language_consistency(thought: str, target: str) -> float:
    """The share of the thought's words that are in the target language ("en", "zh", "pt-BR", ...), 0 to 1.

    Takes time linear in the length of the thought.
    """
    words = words_by_script(thought)
    script = _SCRIPT_OF.get(target.replace("_", "-").partition("-")[0].lower(), "latin")
    hits = words.get(script, 0)
    if script == "kana" and _is_japanese(words):
        hits += words.get("han", 0)
    return hits / max(sum(words.values()), MIN_WORDS)


def detect_language(text: str) -> str | None:
    """The language whose script most of the words are in; None if there are no words.

    Scripts stand for one language each: Latin for "en", Cyrillic for "ru", Arabic for "ar".
    """
    words = words_by_script(text)
    if _is_japanese(words):
        words["kana"] += words.pop("han", 0)
    known = [script for script in words if script in _LANGUAGE_OF]
    return _LANGUAGE_OF[max(known, key=words.__getitem__)] if known else None


def words_by_script(text: str) -> dict[str, int]:
    """How many words of each script there are: latin, han, kana (runs with kana in them), hangul, ..., other."""
    counts: dict[str, int] = {}
    for script, words in _words(_without_non_words(text)):
        counts[script] = counts.get(script, 0) + words
    return counts


def _words(text: str) -> Iterator[tuple[str, int]]:
    for match in _TOKEN.finditer(text):
        script, token = str(match.lastgroup), match.group()
        if script == "number" or (script == "latin" and token in _MATHS):
            continue
        words = -(-len(token) // _CHARACTERS_PER_WORD[script]) if script in _CHARACTERS_PER_WORD else 1
        if script == "cjk":
            script = "kana" if _KANA.search(token) else "han"
        yield script, words


def _is_japanese(words: dict[str, int]) -> bool:
    kana = words.get("kana", 0)
    return kana > 0 and kana * 9 >= words.get("han", 0)


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
