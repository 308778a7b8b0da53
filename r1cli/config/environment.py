"""Values of a configuration that come from environment variables: neither output nor store may tell them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from r1cli.errors import ConfigError

SECRET = re.compile(
    r"(?i)(?:(key|token|secret|passwo?r?d|passphrase|credential|cookie|auth)s?|(?<![a-z])(pat|pass|pw|creds?|dsn|webhook)|_pwd)"
    r"\d*(?:_|$)"
)
"""How a word in the names of environment variables ends that hold something secret."""
SECRET_VALUE = re.compile(r"://[^/\s:@]*:[^/\s@]+@|\b(?:hf_|sk-|ghp_|gho_|github_pat_|glpat-|xox[abp]-|AKIA)[\w-]{12}")
"""What such a thing looks like under another name: an address with a password, a key of a well-known service."""


def refuse_secrets() -> None:
    """Have `${oc.env:HF_TOKEN}` and its like refused from now on: results keep their resolved configuration."""
    from omegaconf import OmegaConf

    OmegaConf.register_new_resolver("oc.env", _unless_secret, replace=True)


def _unless_secret(name: str, *default: str | None) -> str | None:
    from omegaconf.resolvers import oc

    if name in os.environ and (SECRET.search(name) or SECRET_VALUE.search(os.environ[name])):
        hint = "leave it in the environment, where libraries find it: a configuration is stored with every result"
        raise ConfigError(f"${{oc.env:{name}}} looks like a secret", hint=hint)
    return oc.env(name, *default)


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
        refuse_secrets()
