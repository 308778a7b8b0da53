"""Where completion looks things up: files, and answers that are made when they are asked for."""

from __future__ import annotations

from pathlib import Path

from tests.r1cli.terminal.completion.asking import complete, offered


def test_a_file_is_offered_where_one_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    (tmp_path / "more").mkdir()
    (tmp_path / ".hidden").touch()
    assert offered("r1 train stage=coldstart data=jsonl data.path=") >= {"data.path=rows.jsonl", "data.path=more/"}
    assert offered("r1 run paths.data=r") == {"paths.data=rows.jsonl"}
    assert offered("r1 plan --config-dir ") == {"more/"}


def test_a_cold_answer_loads_no_library_that_trains(tmp_path: Path) -> None:
    done = complete("r1 run stages.reasoning_rl.reward.weights.l", XDG_CACHE_HOME=str(tmp_path))
    loaded = {text.rpartition("|")[2].strip() for text in done.stderr.splitlines()}
    assert done.stdout.startswith("stages.reasoning_rl.reward.weights.language=")
    assert loaded.isdisjoint({"torch", "transformers", "trl", "datasets", "wandb", "numpy", "scipy", "lingua"})
