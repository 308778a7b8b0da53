"""Component: the frozen, typed object that a piece of YAML describes.

`_target_: r1cli.rewards.language.Language` plus keys becomes a validated object of that class, wherever a field is
declared as `Reward`, `Task` or `Stage`. One mechanism instead of registries: a class from any importable package will
do, as long as it derives from the type that the field asks for.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from r1cli.errors import ConfigError, R1Error

_importable: ContextVar[tuple[str, ...] | None] = ContextVar("_importable", default=None)
"""Packages that `locate` may import from; None: any."""


class ForeignClassError(R1Error):
    """`_target_` names a class of a package that is not to be imported now."""


class Component(BaseModel):
    """Base of all that YAML builds: immutable, unknown keys refused, subclasses chosen by `_target_`.

    A field at its default is no part of a result's identity, so a new field with a default invalidates nothing; to
    change a default, raise VERSION.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), use_attribute_docstrings=True)

    VERSION: ClassVar[int] = 1
    """Raise it by hand when the same fields come to mean something else: results that depend on it are made again."""
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset()
    """Fields that do not change what is computed (paths, verbosity); the fingerprint leaves them out."""
    NOT_IDENTITY_KEYS: ClassVar[dict[str, frozenset[str]]] = {}
    """The same for single keys of a mapping field, by the field's name (`trainer`: how often it logs, say)."""

    @model_validator(mode="wrap")
    @classmethod
    def _choose_target(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping) or "_target_" not in value:
            return handler(value)
        target = locate(str(value["_target_"]))
        if not issubclass(target, cls):
            raise ValueError(f"{value['_target_']} is not a {cls.__name__}")
        rest = {k: v for k, v in value.items() if k != "_target_"}
        return handler(rest) if target is cls else target.model_validate(rest)

    @model_serializer(mode="wrap")
    def _with_target(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"_target_": target_of(type(self)), **handler(self)}

    @classmethod
    def keys(cls) -> frozenset[str]:
        """The keys that YAML may set."""
        return frozenset(cls.model_fields)

    def config(self) -> dict[str, Any]:
        """The whole object as plain data, `_target_` included: `build(x.config()) == x`."""
        return self.model_dump(mode="json", serialize_as_any=True)


def target_of(cls: type) -> str:
    """The dotted name under which a class is imported."""
    return f"{cls.__module__}.{cls.__qualname__}"


def locate(target: str) -> type[Component]:
    """Import the class that `_target_` names.

    Raises:
        ConfigError: no such module or class, or it is not a Component.
        ForeignClassError: it lies outside the packages of `importing_only`.
    """
    packages = _importable.get()
    if packages is not None and target.partition(".")[0] not in packages:
        raise ForeignClassError(f"_target_: {target!r} is not imported here", hint=f"only {', '.join(packages)}")
    module_name, _, name = target.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as e:
        raise ConfigError(f"_target_: cannot import {target!r} ({e})", hint="give the dotted name of a class") from e
    if not (isinstance(cls, type) and issubclass(cls, Component)):
        raise ConfigError(f"_target_: {target!r} is not a Component", hint="derive it from Reward, Task or Stage")
    return cls


@contextmanager
def importing_only(*packages: str) -> Iterator[None]:
    """For a while, `locate` imports from these packages alone: importing a module runs its code."""
    token = _importable.set(packages)
    try:
        yield
    finally:
        _importable.reset(token)
