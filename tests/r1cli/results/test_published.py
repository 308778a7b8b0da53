"""r1cli.results.published: points with their sets."""

from r1cli.results.published import published


def test_every_published_point_says_of_which_set_it_is() -> None:
    points = published("arc_agi1")
    assert {point.set for point in points} == {"semi-private", "public evaluation"}
    assert {point.tasks for point in points if point.set == "semi-private"} == {100}
    assert all(0 <= point.score <= 100 for point in points)
    assert published("gsm8k") == ()
