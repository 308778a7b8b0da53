"""What a claim must declare, and every claim that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from r1cli.config.catalogue import lines_of_experiment, options
from r1cli.errors import ConfigError
from r1cli.results.claims.declaration import Claim, Test, read_claims

CLAIMS = read_claims()
OURS, BASE = {"checkpoint": "r1_zero"}, {"checkpoint": "base"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_names_an_experiment_that_there_is(claim: Claim) -> None:
    assert claim.experiment in options("experiment")
    assert claim.claim.endswith(".")
    assert claim.place


def test_claims_have_numbers_of_their_own_and_few_primary_tests() -> None:
    numbers = [claim.number for claim in CLAIMS]
    assert numbers == list(range(1, len(CLAIMS) + 1))
    primary = [name for claim in CLAIMS for name, test in claim.tests.items() if test.primary]
    assert primary == ["times_as_accurate", "apart"]  # accuracy, and language consistency


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "difference", "ours": OURS, "more_than": 0.1}, "needs a baseline"),
        ({"kind": "level", "ours": OURS, "baseline": BASE, "more_than": 0.1}, "takes no baseline"),
        ({"kind": "level", "ours": OURS}, "give one of"),
        ({"kind": "level", "ours": OURS, "more_than": 0.1, "less_than": 0.2}, "give one of"),
        ({"kind": "ratio", "ours": OURS, "baseline": BASE, "more_than": 0.0}, "positive"),
        ({"kind": "level", "measure": "beauty", "ours": OURS, "more_than": 0.1}, "no such measure: beauty"),
    ],
)
def test_a_test_that_decides_nothing_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Test.model_validate(wrong)


def test_a_claim_of_ones_own_is_a_file_in_a_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "finding").mkdir()
    file = tmp_path / "finding/brief.yaml"
    file.write_text(
        "number: 99\nclaim: Short.\nplace: here\nfigures: none\nexperiment: r1_vs_zero\n"
        "tests: {short: {kind: level, measure: tokens, ours: {checkpoint: base}, less_than: 9}}\n"
    )
    assert read_claims([tmp_path])[-1].run == "r1 run -m experiment=r1_vs_zero"
    file.write_text("number: 99\n")
    with pytest.raises(ConfigError, match=r"finding/brief\.yaml: claim: Field required"):
        read_claims([tmp_path])


def test_one_experiment_trains_what_all_claims_need() -> None:
    lines = lines_of_experiment("findings")
    assert {claim.experiment for claim in CLAIMS} == {line.split()[0].removeprefix("experiment=") for line in lines}
