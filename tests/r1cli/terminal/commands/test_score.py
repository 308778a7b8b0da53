"""`r1 score` as a person meets it: what it prints and writes, and what it refuses."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from r1cli.config.catalogue import options
from r1cli.data import jsonl
from r1cli.terminal.app import run_line

ROOT = Path(__file__).resolve().parents[4]
HEAVY = {"torch", "transformers", "trl", "datasets", "wandb"}
RIGHT = {"prompt": "What is 1+1?", "completion": "<think>one and one</think><answer>2</answer>", "answer": "2"}
WRONG = {**RIGHT, "completion": "<think>one and one</think><answer>3</answer>", "id": "wrong-one"}
BARE = {**RIGHT, "completion": "2"}
COLUMNS = ["columns.prompt=question", "columns.completion=response", "columns.answer=gold"]


@pytest.fixture(autouse=True)
def _away_from_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def write(name: str, *rows: dict[str, Any]) -> Path:
    path = Path(name)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def test_the_summary_names_each_reward_and_the_worst_row(capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", RIGHT, WRONG, BARE)
    assert run_line(["score", "mine.jsonl"]) == 0
    out, err = capsys.readouterr()
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert lines["mine.jsonl:"][1:] == ["3", "rows"]
    assert lines["accuracy"][1:5] == ["1", "0.667", "0", "1"]
    assert lines["sum"][1:4] == ["2.000", "1", "3"]
    assert re.search(r"^line 3  sum 1 .*\n.*\nline 2  sum 2  reference 2  extracted 3$", out, flags=re.MULTILINE)
    assert max(map(len, out.splitlines())) <= 80
    assert err == ""


def test_json_prints_the_summary_alone(capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", RIGHT, WRONG)
    assert run_line(["score", "mine.jsonl", "--json", "reward.weights.format=0.5"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["rows"] == 2
    assert plain["reward"]["mean"] == 2.0
    assert plain["rewards"]["format"]["weight"] == 0.5
    assert [(o["line"], o["id"]) for o in plain["worst"]] == [(2, "wrong-one")]


def test_scored_rows_are_the_rows_in_their_order_with_their_scores() -> None:
    write("mine.jsonl", WRONG, {**RIGHT, "model": "小模型"})
    assert run_line(["score", "mine.jsonl", "--out", "scored.jsonl"]) == 0
    wrong, right = read("scored.jsonl")
    assert wrong.items() >= WRONG.items()
    assert wrong["rewards"] == {"accuracy": 0.0, "format": 1.0, "language": 1.0}
    assert (wrong["reward"], wrong["extracted"], wrong["status"]) == (2.0, "3", "scored")
    assert right["model"] == "小模型"
    assert "小模型" in Path("scored.jsonl").read_text()


def test_what_was_scored_can_be_scored_again() -> None:
    write("mine.jsonl", RIGHT, WRONG)
    assert run_line(["score", "mine.jsonl", "--out", "once.jsonl"]) == 0
    assert run_line(["score", "once.jsonl", "--out", "twice.jsonl"]) == 0
    assert Path("once.jsonl").read_text() == Path("twice.jsonl").read_text()


def test_gzip_is_read_and_written_by_its_name() -> None:
    Path("mine.jsonl.gz").write_bytes(gzip.compress(json.dumps(RIGHT).encode()))
    assert run_line(["score", "mine.jsonl.gz", "--out", "scored.jsonl.gz"]) == 0
    assert json.loads(gzip.decompress(Path("scored.jsonl.gz").read_bytes()))["reward"] == 3.0


def test_a_pipe_on_both_sides_carries_rows_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(RIGHT).encode() + b"\n\n")))
    assert run_line(["score", "-", "--out", "-"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["reward"] == 3.0
    assert "standard input: 1 rows" in err
    assert "\x1b" not in err


# what the verifier needs beside the prompt, a right completion, a wrong one
VERIFIED: dict[str, tuple[dict[str, Any], str, str]] = {
    "math": ({"answer": "1/2"}, "so it is \\boxed{0.5}", "\\boxed{2}"),
    "choice": ({"answer": 1, "options": ["one", "two"]}, "It must be (B).", "It must be (A)."),
    "world": ({"answer": "2"}, "The answer is 2.", "The answer is 2, or 3."),
    "code": (
        {"tests": ["assert twice(2) == 4", "assert twice(0) == 0"]},
        "```python\ndef twice(x):\n    return 2 * x\n```",
        "```python\ndef twice(x):\n    return x + 1\n```",
    ),
}


@pytest.mark.parametrize("task", sorted(options("verifier")))
def test_every_verifier_tells_right_from_wrong(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    columns, right, wrong = VERIFIED[task]
    write("mine.jsonl", *({"prompt": "What is it?", "completion": said, **columns} for said in (right, wrong)))
    assert run_line(["score", "mine.jsonl", f"task={task}", "--out", "-"]) == 0
    scored = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["rewards"]["accuracy"] for row in scored] == [1.0, 0.0]


@pytest.mark.parametrize("reward", sorted(options("reward")))
def test_every_reward_can_be_asked(reward: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", {**RIGHT, "tokens": 12})
    assert run_line(["score", "mine.jsonl", f"reward={reward}", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["rewards"]["accuracy"]["mean"] == 1.0
    assert not {"crashed", "timed_out"} & {s for term in plain["rewards"].values() for s in term["statuses"]}


def test_a_reward_of_ones_own_folder_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own/reward").mkdir(parents=True)
    yaml = "weights: {shape: 2}\nterms: {shape: {_target_: r1cli.rewards.format.Format}}\n"
    Path("own/reward/mine.yaml").write_text(yaml)
    write("mine.jsonl", RIGHT)
    assert run_line(["score", "mine.jsonl", "reward=mine", "--config-dir", "own", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reward"]["mean"] == 2.0


def test_reward_models_are_left_out_with_one_remark(capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", {**RIGHT, "kind": "helpful"})
    assert run_line(["score", "mine.jsonl", "reward=all_scenario", "--out", "-"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["rewards"]["helpfulness"] is None
    assert "helpfulness, harmlessness: asks a reward model" in err


def test_explain_tells_all_about_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", RIGHT, {**WRONG, "completion": "<think>\x1b[31mred\u202e</think><answer>3</answer>"})
    assert run_line(["score", "mine.jsonl", "--explain", "2", "reward=r1_zero"]) == 0
    out, err = capsys.readouterr()
    for said in (
        r"^line 2  wrong-one$", r"^  What is 1\+1\?$", r"^  \\x1b\[31mred\\u202e$", r"^extracted  3 *$",
        r"^reference  2 *$", r"^accuracy +0 +1 +0  scored", r"^format +1 +1 +1  scored", r"^sum +1 ",
    ):  # fmt: skip
        assert re.search(said, out, flags=re.MULTILINE), said
    assert not {"\x1b", "\u202e"} & set(out)
    assert err == ""


def test_explain_as_data_has_notes_and_weights(capsys: pytest.CaptureFixture[str]) -> None:
    write("mine.jsonl", WRONG)
    assert run_line(["score", "mine.jsonl", "--explain", "1", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["rewards"]["accuracy"].items() >= {"value": 0.0, "weight": 1.0, "status": "scored"}.items()
    assert (plain["thought"], plain["answer"], plain["reward"]) == ("one and one", "3", 2.0)


def test_explain_does_not_mind_broken_lines_before(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.jsonl").write_text("{broken\n" + json.dumps(RIGHT))
    assert run_line(["score", "mine.jsonl", "--explain", "2"]) == 0
    assert "sum" in capsys.readouterr().out


# (the rest of the command line, what the error says, what the hint says)
MISTAKES = [
    ("mien.jsonl", "mien.jsonl: no such file", "did you mean mine.jsonl?"),
    ("reward=reasoning", "no such file", "r1 score FILE.jsonl reward=reasoning"),
    (".", "a folder", "inside"),
    ("mine.jsonl task=maths", "task=maths", "did you mean task=math?"),
    ("mine.jsonl task=gsm8k", "task=gsm8k", "task can be choice"),
    ("mine.jsonl reward=resoning", "reward=resoning", "did you mean reward=reasoning?"),
    ("mine.jsonl reward.weights.acuracy=1", "reward.weights.acuracy", "reward.weights.accuracy"),
    ("mine.jsonl columns.completoin=x", "columns.completoin", "columns.completion"),
    ("mine.jsonl columns.completion=completoin", "no column 'completoin'", "columns.completion=completion?"),
    ("mine.jsonl columns.answer=gold", "line 1: no column 'gold'", "completion"),
    ("mine.jsonl prefilled=perhaps", "prefilled: input should be a valid boolean", "prefilled=<value>"),
    ("mine.jsonl +task.lnguage=en", "task.lnguage: there is no such key", "task.language"),
    ("broken.jsonl", "broken.jsonl, line 2: not JSON", "one JSON object a line"),
    ("list.jsonl", "list.jsonl, line 1: list, object expected", "one JSON object a line"),
    ("empty.jsonl", "empty.jsonl: no records", "one JSON object a line"),
    ("damaged.jsonl.gz", "damaged gzip file", "fetch"),
    ("mine.jsonl --explain 7", "there is no line 7", "it has 1 lines"),
    ("mine.jsonl --explain 0", "--explain", "score --help"),
    ("mine.jsonl --explain 1 --out x", "--explain and --out", "leave --out away"),
    ("mine.jsonl --json --out -", "--json and --out -", "give --out a file"),
    ("mine.jsonl --out mine.jsonl", "is the file that is scored", "another path"),
    ("mine.jsonl --out link.jsonl", "is the file that is scored", "another path"),
    ("mine.jsonl --out .", "is a folder", "inside"),
    ("mine.jsonl --out nowhere/x.jsonl", "there is no folder", "make it"),
    ("mine.jsonl --explan 1", "--explan", "--explain"),
    ("", "FILE", "score --help"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "says", "hints"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_gives_one_error_one_hint_and_leaves_nothing_behind(
    line: str, says: str, hints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("mine.jsonl", RIGHT)
    Path("link.jsonl").symlink_to("mine.jsonl")
    Path("broken.jsonl").write_text(json.dumps(RIGHT) + "\n{broken\n")
    Path("list.jsonl").write_text("[1]\n")
    Path("empty.jsonl").write_text("\n")
    Path("damaged.jsonl.gz").write_bytes(gzip.compress(f"{json.dumps(RIGHT)}\n".encode() * 999)[:-9])
    before = {path: path.read_bytes() for path in Path().iterdir()}
    out = [] if "--out" in line or "--explain" in line or "--explan" in line else ["--out", "scored.jsonl"]
    assert run_line(["score", *shlex.split(line), *out]) == 2
    said, err = capsys.readouterr()
    assert [text.partition(":")[0] for text in err.splitlines()] == ["error", "hint"], err
    assert says in err.splitlines()[0]
    assert hints in err.splitlines()[1]
    assert said == ""
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_a_mistake_on_a_late_line_leaves_the_older_result() -> None:
    write("mine.jsonl", *[RIGHT] * 600, {"prompt": "p", "answer": "2"})
    Path("scored.jsonl").write_text("older")
    assert run_line(["score", "mine.jsonl", "--out", "scored.jsonl"]) == 2
    assert Path("scored.jsonl").read_text() == "older"
    assert sorted(p.name for p in Path().iterdir()) == ["mine.jsonl", "scored.jsonl"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_without_end_is_not_read_to_its_end(
    packed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 2**20)
    content = json.dumps(RIGHT).encode() + b"\n" + b'"' * 2**22
    name = "mine.jsonl.gz" if packed else "mine.jsonl"
    Path(name).write_bytes(gzip.compress(content) if packed else content)
    assert run_line(["score", name]) == 2
    assert f"{name}, line 2: longer than 1 MiB" in capsys.readouterr().err


def test_half_a_surrogate_pair_in_another_column_goes_through() -> None:
    write("mine.jsonl", {**RIGHT, "note": "\ud800"})
    assert run_line(["score", "mine.jsonl", "--out", "scored.jsonl"]) == 0
    assert read("scored.jsonl")[0]["note"] == "\ud800"


def test_a_named_pipe_is_written_to_and_stays_a_pipe() -> None:
    write("mine.jsonl", RIGHT)
    os.mkfifo("pipe")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_text()), daemon=True)
    reader.start()
    assert run_line(["score", "mine.jsonl", "--out", "pipe"]) == 0
    reader.join(timeout=120)
    assert json.loads(received[0])["reward"] == 3.0
    assert Path("pipe").is_fifo()


def test_ctrl_c_exits_130_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "r1cli", "score", "-", "batch_size=1", "--out", "scored.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(RIGHT) + "\n")
    child.stdin.flush()
    deadline = time.monotonic() + 240
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [p.name for p in tmp_path.iterdir()] == [".scored.jsonl.part"]
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=240)
    assert child.returncode == 130
    assert err.startswith("stopped")
    assert list(tmp_path.iterdir()) == []


def test_rules_are_scored_without_any_heavy_library(tmp_path: Path) -> None:
    write("mine.jsonl", RIGHT, {**RIGHT, "answer": "\\frac{1}{2}", "completion": "\\boxed{0.5x}"})
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "r1cli", "score", "mine.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert done.returncode == 0, done.stderr[-2000:]
    assert "r1cli.scoring.score" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("name", ["gsm8k_openai", "gsm8k_tora", "math_qwen_cot"])
def test_public_completions_get_the_verdicts_of_their_labels(name: str, shared_data: Path) -> None:
    file = shared_data / "model_outputs" / f"{name}.jsonl.gz"
    assert run_line(["score", str(file), *COLUMNS, "--out", "scored.jsonl"]) == 0
    rows = read("scored.jsonl")
    agreed = sum((row["rewards"]["accuracy"] == 1.0) == row["label"] for row in rows)
    assert agreed / len(rows) > 0.99
