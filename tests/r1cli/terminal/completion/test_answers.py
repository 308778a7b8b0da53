"""What TAB offers, asked without a shell; and what the answer costs and leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from r1cli.engine.hardware import Hardware
from r1cli.terminal import completion
from r1cli.terminal.completion import cache, shells
from r1cli.terminal.completion.grammar import STORE_ONLY, candidates
from r1cli.terminal.completion.values import values_of

ROOT = Path(__file__).resolve().parents[4]
HEAVY = {
    "typer",
    "rich",
    "hydra",
    "omegaconf",
    "pydantic",
    "yaml",
    "pathlib",
    "typing",
    "subprocess",
    "r1cli.terminal.app",
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _a_person_with_a_cache(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    monkeypatch.delenv("R1_COMPLETION_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)


def offered(line: str) -> set[str]:
    words, word = shells.split(line)
    return {c.text for c in candidates(words, word.text)}


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
    ("r1 train stage=", {"stage=coldstart", "stage=reasoning_rl"}, {"coldstart"}),
    ("r1 train stage=reasoning_rl reward.", {"reward.weights.", "reward.terms."}, {"reward.weights.language="}),
    ("r1 train stage=coldstart reward", set(), {"reward=", "reward."}),
    ("r1 run ", {"recipe=", "model=", "stages.", "data@", "until="}, {"stage=", "trainer."}),
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
    ("r1 run h", {"hardware=", "hydra/"}, set()),
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
    ("r1 run --cfg ", {"job", "hydra", "all"}, {"recipe="}),
    ("r1 run --cfg=", {"--cfg=job"}, set()),
    ("r1 run --cfg job mod", {"model="}, set()),
    ("r1 plan stage=coldstart tra", {"trainer.", "tracking="}, set()),
    ("r1 show ", {"coldstart", "eval_coldstart", "r1_zero"}, set()),
    ("r1 show coldstart stages.", {"stages.coldstart."}, set()),
    ("r1 show r1_zero ", {"trainer."}, {"stages."}),
    ("r1 status ", {"paths."}, {"model=", "seed="}),
    ("r1 watch ", {"paths."}, {"model="}),
    ("r1 compare ", {"experiment=", "paths."}, {"model="}),
    ("r1 score rows.jsonl ", {"task=", "reward=", "columns."}, {"verifier@", "model=", "stage="}),
    ("r1 score rows.jsonl task=", {"task=choice", "task=math"}, {"task=gsm8k"}),
    ("r1 explain ", {"coldstart", "r1_zero"}, {"trainer."}),
    ("r1 explain coldstart ", {"trainer.", "scale="}, {"stages."}),
    ("r1 'tr", {"train"}, set()),
    ("A=1 r1 tra", {"train"}, set()),
    ("r1 nonsense ", set(), {"run"}),
    ("r1 run no.such.key=", set(), {""}),
    ("r1 run reward=reasoning mod", {"model="}, set()),  # not a group of `run`: the rest still completes
]


@pytest.mark.parametrize(("line", "must", "must_not"), LINES, ids=[line for line, _, _ in LINES])
def test_tab_offers(line: str, must: set[str], must_not: set[str]) -> None:
    found = offered(line)
    assert must <= found
    assert must_not.isdisjoint(found)
    if not must:
        assert found == set()


def test_commands_that_only_look_into_the_store_exist() -> None:
    assert offered("r1 ") >= STORE_ONLY


def test_the_current_value_is_a_suggestion_to_be_changed() -> None:
    (found,) = candidates(["r1", "train", "stage=reasoning_rl"], "reward.weights.language=")
    assert float(found.text.removeprefix("reward.weights.language=")) >= 0
    assert not found.done


def test_an_option_brings_its_help_line() -> None:
    (found,) = candidates(["r1", "run"], "model=ti")
    assert "no download" in found.help
    assert found.done


def test_a_file_is_offered_where_one_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    (tmp_path / "more").mkdir()
    (tmp_path / ".hidden").touch()
    assert offered("r1 train stage=coldstart data=jsonl data.path=") >= {"data.path=rows.jsonl", "data.path=more/"}
    assert offered("r1 run paths.data=r") == {"paths.data=rows.jsonl"}
    assert offered("r1 plan --config-dir ") == {"more/"}


def test_a_further_folder_adds_its_options(tmp_path: Path) -> None:
    (tmp_path / "mine" / "scale").mkdir(parents=True)
    (tmp_path / "mine" / "scale" / "huge.yaml").write_text("# help: larger still\ndefaults: [laptop, _self_]\n")
    assert offered("r1 plan --config-dir mine scale=h") == {"scale=huge"}
    assert offered("r1 plan scale=h") == set()
    (tmp_path / "mine" / "scale" / "hundredfold.yaml").write_text("defaults: [laptop, _self_]\n")
    assert offered("r1 plan --config-dir mine scale=h") == {"scale=huge", "scale=hundredfold"}


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


@pytest.mark.parametrize(
    ("line", "words", "word", "quote"),
    [
        ("r1 tra", ["r1"], "tra", ""),
        ("r1  run ", ["r1", "run"], "", ""),
        ("r1 'a b' \"c", ["r1", "a b"], "c", '"'),
        (r"r1 my\ rows", ["r1"], "my rows", ""),
        (r"r1 'it\s", ["r1"], r"it\s", "'"),
        ("r1 ''  x", ["r1", ""], "x", ""),
        ("", [], "", ""),
    ],
)
def test_a_line_is_taken_apart_as_a_shell_does(line: str, words: list[str], word: str, quote: str) -> None:
    found, last = shells.split(line)
    assert (found, last.text, last.quote) == (words, word, quote)


@pytest.mark.parametrize(
    ("typed", "quote", "breaks", "answer"),
    [
        ("model=t", "", " \t\"'=:", "tiny "),
        ("model=t", "", " ", "model=tiny "),
        ("model=t", '"', " \t\"'=:", "model=tiny"),
        ("a@b=c:t", "", "@=:", "tiny "),
    ],
)
def test_bash_is_told_only_what_follows_where_it_breaks_words(typed: str, quote: str, breaks: str, answer: str) -> None:
    whole = shells.Candidate(typed[:-1] + "tiny")
    assert shells.reply("bash", shells.Word(typed, quote), [whole], breaks) == f"{answer}\n"


@pytest.mark.parametrize(
    ("annotation", "values"),
    [
        (bool, ["true", "false"]),
        (bool | None, ["true", "false", "null"]),
        (Hardware.model_fields["device"].annotation, ["auto", "cpu", "cuda"]),
        (int, []),
        (None, []),
    ],
)
def test_values_come_from_types(annotation: object, values: list[str]) -> None:
    assert values_of(annotation) == values


def complete(*line: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "r1cli", "_complete", "fish", *line],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_warm_answer_loads_hardly_anything() -> None:
    line = "r1 run stages.coldstart.trainer.learning_r"
    complete(line)
    warm = complete(line)
    loaded = {text.rpartition("|")[2].strip() for text in warm.stderr.splitlines()}
    assert warm.stdout.startswith("stages.coldstart.trainer.learning_rate=")
    assert "r1cli.terminal.completion.grammar" in loaded
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True, check=True
    ).stderr
    assert (loaded - {text.rpartition("|")[2].strip() for text in bare.splitlines()}).isdisjoint(HEAVY)


def test_a_cold_answer_loads_no_library_that_trains(tmp_path: Path) -> None:
    done = complete("r1 run stages.reasoning_rl.reward.weights.l", XDG_CACHE_HOME=str(tmp_path))
    loaded = {text.rpartition("|")[2].strip() for text in done.stderr.splitlines()}
    assert done.stdout.startswith("stages.reasoning_rl.reward.weights.language=")
    assert loaded.isdisjoint({"torch", "transformers", "trl", "datasets", "wandb", "numpy", "scipy", "lingua"})


def test_a_home_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert complete("r1 run model=ti", XDG_CACHE_HOME=str(tmp_path / "file")).stdout.startswith("model=tiny\t")


def test_a_broken_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def find_out() -> list[int]:
        asked.append(1)
        return [1, 2]

    for _ in range(2):
        assert cache.remembered(["what"], [], find_out) == [1, 2]
    assert len(asked) == 1
    (file,) = (tmp_path / "r1" / "completion").iterdir()
    for content in ("{", "[]", json.dumps({"state": "old", "answer": 3})):
        file.write_text(content)
        assert cache.remembered(["what"], [], find_out) == [1, 2]
    assert len(asked) == 4


def test_the_cache_follows_the_files(tmp_path: Path) -> None:
    asked = []
    for change in (lambda: None, (tmp_path / "a.yaml").touch, (tmp_path / "b.txt").touch, (tmp_path / "a.yaml").unlink):
        change()
        cache.remembered(["follows"], [str(tmp_path)], lambda: asked.append(1))
    assert len(asked) == 3  # at first, with a.yaml, and without it again


def test_the_cache_forgets_what_was_asked_long_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    for i in range(6):
        cache.remembered([f"question {i}"], [], lambda: 0)
    assert len(list((tmp_path / "r1" / "completion").iterdir())) == 3


def test_a_broken_configuration_gives_no_suggestions_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale" / "mine.yaml").write_text("a: [")
    monkeypatch.setenv("R1_COMPLETION_DEBUG", str(tmp_path / "debug"))
    completion.main(["fish", f"r1 plan --config-dir {tmp_path} scale=mine stages.cold"])
    assert capfd.readouterr().out == ""
    assert "mine.yaml" in (tmp_path / "debug").read_text()
    monkeypatch.delenv("R1_COMPLETION_DEBUG")
    completion.main(["fish"])  # not even the line is there
    assert capfd.readouterr() == ("", "")
