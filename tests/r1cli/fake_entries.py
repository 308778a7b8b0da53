"""Entries for a store, made without any stage."""

from __future__ import annotations

from r1cli.store.records import Entry, Made, Manifest, Origin, Work
from r1cli.store.store import Store

FP = "a" * 64


def work(node: str = "sft", fp: str = FP) -> Work:
    return Work(node=node, kind="SFT", fingerprint=fp, device="cpu", processes=1)


def manifest(done: Work, *, inputs: dict[str, str] | None = None) -> Manifest:
    return Manifest(
        **done.model_dump(),
        target="stages.sft.SFT",
        identity={},
        seed=0,
        inputs={role: Origin(node="x", fingerprint=fp, location="") for role, fp in (inputs or {}).items()},
        artifacts={"out": Made(kind="model", path="out/model")},
        data={},
        versions={},
    )


def make(s: Store, node: str = "sft", fp: str = FP, *, inputs: dict[str, str] | None = None) -> Entry:
    with s.lease(node, fp) as lease:
        done = lease.begin(work(node, fp), config="seed: 0\n")
        (lease.path / "out" / "model").mkdir()
        (lease.path / "out" / "model" / "weights").write_text("1")
        (lease.checkpoint / "at").write_text("3")
        return lease.publish(manifest(done, inputs=inputs))
