"""Words of Latin-script languages: who decides, when, and at what cost."""

from __future__ import annotations

import subprocess
import sys

import pytest

from r1cli.data.rows import Row
from r1cli.language import latin
from r1cli.language.words import words_of
from r1cli.tasks.world import World
from r1cli.template import parse

GERMAN = "sie verkaufte im April achtundvierzig Klammern und im Mai halb so viele".split()


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(languages: tuple[str, ...]) -> object:
        raise AssertionError("the models were loaded")

    monkeypatch.setattr(latin, "_evidence", load)
    monkeypatch.setattr(latin, "_detector", load)


PLAIN = [
    ("Start with 5. Then 5+3=8. Doubled that is 16.", True),
    ("So 12 apples are left.", True),
    ("Natalia sold clips", False),  # no common word at all
    ("The number of apples, pears, plums, nuts", False),  # four in a row
    ("", False),
    (" ".join(GERMAN), False),
    ("also ist das of the Klammern verkaufte Mai April", False),
]


@pytest.mark.parametrize(("text", "plain"), PLAIN)
def test_plain_english_has_a_common_word_in_every_few(text: str, plain: bool) -> None:
    assert latin.is_plain_english(words_of(text).latin) == plain


@pytest.mark.usefixtures("no_models")
def test_plain_english_and_unknown_languages_need_no_models() -> None:
    assert latin.words_in("Then she sold half of them".split(), "en") == 6
    assert latin.words_in([], "de") == 0
    assert latin.words_in("hitz ezezagunak dira".split(), "xx") == 3


def _demonstrations() -> list[Row]:
    common = {"edition": 1, "split": "train", "count": 2_000, "seed": 0, "steps": (1, 3), "largest": 40, "check": 0.3}
    parts = ("demonstrations", "general_demonstrations")
    return [row for part in parts for row in World.model_validate({**common, "part": part}).rows()]


@pytest.mark.usefixtures("no_models")
def test_no_english_demonstration_of_the_small_world_needs_the_models() -> None:
    thoughts = [parse(row.demonstration or "").thought for row in _demonstrations() if row.language == "en"]
    assert len(thoughts) > 1_500
    for thought in thoughts:
        words = words_of(thought)
        assert latin.words_in(words.latin, "en") == words.total()


def test_the_models_are_not_imported_before_they_are_needed() -> None:
    code = (
        "import sys; from r1cli.language.consistency import language_consistency as c;"
        "c('Then she sold half of them', 'en');"
        "c('她卖了很多', 'zh'); sys.exit('lingua' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_short_word_takes_the_language_of_its_neighbours() -> None:
    assert latin.languages_of("Klammern verkaufte die Frau".split(), "en")[2] == "de"
    assert latin.languages_of("they watched the flower die slowly".split(), "en")[4] == "en"


def test_a_clear_switch_is_found_to_within_a_word() -> None:
    english = "she sold forty eight clips to her friends in April".split()
    found = latin.languages_of([*english, *GERMAN], "en")
    assert abs(found.count("en") - len(english)) <= 1
    assert found == sorted(found, key=["en", "de"].index)


def test_a_repeated_word_says_nothing_new() -> None:
    for word in ("kilometer", "coins", "Klammern"):
        assert latin.words_in([word] * 30, "en") in {30, 0}
    assert latin.words_in("gnomes had gnomes total gnomes gnomes".split(), "en") == 6


def test_the_path_of_least_cost_is_worked_out_by_hand() -> None:
    stay, go = (0.0, -3.0), (-4.6, 0.0)
    assert latin._most_probable_path([stay, go, stay]) == [0, 1, 0]  # 4.6 is more than going and coming back
    weak = (-1.5, 0.0)
    assert latin._most_probable_path([stay, weak, stay]) == [0, 0, 0]
    assert latin._most_probable_path([weak, weak, weak]) == [1, 1, 1]  # 4.5 for one change
    assert latin._most_probable_path([(0.0, 0.0)]) == [0]


def test_the_target_need_not_be_a_rival() -> None:
    danish = "hun solgte otteogfyrre spænder til sine venner i april".split()
    assert "da" not in latin.RIVALS
    assert latin.words_in(danish, "da") == len(danish)


def test_evidence_is_the_same_in_every_process() -> None:
    code = (
        "from r1cli.language.latin import _evidence, RIVALS;"
        "print([_evidence(w, RIVALS) for w in 'clips Mai kumi'.split()])"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert elsewhere.strip() == str([latin._evidence(w, latin.RIVALS) for w in ("clips", "Mai", "kumi")])


def test_long_words_are_cut_before_they_are_looked_up() -> None:
    latin._evidence.cache_clear()
    latin.words_in(["b" * 40 + str(i) * 1_000 for i in range(9)], "en")
    assert latin._evidence.cache_info().currsize == 1


def test_amid_english_more_is_asked_for_than_elsewhere() -> None:
    stammered = "Nobody asleep Dora brujust helpasep hek and then there is more of it all".split()
    assert latin.words_in(stammered, "en") == len(stammered)
    assert latin.words_in("hek Dora brujust helpasep".split(), "en") < 4
    assert latin.words_in("Also ist das Ergebnis vier".split(), "en") == 1
