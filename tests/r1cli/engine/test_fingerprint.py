from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from r1cli.artifact import Artifact
from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.engine import fingerprint as f
from r1cli.errors import ConfigError, DataError
from r1cli.tasks.base import Task
from tests.r1cli.fake_stages import count


class Rows(Task):
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"path"})
    path: Path
    limit: int = 3

    def rows(self) -> list[Row]:
        return []

    def files(self) -> list[Path]:
        return [self.path]


class Mixed(Component):
    name: str = "m"
    tasks: list[Task]
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"name"})


class MixedMore(Mixed):
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"verbose"})
    verbose: bool = False


@pytest.fixture
def hashes(tmp_path: Path) -> f.FileHashes:
    return f.FileHashes(tmp_path / ".hashes")


def test_floats_are_exact_and_kinds_of_numbers_stay_apart():
    assert f.canonical({"b": 0.1 + 0.2, "a": [1, 1.0, True, None]}) == '{"a":[1,1.0,true,null],"b":0.30000000000000004}'


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1: "x"}, {"a": {2, 3}}])
def test_what_json_cannot_say_exactly_is_refused(bad: object):
    with pytest.raises(ConfigError):
        f.fingerprint({"x": bad})


def test_order_of_keys_does_not_matter():
    assert f.fingerprint({"a": 1, "b": 2}) == f.fingerprint({"b": 2, "a": 1})


def test_fields_and_keys_without_meaning_are_left_out(hashes: f.FileHashes):
    plain = f.identity(count(trainer={"lr": 1e-4, "logging_steps": 7}, trace="/some/where"), hashes)
    assert plain["trainer"] == {"lr": 1e-4}
    assert not plain.keys() & {"trace", "inputs"}
    assert "name" not in plain["model"]
    assert plain["_target_"].endswith("Count")


def test_a_subclass_adds_to_what_its_bases_leave_out(tmp_path: Path, hashes: f.FileHashes):
    (tmp_path / "x").write_text("1")
    plain = f.identity(MixedMore(tasks=[Rows(path=tmp_path / "x")], verbose=True), hashes)
    assert plain.keys() == {"_target_", "tasks"}


def test_data_files_count_by_their_contents_not_by_their_place(tmp_path: Path, hashes: f.FileHashes):
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text("rows")
    other.write_text("rows")

    def print_of(path: Path) -> str:
        return f.fingerprint(f.identity(Mixed(tasks=[Rows(path=path)]), hashes))

    before = print_of(one)
    assert before == print_of(other)
    one.write_text("other rows")
    assert print_of(one) != before


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, hashes: f.FileHashes):
    path = tmp_path / "x"
    path.write_text("a")
    first = hashes(path)
    (memo,) = hashes.folder.iterdir()
    memo.write_text("f" * 64)
    assert hashes(path) == "f" * 64
    path.write_text("ab")
    assert hashes(path) not in {first, "f" * 64}


def test_a_missing_data_file_is_an_error_for_people(tmp_path: Path, hashes: f.FileHashes):
    with pytest.raises(DataError, match=r"rows.jsonl: No such file"):
        hashes(tmp_path / "rows.jsonl")


def test_hashes_need_no_writable_store(tmp_path: Path):
    (tmp_path / "x").write_text("a")
    (tmp_path / "file").write_text("in the way")
    assert len(f.FileHashes(tmp_path / "file" / ".hashes")(tmp_path / "x")) == 64


def test_inputs_and_version_are_part_of_a_nodes_identity(hashes: f.FileHashes):
    a, b = (f.stage_identity(count({"model": "a"}), {"model": fp}, hashes) for fp in ("1", "2"))
    assert a["version"] == 1
    assert f.explain(a, b) == ["inputs.model: changed upstream"]


def test_explain_names_each_key_that_differs():
    old = {
        "target": "a.B",
        "version": 1,
        "config": {"trainer": {"lr": 1e-4, "gone": 1}, "task": {"files": ["x"]}, "n": 1},
    }
    new = {
        "target": "a.B",
        "version": 2,
        "config": {"trainer": {"lr": 2e-4, "fresh": "y"}, "task": {"files": ["z"]}, "n": 1.0},
    }
    assert f.explain(old, new) == [
        "the stage's code changed (version 1 -> 2)",
        "trainer.lr: 1e-4 -> 2e-4",
        "trainer.gone: removed, was 1",
        "task: contents of a data file changed",
        "n: 1 -> 1.0",
        "trainer.fresh: added, 'y'",
    ]
    assert f.explain(old, old) == []


def test_long_values_are_cut_in_an_explanation():
    (line,) = f.explain({"config": {"template": "a" * 500}}, {"config": {"template": "b" * 500}})
    assert len(line) < 200


def test_a_hub_model_is_its_id_and_revision(hashes: f.FileHashes):
    prints = {
        f.external_fingerprint(Artifact(kind="model", location="Qwen/Qwen2.5-0.5B", revision=r), hashes)
        for r in (None, "a", "b")
    }
    assert len(prints) == 3


def test_a_local_model_is_its_weights_configuration_and_tokenizer(tmp_path: Path, hashes: f.FileHashes):
    def save(name: str, weights: str) -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_text(weights)
        (folder / "README.md").write_text(name)
        return f.external_fingerprint(Artifact(kind="model", location=str(folder)), hashes)

    assert save("one", "w") == save("two", "w") != save("three", "v")


@pytest.mark.parametrize(("location", "message"), [("./nowhere", "does not exist"), ("{}", "holds no model")])
def test_a_local_model_that_is_none_is_an_error(tmp_path: Path, hashes: f.FileHashes, location: str, message: str):
    with pytest.raises(ConfigError, match=message):
        f.external_fingerprint(Artifact(kind="model", location=location.format(tmp_path)), hashes)
