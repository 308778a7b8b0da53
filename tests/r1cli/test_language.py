"""What counts as a word, and of which language."""

import json
from pathlib import Path

import pytest

from r1cli.language import _without_spans, detect_language, language_consistency, words_by_script

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
    ("$\\frac{a}{b} \\text{per hour}$ so", {"latin": 1}),
    ("$$\nlong + maths\n$$ so \\[more maths\\] it \\(ab\\) is", {"latin": 3}),
    ("\\begin{aligned} total &= cost \\end{aligned} done", {"latin": 1}),
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
    ("Elle a vendu des pommes.", "en", 1.0),  # one script, not told apart
    ("今日は三個のりんごを買いました。合計五個。", "ja", 1.0),
    ("一共五个苹果，再加三个。", "ja", 0.0),  # Han alone is Chinese
    ("今日はりんごを買いました", "zh", 0.0),
    ("", "en", 0.0),
    ("2 + 3 = 5", "en", 0.0),
    ("ok", "en", 0.5),  # shorter than the shortest thought
    ("```\nonly code here\n```", "en", 0.0),
]


@pytest.mark.parametrize(("thought", "target", "share"), CONSISTENCY)
def test_consistency_is_the_share_of_target_words(thought: str, target: str, share: float) -> None:
    assert language_consistency(thought, target) == pytest.approx(share)


def test_a_thought_without_words_cannot_earn_more_than_one_with_words() -> None:
    wordless = ["", " ", "1 + 1 = 2", "```\nx\n```", "<b></b>", "!!!", "$a$", "x y z"]
    assert all(language_consistency(text, target) == 0.0 for text in wordless for target in ("en", "zh"))


def test_questions_of_ten_languages_are_recognised(mgsm: Path) -> None:
    for language in ("en", "zh", "ja", "ru", "th", "bn", "te"):
        rows = [json.loads(line) for line in (mgsm / f"mgsm_{language}.jsonl").open(encoding="utf-8")]
        shares = [language_consistency(row["question"], language) for row in rows]
        assert {detect_language(row["question"]) for row in rows} == {language}
        assert sum(shares) / len(shares) > 0.99


@pytest.mark.parametrize(
    ("text", "language"), [("", None), ("12 = 12", None), ("hello there 你", "en"), ("你好啊朋友 a", "zh")]
)
def test_detection_takes_the_script_with_most_words(text: str, language: str | None) -> None:
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
        _without_spans(text, "\\[", "\\]")
    assert len(short) <= short.searched
    assert long.searched <= 10 * short.searched


@pytest.fixture
def mgsm(shared_data: Path) -> Path:
    return shared_data / "mgsm"
