"""What may stand under the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.terminal.completion.grammar import STORE_ONLY
from tests.r1cli.terminal.completion.asking import assert_offers, offered

# (line up to the cursor, what must be offered, what must not)
LINES = [
    ("r1 ", {"run", "train", "plan", "ls", "completion"}, {"_complete"}),
    ("r1 c", {"compare", "completion"}, {"run"}),
    ("r1 completion ", {"bash", "zsh", "fish"}, set()),
    ("r1 completion bash ", set(), {"bash"}),
    ("r1 ls ", {"recipes", "stages"}, {"--json"}),
    ("r1 ls --", {"--json", "--help"}, {"recipes"}),
    ("r1 train ", {"stage=", "data=", "model=", "seed=", "paths."}, {"reward=", "trainer.", "hydra/launcher="}),
    ("r1 train stage=reasoning_rl ", {"reward=", "reward.", "trainer.", "steps="}, {"_target_="}),
    ("r1 train stage=coldstart reward", set(), {"reward=", "reward."}),
    ("r1 run ", {"recipe=", "model=", "stages.", "data@", "until="}, {"stage=", "trainer."}),
    ("r1 run h", {"hardware=", "hydra/"}, set()),
    ("r1 run --cfg ", {"job", "hydra", "all"}, {"recipe="}),
    ("r1 run --cfg=", {"--cfg=job"}, set()),
    ("r1 run --cfg job mod", {"model="}, set()),
    ("r1 plan stage=coldstart tra", {"trainer.", "tracking="}, set()),
    ("r1 show ", {"coldstart", "eval_coldstart", "r1_zero"}, set()),
    ("r1 show r1_zero ", {"trainer."}, {"stages."}),
    ("r1 status ", {"paths."}, {"model=", "seed="}),
    ("r1 watch ", {"paths."}, {"model="}),
    ("r1 compare ", {"experiment=", "paths."}, {"model="}),
    ("r1 findings ", {"rl_alone", "coverage"}, {"model=", "r1_zero"}),
    ("r1 score rows.jsonl ", {"task=", "reward=", "columns."}, {"verifier@", "model=", "stage="}),
    ("r1 eval ", {"suite=", "benchmark=", "generator=", "init=", "problems=", "benchmarks."}, {"recipe=", "stages."}),
    ("r1 eval suite=", {"suite=tiny", "suite=laptop", "suite=paper"}, set()),
    ("r1 eval benchmark=gsm", {"benchmark=gsm8k"}, {"benchmark=math500"}),
    ("r1 run suite=", {"suite=tiny", "suite=laptop", "suite=paper"}, set()),
    ("r1 ls s", {"suites", "stages"}, {"benchmarks"}),
    ("r1 explain ", {"coldstart", "r1_zero"}, {"trainer."}),
    ("r1 explain coldstart ", {"trainer.", "scale="}, {"stages."}),
    ("r1 'tr", {"train"}, set()),
    ("A=1 r1 tra", {"train"}, set()),
    ("r1 nonsense ", set(), {"run"}),
    ("r1 run reward=reasoning mod", {"model="}, set()),  # not a group of `run`: the rest still completes,
]


@pytest.mark.parametrize(("line", "must", "must_not"), LINES, ids=[line for line, _, _ in LINES])
def test_tab_offers(line: str, must: set[str], must_not: set[str]) -> None:
    assert_offers(line, must, must_not)


def test_commands_that_only_look_into_the_store_exist() -> None:
    assert offered("r1 ") >= STORE_ONLY


def test_compare_offers_the_models_with_an_evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_STORE", str(tmp_path / "store"))
    for node in ("eval_mine", "mine", "data"):
        (tmp_path / "store" / f"{node}-{'0' * 16}").mkdir(parents=True)
    assert offered("r1 compare m") == {"mine"}
    assert offered("r1 compare --baseline m") == {"mine"}
    assert offered("r1 compare mine d") == set()


def test_logs_offers_the_nodes_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_STORE", str(tmp_path / "store"))
    (tmp_path / "store" / f"reward_me-{'0' * 16}").mkdir(parents=True)
    (tmp_path / "store" / ".partial" / f"half-{'1' * 16}").mkdir(parents=True)
    (tmp_path / "store" / "notes").mkdir()
    assert offered("r1 logs ") == {"reward_me", "half"}
