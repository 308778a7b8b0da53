"""The page as text: nothing can end its script elements, and its policy names its scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from r1cli.errors import ConfigError
from r1cli.report import charts, contents, origin, page
from r1cli.store.store import Store
from tests.r1cli.report.fake_results import HOSTILE, Fake, hostile


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> contents.Contents:
    monkeypatch.setattr(origin, "stages", lambda *_: [])
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


def test_pictures_and_page_have_the_same_colours() -> None:
    style = (page.ASSETS / "page.css").read_text("utf-8").partition("@media")[0]
    told = dict(re.findall(r"(--[a-z0-9]+): (#[0-9a-f]+);", style))
    assert {name: told[name] for name in charts.LIGHT} == charts.LIGHT
