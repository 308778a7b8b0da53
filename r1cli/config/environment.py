"""Which values of a configuration come from environment variables: what is printed must not tell them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def noting_environment() -> Iterator[list[str]]:
    """Names of the environment variables that `${oc.env:NAME}` is filled in from, while this lasts.

    A variable that is not set, so that the default in the reference counts, is not among them.
    """
    from omegaconf import OmegaConf
    from omegaconf.resolvers import oc

    names: list[str] = []

    def noting(name: str, *default: str | None) -> str | None:
        if name in os.environ:
            names.append(name)
        return oc.env(name, *default)

    OmegaConf.register_new_resolver("oc.env", noting, replace=True)
    try:
        yield names
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)
