r"""How IFEval's own code reads an instruction, where that is not what the instruction asks for.

Published numbers were counted in this way, so `rules: upstream` counts like this too. Of the 25 kinds, these differ:

| kind | the code's own reading |
|---|---|
| `keywords:letter_frequency` | in place of `!` it counts a letter that it draws at random: not applicable |
| `keywords:existence`, `frequency`, `forbidden_words` | keywords are regular expressions |
| `language:response_language` | a text in which no language is found follows |
| `change_case:english_capital`, `english_lowercase` | the same |
| `length_constraints:number_words` | a word is a run of `\w`: `don't` is two |
| `length_constraints:nth_paragraph_first_word` | it counts paragraphs with text, and numbers all |
| `length_constraints:number_paragraphs` | three stars divide wherever they stand, as in `***bold***` |
| `detectable_content:postscript` | the marker may stand anywhere, in another word too |
| `detectable_format:number_bullet_lists` | a star or a dash without a blank is a bullet: `---`, `*emphasis*` |
| `detectable_format:constrained_response` | all three answers at once will do |
| `detectable_format:number_highlighted_sections` | any two stars on one line highlight what is between |
| `detectable_format:multiple_sections` | the word and a number count wherever they stand |
| `punctuation:no_comma` | the comma of ASCII alone |
| `startend:quotation` | straight marks alone |

Two things are not done here: nltk's sentences and capital words are counted by our rules (`counting`), and languages
are told by ours, since langdetect is not seeded there and disagrees with itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from r1cli.language.consistency import detect_language
from r1cli.tasks.instructions import rules
from r1cli.tasks.instructions.counting import agrees, plain_words

UpstreamRule = Callable[..., bool | None]
"""As a rule; None where the reading is drawn at random, so that nobody can read a text in this way again."""


def existence(text: str, keywords: Sequence[str]) -> bool:
    """Each is found as a pattern, in any case."""
    return all(_found(keyword, text) for keyword in keywords)


def frequency(text: str, keyword: str, frequency: int, relation: str) -> bool:
    """The pattern is found so often, in any case."""
    return agrees(len(_found(keyword.strip(), text)), relation, frequency)


def forbidden_words(text: str, forbidden_words: Sequence[str]) -> bool:
    """No pattern is found between the edges of a word."""
    return not any(_found(rf"\b{word}\b", text) for word in forbidden_words)


def letter_frequency(text: str, letter: str, let_frequency: int, let_relation: str) -> bool | None:
    """None for what is no letter: a random one would be counted."""
    if not re.fullmatch("[A-Za-z]", letter):
        return None
    return rules.letter_frequency(text, letter, let_frequency, let_relation)


def response_language(text: str, language: str) -> bool:
    """In the language, or in none that is known."""
    return detect_language(text) is None or rules.response_language(text, language)


def english_capital(text: str) -> bool:
    """In capitals, and in English or in no language that is known."""
    return text.isupper() and response_language(text, "en")


def english_lowercase(text: str) -> bool:
    """Without a capital, and in English or in no language that is known."""
    return text.islower() and response_language(text, "en")


def number_words(text: str, num_words: int, relation: str) -> bool:
    r"""So many runs of `\w`."""
    return agrees(len(plain_words(text)), relation, num_words)


def number_paragraphs(text: str, num_paragraphs: int) -> bool:
    """Three stars divide wherever they stand."""
    parts = re.split(r"\s?\*\*\*\s?", text)
    return all(part.strip() for part in parts[1:-1]) and sum(bool(part.strip()) for part in parts) == num_paragraphs


def nth_paragraph_first_word(text: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """The paragraphs that are not empty are counted, and all are numbered."""
    parts = text.split("\n\n")
    full = sum(bool(part.strip()) for part in parts)
    if full != num_paragraphs or nth_paragraph > full or not parts[nth_paragraph - 1].strip():
        return False
    word = parts[nth_paragraph - 1].split()[0].lstrip("'").lstrip('"')
    return re.split(r"[.,?!'\"]", word)[0].lower() == first_word.lower()


def postscript(text: str, postscript_marker: str) -> bool:
    """The marker stands anywhere, with or without blanks between its letters."""
    spaced = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return bool(re.search(spaced.get(postscript_marker.strip(), postscript_marker.strip().lower()), text.lower()))


def number_bullet_lists(text: str, num_bullets: int) -> bool:
    """A line that begins with a star, though not with two, or with a dash is a bullet."""
    return len(re.findall(r"^\s*(?:\*[^*\n].*|-.*)$", text, flags=re.MULTILINE)) == num_bullets


def constrained_response(text: str) -> bool:
    """One of the three answers, or several."""
    return any(answer in text for answer in rules.ANSWERS)


def number_highlighted_sections(text: str, num_highlights: int) -> bool:
    """Anything between two stars on a line, and again between two pairs of them."""
    single = [span for span in re.findall(r"\*[^\n*]*\*", text) if span.strip("*").strip()]
    double = [span for span in re.findall(r"\*\*[^\n*]*\*\*", text) if span.strip("*").strip()]
    return len(single) + len(double) >= num_highlights


def multiple_sections(text: str, section_spliter: str, num_sections: int) -> bool:
    """The word and a number, wherever they stand."""
    return len(re.findall(rf"\s?{section_spliter.strip()}\s?\d+\s?", text)) >= num_sections


def no_comma(text: str) -> bool:
    """No comma of ASCII."""
    return "," not in text


def quotation(text: str) -> bool:
    """Between straight double quotation marks."""
    stripped = text.strip()
    return len(stripped) > 1 and stripped[0] == stripped[-1] == '"'


def _found(pattern: str, text: str) -> list[str]:
    return re.findall(pattern, text, flags=re.IGNORECASE)


UPSTREAM: Mapping[str, UpstreamRule] = {
    **rules.RULES,
    "keywords:existence": existence,
    "keywords:frequency": frequency,
    "keywords:forbidden_words": forbidden_words,
    "keywords:letter_frequency": letter_frequency,
    "language:response_language": response_language,
    "length_constraints:number_paragraphs": number_paragraphs,
    "length_constraints:number_words": number_words,
    "length_constraints:nth_paragraph_first_word": nth_paragraph_first_word,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": number_bullet_lists,
    "detectable_format:constrained_response": constrained_response,
    "detectable_format:number_highlighted_sections": number_highlighted_sections,
    "detectable_format:multiple_sections": multiple_sections,
    "startend:quotation": quotation,
    "change_case:english_capital": english_capital,
    "change_case:english_lowercase": english_lowercase,
    "punctuation:no_comma": no_comma,
}
"""Kind of instruction -> the rule of IFEval's own code."""
