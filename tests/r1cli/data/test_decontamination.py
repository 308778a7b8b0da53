"""Decontamination."""

from r1cli.data.decontamination import decontaminate
from r1cli.data.rows import Row


def test_rows_that_share_ten_words_in_a_row_with_a_held_out_one_are_dropped_and_counted() -> None:
    heldout = [
        Row("h1", "A robe takes two bolts of blue fiber and half that much white fiber. How many in all?"),
        Row("h2", "制作一件袍子需要两匹蓝色纤维布料和这个数量一半的白色纤维布料", demonstration="<think>x</think>"),
        Row("h3", "What is 7 times 8?"),
    ]
    rows = [
        Row("shares ten", "Say: takes two bolts of BLUE fiber, and half that much silk"),
        Row("shares nine", "takes two bolts of blue fiber and half that silk"),
        Row("in the demonstration", "x", demonstration="a robe takes two bolts of blue fiber and half that much"),
        Row("shares twenty characters", "问：制作一件袍子需要两匹蓝色纤维布料和这个数量多少"),
        Row("shares ten characters", "制作一件袍子需要两匹布，请问多少钱"),
        Row("a short one whole", "what is 7 times 8"),
        Row("a short one in part", "What is 7 times 9?"),
    ]
    kept, dropped = decontaminate(rows, heldout)
    assert [row.id for row in kept] == ["shares nine", "shares ten characters", "a short one in part"]
    assert dropped == 4
