"""Which model `init=` names."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.given_model import given_model
from r1cli.errors import ConfigError
from r1cli.store.store import Store
from tests.r1cli.fake_evaluations import model


@pytest.fixture
def store(tmp_path: Path) -> Store:
    folder = tmp_path / "store"
    for made, seed in enumerate((0, 1)):
        base = model(folder, "base", seed=seed, made=made)
        model(
            folder, "r1_zero", seed=seed, made=10 + made, inputs={"model": base},
            model={"template": "Q: {question}\n", "dtype": "float32", "max_tokens": 9},
        )  # fmt: skip
    for entry in folder.iterdir():
        (entry / "out/model").mkdir()
    return Store(folder)


def newest(store: Store, node: str) -> str:
    return [entry.fingerprint for entry in store.entries() if entry.node == node][-1]


def test_a_node_is_the_newest_of_that_name_whoever_calls_it(store: Store) -> None:
    for named in ("r1_zero", "R1-Zero", "r1-zero"):
        found = given_model(named, store)
        assert (found.name, found.artifact.fingerprint) == ("r1_zero", newest(store, "r1_zero"))
    assert found.spec == {"template": "Q: {question}\n", "dtype": "float32"}


def test_an_entry_its_model_and_the_beginning_of_its_fingerprint_name_it(store: Store) -> None:
    [first, _] = [entry for entry in store.entries() if entry.node == "r1_zero"]
    for named in (first.path.name, first.fingerprint[:8], str(first.path), str(first.path / "out/model")):
        found = given_model(named, store)
        assert (found.name, found.artifact.fingerprint) == ("r1_zero", first.fingerprint), named


def test_a_folder_and_a_hub_id_come_from_outside(store: Store, tmp_path: Path) -> None:
    (tmp_path / "my model-2").mkdir()
    here = given_model(str(tmp_path / "my model-2"), store)
    assert (here.name, here.artifact.location, here.spec) == ("my_model_2", str(tmp_path / "my model-2"), {})
    hub = given_model("Qwen/Qwen2.5-0.5B", store)
    assert (hub.name, hub.artifact.location) == ("Qwen2.5_0.5B", "Qwen/Qwen2.5-0.5B")


def test_what_is_no_model_is_named_with_what_was_meant(store: Store) -> None:
    with pytest.raises(ConfigError) as e:
        given_model("r1_zeroo", store)
    assert "r1_zero" in e.value.hint
    with pytest.raises(ConfigError, match="neither a model"):
        given_model("./nowhere", store)
