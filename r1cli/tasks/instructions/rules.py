"""The 25 kinds of IFEval's instructions, each a rule that says whether a text follows it.

The rules are of our own writing, after what each instruction asks for (arXiv:2311.07911, table 1). Where IFEval's own
code decides by something else than its instruction says, r1cli/tasks/instructions/upstream.py has that reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from r1cli.language.whole import is_written_in
from r1cli.tasks.instructions.counting import agrees, paragraphs, sentences, words

Rule = Callable[..., bool]
"""(text, the instruction's arguments by name) -> is it followed?"""

# --- keywords -------------------------------------------------------------------------------------------------------


def existence(text: str, keywords: Sequence[str]) -> bool:
    """All keywords are there, in any case, alone or inside a longer word."""
    folded = text.casefold()
    return all(keyword.casefold() in folded for keyword in keywords)


def frequency(text: str, keyword: str, frequency: int, relation: str) -> bool:
    """The keyword is there so often, in any case, alone or inside a longer word."""
    return agrees(text.casefold().count(keyword.strip().casefold()), relation, frequency)


def forbidden_words(text: str, forbidden_words: Sequence[str]) -> bool:
    """None of the words stands there as a word of its own."""
    return not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE) for word in forbidden_words)


def letter_frequency(text: str, letter: str, let_frequency: int, let_relation: str) -> bool:
    """The character is there so often, in any case; it need not be a letter (`!`, `#`)."""
    return agrees(text.lower().count(letter.strip().lower()), let_relation, let_frequency)


# --- language and case ----------------------------------------------------------------------------------------------


def response_language(text: str, language: str) -> bool:
    """The text is in the language (ISO 639-1); one that has no letters is in none."""
    return is_written_in(text, language)


def english_capital(text: str) -> bool:
    """In English, in capitals; the language is told from the words in small letters, since capitals are names."""
    return text.isupper() and is_written_in(text, "en")


def english_lowercase(text: str) -> bool:
    """In English, without a capital."""
    return text.islower() and is_written_in(text, "en")


def capital_word_frequency(text: str, capital_frequency: int, capital_relation: str) -> bool:
    """So many words are in capitals alone; `I` is one of them, and so is a hyphenated word as a whole."""
    return agrees(sum(word.isupper() for word in words(text)), capital_relation, capital_frequency)


# --- length ---------------------------------------------------------------------------------------------------------


def number_sentences(text: str, num_sentences: int, relation: str) -> bool:
    """So many sentences."""
    return agrees(sentences(text), relation, num_sentences)


def number_words(text: str, num_words: int, relation: str) -> bool:
    """So many words."""
    return agrees(len(words(text)), relation, num_words)


def number_paragraphs(text: str, num_paragraphs: int) -> bool:
    """Exactly so many paragraphs with the divider `***` between them, and nothing empty between two dividers."""
    parts = [part.strip() for part in re.split(r"(?:^|(?<=\s))\*\*\*(?=\s|$)", text)]
    inner = parts[1:-1]
    return all(inner) and sum(map(bool, parts)) == num_paragraphs


def nth_paragraph_first_word(text: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """Exactly so many paragraphs between blank lines, the n-th of which begins with the word, in any case."""
    found = paragraphs(text)
    if len(found) != num_paragraphs or not 1 <= nth_paragraph <= len(found):
        return False
    wanted = words(first_word.casefold())
    return words(found[nth_paragraph - 1].casefold())[: len(wanted)] == wanted


# --- content --------------------------------------------------------------------------------------------------------


def number_placeholders(text: str, num_placeholders: int) -> bool:
    """At least so many things in square brackets, as in `[address]`."""
    return len(re.findall(r"\[[^\[\]\n]+\]", text)) >= num_placeholders


def postscript(text: str, postscript_marker: str) -> bool:
    """A line begins with the marker, with or without blanks between its letters."""
    letters = [re.escape(letter) for letter in postscript_marker if letter.isalnum()]
    return bool(re.search(r"^[^\w\n]*" + r"\.\s?".join(letters) + r"\b", text, flags=re.MULTILINE | re.IGNORECASE))


def no_comma(text: str) -> bool:
    """No comma of any script."""
    return not re.search("[,،、，]", text)


# --- format ---------------------------------------------------------------------------------------------------------

ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def number_bullet_lists(text: str, num_bullets: int) -> bool:
    """Exactly so many bullets of markdown: a star or a dash, a blank, and something to say."""
    return len(re.findall(r"^[ \t]*[*-][ \t]+\S", text, flags=re.MULTILINE)) == num_bullets


def constrained_response(text: str) -> bool:
    """One of the three answers, and no second one."""
    return sum(answer in text for answer in ANSWERS) == 1


def number_highlighted_sections(text: str, num_highlights: int) -> bool:
    """At least so many spans between stars, as markdown has them: no blank inside at either end, all on one line."""
    spans = re.findall(r"(?<!\*)(\*{1,3})(?![\s*])[^*\n]*(?<![\s*])\1(?!\*)", text)
    return len(spans) >= num_highlights


def multiple_sections(text: str, section_spliter: str, num_sections: int) -> bool:
    """At least so many lines that begin with the word and a number, as a heading or not."""
    word = re.escape(section_spliter.strip())
    return len(re.findall(rf"^[^\w\n]*{word}\s?\d+", text, flags=re.MULTILINE)) >= num_sections


def json_format(text: str) -> bool:
    """All of it is JSON, fenced or not."""
    fenced = re.fullmatch(r"```(?:json)?[ \t]*\n?(.*?)```", text.strip(), flags=re.DOTALL | re.IGNORECASE)
    try:
        json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return False
    return True


def title(text: str) -> bool:
    """Something stands between double angle brackets, on one line."""
    return any(found.strip("<> ") for found in re.findall(r"<<[^\n]+>>", text))


# --- the whole ------------------------------------------------------------------------------------------------------


def repeat_prompt(text: str, prompt_to_repeat: str) -> bool:
    """It begins with the request, in any case."""
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


def two_responses(text: str) -> bool:
    """Two different responses with six stars between them."""
    parts = [part.strip() for part in text.split("******")]
    responses = [part for part in parts if part]
    return all(parts[1:-1]) and len(responses) == 2 and responses[0] != responses[1]


def end_checker(text: str, end_phrase: str) -> bool:
    """It ends with the phrase, in any case, inside quotation marks or not."""
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quotation(text: str) -> bool:
    """All of it stands between double quotation marks, straight or curly."""
    stripped = text.strip()
    return len(stripped) > 1 and stripped[0] in '"“' and stripped[-1] in '"”'


RULES: Mapping[str, Rule] = {
    "keywords:existence": existence,
    "keywords:frequency": frequency,
    "keywords:forbidden_words": forbidden_words,
    "keywords:letter_frequency": letter_frequency,
    "language:response_language": response_language,
    "length_constraints:number_sentences": number_sentences,
    "length_constraints:number_paragraphs": number_paragraphs,
    "length_constraints:number_words": number_words,
    "length_constraints:nth_paragraph_first_word": nth_paragraph_first_word,
    "detectable_content:number_placeholders": number_placeholders,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": number_bullet_lists,
    "detectable_format:constrained_response": constrained_response,
    "detectable_format:number_highlighted_sections": number_highlighted_sections,
    "detectable_format:multiple_sections": multiple_sections,
    "detectable_format:json_format": json_format,
    "detectable_format:title": title,
    "combination:two_responses": two_responses,
    "combination:repeat_prompt": repeat_prompt,
    "startend:end_checker": end_checker,
    "startend:quotation": quotation,
    "change_case:capital_word_frequency": capital_word_frequency,
    "change_case:english_capital": english_capital,
    "change_case:english_lowercase": english_lowercase,
    "punctuation:no_comma": no_comma,
}
"""Kind of instruction -> its rule."""
