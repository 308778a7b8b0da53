"""Get what a job needs from a hub, before it runs."""

from __future__ import annotations

from pathlib import Path

from r1cli.engine.job import Job
from r1cli.errors import DataError
from r1cli.tasks.base import Task

PATTERNS = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]
"""Of a model: no pickles, and no code."""


def fetched(job: Job) -> list[dict[str, str]]:
    """Get all models and data sets; one row for each: what, where it is now, and its commit.

    Raises:
        DataError: something is neither here nor to be had.
    """
    used = {source for stage in job.stages.values() for source in stage.inputs.values()}
    outside = [artifact for name, artifact in job.external.items() if name in used]
    rows = [_model(a.location, a.revision) for a in outside if not Path(a.location).expanduser().exists()]
    for name, stage in job.stages.items():
        for field in type(stage).model_fields:
            task = getattr(stage, field)
            if isinstance(task, Task):
                if missing := task.missing(fetch=True):
                    raise DataError(f"{name}.{field}: {missing}", hint="put the file under paths.data=")
                rows += [{"what": f"{name}.{field}", "where": str(file), "commit": ""} for file in task.files()]
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


def _model(location: str, revision: str | None) -> dict[str, str]:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(location, revision=revision, allow_patterns=PATTERNS))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError) as e:
        reason = str(e).strip().splitlines()[0]
        raise DataError(f"{location} is not to be had ({reason})", hint="gated models: hf auth login") from e
    return {"what": location, "where": str(folder), "commit": folder.name}
