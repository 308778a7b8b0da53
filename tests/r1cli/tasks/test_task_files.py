"""conf/task, conf/data and conf/reward compose into objects, and do with the public data what they say."""

from pathlib import Path
from typing import Any

import pytest

from r1cli.data.decontamination import decontaminate
from r1cli.data.rows import Row
from r1cli.rewards.base import Rewards
from r1cli.tasks.base import Task

CONF = Path(__file__).resolve().parents[3] / "conf"
ROLES = {
    "corpus", "coldstart", "reasoning", "rejection", "general_demonstrations", "general", "helpful_pairs",
    "harmless_pairs", "heldout", "heldout_general",
}  # fmt: skip


def composed(*overrides: str) -> dict[str, Any]:
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", overrides=list(overrides))
    group = overrides[0].lstrip("+").partition("=")[0]
    plain = OmegaConf.to_container(config[group], resolve=True)
    assert isinstance(plain, dict)
    return plain


@pytest.mark.parametrize("name", ["gsm8k", "math"])
def test_a_task_has_all_roles_and_holds_out_what_it_says(name: str, shared_data: Path) -> None:
    found = composed(f"+task={name}", "scale=paper", f"paths.data={shared_data}")
    assert found.pop("name") == name
    assert set(found) == ROLES
    tasks = {role: Task.model_validate(mapping) for role, mapping in found.items()}
    assert all(Task.model_validate(task.config()) == task for task in tasks.values())
    rows = {role: task.rows() for role, task in tasks.items()}
    assert all(row.demonstration for role in ("corpus", "coldstart", "general_demonstrations") for row in rows[role])
    assert all(row.chosen and row.rejected for role in ("helpful_pairs", "heldout_general") for row in rows[role])
    assert {row.kind for row in rows["general"]} == {"helpful", "harmless"}
    assert {row.language for row in rows["reasoning"]} == {row.language for row in rows["heldout"]} == {"en", "zh"}
    for role in ("coldstart", "reasoning"):
        assert decontaminate(rows[role], rows["heldout"])[1] == 0
    assert {row.prompt for row in rows["general"]}.isdisjoint({row.prompt for row in rows["heldout_general"]})


def test_no_problem_that_trains_in_chinese_is_held_out_in_english(shared_data: Path) -> None:
    from r1cli.data.jsonl import read_jsonl

    found = composed("+task=gsm8k", "scale=paper", f"paths.data={shared_data}")
    english = {row["question"]: row["test_index"] for _, row in read_jsonl(shared_data / "gsm8k" / "test.jsonl")}
    chinese = {
        row["question"]: row["gsm8k_test_index"] for _, row in read_jsonl(shared_data / "mgsm" / "mgsm_zh.jsonl")
    }

    def problems(role: str) -> set[int]:
        rows: list[Row] = Task.model_validate(found[role]).rows()
        index = english | chinese
        return {index[row.prompt] for row in rows if row.prompt in index}

    assert problems("reasoning").isdisjoint(problems("heldout"))
    assert len(problems("reasoning")) == 64
    assert len(problems("heldout")) >= 63


ELSEWHERE = {"arc_agi1", "humaneval_plus", "livecodebench", "mbpp_plus"}
"""Their files are published, but not among the public data that the tests read."""


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONF / "data").glob("[!_]*.yaml")))
def test_every_data_file_is_one_task(name: str, shared_data: Path) -> None:
    own = name in {"jsonl", "parquet", "hub"}
    more = ["data.path=mine"] if own else []
    task = Task.model_validate(composed(f"+data={name}", f"paths.data={shared_data}", *more))
    if name in ELSEWHERE and (missing := task.missing()):
        pytest.skip(missing)
    assert own or len(task.rows()) >= 80


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONF / "reward").glob("[!_]*.yaml")))
def test_every_reward_file_is_a_weighted_sum_of_terms(name: str) -> None:
    rewards = Rewards.model_validate(composed(f"+reward={name}"))
    assert rewards.weights["accuracy"] == rewards.weights["format"] == 1.0


@pytest.mark.parametrize("path", sorted(p for g in ("data", "reward", "task") for p in (CONF / g).glob("[!_]*.yaml")))
def test_every_file_says_first_what_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# help: ")


@pytest.mark.parametrize("name", ["gsm8k", "math"])
def test_every_file_of_a_task_may_be_missing_where_the_hub_has_it(name: str, tmp_path: Path) -> None:
    composed_task = composed(f"+task={name}", "scale=paper", f"paths.data={tmp_path}")
    composed_task.pop("name")
    for role, mapping in composed_task.items():
        assert Task.model_validate(mapping).files() == [], role
