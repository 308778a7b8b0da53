"""Values and texts as a person writes and reads them on one line."""

from __future__ import annotations

import enum
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from r1cli.text import as_typed

HELP_LENGTH = 100  # characters; a terminal shows hardly more

_PLAIN: Mapping[type, tuple[str, ...]] = {bool: ("true", "false"), types.NoneType: ("null",)}


def values_of(annotation: Any) -> list[str]:
    """What can be written for a type, if that is a short list; `null` alone says that there is more."""
    for plain, values in _PLAIN.items():
        if annotation is plain:
            return list(values)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [str(member.value) for member in annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [as_typed(value) for value in inner]
    if origin in {Union, types.UnionType}:
        return [value for part in inner for value in values_of(part)]
    if origin is Annotated:
        return values_of(inner[0])
    return []


def brief(text: str | None) -> str:
    """The first paragraph of a help text or a docstring in one line."""
    line = " ".join((text or "").partition("\n\n")[0].split())
    return line if len(line) <= HELP_LENGTH else f"{line[: HELP_LENGTH - 3]}..."
