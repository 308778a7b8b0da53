"""References that are held against themselves."""

from r1cli.tasks.mathematics.self_check import FORMS, unreadable, unrewarded


def test_sound_references_are_rewarded_in_every_form() -> None:
    sound = ["72", "\\frac{1}{2}", "(1, 2)", "Monday", "x = 5", "\\text{(E)}", "5%", "neither", "1,234", "40_9"]
    assert unrewarded(sound, "any", timeout_s=20) == []
    assert unrewarded(sound, "boxed", timeout_s=20) == []


def test_what_nobody_can_read_is_told_with_its_place_and_every_form() -> None:
    found = unrewarded(["72", "\\frac{1", None], "any", timeout_s=20)
    assert [(bad.place, bad.why) for bad in found] == [(1, "its braces do not match"), (2, "there is none")]
    assert all(set(bad.forms) == set(FORMS) for bad in found)


def test_a_file_without_references_has_none_that_are_wrong() -> None:
    assert unreadable([None, None], timeout_s=20) == {}


def test_there_are_a_dozen_forms_or_more() -> None:
    assert len(FORMS) >= 12
