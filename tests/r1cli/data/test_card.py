"""The card of a rejection-sampled dataset."""

from __future__ import annotations

from r1cli.data.card import rejection_card


def test_the_card_says_where_rows_come_from_and_what_was_dropped() -> None:
    report = {
        "total": 5,
        "kept": 3,
        "general": 2,
        "prompts": 8,
        "source": {"node": "reasoning_rl", "fingerprint": "ab12"},
        "dropped": {"wrong": 4, "surplus": 1},
    }
    card = rejection_card(report, {"max_repetition": 0.5})
    assert card.startswith("---\ntags:")
    assert "5 rows: 3 sampled from `reasoning_rl`" in card
    assert "| wrong | 4 |\n| surplus | 1 |" in card
    assert "`{'max_repetition': 0.5}`" in card
