"""Results that others published (conf/published.yaml), each with its set; shown beside ours, never as a target."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict, PositiveInt

from r1cli.config.catalogue import conf_dir


class PublishedPoint(BaseModel):
    """What a system scored on a benchmark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    score: float
    """Per cent."""
    set: str
    """Which of the benchmark's sets: `semi-private`, `public evaluation`."""
    tasks: PositiveInt
    """In that set."""


@cache
def published(benchmark: str) -> tuple[PublishedPoint, ...]:
    """What is known of a benchmark; nothing where nothing is."""
    import yaml

    content = yaml.safe_load((conf_dir() / "published.yaml").read_text(encoding="utf-8"))
    return tuple(PublishedPoint.model_validate(point) for point in content.get(benchmark, ()))
