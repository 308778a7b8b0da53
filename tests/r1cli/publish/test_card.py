"""The folder that would be sent: safetensors, tokenizer, and a card with the whole lineage."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from r1cli.errors import ConfigError
from r1cli.publish.card import write_folder
from r1cli.publish.entries import out_of
from r1cli.store.store import Store
from r1cli.terminal.app import run_line
from tests.r1cli.publish.made import chain


def test_the_card_tells_stages_measurements_origins_and_how_to_ask(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    _, second = chain(store)
    write_folder(store, second, "me/mine", tmp_path / "out", "apache-2.0")
    card = (tmp_path / "out/README.md").read_text()
    about = yaml.safe_load(card.split("---")[1])
    assert about["license"] == "apache-2.0"
    assert about["base_model"] == "Qwen/Qwen2.5-0.5B"
    assert "| coldstart (Dev1) | SFT | outside | 4 | `aaaaaaaaaaaaaaaa` |" in card
    assert "| reasoning_rl (Dev2) | SFT | coldstart | 4 |" in card
    assert "no evaluation of it is in the store" in card
    assert "- `mine.jsonl`: licence not known here" in card
    assert "Q: {question}" in card
    assert str(tmp_path) not in card
    assert "/somewhere" not in card


def test_a_model_that_chats_is_asked_in_its_own_form(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    _, second = chain(store)
    told = second.path / "config.yaml"
    told.write_text(told.read_text().replace('"Q: {question}"', "chat"))
    write_folder(store, second, "me/mine", tmp_path / "out", "apache-2.0")
    assert "In the chat template of its tokenizer" in (tmp_path / "out/README.md").read_text()


def test_pickles_stay_behind_and_nothing_is_written_over(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    first, _ = chain(store)
    files = write_folder(store, first, "me/mine", tmp_path / "out", None)
    assert [f.name for f in files] == ["README.md", "config.json", "model.safetensors", "tokenizer.json"]
    with pytest.raises(ConfigError, match="is not empty"):
        write_folder(store, first, "me/mine", tmp_path / "out", None)


def test_what_a_link_leads_to_is_not_sent(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    first, _ = chain(store)
    (tmp_path / "key.json").write_text("secret")
    (out_of(first).path / "extra.json").symlink_to(tmp_path / "key.json")
    with pytest.raises(ConfigError, match=r"extra\.json is a link"):
        write_folder(store, first, "me/mine", tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_writes_the_folder_and_sends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain(Store(tmp_path / "store"))
    line = ["push", "Dev2", "me/mine", "--dry-run", "--out", str(tmp_path / "out"), f"paths.store={tmp_path / 'store'}"]
    assert run_line(line) == 0, capsys.readouterr().err
    assert "nothing was sent" in capsys.readouterr().err
    assert (tmp_path / "out/model.safetensors").exists()
