"""The claims on a terminal."""

from __future__ import annotations

import pytest

from r1cli.results.claims.declaration import read_claims
from r1cli.results.claims.evidence import Evidence, SeedValue
from r1cli.results.claims.judge import judge
from r1cli.terminal.views import findings as view


def test_eighty_columns_hold_every_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    values = Evidence(tuple(SeedValue(seed, 0.1 + seed / 10, "m") for seed in range(3)))
    claims = read_claims()
    view.findings(judge(claims, {c.name: dict.fromkeys(c.tests, values) for c in claims if c.name != "variants"}))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("would tell" in line for line in lines)
    assert "r1 run -m experiment=grpo_variants" in " ".join(lines)
