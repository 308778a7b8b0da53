"""The page as text: nothing can end its script elements, and its policy names its scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.report import colours, contents, page, provenance
from r1cli.store.store import Store
from r1cli.terminal.app import run_line
from tests.r1cli.report.fake_arc import evaluated_on_arc
from tests.r1cli.report.fake_results import HOSTILE, Fake, hostile


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> contents.Contents:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    Fake(tmp_path / "store", says=hostile, problems=len(HOSTILE)).recipe(0)
    return contents.gather(Store(tmp_path / "store"))


@pytest.mark.parametrize("attack", HOSTILE)
def test_what_is_embedded_cannot_end_its_element_and_means_the_same(attack: str) -> None:
    text = page.embedded({"said": attack})
    assert not re.search(r"[<>&\u2028\u2029]", text)
    assert json.loads(text) == {"said": attack}


def test_the_page_has_our_scripts_and_no_other_and_no_address(gathered: contents.Contents, tmp_path: Path) -> None:
    text = page.write(gathered, tmp_path / "out").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    hashes = {f"sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}" for s in scripts}
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert hashes == set(re.findall(r"sha256-[^&']+", policy[1]))
    assert "default-src" in policy[1]
    assert "unsafe-eval" not in policy[1]
    assert len(scripts) == 4
    ours = re.sub(r"<script.*?</script>|<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"<(script|img|link|iframe|object)\b", ours)
    assert "http" not in ours.replace("http-equiv", "")


def test_a_folder_that_cannot_be_written_is_told_in_one_line(gathered: contents.Contents, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        page.write(gathered, tmp_path / "file" / "report")


def test_the_page_has_both_schemes_of_all_colours_that_it_uses(gathered: contents.Contents, tmp_path: Path) -> None:
    text = page.write(gathered, tmp_path / "out").read_text("utf-8")
    light, _, dark = colours.style_sheet().partition("@media")
    for variable in set(re.findall(r"var\((--[a-z0-9-]+)\)", text)):
        assert f"{variable}: #" in light
        assert f"{variable}: #" in dark


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_the_page_has_the_rows_that_compare_prints(
    seeds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    fake = Fake(tmp_path / "store")
    for seed in range(seeds):
        fake.recipe(seed)
    text = page.write(contents.gather(Store(tmp_path / "store")), tmp_path / "out").read_text("utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL)
    assert data is not None
    assert run_line(["compare", f"paths.store={tmp_path / 'store'}", "--json", "--over-seeds", "-b", "base"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == json.loads(data[1])["table"]
    assert [len(row["seeds"]) for row in rows] == [seeds] * 6
    assert {row["over"] for row in rows} == {"problems" if seeds == 1 else "seeds"}
    assert rows[1]["difference"]["accuracy"]["over"] == rows[0]["over"]


def test_a_measure_that_does_not_apply_is_null_and_a_dash(
    gathered: contents.Contents, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_line(["compare", f"paths.store={tmp_path / 'store'}", "--json"]) == 0
    assert [row["general"] for row in json.loads(capsys.readouterr().out)] == [None] * 6
    assert {row["general"] for row in page.page_data(gathered)["table"]} == {None}
    text = page.write(gathered, tmp_path / "out").read_text("utf-8")
    assert '<td class="num">–</td>' in text


def damaged(entry: Path, *parts: str) -> Path:
    path = entry.joinpath(*parts)
    path.write_bytes(b'{"step": 1, "train/entropy": NaN}\n\xff\xfe not UTF-8\n{"cut off')
    return path


def test_damaged_files_are_named_and_the_rest_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    store = tmp_path / "store"
    fake = Fake(store)
    fake.recipe(0)
    files = [
        damaged(fake.path("eval_coldstart", fake.made["eval_coldstart", 0]), "out", "report.json"),
        damaged(fake.path("eval_base", fake.made["eval_base", 0]), "out", "transcripts.jsonl"),
        damaged(fake.path("r1_zero", fake.made["r1_zero", 0]), "metrics.jsonl"),
        damaged(fake.path("rejection_sampling", fake.made["rejection_sampling", 0]), "tables", "rejected.jsonl"),
    ]
    gathered = contents.gather(Store(store))
    page.write(gathered, tmp_path / "out")
    for file in files:
        assert any(str(file) in message for message in caplog.messages)
    assert [row.name for row in gathered.table] == ["Base", "R1-Zero", "Dev2", "Dev3", "R1"]


def test_a_damaged_report_of_rejection_sampling_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake(tmp_path)
    fake.recipe(0)
    path = fake.path("rejection_sampling", fake.made["rejection_sampling", 0]) / "out" / "report.json"
    path.write_text('{"sampled": 40, "dropped": ["wrong"]}')
    assert contents.gather(Store(tmp_path)).samplings == []
    assert str(path) in caplog.text


def test_tasks_of_arc_are_drawn_and_what_models_wrote_about_them_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    evaluated_on_arc(tmp_path / "store", "r1_zero", {"a": [[[1, 3]], None]})
    text = page.write(contents.gather(Store(tmp_path / "store")), tmp_path / "out").read_text("utf-8")
    assert "1 of 2 cells wrong" in text
    assert text.count('<svg class="grid') == 9  # three pairs, the test input, the right output, one answer
    assert "window.broken" not in text
    assert "<h2" in text.partition('id="arc"')[2]
