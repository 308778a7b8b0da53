"""What `conf/cluster/` may say."""

from __future__ import annotations

import pytest

from r1cli.cluster.settings import ClusterSettings, Slurm
from r1cli.config.hydra import compose
from r1cli.config.stages import component
from r1cli.errors import ConfigError
from tests.r1cli.cluster.fake_slurm import settings


@pytest.mark.parametrize("wrong", ["cluster.time=tomorrow", "cluster.extra=[constraint]", "cluster.mode=both"])
def test_a_setting_that_sbatch_would_not_take_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="cluster"):
        settings(wrong)


def test_no_cluster_has_no_settings() -> None:
    composed = compose("run", ["recipe=r1_zero"])
    found = component(composed, "r1cli.cluster.settings.ClusterSettings", "cluster")
    assert isinstance(found, ClusterSettings)
    assert not isinstance(found, Slurm)


def test_minutes_may_be_a_number() -> None:
    assert settings("cluster.time=30").time == "30"
    assert settings("cluster.time=2-12:00:00").time == "2-12:00:00"
