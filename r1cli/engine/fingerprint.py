"""Fingerprints: what a result depends on, as canonical JSON, hashed; and the difference of two, key by key.

A node's identity holds the class and VERSION of its stage, the configuration that changes what is computed, the
contents of its data files and the fingerprints of its inputs: a Merkle chain. JSON rather than pickles, so that a
person can be told why a result is to be made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from r1cli.artifact import Artifact
from r1cli.component import Component, target_of
from r1cli.errors import ConfigError, DataError
from r1cli.stage import Stage
from r1cli.tasks.base import Task

MODEL_FILES = ("*.json", "*.safetensors", "*.bin", "*.model", "*.txt", "*.jinja")
"""Configuration, weights and tokenizer of a model folder."""
NOT_MODEL_FILES = frozenset({"training_args.bin", "trainer_state.json", "all_results.json", "train_results.json"})
SHOWN_CHARACTERS = 60
"""Longer values are cut in an explanation."""


def canonical(value: Any) -> str:
    """One text for one meaning: sorted keys, floats by their shortest exact form, nan and infinities refused.

    Raises:
        ConfigError: the value holds something that JSON cannot say exactly.
    """
    _only_plain(value, "")
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as e:
        raise ConfigError("nan and infinity cannot be part of a configuration", hint="give a finite number") from e


def fingerprint(identity: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(identity).encode()).hexdigest()


def identity(component: Component, hash_file: Callable[[Path], str]) -> dict[str, Any]:
    """What of `component` changes what is computed, at every level of it.

    Fields (and keys of mapping fields) that it declares NOT_IDENTITY are left out; the data files of a task enter by
    their contents, under the key `files`.
    """
    cls = type(component)
    fields = _declared(cls, "NOT_IDENTITY")
    plain = {"_target_": target_of(cls)} | {
        name: _plain(getattr(component, name), hash_file, left_out=_left_out_keys(cls, name))
        for name in cls.model_fields
        if name not in fields
    }
    if isinstance(component, Task) and (files := component.files()):
        plain["files"] = [hash_file(f) for f in files]
    return plain


def stage_identity(stage: Stage, inputs: Mapping[str, str], hash_file: Callable[[Path], str]) -> dict[str, Any]:
    """Identity of a node: its stage, and the fingerprints of its inputs by role."""
    config = identity(stage, hash_file)
    return {"target": config.pop("_target_"), "version": stage.VERSION, "config": config, "inputs": dict(inputs)}


def external_fingerprint(artifact: Artifact, hash_file: Callable[[Path], str]) -> str:
    """Fingerprint of a thing from outside: the contents of local files, or a hub id with its revision.

    Raises:
        ConfigError: a local path that does not exist, or a folder that holds no model.
    """
    path = Path(artifact.location).expanduser()
    if path.is_dir():
        return fingerprint({"files": {f.name: hash_file(f) for f in _model_files(path)}})
    if path.is_file():
        return fingerprint({"files": [hash_file(path)]})
    if artifact.location.startswith((".", "/", "~")):
        raise ConfigError(f"{artifact.location} does not exist", hint="give a folder, a file or a hub id")
    return fingerprint({"id": artifact.location, "revision": artifact.revision})


def explain(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """How two identities differ, one line a key: `trainer.learning_rate: 1e-4 -> 2e-4`."""
    before, after = dict(_flat(old)), dict(_flat(new))
    pairs = [(key, before.get(key, _ABSENT), after.get(key, _ABSENT)) for key in {**before, **after}]
    # 1, 1.0 and True are equal in Python, yet not in a fingerprint.
    return [_line(key, a, b) for key, a, b in pairs if a != b or type(a) is not type(b)]


@dataclass(frozen=True)
class FileHashes:
    """sha256 of files, each read once: remembered by path, size, time and inode in `folder`."""

    folder: Path

    def __call__(self, path: Path) -> str:
        """The file's sha256.

        Raises:
            DataError: the file cannot be read.
        """
        try:
            return self._remembered(path)
        except OSError as e:
            hint = "check the path; paths.data= says where data files are"
            raise DataError(f"{path}: {e.strerror or e}", hint=hint) from e

    def _remembered(self, path: Path) -> str:
        s = path.stat()
        key = f"{path.resolve()}|{s.st_size}|{s.st_mtime_ns}|{s.st_ino}"
        memo = self.folder / hashlib.sha256(key.encode()).hexdigest()
        if memo.is_file() and len(known := memo.read_text()) == 64:
            return known
        with path.open("rb") as f:
            found = hashlib.file_digest(f, "sha256").hexdigest()
        # A store that cannot be written must not stop a mere look; it only costs reading the file again.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = memo.with_name(f"{memo.name}.{os.getpid()}")
            fresh.write_text(found)
            fresh.replace(memo)
        return found


def _declared(cls: type, name: str) -> frozenset[str]:
    """What the class and all its bases declare under `name`: an override adds to them, it never forgets them."""
    return frozenset().union(*(vars(c).get(name, ()) for c in cls.__mro__))


def _left_out_keys(cls: type, field_name: str) -> frozenset[str]:
    by_class = (vars(c).get("NOT_IDENTITY_KEYS", {}) for c in cls.__mro__)
    return frozenset().union(*(keys.get(field_name, ()) for keys in by_class))


def _plain(value: Any, hash_file: Callable[[Path], str], *, left_out: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, Component):
        return identity(value, hash_file)
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), hash_file) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {k: _plain(v, hash_file) for k, v in value.items() if k not in left_out}
    if isinstance(value, (list, tuple)):
        return [_plain(v, hash_file) for v in value]
    return str(value) if isinstance(value, Path) else value


def _only_plain(value: Any, where: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ConfigError(f"{where}: the key {key!r} is not text", hint="put it in quotes in the YAML")
            _only_plain(inner, f"{where}.{key}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            _only_plain(inner, f"{where}.{i}")
    elif not isinstance(value, (str, bool, int, float, type(None))):
        raise ConfigError(f"{where}: {type(value).__name__} cannot be part of a fingerprint", hint="use plain values")


def _model_files(folder: Path) -> list[Path]:
    files = {f for pattern in MODEL_FILES for f in folder.glob(pattern) if f.name not in NOT_MODEL_FILES}
    if folder / "config.json" not in files:
        raise ConfigError(f"{folder} holds no model (no config.json)", hint="give the folder of a saved model")
    return sorted(files)


_ABSENT = object()


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested mappings and lists, under dotted names; an empty one is its own leaf."""
    inner: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, (list, tuple)):
        inner = [(str(i), v) for i, v in enumerate(value)]
    if not inner:
        yield key, value
    for name, v in inner:
        yield from _flat(v, f"{key}.{name}" if key else name)


def _line(key: str, old: object, new: object) -> str:
    name = key.removeprefix("config.")
    if key.startswith("inputs."):
        return f"{key}: changed upstream"
    if key == "version":
        return f"the stage's code changed (version {old} -> {new})"
    if ".files." in key:
        return f"{name.rpartition('.files.')[0]}: contents of a data file changed"
    if old is _ABSENT:
        return f"{name}: added, {_shown(new)}"
    if new is _ABSENT:
        return f"{name}: removed, was {_shown(old)}"
    return f"{name}: {_shown(old)} -> {_shown(new)}"


def _shown(value: object) -> str:
    if isinstance(value, float) and 0 < abs(value) < 1e-3:
        return format(Decimal(repr(value)).normalize(), "e")
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
