"""Fingerprints: what a result depends on, as canonical JSON, hashed.

A node's identity holds the class and VERSION of its stage and of every component in it, the configuration that changes
what is computed, the contents of its data files and the fingerprints of its inputs: a Merkle chain. What stands at its
default is left out, so that a new option changes no fingerprint. JSON rather than pickles, so that a person can be told
why a result is to be made again (explain.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from r1cli.artifact import Artifact
from r1cli.component import Component, target_of
from r1cli.errors import ConfigError, DataError
from r1cli.files import sha256
from r1cli.generators.generator import Generator
from r1cli.stage import Stage
from r1cli.tasks.base import Task

HashFile = Callable[[Path], str]
"""sha256 of a file's contents."""
MODEL_FILES = ("*.json", "*.safetensors", "*.bin", "*.model", "*.txt", "*.jinja")
"""Configuration, weights and tokenizer of a model folder."""
NOT_MODEL_FILES = frozenset({"training_args.bin", "trainer_state.json", "all_results.json", "train_results.json"})


def canonical(value: Any) -> str:
    """One text for one meaning: sorted keys, floats by their shortest exact form, nan and infinities refused.

    Raises:
        ConfigError: the value holds something that JSON cannot say exactly.
    """
    plain = _with_text_keys(value, "")
    try:
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as e:
        raise ConfigError("nan and infinity cannot be part of a configuration", hint="give a finite number") from e


def fingerprint(identity: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(identity).encode()).hexdigest()


def identity(component: Component, hash_file: HashFile) -> dict[str, Any]:
    """What of `component` changes what is computed, at every level of it.

    Left out are fields at their default, and fields (and keys of mapping fields) that it declares NOT_IDENTITY. The
    data files of a task or a generator enter by their contents, under the key `files`; a VERSION above 1 under the key
    `VERSION`.
    """
    cls = type(component)
    plain: dict[str, Any] = {"_target_": target_of(cls)}
    if cls.VERSION != 1:
        plain["VERSION"] = cls.VERSION
    plain |= _fields(component, hash_file, left_out=_declared(cls, "NOT_IDENTITY"))
    if isinstance(component, (Task, Generator)) and (files := component.files()):
        plain["files"] = [hash_file(f) for f in files]
    return plain


def stage_identity(stage: Stage, inputs: Mapping[str, str], hash_file: HashFile) -> dict[str, Any]:
    """Identity of a node: its stage, of the model what the stage reads, and the fingerprints of its inputs by role."""
    config = identity(stage, hash_file)
    config["model"] = {k: v for k, v in config["model"].items() if k in stage.MODEL_FIELDS}
    target, version = config.pop("_target_"), config.pop("VERSION", 1)
    return {"target": target, "version": version, "config": config, "inputs": dict(inputs)}


def external_fingerprint(artifact: Artifact, hash_file: HashFile) -> str:
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
        known, _, check = memo.read_text("ascii", "replace").partition(" ") if memo.is_file() else ("", "", "")
        if known and check == _check(known, key):
            return known
        digest = sha256(path)
        # A store that cannot be written must not stop a mere look; it only costs reading the file again.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = memo.with_name(f"{memo.name}.{os.getpid()}")
            fresh.write_text(f"{digest} {_check(digest, key)}")
            fresh.replace(memo)
        return digest


def _check(digest: str, key: str) -> str:
    """Tells a damaged note from a sound one: it would give every result that depends on the file another name."""
    return hashlib.sha256(f"{digest} {key}".encode()).hexdigest()[:16]


def _declared(cls: type, name: str) -> frozenset[str]:
    """What the class and all its bases declare under `name`: an override adds to them, it never forgets them."""
    return frozenset().union(*(vars(c).get(name, ()) for c in cls.__mro__))


def _left_out_keys(cls: type, field_name: str) -> frozenset[str]:
    by_class = (vars(c).get("NOT_IDENTITY_KEYS", {}) for c in cls.__mro__)
    return frozenset().union(*(keys.get(field_name, ()) for keys in by_class))


def _fields(model: BaseModel, hash_file: HashFile, *, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields that are not at their default, as plain values."""
    cls = type(model)
    plain: dict[str, Any] = {}
    for name, field in cls.model_fields.items():
        if name in left_out:
            continue
        value = _plain(getattr(model, name), hash_file, left_out=_left_out_keys(cls, name))
        if not _is_default(value, field, hash_file):
            plain[name] = value
    return plain


def _is_default(value: Any, field: FieldInfo, hash_file: HashFile) -> bool:
    """Is the plain `value` what the field would hold if nobody had set it?"""
    if field.is_required():
        return False
    default = _plain(field.get_default(call_default_factory=True, validated_data={}), hash_file)
    return canonical(value) == canonical(default)


def _plain(value: Any, hash_file: HashFile, *, left_out: frozenset[str] = frozenset()) -> Any:
    if isinstance(value, Component):
        return identity(value, hash_file)
    if isinstance(value, BaseModel):
        return _fields(value, hash_file)
    if isinstance(value, Mapping):
        return {k: _plain(v, hash_file) for k, v in value.items() if k not in left_out}
    if isinstance(value, (list, tuple)):
        return [_plain(v, hash_file) for v in value]
    return str(value) if isinstance(value, Path) else value


def _with_text_keys(value: Any, where: str) -> Any:
    """The same, with whole-number keys as text: JSON has no others, and one order for all of them.

    Raises:
        ConfigError: something that is neither text, number, list nor mapping of these.
    """
    if isinstance(value, Mapping):
        return {_text_key(key, value, where): _with_text_keys(v, f"{where}.{key}") for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_text_keys(v, f"{where}.{i}") for i, v in enumerate(value)]
    if not isinstance(value, (str, bool, int, float, type(None))):
        name = where.removeprefix(".")
        raise ConfigError(f"{name}: {type(value).__name__} cannot be part of a fingerprint", hint="use plain values")
    return value


def _text_key(key: Any, mapping: Mapping[Any, Any], where: str) -> str:
    if isinstance(key, str):
        return key
    name = where.removeprefix(".")
    if not isinstance(key, int) or isinstance(key, bool):
        raise ConfigError(f"{name}: the key {key!r} is neither text nor a whole number", hint="put it in quotes")
    if str(key) in mapping:
        raise ConfigError(f"{name}: the key {key} stands there twice, as number and as text", hint="keep one")
    return str(key)


def _model_files(folder: Path) -> list[Path]:
    files: set[Path] = set()
    for pattern in MODEL_FILES:
        files |= {file for file in folder.glob(pattern) if file.name not in NOT_MODEL_FILES}
    if folder / "config.json" not in files:
        raise ConfigError(f"{folder} holds no model (no config.json)", hint="give the folder of a saved model")
    return sorted(files)
