"""A store with a chain of two models in it: weights of some bytes, and a configuration."""

from __future__ import annotations

from r1cli.store.records import Entry, Made, Manifest, Origin
from r1cli.store.store import Store
from tests.r1cli.fake_entries import work

CONFIG = """\
model:
  {_target_: r1cli.stage.ModelSpec, name: m, path: null, revision: null, template: "Q: {question}", max_tokens: 64,
   dtype: float32, lora: null, architecture: null, student: null}
"""


def model(s: Store, node: str, fp: str, *, inputs: dict[str, Origin], data: dict[str, str] | None = None) -> Entry:
    with s.lease(node, fp) as lease:
        done = lease.begin(work(node, fp), config=CONFIG)
        folder = lease.path / "out/model"
        folder.mkdir()
        for name in ("model.safetensors", "config.json", "tokenizer.json", "training_args.bin"):
            (folder / name).write_text("{}")
        (lease.checkpoint / "at").write_text("3")
        return lease.publish(
            Manifest(
                **done.model_dump(),
                target="stages.sft.SFT",
                identity={"config": {"data": {"format": "hub", "path": "openai/gsm8k"}}} if data else {},
                seed=4,
                inputs=inputs,
                artifacts={"out": Made(kind="model", path="out/model")},
                data=data or {},
                versions={"torch": "2.13.0", "trl": "1.16.0"},
            )
        )


def chain(s: Store) -> tuple[Entry, Entry]:
    """coldstart, made of weights of a hub and of a file; reasoning_rl, made of that."""
    outside = Origin(node="", fingerprint="c" * 64, location="Qwen/Qwen2.5-0.5B")
    first = model(s, "coldstart", "a" * 64, inputs={"model": outside}, data={"/somewhere/mine.jsonl": "d" * 64})
    origin = Origin(node="coldstart", fingerprint=first.fingerprint, location="")
    return first, model(s, "reasoning_rl", "b" * 64, inputs={"model": origin})
