"""Comments of a YAML file, by the line of their value."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.yaml_comments import comment_on, line_of

TEXT = """\
# help: an example
# ours: everything here without a mark
steps: 10 # paper: V2 3.2.1
trainer:
  beta: 0.001 # scaled: 0.1 -> 0.001
  text: "a # b" # ours: a hash in the value is none
  {name}: [1, 2,
    3] # ours: behind the last line of the list
  plain: 1
base: &base {{ inner: 1 }}
merged:
  <<: *base
  own: 2 # not a mark
alarms: # ours: they change nothing
  entropy:
    above: 3
    below: 1 # paper: figure 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "example.yaml").write_text(TEXT.format(name="many"))
    return tmp_path / "example.yaml"


@pytest.mark.parametrize(
    ("key", "line", "comment"),
    [
        ("steps", 3, ("paper", "V2 3.2.1")),
        ("trainer.beta", 5, ("scaled", "0.1 -> 0.001")),
        ("trainer.text", 6, ("ours", "a hash in the value is none")),
        ("trainer.plain", 9, ("ours", "")),
        ("alarms.entropy.above", 16, ("ours", "they change nothing")),
        ("alarms.entropy.below", 17, ("paper", "figure 2")),
        ("merged.inner", 10, ("ours", "")),
        ("merged.own", 13, ("ours", "")),
    ],
)
def test_a_value_has_the_comment_of_its_line_or_that_of_the_head(
    file: Path, key: str, line: int, comment: tuple[str, str]
) -> None:
    assert line_of(file, key) == line
    assert comment_on(file, line) == comment


def test_the_comment_of_a_list_stands_behind_its_end(file: Path) -> None:
    assert comment_on(file, 8) == ("ours", "behind the last line of the list")


def test_a_key_that_the_file_does_not_set_has_no_line(file: Path) -> None:
    assert line_of(file, "trainer.gamma") is None
    assert line_of(file, "steps.inner") is None
