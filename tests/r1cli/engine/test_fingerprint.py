from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field

from r1cli.artifact import Artifact
from r1cli.component import Component
from r1cli.data.rows import Row
from r1cli.engine import fingerprint as f
from r1cli.engine.explain import explain
from r1cli.errors import ConfigError, DataError
from r1cli.tasks.base import Task
from r1cli.template import Completion
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome
from tests.r1cli.fake_stages import MODEL, Count, count


class Rows(Task):
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"path"})
    path: Path
    limit: int = 3

    def rows(self) -> list[Row]:
        return []

    def files(self) -> list[Path]:
        return [self.path]

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        return [NOT_APPLICABLE] * len(rows)


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


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1.5: "x"}, {1: "x", "1": "y"}, {"a": {2, 3}}])
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


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, hashes: f.FileHashes, monkeypatch: pytest.MonkeyPatch):
    path, read = tmp_path / "x", []
    monkeypatch.setattr(f, "sha256", lambda p: read.append(p) or f"{len(read)}" * 64)
    path.write_text("a")
    assert hashes(path) == hashes(path) == "1" * 64
    path.write_text("ab")
    assert hashes(path) == "2" * 64
    assert read == [path, path]


def test_a_missing_data_file_is_an_error_for_people(tmp_path: Path, hashes: f.FileHashes):
    with pytest.raises(DataError, match=r"rows.jsonl: No such file"):
        hashes(tmp_path / "rows.jsonl")


def test_hashes_need_no_writable_store(tmp_path: Path):
    (tmp_path / "x").write_text("a")
    (tmp_path / "file").write_text("in the way")
    assert len(f.FileHashes(tmp_path / "file" / ".hashes")(tmp_path / "x")) == 64


class Option(Component):
    weight: float


class OptionWithMore(Option):
    """The same class after an upgrade: two new fields, both with a default."""

    clip: float | None = None
    words: list[str] = Field(default_factory=list)


def test_a_new_option_at_its_default_changes_no_fingerprint(hashes: f.FileHashes):
    before = f.identity(Option(weight=1), hashes)
    after = f.identity(OptionWithMore(weight=1, clip=None, words=[]), hashes)
    assert {**after, "_target_": before["_target_"]} == before
    assert f.identity(OptionWithMore(weight=1, clip=0.2), hashes)["clip"] == 0.2


def test_a_field_that_must_be_given_counts_whatever_its_value(hashes: f.FileHashes):
    assert f.identity(Option(weight=0), hashes)["weight"] == 0


def test_a_raised_version_of_a_component_changes_what_holds_it(hashes: f.FileHashes, monkeypatch: pytest.MonkeyPatch):
    mixed = Mixed(tasks=[Rows(path=Path(__file__))])
    before = f.identity(mixed, hashes)
    monkeypatch.setattr(Rows, "VERSION", 2)
    after = f.identity(mixed, hashes)
    assert explain({"config": before}, {"config": after}) == ["tasks.0: VERSION 1 -> 2"]


def test_only_the_fields_of_the_model_that_a_stage_reads_count(hashes: f.FileHashes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Count, "MODEL_FIELDS", frozenset({"template"}))
    longer = MODEL.model_copy(update={"max_tokens": 99, "lora": {"r": 8}})
    other = MODEL.model_copy(update={"template": "Q: {question}"})
    prints = [
        f.fingerprint(f.stage_identity(count().model_copy(update={"model": model}), {}, hashes))
        for model in (MODEL, longer, other)
    ]
    assert prints[0] == prints[1] != prints[2]


def test_whole_numbers_as_keys_are_taken_as_their_text():
    assert f.canonical({8200: 1, 10: 2}) == '{"10":2,"8200":1}'


def test_a_schedule_by_update_can_be_fingerprinted(hashes: f.FileHashes):
    plain = f.identity(count(trainer={"schedule": {8200: 65536}}), hashes)
    assert f.fingerprint(plain) == f.fingerprint({**plain, "trainer": {"schedule": {"8200": 65536}}})


def test_inputs_and_version_are_part_of_a_nodes_identity(hashes: f.FileHashes):
    a, b = (f.stage_identity(count({"model": "a"}), {"model": fp}, hashes) for fp in ("1", "2"))
    assert a["version"] == 1
    assert a["inputs"] == {"model": "1"}
    assert f.fingerprint(a) != f.fingerprint(b)


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
