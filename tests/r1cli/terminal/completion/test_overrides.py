"""The word of an override: groups, keys, values."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.terminal.completion.grammar import candidates
from tests.r1cli.terminal.completion.asking import assert_offers, offered

# (line up to the cursor, what must be offered, what must not)
LINES = [
    ("r1 train stage=", {"stage=coldstart", "stage=reasoning_rl"}, {"coldstart"}),
    ("r1 train stage=reasoning_rl reward.", {"reward.weights.", "reward.terms."}, {"reward.weights.language="}),
    ("r1 run data@", {"data@stages."}, set()),
    ("r1 run stages.coldstart.trainer.l", {"stages.coldstart.trainer.learning_rate="}, set()),
    ("r1 run recipe=r1_zero stages.", {"stages.r1_zero."}, {"stages.coldstart."}),
    ("r1 run until=", {"until=coldstart", "until=eval_base"}, set()),
    ("r1 run evaluate=", {"evaluate=true", "evaluate=false"}, set()),
    ("r1 run evaluate=false until=", {"until=coldstart"}, set()),
    ("r1 run hardware.device=", {"hardware.device=auto", "hardware.device=cuda"}, set()),
    ("r1 run tracking.mode=", {"tracking.mode=online", "tracking.mode=offline"}, set()),
    ("r1 run stages.reasoning_rl.inputs.model=", {"stages.reasoning_rl.inputs.model=base"}, set()),
    ("r1 run reward@stages.reasoning_rl.reward=", {"reward@stages.reasoning_rl.reward=r1_zero"}, set()),
    ("r1 run -m recipe=r1,", {"recipe=r1,r1_zero"}, {"recipe=r1,r1"}),
    ("r1 run -m recipe=r1,r1_zero stages.cold", {"stages.coldstart."}, set()),
    ("r1 run hydra/launcher=", {"hydra/launcher=basic"}, set()),
    ("r1 run +rew", {"+reward@"}, set()),
    (
        "r1 run +reward@stages.coldstart.t",
        {"+reward@stages.coldstart.trainer=", "+reward@stages.coldstart.trainer."},
        set(),
    ),
    ("r1 run +reward@stages.coldstart.trainer=", {"+reward@stages.coldstart.trainer=r1_zero"}, set()),
    ("r1 run ++se", {"++seed="}, set()),
    ("r1 run ~stages.coldstart", {"~stages.coldstart."}, {"~stages.coldstart.="}),
    ("r1 run ~stages.coldstart.trainer.learning_r", {"~stages.coldstart.trainer.learning_rate"}, set()),
    ("r1 show coldstart stages.", {"stages.coldstart."}, set()),
    ("r1 score rows.jsonl task=", {"task=choice", "task=math"}, {"task=gsm8k"}),
    ("r1 run no.such.key=", set(), {""}),
]


@pytest.mark.parametrize(("line", "must", "must_not"), LINES, ids=[line for line, _, _ in LINES])
def test_tab_offers(line: str, must: set[str], must_not: set[str]) -> None:
    assert_offers(line, must, must_not)


def test_the_current_value_is_a_suggestion_to_be_changed() -> None:
    (found,) = candidates(["r1", "train", "stage=reasoning_rl"], "reward.weights.language=")
    assert float(found.text.removeprefix("reward.weights.language=")) >= 0
    assert not found.done


def test_an_option_brings_its_help_line() -> None:
    (found,) = candidates(["r1", "run"], "model=ti")
    assert "no download" in found.about
    assert found.done


def test_a_further_folder_adds_its_options(tmp_path: Path) -> None:
    (tmp_path / "mine" / "scale").mkdir(parents=True)
    (tmp_path / "mine" / "scale" / "huge.yaml").write_text("# help: larger still\ndefaults: [laptop, _self_]\n")
    assert offered("r1 plan --config-dir mine scale=h") == {"scale=huge"}
    assert offered("r1 plan scale=h") == set()
    (tmp_path / "mine" / "scale" / "hundredfold.yaml").write_text("defaults: [laptop, _self_]\n")
    assert offered("r1 plan --config-dir mine scale=h") == {"scale=huge", "scale=hundredfold"}
