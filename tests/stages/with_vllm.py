"""Worker of test_grpo_vllm.py: python with_vllm.py FOLDER JOB [ADDRESS] trains four updates with rollouts from vLLM.

The job `killed` dies in its third update and goes on when it is started again; `stale` hands over no weights; `server`
and `stale_server` have their completions from the server at that address.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

from tiny_training import SPEC, Digits, Dying, Killed, Recorder, Short, Sums, make_random_model

from r1cli.artifact import Artifact
from r1cli.errors import StageFailed
from r1cli.generators.vllm.settings import Vllm
from r1cli.rewards.base import Rewards
from r1cli.stage import Context, Placement
from r1cli.training.trl import rollouts
from stages import grpo

BACKEND = Vllm(
    dtype="auto", memory_share=0.3, kv_cache_gib=0.06, context=128, tensor_parallel=1, eager=True, mode="colocate",
    server=None, largest_difference=None,
)  # fmt: skip
STAGE = grpo.GRPO(
    inputs={"model": "base"},
    seed=0,
    model=SPEC,
    data=Sums(count=10),
    general=None,
    general_share=0.0,
    general_start_step=0,
    reward=Rewards(weights={"digits": 1.0, "short": 0.5}, terms={"digits": Digits(), "short": Short()}),
    batch_size=8,
    rollout_size=8,
    steps=4,
    backend=BACKEND,
    length_schedule={2: 12},
    trainer={"learning_rate": 1e-2, "num_generations": 4, "max_completion_length": 10, "beta": 0.0},
    checkpoint_every=2,
    completions_every=1,
)


def main(root: Path, job: str, address: str = "") -> None:
    model = root / "model"
    if not model.exists():
        make_random_model(model, num_attention_heads=2, hidden_size=64, attention_dropout=0.0)
    folder = root / job
    told: dict[str, Any] = {"before": sorted(path.name for path in folder.glob("*"))}
    (folder / "checkpoint").mkdir(parents=True, exist_ok=True)
    first = not (folder / "killed").exists()
    tracker = Dying(at=3) if job == "killed" and first else Recorder()
    stage = STAGE
    if job == "stale":
        rollouts._sync_weights = lambda generation: None
    if address:
        backend = BACKEND.model_copy(update={"mode": "server", "server": address})
        stage = STAGE.model_copy(update={"backend": backend})
        by_file(folder / "handed-over", stale=job.startswith("stale"))
    try:
        stage.run(
            Context(
                name="node",
                inputs={"model": Artifact(kind="model", location=str(model))},
                out=folder / "out",
                checkpoint=folder / "checkpoint",
                tracker=tracker,
                placement=Placement(device="cpu", per_device_batch=4),
                log=logging.getLogger("test"),
            )
        )
    except Killed:
        (folder / "killed").touch()
    except StageFailed as e:
        told["failed"] = e.message
    told["metrics"] = tracker.metrics
    (folder / "told.json").write_text(json.dumps(told))


def by_file(folder: Path, *, stale: bool) -> None:
    """Weights go to the server in a file: TRL hands them over by NCCL, which needs GPUs. All else is TRL's."""
    from safetensors.torch import save_file
    from trl.generation.vllm_client import VLLMClient

    def update(client: Any, metadata: Any, named: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: weight.detach().contiguous() for name, weight in named}, folder / "model.safetensors")
        if not stale:
            asked = {"method": "reload_checkpoint", "args": [str(folder)]}
            client._post(f"{client.base_url}/collective_rpc", json=asked)

    VLLMClient.init_communicator = lambda client, device: None
    VLLMClient.update_named_params = update
    rollouts.prepare = lambda backend, placement, dtype: None  # it would say so


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
