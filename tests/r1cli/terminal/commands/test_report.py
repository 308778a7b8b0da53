"""`r1 report` from the command line: where files go, what is said, and what a mistake looks like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1cli.__main__ import main
from r1cli.report import provenance
from tests.r1cli.report.fake_results import Fake


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(provenance, "stages", lambda *_: [])
    Fake(tmp_path / "results").recipe(0)
    return f"paths.store={tmp_path / 'results'}"


def r1(*argv: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["r1", *argv])
        try:
            return main() or 0
        except SystemExit as stopped:
            return int(stopped.code or 0)


def test_the_page_and_its_figures_go_where_they_are_wanted(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert r1("report", store, "-o", str(tmp_path / "out")) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "index.html")
    assert "R1 reaches 0.80" in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert (tmp_path / "out" / "figures" / "stages.svg").is_file()


def test_only_pictures_are_written_if_only_they_are_wanted(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert r1("report", store, "--figures", str(tmp_path / "pictures"), "--json") == 0
    files = [Path(p) for p in json.loads(capsys.readouterr().out)]
    assert {f.suffix for f in files} == {".svg", ".png"}
    assert all(f.parent == tmp_path / "pictures" for f in files)


def test_overrides_choose_results_as_a_run_would(store: str, tmp_path: Path) -> None:
    assert r1("report", store, "recipe=r1_zero", "scale=smoke", "-o", str(tmp_path / "out")) == 0
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "Nothing has been evaluated yet" in text  # what the store has was made under other values
