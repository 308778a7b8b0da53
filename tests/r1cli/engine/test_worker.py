from __future__ import annotations

import errno
import json
import logging
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from r1cli import artifact
from r1cli.artifact import Artifact
from r1cli.data.rows import Row
from r1cli.engine import worker
from r1cli.engine.worker import Spec
from r1cli.errors import ConfigError, DataError, StageFailed
from r1cli.layout import RESULT
from r1cli.stage import Context, Placement, SilentListener, Stage
from r1cli.tasks.base import Task
from r1cli.template import Completion
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome
from tests.r1cli import fake_stages
from tests.r1cli.fake_stages import MODEL, count, job

pytestmark = pytest.mark.usefixtures("fake_torch")


class Talks(Stage):
    def run(self, ctx: Context) -> dict[str, Artifact]:
        ctx.log.info("hello from %s", ctx.name)
        warnings.warn("beware", stacklevel=1)
        logging.getLogger("some.library").warning("also heard")
        (ctx.out / "m").mkdir()
        return {"out": artifact.model(ctx.out / "m")}


class Returns(Stage):
    what: dict[str, Any] = {}

    def run(self, ctx: Context) -> dict[str, Artifact]:
        return {k: Artifact.model_validate(v) for k, v in self.what.items()}


def spec_of(stage: Stage, tmp_path: Path, **changes: Any) -> Spec:
    entry = tmp_path / "x-0123456789abcdef"
    for name in ("out", "checkpoint"):
        (entry / name).mkdir(parents=True)
    fields: dict[str, Any] = {
        "node": "x",
        "entry": entry,
        "stage": stage,
        "inputs": {},
        "placement": Placement(device="cpu"),
        "tracking": job(tmp_path, {}).tracking,
        "group": "g",
        "lineage": {},
    }
    return Spec(**{**fields, **changes})


class Asked(Task):
    """A task with a field that its base does not have, as every real task has."""

    count: int

    def rows(self) -> list[Row]:
        return []

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [NOT_APPLICABLE] * len(rows)


class AsksTask(Returns):
    data: Task | None


def test_a_spec_keeps_the_fields_of_tasks_that_the_stage_declares_by_their_base(tmp_path: Path):
    stage = AsksTask(inputs={}, seed=0, model=MODEL, data=Asked(count=3))
    assert Spec.model_validate_json(spec_of(stage, tmp_path).to_json()).stage == stage


def test_a_spec_crosses_a_file_unchanged(tmp_path: Path):
    spec = spec_of(count({"model": "a"}, steps=7), tmp_path)
    assert Spec.model_validate_json(spec.to_json()) == spec


def test_a_stage_leaves_its_result_by_relative_path(tmp_path: Path):
    spec = spec_of(count(), tmp_path)
    worker.run_stage(spec, SilentListener())
    assert json.loads((spec.entry / "result.json").read_text()) == {"out": {"kind": "model", "path": "out/model"}}


def test_all_logging_and_warnings_go_to_the_log_and_handlers_come_back(tmp_path: Path):
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    spec = spec_of(Talks(inputs={}, seed=0, model=MODEL), tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        worker.run_stage(spec, SilentListener())
    log = spec.log_path.read_text()
    assert "hello from x" in log
    assert "beware" in log
    assert "also heard" in log
    assert (list(root.handlers), root.level) == (before, level)


class Asks(Stage):
    def run(self, ctx: Context) -> dict[str, Artifact]:
        (ctx.out / "asked").write_text(self.model.template)
        return {"out": artifact.model(ctx.out / "asked")}


def test_a_stage_asks_in_the_chat_template_of_its_input_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("r1cli.training.chat.load_tokenizer", lambda model: model.location)
    monkeypatch.setattr("r1cli.training.chat.chat_template", lambda tokenizer: f"<{tokenizer}> {{question}}")
    stage = Asks(inputs={"model": "base"}, seed=0, model=MODEL.model_copy(update={"template": "chat"}))
    spec = spec_of(stage, tmp_path, inputs={"model": artifact.model(Path("/base"))})
    worker.run_stage(spec, SilentListener())
    assert (spec.entry / "out/asked").read_text() == "</base> {question}"
    assert spec.stage.model.template == "chat"  # the fingerprint's word for it


def test_a_broken_stage_is_told_in_a_line_and_has_its_traceback_in_the_log(tmp_path: Path):
    spec = spec_of(count(at_end="raise"), tmp_path)
    with pytest.raises(StageFailed, match=r"^x: ValueError: the loss is nan$") as e:
        worker.run_stage(spec, SilentListener())
    assert e.value.log == spec.log_path
    assert "`r1 logs x`" in e.value.hint
    assert "resumes from the last checkpoint" in e.value.hint
    assert "Traceback" in spec.log_path.read_text()


def test_a_full_disk_is_named_when_a_stage_breaks_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 0}))
    with pytest.raises(StageFailed) as e:
        worker.run_stage(spec_of(count(at_end="raise"), tmp_path), SilentListener())
    assert "the disk is full" in e.value.hint


def test_an_error_for_people_passes_as_it_is(tmp_path: Path):
    with pytest.raises(DataError, match="rows.jsonl:3 is not JSON"):
        worker.run_stage(spec_of(count(at_end="complain"), tmp_path), SilentListener())


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"out": {"kind": "dataset", "location": "x"}},
        {"out": {"kind": "model", "location": "/elsewhere"}},
    ],
)
def test_a_stage_that_returns_something_wrong_has_failed(tmp_path: Path, what: dict[str, Any]):
    with pytest.raises(StageFailed):
        worker.run_stage(spec_of(Returns(inputs={}, seed=0, model=MODEL, what=what), tmp_path), SilentListener())


@pytest.mark.parametrize(("at_end", "code", "kind"), [("raise", 1, "StageFailed"), ("complain", 2, "DataError")])
def test_a_process_reports_its_failure_in_a_file(tmp_path: Path, at_end: str, code: int, kind: str):
    spec = spec_of(count(at_end=at_end), tmp_path)
    (spec.entry / "spec.json").write_text(spec.to_json())
    assert worker.main(spec.entry / "spec.json") == code
    assert json.loads((spec.entry / "error.json").read_text())["type"] == f"r1cli.errors.{kind}"


def test_only_the_first_process_reports(tmp_path: Path):
    spec = spec_of(count(), tmp_path, placement=Placement(device="cpu", processes=2, rank=1))
    worker.run_stage(spec, SilentListener())
    assert not {p.name for p in spec.entry.iterdir()} & {"result.json", "progress.json", "log.txt"}


def test_a_process_on_another_machine_ends_after_the_first_one(tmp_path: Path):
    """A machine whose part is done early would end the work of the others."""
    there = Placement(device="cpu", processes=2, nodes=2, rank=1)
    spec = spec_of(count(), tmp_path, placement=there)
    waiting = threading.Thread(target=worker.stay, args=[spec], daemon=True)
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    (spec.entry / RESULT).touch()
    waiting.join(60)
    assert not waiting.is_alive()


def test_on_one_machine_and_in_the_first_process_nobody_waits(tmp_path: Path):
    spec = spec_of(count(), tmp_path)
    for processes, nodes, rank in ((2, 1, 1), (2, 2, 0)):
        placement = Placement(device="cpu", processes=processes, nodes=nodes, rank=rank)
        worker.stay(spec.model_copy(update={"placement": placement}))


def test_secrets_of_the_environment_stay_out_of_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WANDB_API_KEY", "s3cret")
    assert "s3cret" not in spec_of(count(), tmp_path).to_json()


def test_the_fakes_check_finds_a_bad_rate():
    with pytest.raises(ConfigError):
        fake_stages.count(trainer={"learning_rate": -1}).check()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_log_on_a_full_disk_writes_nothing_on_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    spec = spec_of(Talks(inputs={}, seed=0, model=MODEL), tmp_path)
    spec.log_path.symlink_to("/dev/full")
    worker.run_stage(spec, SilentListener())
    assert "Logging error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (MemoryError(), worker.OUT_OF_MEMORY),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), worker.OUT_OF_MEMORY),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: 7 bytes"),
            worker.OUT_OF_MEMORY,
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), worker.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), worker.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), worker.DISK_FULL),
        (ValueError("the loss is nan"), ""),
    ],
)
def test_what_was_not_the_stages_fault_comes_with_a_remedy(error: Exception, remedy: str):
    assert worker._remedy(error) == remedy
