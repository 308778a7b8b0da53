"""What is a word, of which script, and what is none."""

from __future__ import annotations

import pytest

from r1cli.language.words import words_of


def test_latin_words_are_kept_in_their_order() -> None:
    words = words_of("She sold forty-eight clips, 然后 don't ask.")
    assert words.latin == ["She", "sold", "forty-eight", "clips", "don't", "ask"]
    assert words.by_script == {"latin": 6, "han": 1}
    assert words.total() == 7


def test_han_is_told_from_japanese_by_the_kana_in_a_run() -> None:
    assert set(words_of("一共五个苹果").by_script) == {"han"}
    assert set(words_of("今日はりんご").by_script) == {"kana"}


@pytest.mark.parametrize("piece", ["", "48 / 2 = 24", "sin x + log y", "x = 3", "```\nprint(total)\n```", "$a + bc$"])
def test_code_mathematics_and_numbers_are_no_words_of_a_sentence(piece: str) -> None:
    assert words_of(f"So we have {piece} and that is it.").total() == 7


def test_numbers_alone_are_no_words() -> None:
    assert words_of("48 / 2 = 24.").total() == words_of("").total() == 0


def test_a_span_that_is_never_closed_is_text_like_any_other() -> None:
    assert words_of("then ``` come the words").latin == ["then", "come", "the", "words"]


def test_a_quoted_name_is_left_out_unless_the_text_is_little_else() -> None:
    assert words_of("“Natalia” 卖了很多夹子").latin == []
    assert words_of("“Natalia Brown sold” 卖").latin == ["Natalia", "Brown", "sold"]


def test_letters_that_only_look_latin_make_a_word_of_no_language() -> None:
    disguised = "appl\u0435s"  # the fifth letter is Cyrillic
    assert words_of(f"two {disguised}").by_script == {"latin": 1, "other": 1}
    assert words_of("два яблока").by_script == {"cyrillic": 2}


def test_invisible_characters_cut_no_word_in_two() -> None:
    assert words_of("app\u00adles and pe\u200bars").latin == ["apples", "and", "pears"]
