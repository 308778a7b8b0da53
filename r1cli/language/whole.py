"""Is a whole text in a given language? By its script first, and only within a script by its words.

For a whole text one asks more than for a thought (`consistency`): there Cyrillic stands for Russian, here Bulgarian has
to be told from it. Everything is ours; the answer is the same every time.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from r1cli.language.consistency import detect_language
from r1cli.language.latin import RIVALS

if TYPE_CHECKING:
    from lingua import LanguageDetector

_SCRIPTS = {
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff", "han": "\u3400-\u4dbf\u4e00-\u9fff", "kana": "\u3041-\u30ff",
    "hangul": "\u1100-\u11ff\uac00-\ud7a3", "cyrillic": "\u0400-\u052f", "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u05d0-\u05ea", "arabic": "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f",
    "devanagari": "\u0904-\u0939\u0958-\u0961", "bengali": "\u0985-\u09b9\u09dc-\u09e1",
    "gurmukhi": "\u0a05-\u0a39\u0a59-\u0a5e", "gujarati": "\u0a85-\u0ab9\u0ae0-\u0ae1",
    "tamil": "\u0b85-\u0bb9", "telugu": "\u0c05-\u0c39\u0c60-\u0c61", "kannada": "\u0c85-\u0cb9\u0cde-\u0ce1",
    "malayalam": "\u0d05-\u0d3a\u0d60-\u0d61", "thai": "\u0e01-\u0e30\u0e40-\u0e45",
}  # fmt: skip
_LETTERS = {script: re.compile(f"[{characters}]") for script, characters in _SCRIPTS.items()}
_LANGUAGES = {
    "latin": (*RIVALS, "fi"),
    "han": ("zh",), "kana": ("ja",), "hangul": ("ko",), "greek": ("el",), "hebrew": ("he",), "bengali": ("bn",),
    "gurmukhi": ("pa",), "gujarati": ("gu",), "tamil": ("ta",), "telugu": ("te",), "kannada": ("kn",),
    "malayalam": ("ml",), "thai": ("th",),
    "cyrillic": ("ru", "uk", "bg", "be", "mk", "sr"), "arabic": ("ar", "fa", "ur"), "devanagari": ("hi", "mr", "ne"),
}  # fmt: skip
_SCRIPT_OF = {language: script for script, languages in _LANGUAGES.items() for language in languages}
LANGUAGES = frozenset(_SCRIPT_OF)
"""ISO 639-1 codes of the languages that can be asked about."""

_NEPALI = frozenset(
    "छ छन् छु छौं हुन् हुन्छ थियो थिए थिएन गर्न गर्छ गर्नु गर्ने भएको भयो भने पनि र लाई बाट तपाईं हामी उनी यस त्यो यो गरेको".split()
)
"""Words that Nepali text has every few, and Hindi and Marathi never; `lingua` has no model of Nepali."""
_NEPALI_SHARE = 0.08
_LONGEST = 4_000
"""Characters that are looked at within a script."""


def is_written_in(text: str, language: str) -> bool:
    """Whether most of a text is in a language ("en", "bg", ...); one without letters is in none.

    English is what Latin letters are in as long as nothing speaks clearly for another language.

    Raises:
        KeyError: the language is none of LANGUAGES.
    """
    script = _SCRIPT_OF[language]
    if script != _main_script(text):
        return False
    if language == "en":
        return detect_language(text.lower()) == "en"  # capitals are weak evidence, since names have them
    return len(_LANGUAGES[script]) == 1 or _within(script, text[:_LONGEST].lower()) == language


def _main_script(text: str) -> str | None:
    """The script of most letters. Text with a tenth of kana among its Han is Japanese."""
    counts = Counter({script: len(letters.findall(text)) for script, letters in _LETTERS.items()})
    if counts["kana"] * 9 >= counts["han"] > 0:
        counts["kana"] += counts.pop("han")
    script, letters = counts.most_common(1)[0]
    return script if letters else None


def _within(script: str, text: str) -> str:
    """The most probable language of those that share a script."""
    if script == "devanagari":
        tokens = re.split(r"[\s।,.!?;:()\"'-]+", text)
        if sum(token in _NEPALI for token in tokens) >= _NEPALI_SHARE * len(tokens):
            return "ne"
    found = _detector(script).detect_language_of(text)
    assert found is not None  # the text has letters of this script
    code: str = found.iso_code_639_1.name.lower()
    return code


@lru_cache
def _detector(script: str) -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper(), None) for code in _LANGUAGES[script]]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*(code for code in codes if code is not None)).build()
