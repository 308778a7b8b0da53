"""Composing without what costs much and changes nothing: half of what Hydra's `compose` takes.

Both replacements last for one call, and where a release has no such name nothing is replaced: then composing is slower,
and its outcome the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def fast_yaml() -> Iterator[None]:
    """What is read with `yaml.SafeLoader` is parsed by libyaml, if PyYAML was built with it: ten times as fast.

    The parser alone is another one: what keys and scalars mean is decided by the same code.
    """
    import yaml

    with _replaced(yaml, "SafeLoader", lambda slow: getattr(yaml, "CSafeLoader", slow)):
        yield


@contextmanager
def lean_hydra() -> Iterator[None]:
    """Hydra's `compose`, with fast YAML, and without the map of choices that it makes anew for each file.

    Only a defaults list that refers to a choice (`- data: ${task}`) is filled in from that map.
    """
    from hydra._internal import defaults_list

    def only_if_asked(make_map: Any) -> Any:
        def made(overrides: Any, defaults: Any, self_added: bool) -> Any:
            refers = any(default.is_interpolation() for default in defaults)
            return make_map(overrides, defaults, self_added) if refers else None

        return made

    with fast_yaml(), _replaced(defaults_list, "_create_interpolation_map", only_if_asked):
        yield


@contextmanager
def _replaced(module: Any, name: str, replacement: Any) -> Iterator[None]:
    """`module.name` is what `replacement` makes of it, for a while."""
    before = getattr(module, name, None)
    if before is None:
        yield
        return
    setattr(module, name, replacement(before))
    try:
        yield
    finally:
        setattr(module, name, before)
