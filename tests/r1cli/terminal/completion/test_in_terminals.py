"""TAB in the shells themselves: bash, zsh and fish on a pseudo-terminal, and what they make of a line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.r1cli.terminal.completion.shell import Shell, environment

pytestmark = pytest.mark.slow

# (typed before TAB, what the line becomes)
ALIKE = [
    ("r1 tra", "r1 train "),
    ("../bin/r1 tra", "../bin/r1 train "),
    ("OMP_NUM_THREADS=1 r1 tra", "OMP_NUM_THREADS=1 r1 train "),
    ("echo first; r1 tra", "echo first; r1 train "),
    ("r1 ls rec", "r1 ls recipes "),
    ("r1 run mod", "r1 run model"),  # model= or model.
    ("r1 run model=", "r1 run model="),
    ("r1 run model=ti", "r1 run model=tiny "),
    ("r1 run model=qwen2.5-m", "r1 run model=qwen2.5-math-1.5b "),
    ("r1 run reward", "r1 run reward@"),
    ("r1 run reward@stages.reasoning_rl.reward=reas", "r1 run reward@stages.reasoning_rl.reward=reasoning "),
    ("r1 train stage=reasoning_rl reward.weights.l", "r1 train stage=reasoning_rl reward.weights.language="),
    ("r1 run stages.reasoning_rl.reward.weights.l", "r1 run stages.reasoning_rl.reward.weights.language="),
    ("r1 run hardware.device=cu", "r1 run hardware.device=cuda "),
    ("r1 run evaluate=f", "r1 run evaluate=false "),
    ("r1 run until=colds", "r1 run until=coldstart "),
    ("r1 run --mul", "r1 run --multirun "),
    ("r1 run --cfg j", "r1 run --cfg job "),
    ("r1 run --cfg=j", "r1 run --cfg=job "),
    ("r1 run hydra/lau", "r1 run hydra/launcher="),
    ('r1 run "model=qwen2', 'r1 run "model=qwen2.5-'),
    (r"r1 run \~stages.colds", r"r1 run \~stages.coldstart."),
    (
        "r1 train stage=coldstart data=jsonl data.path=a:od",
        "r1 train stage=coldstart data=jsonl data.path=a:odd.jsonl ",
    ),
    ("r1 score sub/", "r1 score sub/rows@2.jsonl "),
    ("r1 score my", r"r1 score my\ rows.jsonl "),
    ("r1 run nothing_like_it", "r1 run nothing_like_it"),
    ("r1 nonsense mod", "r1 nonsense mod"),
]
OPEN_LIST = ("r1 run -m recipe=r1,r1_z", "r1 run -m recipe=r1,r1_zero")
VALUE = ("r1 run stages.coldstart.trainer.weight_d", "r1 run stages.coldstart.trainer.weight_decay=")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "here" / "sub").mkdir(parents=True)
    for name in ("a:odd.jsonl", "my rows.jsonl", "sub/rows@2.jsonl"):
        (folder / "here" / name).touch()
    return folder


@pytest.fixture(scope="module")
def env(home: Path) -> dict[str, str]:
    return environment(home)


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def terminal(request: pytest.FixtureRequest, home: Path, env: dict[str, str]) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with Shell(request.param, env, home / "here") as running:
        yield running


@pytest.mark.parametrize(("typed", "becomes"), [*ALIKE, VALUE], ids=[typed for typed, _ in [*ALIKE, VALUE]])
def test_tab_completes_the_line(terminal: Shell, typed: str, becomes: str) -> None:
    assert terminal.after_tab(typed) == becomes


def test_a_list_in_a_sweep_stays_open_where_the_shell_can(terminal: Shell) -> None:
    typed, becomes = OPEN_LIST
    # fish puts a blank after every word that does not end in punctuation
    assert terminal.after_tab(typed) == becomes + (" " if terminal.name == "fish" else "")


def test_the_options_of_a_group_are_listed(terminal: Shell) -> None:
    said = terminal.listed("r1 run model=")
    assert "qwen2.5-0.5b" in said
    assert "tiny" in said


def test_zsh_finds_the_script_in_its_function_path(home: Path, env: dict[str, str]) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    with Shell("zsh_functions", env, home / "here") as running:
        assert running.after_tab("r1 run model=ti") == "r1 run model=tiny "
        assert running.after_tab("r1 tra") == "r1 train "


def test_an_r1_of_another_installation_answers_for_itself(home: Path, env: dict[str, str]) -> None:
    """The script was printed by one installation; the person has meanwhile put another one first on PATH."""
    other = home / "other" / "r1"
    other.parent.mkdir()
    other.write_text('#!/bin/sh\n[ "$1" = completion ] && exec "$R1_FIRST" "$@"\nprintf \'from_elsewhere \\n\'\n')
    other.chmod(0o755)
    first = env["PATH"].partition(":")[0]
    env = {**env, "PATH": f"{other.parent}:{env['PATH']}", "R1_FIRST": f"{first}/r1"}
    with Shell("bash", env, home / "here") as running:
        assert running.after_tab("r1 from_") == "r1 from_elsewhere "
