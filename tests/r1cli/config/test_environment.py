"""Which variables of the environment a configuration may mention."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1cli.config.build import build
from r1cli.config.environment import SECRET
from r1cli.errors import R1Error


@pytest.mark.parametrize(
    "name",
    [
        *("WANDB_API_KEY", "HF_TOKEN", "MYSECRET", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "SSH_PASSPHRASE", "API_KEYS"),
        *("GITHUB_PAT", "DB_PASS", "SMTP_PW", "TOKEN_2", "KEY_OF_MINE", "GOOGLE_APPLICATION_CREDENTIALS", "NPM_AUTH"),
        *("SESSION_COOKIE", "passwd", "apikey", "MYSQL_PWD", "MY_CREDS", "SENTRY_DSN", "SLACK_WEBHOOK"),
    ],
)
def test_a_name_that_sounds_like_a_secret_is_one(name: str) -> None:
    assert SECRET.search(name)


@pytest.mark.parametrize(
    "name",
    [
        "R1_STORE",
        "HOME",
        "PATH",
        "PWD",
        "USER",
        "TOKENIZERS_PARALLELISM",
        "HF_HOME",
        "COMPASS",
        "PASSAGES",
        "PATTERN",
        "OLDPWD",
    ],
)
def test_an_ordinary_name_is_none(name: str) -> None:
    assert not SECRET.search(name)


@pytest.mark.parametrize(
    ("value", "is_secret"),
    [
        ("postgres://me:canary-of-mine@host/db", True),
        ("http://:canary-of-mine@proxy:8080", True),
        ("hf_canaryofminecanary", True),
        ("sk-canary-of-mine-canary", True),
        ("https://host:8080/a@b", False),
        ("mysk-project", False),
        ("/data/hf_cache", False),
    ],
)
def test_a_value_that_looks_like_a_secret_is_one_under_any_name(
    value: str, is_secret: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_NAME", value)
    lines = ["tracking.project='${oc.env:PLAIN_NAME}'", "scale=smoke", f"paths.store={tmp_path}"]
    if not is_secret:
        assert build("run", lines).tracking.project == value
        return
    with pytest.raises(R1Error, match="looks like a secret") as error:
        build("run", lines)
    assert "canary" not in f"{error.value} {error.value.hint}"


@pytest.mark.parametrize(
    "reference",
    [
        "${oc.env:HF_TOKEN}",
        "${oc.env:HF_TOKEN,nothing}",
        "x${oc.env:HF_TOKEN}y",
        "${oc.decode:${oc.env:HF_TOKEN}}",
        "${oc.env:NOT_SET_AT_ALL,${oc.env:HF_TOKEN}}",
        "${tracking.entity}",
        "${hydra:job.env_set.X}",
        "${oc.env:${oc.env:INDIRECT}}",
    ],
)
def test_no_way_of_writing_it_brings_a_secret_into_a_job(
    reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "canary-of-the-hub")
    monkeypatch.setenv("INDIRECT", "HF_TOKEN")
    lines = [f"tracking.project='{reference}'", "tracking.entity=${oc.env:HF_TOKEN}", "scale=smoke"]
    lines += ["+hydra.job.env_set.X='${oc.env:HF_TOKEN}'", f"paths.store={tmp_path}"]
    with pytest.raises(R1Error) as error:
        build("run", lines)
    assert "canary" not in f"{error.value} {error.value.hint}"
