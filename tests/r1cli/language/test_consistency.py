"""What counts as a word, and of which language."""

from pathlib import Path

import pytest

from benchmarks.language import LANGUAGES, LATIN, SHARES, mean_consistency, mixed_by_word, mixed_in_blocks, questions
from r1cli.language.consistency import detect_language, language_consistency, words_by_script
from r1cli.language.markup import replace_spans

WORDS = [
    ("Natalia sold 48/2 = 24 clips in May.", {"latin": 5}),
    ("小明有3个苹果", {"han": 4}),  # 小明有 rounds up to 2, 个苹果 to 2
    ("今日はりんごを買いました", {"kana": 6}),
    ("안녕하세요 저는 학생입니다", {"hangul": 3}),
    ("Привет, как дела?", {"cyrillic": 3}),
    ("ฉันมีแอปเปิ้ล", {"thai": 4}),
    ("আমার পাঁচটি আপেল আছে", {"bengali": 4}),
    ("నాకు ఐదు", {"telugu": 2}),
    ("عندي خمس تفاحات", {"arabic": 3}),
    ("יש לי תפוח", {"hebrew": 3}),
    ("मेरे पास पाँच", {"devanagari": 3}),
    ("έχω πέντε μήλα", {"greek": 3}),
    ("don't well-known café", {"latin": 3}),
    ("x = 3, y = 4 and α > 0", {"latin": 1}),
    ("5cm 10 km 3.5kg 1,234", {"latin": 1}),
    ("5个 apples", {"han": 1, "latin": 1}),
    ("```python\nprint(total)\n``` 然后", {"han": 1}),
    ("`total_cost` 是", {"han": 1}),
    ("$\\frac{a}{b} \\text{per hour}$ so", {"latin": 3}),
    ("$$\nlong + maths\n$$ so \\[more maths\\] it \\(ab\\) is", {"latin": 5}),
    ("\\begin{aligned} total &= cost \\end{aligned} so we are done", {"latin": 4}),
    ("He has $5 and she has $10.", {"latin": 5}),
    ("see https://example.com/a-b?c=d now", {"latin": 2}),
    ("<b>so</b> <think>", {"latin": 1}),
    ("“Natalia”卖了很多", {"han": 2}),
    ("《Kylar》 买", {"han": 1}),
    ("sin(x) + log(y)", {}),
    ("48 / 2 = 24.", {}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_words_are_counted_by_script(text: str, words: dict[str, int]) -> None:
    assert words_by_script(text) == words


HOSTILE = [
    "bcd efg ",
    "bcd\u200b",
    "аb",
    "`",
    "$",
    "$a",
    "\\[",
    "\\(",
    "\\begin{",
    "\\end{",
    "```",
    "<a",
    '"',
    "“",
    "\\a{",
    "http://",
    "1",
    "1a",
    "a'",
    "你",
]
"""Repeated, what a careless pattern would search again and again."""

CONSISTENCY = [
    ("She sold forty-eight clips.", "en", 1.0),
    ("She sold forty-eight clips.", "zh", 0.0),
    ("她卖了很多 clips", "zh", 0.75),
    ("她卖了很多 clips", "en", 0.25),
    ("她卖了很多东西", "zh-CN", 1.0),
    ("Elle a vendu des pommes.", "fr", 1.0),
    ("Elle a vendu des pommes.", "en", 0.0),
    ("Elle a vendu des pommes.", "gl", 1.0),  # a language that nothing is known of: any Latin word
    ("Elle a vendu des pommes.", "fr-CA", 1.0),
    ("今日は三個のりんごを買いました。合計五個。", "ja", 1.0),
    ("一共五个苹果，再加三个。", "ja", 0.0),  # Han alone is Chinese
    ("今日はりんごを買いました", "zh", 0.0),
    ("", "en", 0.0),
    ("2 + 3 = 5", "en", 0.0),
    ("ok", "en", 0.5),  # shorter than the shortest thought
    ("```\nonly words here\n```", "en", 1.0),
    ("```\nreturn total_cost\n```", "en", 0.0),
]


@pytest.mark.parametrize(("thought", "target", "share"), CONSISTENCY)
def test_consistency_is_the_share_of_target_words(thought: str, target: str, share: float) -> None:
    assert language_consistency(thought, target) == pytest.approx(share)


GERMAN = "Natalia verkaufte im April achtundvierzig Klammern und im Mai halb so viele."
ENGLISH = "Natalia sold forty-eight clips in April and half as many in May."
CHINESE = "她在四月卖了十个夹子然后在五月卖了一半所以总数"


def dressed(text: str, first: int) -> str:
    """The letters in another alphabet of the same ones, which begins at a code point."""
    return "".join(chr(first + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in text.lower())


ADVERSARIAL = [
    # columns: what, thought, target, share
    ("German for English; the name stays a name", GERMAN, "en", 1 / 12),
    ("English for German", ENGLISH, "de", 0.0),
    ("in capitals", GERMAN.upper(), "en", 1 / 12),
    ("each word capitalised", GERMAN.title(), "en", 1 / 12),
    ("half and half", f"{ENGLISH} {GERMAN}", "en", 12 / 24),
    (
        "loan words are not counted against it",
        "She feels Schadenfreude at the end of it, ergo she sold ten.",
        "en",
        1.0,
    ),
    ("nonsense is not another language", "kwm flirp grobbed the snoot", "en", 1.0),
    ("one right word, again and again: repetition is another reward's to see", "the " * 50, "en", 1.0),
    ("white space", " \n\t\u3000\u00a0", "en", 0.0),
    ("zero-width characters", "\u200b\u200d\ufeff\u2060", "en", 0.0),
    ("zero-width characters between all letters", "\u200b".join(ENGLISH), "en", 1.0),
    ("zero-width characters that hide another language", "\u200b".join(GERMAN), "en", 1 / 12),
    ("joiners that hide another language", "\u200d".join(GERMAN), "en", 1 / 12),
    ("soft hyphens", "\u00ad".join("clips sold"), "en", 1.0),
    ("Cyrillic letters in Latin words", "sоld clips in Mаrсh", "en", 2 / 4),
    ("Cyrillic letters in Latin words, for Russian", "sоld clips in Mаrсh", "ru", 0.0),
    ("Greek letters in Latin words", "sοld clips in Αpril", "en", 2 / 4),
    ("Greek letters in formulas", "the angle cosα and Δx", "en", 3 / 3),
    ("wide letters", "\uff33\uff4f\uff4c\uff44 \uff43\uff4c\uff49\uff50\uff53", "en", 1.0),
    ("mathematical letters", "\U0001d42c\U0001d428\U0001d425\U0001d41d", "en", 0.5),
    ("another language in mathematical letters", f"so she sold ten {dressed(GERMAN, 0x1D41A)}", "en", 5 / 16),
    ("another language in circled letters", f"so she sold ten {dressed(GERMAN, 0x24D0)}", "en", 5 / 16),
    ("letters one by one", "s o l d", "en", 0.0),
    ("pinyin", "xiao ming you san ge ping guo", "zh", 0.0),
    ("pinyin with tones", "xiǎo míng yǒu sān gè píng guǒ", "zh", 0.0),
    ("all in a code fence", f"```\n{ENGLISH}\n```", "en", 1.0),
    ("all in a code fence that is never closed", f"```\n{ENGLISH}", "en", 1.0),
    ("all in mathematics", f"$${ENGLISH}$$", "en", 1.0),
    ("all in short quotations", " ".join(f'"{word}"' for word in ENGLISH.split()), "en", 1.0),
    ("another language in short quotations", "so she " + " ".join(f'"{w}"' for w in GERMAN.split()), "en", 3 / 14),
    ("half of it in quotations", f"{ENGLISH} “{CHINESE[:8]}” “{CHINESE[8:16]}” “{CHINESE[16:]}”", "en", 12 / 24),
    ("some names in quotations", "she gave “小明” and 《苹果》 to Tom then", "en", 1.0),
    ("all in a tag", f"<b {ENGLISH[:50]}>", "en", 1.0),
    ("all in a URL", "https://natalia.sold/forty-eight", "en", 0.5),
    ("numbers", "48 / 2 = 24, 1.5e3", "en", 0.0),
]


@pytest.mark.parametrize(("what", "thought", "target", "share"), ADVERSARIAL, ids=[c[0] for c in ADVERSARIAL])
def test_a_thought_that_would_cheat_has_a_defined_share(what: str, thought: str, target: str, share: float) -> None:
    assert language_consistency(thought, target) == pytest.approx(share)


MARKUP = [
    "${}$", "$${}$$", "\\[{}\\]", "\\({}\\)", "$\\text{{{}}}$", "\\text{{{}}}", "`{}`", "```\n{}\n```",
    "```python\n# {}\n```",
    "<b>{}</b>", "<i {}>", "\\begin{{aligned}}{}\\end{{aligned}}", "\\boxed{{{}}}", "$$\\mathrm{{{}}}$$", "**{}**",
    "[{}](https://example.com/x)", "> {}", "| {} |",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("markup", MARKUP)
def test_a_thought_hidden_in_markup_scores_as_if_it_stood_open(language: str, markup: str, mgsm: Path) -> None:
    apart = "" if language in {"zh", "ja", "th"} else " "
    for question in questions(mgsm, language)[:15]:
        thought = apart.join(question).replace("$", "")
        for target in (language, "zh" if language == "en" else "en"):
            hidden, bare = (language_consistency(text, target) for text in (markup.format(thought), thought))
            assert hidden == pytest.approx(bare, abs=0.12), (thought, target)


WORD_BY_WORD = ["${}$", "`{}`", "$\\text{{{}}}$", "<b>{}</b>"]


@pytest.mark.parametrize("markup", WORD_BY_WORD)
def test_a_thought_hidden_word_by_word_scores_as_if_it_stood_open(markup: str) -> None:
    thought = " ".join(markup.format(word) for word in GERMAN.split())
    assert language_consistency(thought, "de") == 1.0
    assert language_consistency(thought, "en") == pytest.approx(1 / 12, abs=0.1)
    assert language_consistency(thought, "zh") == 0.0


FORMULAS = [
    ("所以 $v_{max} = \\frac{d}{t}$，其中 $AB \\parallel CD$，$\\sin x \\leq 1$。", "zh"),
    (
        "用代码：```python\nfor item in items:\n    total_cost += item.price\n``` 就可以得到总数。",
        "zh",
    ),
    ("变量 `total` 是总数，`total` 再加上 `cost` 就是答案，我们可以得到最后的结果。", "zh"),
    ("Тогда $\\text{площадь} = ab$ и $\\cos \\alpha = 1$, поэтому ответ верный.", "ru"),
    ("参考 https://example.com/some-page 就能知道答案是多少，这里不再重复计算。", "zh"),
]


@pytest.mark.parametrize(("thought", "target"), FORMULAS)
def test_names_in_formulas_and_programs_are_no_words(thought: str, target: str) -> None:
    assert language_consistency(thought, target) == 1.0


NAMES = [
    ("Том купил iPhone за сто рублей, потом продал iPhone, и снова купил iPhone.", "ru", "Том купил iPhone. Сколько?"),
    ("比利卖了 DVD，然后又买了 DVD，所以一共有三张 DVD。", "zh", "比利卖了多少张 DVD？"),
    ("Juan compró tres croissants y dos baguettes en la boulangerie de París.", "es",
     "Juan compró croissants y baguettes en una boulangerie de París. ¿Cuántos?"),
]  # fmt: skip


@pytest.mark.parametrize(("thought", "target", "prompt"), NAMES)
def test_a_name_that_stands_in_the_prompt_costs_nothing(thought: str, target: str, prompt: str) -> None:
    assert language_consistency(thought, target, prompt) == 1.0


def test_a_repeated_name_is_counted_once() -> None:
    once = language_consistency("Том купил Hyundai за сто рублей и потом продал её снова соседу", "ru")
    often = language_consistency(
        "Том купил Hyundai за сто рублей Hyundai и потом Hyundai продал её снова соседу Hyundai", "ru"
    )
    assert once == often < 1


def test_words_of_the_prompt_do_not_make_a_thought_of_another_language_consistent() -> None:
    assert (
        language_consistency("Natalia sold clips in April and half as many", "zh", f"{ENGLISH} How many clips?") == 0.0
    )
    assert language_consistency("iPhone iPhone iPhone", "zh", "他买了 iPhone 吗") == 0.0


def test_a_thought_without_words_cannot_earn_more_than_one_with_words() -> None:
    wordless = ["", " ", "1 + 1 = 2", "```\nx\n```", "<b></b>", "!!!", "$a$", "x y z"]
    assert all(language_consistency(text, target) == 0.0 for text in wordless for target in ("en", "zh"))


@pytest.mark.parametrize("target", LANGUAGES)
def test_the_share_falls_as_another_language_is_mixed_in(mgsm: Path, target: str) -> None:
    own, other = (questions(mgsm, name)[:60] for name in (target, "zh" if target == "en" else "en"))
    for mix in (mixed_in_blocks, mixed_by_word):
        means = [mean_consistency(own, other, target, mix, share) for share in SHARES]
        assert means == sorted(means, reverse=True)
        assert means[0] >= 0.99
        assert 0.3 <= means[2] <= 0.7
        assert means[4] <= 0.02


@pytest.mark.parametrize("target", LATIN)
def test_languages_of_one_script_are_told_apart(mgsm: Path, target: str) -> None:
    own = questions(mgsm, target)[:40]
    for language in sorted({*LATIN} - {target}):
        other = questions(mgsm, language)[:40]
        for mix in (mixed_in_blocks, mixed_by_word):
            assert 0.3 <= mean_consistency(own, other, target, mix, 0.5) <= 0.7
        assert mean_consistency(own, other, target, mixed_in_blocks, 1.0) <= 0.03


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_a_question_is_recognised(mgsm: Path, language: str) -> None:
    apart = "" if language in {"zh", "ja", "th"} else " "
    found = [detect_language(apart.join(question)) for question in questions(mgsm, language)]
    assert found.count(language) == len(found)


DETECTED = [
    ("", None),
    ("12 = 12", None),
    ("hello there 你", "en"),
    ("你好啊朋友 a", "zh"),
    ("Simplify $\\sqrt{2}$.", "en"),
    ("Quante mele ha comprato Natalia in tutto?", "it"),
    ("Hoeveel appels heeft Natalia gekocht?", "nl"),
    ("Сколько яблок?", "ru"),
]


@pytest.mark.parametrize(("text", "language"), DETECTED)
def test_detection_takes_the_language_with_most_words(text: str, language: str | None) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_thoughts_have_a_share_too(piece: str) -> None:
    assert 0 <= language_consistency(piece * 20_000, "zh") <= 1


class Counted(str):
    """Text that counts the characters that are searched in it."""

    __slots__ = ("searched",)

    def __init__(self, _text: str) -> None:
        self.searched = 0

    def find(self, sub: str, start: int = 0) -> int:
        at = super().find(sub, start)
        self.searched += (at + len(sub) if at >= 0 else len(self)) - start
        return at


@pytest.mark.parametrize("piece", ["\\[", "\\]", "\\[a", "\\[a\\]", "\\]a\\["])
def test_looking_for_spans_takes_work_linear_in_the_length(piece: str) -> None:
    short, long = Counted(piece * 1_000), Counted(piece * 10_000)
    for text in (short, long):
        replace_spans(text, "\\[", "\\]", lambda _: " ")
    assert len(short) <= short.searched
    assert long.searched <= 10 * short.searched


@pytest.fixture
def mgsm(shared_data: Path) -> Path:
    return shared_data / "mgsm"
