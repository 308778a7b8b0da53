"""Every value says where it comes from, and the place that is named is the one that set it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.config import provenance
from r1cli.config.provenance import StageValue
from r1cli.errors import ConfigError
from r1cli.terminal.app import run_line

STAGES = (
    *("base", "coldstart", "reasoning_rl", "rejection_sampling", "rejection_sft", "helpful_rm", "safety_rm"),
    *("all_scenario_rl", "evaluate"),
)


def values(node: str, *overrides: str, folders: tuple[Path, ...] = ()) -> dict[str, StageValue]:
    return {v.key: v for v in provenance.of(node, overrides, folders=folders)}


@pytest.mark.parametrize("stage", STAGES)
def test_every_value_of_the_recipe_has_a_mark(stage: str) -> None:
    found = values(stage).values()
    assert not [v for v in found if not v.mark]
    assert len([v for v in found if v.mark]) >= 5


@pytest.mark.parametrize(
    ("line", "mark", "value", "paper", "note", "file"),
    [
        # A line of the stage's own file.
        ("reasoning_rl trainer.scale_rewards", "paper", "group", "group", "V2 eq. 3", "stage/_grpo.yaml"),
        # A reference: the line that it leads to speaks.
        ("reasoning_rl trainer.num_generations", "scaled", 8, "16", "16 -> 8", "scale/laptop.yaml"),
        # A reference that leads to a bare value: the line that refers speaks.
        (
            "all_scenario_rl reward.terms.helpfulness.kind",
            "paper",
            "helpful",
            "helpful",
            "",
            "reward/all_scenario.yaml",
        ),
        # A reference to a whole mapping, and from there to the scale.
        ("coldstart data.count", "scaled", 500, "thousands", "thousands -> 500", "scale/laptop.yaml"),
        # A stage that the default recipe does not have, with its own word on a value that its base sets too.
        ("r1_zero trainer.epsilon scale=smoke", "ours", 10.0, "", "not stated for R1-Zero", "stage/r1_zero.yaml"),
        # A scale that takes its values from another.
        ("r1_zero trainer.beta scale=smoke", "ours", 0.0, "0.001", "in a hundred updates", "scale/laptop.yaml"),
        # A value of the stage's base, as the scale has it.
        ("safety_rm batch_size scale=single_gpu", "scaled", 64, "256", "256 -> 64", "scale/single_gpu.yaml"),
        # Two files set it: the later one has the last word.
        ("reasoning_rl reward.weights.format", "ours", 0.2, "1.0", "", "scale/laptop.yaml"),
        ("evaluate sampling.temperature", "ours", 1.0, "0.6", "", "scale/laptop.yaml"),
        ("reasoning_rl trainer.top_k stages.reasoning_rl.trainer.top_k=5", "given", 5, "", "", ""),
        ("reasoning_rl steps scale.reasoning_rl.steps=7", "given", 7, "", "", ""),
        ("eval_base sampling.top_p stage=base evaluation.sampling.top_p=0.5", "given", 0.5, "0.95", "", ""),
    ],
)
def test_the_line_that_set_a_value_says_where_it_comes_from(
    line: str, mark: str, value: object, paper: str, note: str, file: str
) -> None:
    node, key, *overrides = line.split()
    found = values(node, *overrides)[key]
    assert (found.mark, found.value, found.paper) == (mark, value, paper)
    assert found.note.startswith(note)
    assert found.file.partition(":")[0] == file


def test_the_line_that_is_named_is_the_one_with_the_value() -> None:
    from r1cli.config.catalogue import conf_dir

    for found in values("reasoning_rl", "scale=smoke").values():
        name, _, number = found.file.partition(":")
        line = (conf_dir() / name).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        own_name = found.key.rpartition(".")[2] in line
        assert own_name or "${" in line or name.startswith("scale/") or found.key in {"order_seed", "sampling_seed"}


def test_the_head_of_a_file_speaks_for_values_without_a_comment(tmp_path: Path) -> None:
    (tmp_path / "scale").mkdir()
    text = (
        "# ours: everything here\ndefaults: [laptop, _self_]\n"
        "few: &few {steps: 3}\nreasoning_rl:\n  <<: *few\ngrpo:\n  batch_size: 4 # paper: x\n"
    )
    (tmp_path / "scale/mine.yaml").write_text(text)
    found = values("reasoning_rl", "scale=mine", folders=(tmp_path,))
    assert (found["steps"].mark, found["steps"].file) == ("ours", "scale/mine.yaml:3")
    assert (found["batch_size"].mark, found["batch_size"].note) == ("paper", "x")
    assert found["trainer.temperature"].file.startswith("stage/_grpo.yaml")


def test_a_hash_inside_a_value_begins_no_comment(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    text = '_target_: r1cli.stage.ModelSpec\nname: m\npath: x\ntemplate: "# paper: {question}"\n'
    (tmp_path / "model/m.yaml").write_text(text)
    found = values("reasoning_rl", "model=m", folders=(tmp_path,))
    assert (found["model.template"].mark, found["model.template"].value) == ("", "# paper: {question}")


def test_a_stage_that_is_not_there_is_a_mistake_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="no stage 'reasoning_r'") as mistake:
        provenance.of("reasoning_r")
    assert "reasoning_rl" in mistake.value.hint
    with pytest.raises(ConfigError, match="'distill' is not part of"):
        provenance.of("distill", ["recipe=r1"])


def test_explain_fits_into_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run_line(["explain", "all_scenario_rl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["key", "here", "paper", "from"]
    (temperature,) = [line.split() for line in lines if line.startswith("  temperature")]
    assert temperature == ["temperature", "0.7", "=", "paper", "V2", "3.2.2"]


def test_explain_as_data_has_every_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["explain", "coldstart", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"key": "epochs", "value": 3, "mark": "paper"}.items() <= next(
        r for r in rows if r["key"] == "epochs"
    ).items()
    assert {tuple(r) for r in rows} == {("key", "value", "mark", "note", "file", "paper")}
