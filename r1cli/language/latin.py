"""Which of a thought's Latin-script words are in the target language: scripts cannot tell German from English.

Two steps, so that plain English costs almost nothing:

1. A thought that reads as English, every few words one of COMMON_ENGLISH, is taken to be English.
2. Else each word is given its probability in each language (`lingua`, n-gram models that come with its wheel), and the
   words are labelled together by the most probable path through a hidden Markov model whose states are the languages
   (King and Abney 2013, "Labeling the languages of words in mixed-language documents"). A short word such as "die" or
   "no" so takes the language of its neighbours.

A word must be shown to be foreign: names, loans, typing mistakes and nonsense count for the target, because changing
the language costs more than they gain. Close relatives that RIVALS leaves out may pass for the target (Danish for
German, Galician for Spanish); other languages that it leaves out are taken for one of them, so not for the target.

Chosen on the unmixed questions of MGSM's five Latin languages: with `lingua` 0.999 of the words count for their own
language, or more (1.3 s and 280 MB to load); with `simplemma` as little as 0.93 (Swahili; 7 s, 900 MB); `wordfreq`
knows no Swahili and is kept no more; `lingua`'s low accuracy mode takes "Then ... Then" for German. The costs below
were chosen on the same questions, mixed. `python -m benchmarks.language` prints the tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

RIVALS = ("en", "de", "fr", "es", "pt", "it", "nl", "sw", "id", "vi", "tr", "pl")
"""Languages that a Latin word may be in, beside the target: those most written (ours)."""
SWITCH = 2.0
"""Cost of a change of language between two words, in nats (ours)."""
LEAST_PROBABILITY = 0.01
"""No word is less probable in any language, so none decides alone: going and coming back costs almost as much."""
NAME_WEIGHT = 0.5
"""What a capitalised word says counts this much: it may be a name."""
PROOF = 4.0
"""A stretch is foreign only if its words say so with so many nats, e^4 to 1 (ours)."""
PROOF_AMID_ENGLISH = 9.0
"""The same where every third word is a common English one (ours): there, what looks foreign is mostly stammered."""
RECENT_WORDS = 8
"""A word that was among so many before it says nothing new."""
PLAIN_STRETCH = 4
"""So many words in a row without a common English one are not plain English."""
LONGEST_WORD = 40
"""Characters of a word that are looked at."""

COMMON_ENGLISH = frozenset(
    "the and of is to it for with be as at but or an has had not we you he she that this these those are were been "
    "from your his her their our its they them him who what when where which why how if then than there here now "
    "just only also about after again against all any because before being between both by can could did does doing "
    "done down each else every few first five four get gets give gives good half into know left let likes make "
    "makes many more most much must need never next no nobody one other out over right same say says see should so "
    "some start still such sum take takes tell through times together too total twice two under until up user using "
    "very wait want wants was way well while will without would yes have".split()
)
"""Words of which English text has one in every few. Some are words elsewhere too, but never one in every few."""


def words_in(words: Sequence[str], target: str, names: frozenset[str] = frozenset()) -> int:
    """How many of `words`, in the order of the text, are in `target` ("en", "de", ...).

    All of them, if nothing is known of the target's words. Takes time linear in their number. `names` (in lower case)
    say nothing about a language.
    """
    if not words or (target == "en" and is_plain_english(words)) or not _is_known(target):
        return len(words)
    return languages_of(words, target, names).count(target)


def is_plain_english(words: Sequence[str]) -> bool:
    """Whether common English words are so dense that no other language need be thought of."""
    stretch, seen = 0, False
    for word in words:
        stretch += 1
        if _is_common(word):
            stretch, seen = 0, True
        elif stretch >= PLAIN_STRETCH:
            return False
    return seen


def _is_mostly_english(words: Sequence[str]) -> bool:
    return 3 * sum(map(_is_common, words)) >= len(words)


def _is_common(word: str) -> bool:
    return word in COMMON_ENGLISH or word.lower() in COMMON_ENGLISH


def languages_of(words: Sequence[str], target: str, names: frozenset[str] = frozenset()) -> list[str]:
    """The language of each word; the target's where nothing speaks clearly for another. Loads the models (1.3 s)."""
    languages = _languages(target)
    evidence = _fresh_evidence(words, languages, names)
    enough = PROOF_AMID_ENGLISH if target == "en" and _is_mostly_english(words) else PROOF
    if sum(max(e) - e[0] for e in evidence) < enough:
        return [target] * len(words)
    found: list[str] = []
    for state, stretch in groupby(_most_probable_path(evidence)):
        length = len(list(stretch))
        proof = sum(e[state] - e[0] for e in evidence[len(found) : len(found) + length])
        found += [languages[state] if proof >= enough else target] * length
    return found


def _languages(target: str) -> tuple[str, ...]:
    """The target first."""
    return (target, *(language for language in RIVALS if language != target))


def _fresh_evidence(words: Sequence[str], languages: tuple[str, ...], names: frozenset[str]) -> list[tuple[float, ...]]:
    """(words, languages): log-probabilities, all zero for a name that is known, or a word that was said just before."""
    silent = (0.0,) * len(languages)
    evidence, last_seen = [], dict[str, int]()
    for i, word in enumerate(words):
        is_repeated = word in last_seen and (word[0].isupper() or i - last_seen[word] <= RECENT_WORDS)
        is_known = is_repeated or (bool(names) and word.lower() in names)
        evidence.append(silent if is_known else _evidence(word[:LONGEST_WORD], languages))
        last_seen[word] = i
    return evidence


def _most_probable_path(evidence: Sequence[tuple[float, ...]]) -> list[int]:
    """Viterbi's algorithm; on a tie the path stays where it is, and ends at the target."""
    states = range(len(evidence[0]))
    scores = [0.0] + [-SWITCH] * (len(states) - 1)
    came_from: list[list[int]] = []
    for emitted in evidence:
        best = max(states, key=scores.__getitem__)
        switched = scores[best] - SWITCH
        came_from.append([i if scores[i] >= switched else best for i in states])
        scores = [max(scores[i], switched) + emitted[i] for i in states]
    state = max(states, key=scores.__getitem__)
    path = []
    for origins in reversed(came_from):
        path.append(state)
        state = origins[state]
    return path[::-1]


@lru_cache(maxsize=65_536)
def _evidence(word: str, languages: tuple[str, ...]) -> tuple[float, ...]:
    """log P(word is in the language), for each; rounded, since the library sums in an order that changes by process."""
    from lingua import IsoCode639_1

    weight = NAME_WEIGHT if word[0].isupper() else 1.0
    found = _detector(languages).compute_language_confidence_values(word.lower())
    share = {value.language.iso_code_639_1: value.value for value in found}
    shares = [share.get(getattr(IsoCode639_1, code.upper()), 0.0) for code in languages]
    return tuple(round(weight * math.log(max(s, LEAST_PROBABILITY)), 3) for s in shares)


@lru_cache
def _detector(languages: tuple[str, ...]) -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [getattr(IsoCode639_1, code.upper()) for code in languages]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()


@lru_cache
def _is_known(language: str) -> bool:
    from lingua import IsoCode639_1

    return hasattr(IsoCode639_1, language.upper())
