"""Component: the frozen, typed object that a piece of YAML describes.

`_target_: r1cli.rewards.language.Language` plus keys becomes a validated object of that class, wherever a field is
declared as `Reward`, `Task` or `Stage`. One mechanism instead of registries: a class from any importable package will
do, as long as it derives from the type that the field asks for.

To import a module is to run it. So a module from elsewhere is first read, and imported only if by its own text the
class derives from one of ours: a `_target_` cannot run what was not written for r1cli.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, ClassVar, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from r1cli.errors import ConfigError, R1Error

OWN_PACKAGES = ("r1cli", "stages")
_importable: ContextVar[tuple[str, ...] | None] = ContextVar("_importable", default=None)
"""Packages that `locate` may import from; None: any."""


class ForeignClassError(R1Error):
    """`_target_` names a class of a package that is not to be imported now."""


class Component(BaseModel):
    """Base of all that YAML builds: immutable, unknown keys refused, subclasses chosen by `_target_`.

    A field at its default is no part of a result's identity, so a new field with a default invalidates nothing; to
    change a default, raise VERSION.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), defer_build=True)

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
    module, _, name = target.rpartition(".")
    if not _is_loaded_or_ours(module):
        source = _source_of(module)
        if source is None:
            message = f"_target_: cannot import {target!r} (no source of a module {module!r} is found)"
            raise ConfigError(message, hint="give the dotted name of a class")
        if not _derives(target):
            raise _no_component(target)
    try:
        cls = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as e:
        raise ConfigError(f"_target_: cannot import {target!r} ({e})", hint="give the dotted name of a class") from e
    if not (isinstance(cls, type) and issubclass(cls, Component)):
        raise _no_component(target)
    return cls


def _no_component(target: str) -> ConfigError:
    return ConfigError(f"_target_: {target!r} is not a Component", hint="derive it from Reward, Task or Stage")


def _is_loaded_or_ours(module: str) -> bool:
    """Does importing the module run nothing that is not trusted anyway?"""
    return module in sys.modules or module.partition(".")[0] in OWN_PACKAGES


def _derives(target: str, asked: frozenset[str] = frozenset()) -> bool:
    """Does the class derive from Component, as far as the text of its module and of its bases' modules tells?"""
    module, _, name = target.rpartition(".")
    if target in asked:
        return False
    if _is_loaded_or_ours(module):
        with suppress(ImportError):
            cls = getattr(importlib.import_module(module), name, None)
            return isinstance(cls, type) and issubclass(cls, Component)
    source = _source_of(module)
    if source is None:
        return False
    means = _names(source, module)
    bases = means.get(name, ())
    return any(_derives(base, asked | {target}) for base in bases)


def _source_of(module: str) -> Path | None:
    """The file of a module, found without importing anything, not even the packages that it lies in."""
    top, *inner = module.split(".")
    spec = _spec_of_top(top)
    for name in inner:
        folders = list(spec.submodule_search_locations or []) if spec is not None else []
        # By its last name alone: for the whole one, the finder would look for the package among those imported.
        spec = PathFinder.find_spec(name, folders)
    origin = spec.origin if spec is not None else None
    return Path(origin) if origin is not None and origin.endswith(".py") else None


def _spec_of_top(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        if name and find is not None and (spec := find(name, None)) is not None:
            return cast("ModuleSpec", spec)
    return None


def _names(source: Path, module: str) -> dict[str, list[str]]:
    """What the names of a module stand for: an imported one for what it is called elsewhere, a class for its bases."""
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    means: dict[str, list[str]] = {}
    for node in _outside_functions(tree):
        match node:
            case ast.Import(names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    means[alias.asname or top] = [alias.name if alias.asname else top]
            case ast.ImportFrom(_, names):
                origin = _origin(node, package)
                for alias in names:
                    means[alias.asname or alias.name] = [f"{origin}.{alias.name}"]
            case ast.ClassDef(name, bases):
                means[name] = [full for base in bases if (full := _full_name(base, module, means))]
    return means


def _origin(node: ast.ImportFrom, package: str) -> str:
    """The module that `from ... import` names, seen from a package."""
    parts = package.split(".")
    above = parts[: len(parts) + 1 - node.level] if node.level else []
    return ".".join([*above, *filter(None, [node.module])])


def _outside_functions(tree: ast.AST) -> Iterator[ast.stmt]:
    """The statements that importing runs, those inside `if` and `try` included, in their order."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _outside_functions(node)


def _full_name(base: ast.expr, module: str, means: Mapping[str, Sequence[str]]) -> str:
    """The dotted name of a base class; empty where it is an expression."""
    if isinstance(base, ast.Subscript):  # Generic
        return _full_name(base.value, module, means)
    first, _, rest = ast.unparse(base).partition(".")
    if not first.isidentifier():
        return ""
    if first in means and rest:
        return f"{means[first][0]}.{rest}"
    return f"{module}.{first}" if not rest else ""


@contextmanager
def importing_only(*packages: str) -> Iterator[None]:
    """For a while, `locate` imports from these packages alone: importing a module runs its code."""
    token = _importable.set(packages)
    try:
        yield
    finally:
        _importable.reset(token)
