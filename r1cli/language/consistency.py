"""How much of a thought is in one language (paper V2, equation 7), for the reward, the rejection filter and evaluation.

    consistency = words of the target language / all words of the thought

The paper is silent on what a word is, so all of this is ours. Words are told apart by script (`words`), which settles
most languages; where the target has Latin script, its words are told from those of the other languages of that script
as well (`latin`).

- Numbers with their units are not words, and neither is a lone Latin letter (a variable). Of formulas, programs, links
  and tags the words count and the rest does not (`markup`): a thought cannot hide between dollars.
- Quotations of up to four words are names and left out, unless a third of the words stand in them.
- A name costs nothing where the prompt has it too, and its repetitions cost nothing anywhere. In a prompt of the target
  language every foreign word is one (`iPhone`, `croissant`), in other prompts those with a capital. Other names of one
  or two words in another script count half (`latin.NAME_WEIGHT`).
- Two Han or kana characters count as one word, four Thai ones as one, rounded up per run; elsewhere a word is a run of
  letters.
- A run with kana in it is Japanese, any other run of Han is Chinese, except that Han counts for Japanese in a thought
  that holds a tenth of kana runs. Pinyin is Latin, and so never Chinese.
- A word that mixes Latin letters with others that look like them (Cyrillic "\u0430") is in no language; invisible
  characters inside a word are as if they were not there.
- A thought of fewer than MIN_WORDS words is filled up with words of no language. So an empty or wordless thought scores
  0: were it 1, the cheapest way to be consistent would be not to think at all.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import groupby

from r1cli.language import latin
from r1cli.language.words import Words, words_of

MIN_WORDS = 2
"""A thought counts as at least this long (ours; low, since an easy problem needs few words)."""

_LONGEST_NAME = 4
"""Characters of a name in a script without capitals."""
_WORDS_OF_A_NAME = 2
"""So many words of another script in a row may be a name; a third one makes it a phrase."""

_SCRIPT_OF = {
    "zh": "han", "yue": "han", "ja": "kana", "ko": "hangul", "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic",
    "be": "cyrillic", "mk": "cyrillic", "el": "greek", "he": "hebrew", "ar": "arabic", "fa": "arabic", "ur": "arabic",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "bn": "bengali", "te": "telugu", "th": "thai",
}  # fmt: skip
_LANGUAGE_OF = {
    "latin": "en", "han": "zh", "kana": "ja", "hangul": "ko", "cyrillic": "ru", "greek": "el", "hebrew": "he",
    "arabic": "ar", "devanagari": "hi", "bengali": "bn", "telugu": "te", "thai": "th",
}  # fmt: skip


def language_consistency(thought: str, target: str, prompt: str = "") -> float:
    """The share of the thought's words that are in the target language ("en", "zh", "pt-BR", ...), 0 to 1.

    Takes time linear in the length of the thought. Of a Latin-script language that `lingua` has no model of, every
    Latin word counts. `prompt` is what the thought is about: names that stand in it are in no language.
    """
    language = target.replace("_", "-").partition("-")[0].lower()
    words = words_of(thought)
    names = _names_of(prompt, language) if prompt else frozenset()
    total = words.total() - _free_words(words, language, names)
    return _hits(words, language, names) / max(total, MIN_WORDS)


def detect_language(text: str) -> str | None:
    """The language that most of the words are in; None if there are no words.

    Latin words are told apart, with English where nothing speaks clearly for another; other scripts stand for one
    language each: Cyrillic for "ru", Arabic for "ar".
    """
    words = words_of(text)
    counts = dict(words.by_script)
    if _is_japanese(counts):
        counts["kana"] += counts.pop("han", 0)
    known = [script for script in counts if script in _LANGUAGE_OF]
    if not known:
        return None
    script = max(known, key=counts.__getitem__)
    return _latin_language(words.latin) if script == "latin" else _LANGUAGE_OF[script]


def words_by_script(text: str) -> dict[str, int]:
    """How many words of each script there are: latin, han, kana (runs with kana in them), hangul, ..., other."""
    return words_of(text).by_script


def _hits(words: Words, target: str, names: frozenset[str] = frozenset()) -> int:
    script = _SCRIPT_OF.get(target, "latin")
    if script == "latin":
        return latin.words_in(words.latin, target, names)
    hits = words.by_script.get(script, 0)
    return hits + words.by_script.get("han", 0) if script == "kana" and _is_japanese(words.by_script) else hits


@lru_cache(maxsize=4096)
def _names_of(prompt: str, target: str) -> frozenset[str]:
    """The words of a prompt that a thought about it cannot do without, in lower case."""
    words = words_of(prompt)
    is_in_target = 2 * _hits(words, target) >= words.total()
    return frozenset(token.lower() for _, token, _ in words.tokens if is_in_target or token[0].isupper())


def _free_words(words: Words, target: str, names: frozenset[str]) -> float:
    """How many words of another script count nothing: names of the prompt, and of other names all but a first half."""
    own = {_SCRIPT_OF.get(target, "latin")} | ({"han"} if _is_japanese(words.by_script) and target == "ja" else set())
    free, seen = 0.0, set[str]()
    for is_own, run in groupby(words.tokens, key=lambda token: token[0] in own):
        if is_own:
            continue
        tokens = list(run)
        alone = len(tokens) <= _WORDS_OF_A_NAME
        for _, token, count in tokens:
            name = token.lower()
            if name in names or (name in seen and _looks_like_a_name(token)):
                free += count
            elif alone and token != token.lower():
                free += count * (1 - latin.NAME_WEIGHT)
            seen.add(name)
    return free


def _looks_like_a_name(token: str) -> bool:
    """A capital, or a short run in a script that has none."""
    return token != token.lower() or (token.upper() == token and len(token) <= _LONGEST_NAME)


def _latin_language(words: list[str]) -> str:
    if latin.is_plain_english(words):
        return "en"
    return Counter(latin.languages_of(words, "en")).most_common(1)[0][0]


def _is_japanese(words: dict[str, int]) -> bool:
    kana = words.get("kana", 0)
    return kana > 0 and kana * 9 >= words.get("han", 0)
