"""Where completion looks things up: remembered answers, the store's folders, the files of the disk.

What the cache does not have is asked of `from_typer` and `from_hydra`, which are imported for that only: they need
typer, Hydra and pydantic.
"""

from __future__ import annotations

import os
import sys

from r1cli.terminal.completion.cache import remembered
from r1cli.terminal.completion.shells import Candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from r1cli.terminal.completion.shapes import Key, Keys, Line

FROM_ENVIRONMENT = "${oc.env:"
FINGERPRINT_LENGTH = 16  # of an entry's name in the store, after the node and a dash


def line(folder: str) -> Line:
    """Commands and groups; `folder` is what `--config-dir` names, or empty."""

    def find_out() -> Line:
        with _full_python():
            from r1cli.terminal.completion import from_typer

            return from_typer.line(folder)

    return remembered(["line"], _watched(folder), find_out)


def keys(config: str, chosen: list[str], folder: str) -> Keys:
    """What overrides can change in a file of conf/ (`run`, `train`, ...) with these options chosen."""

    def find_out() -> Keys:
        with _full_python():
            from r1cli.terminal.completion import from_hydra

            return from_hydra.keys(config, chosen, folder)

    return remembered([config, *chosen], _watched(folder), find_out)


def current(key: Key | None) -> str:
    """What stands at a key; `${oc.env:NAME,default}` is looked up now, because the cache outlives an environment."""
    now = (key["now"] if key else "") or ""
    if not now.startswith(FROM_ENVIRONMENT):
        return now
    name, _, default = now.removeprefix(FROM_ENVIRONMENT).removesuffix("}").partition(",")
    return os.environ.get(name, default)


def stored(store: str) -> list[str]:
    """Nodes of which the store has results or unfinished work."""
    nodes = set()
    for folder in (store, os.path.join(store, ".partial")):  # noqa: PTH118
        try:
            names = os.listdir(os.path.expanduser(folder))  # noqa: PTH111, PTH208
        except OSError:
            continue
        for name in names:
            node, _, fingerprint = name.rpartition("-")
            if node and len(fingerprint) == FINGERPRINT_LENGTH:
                nodes.add(node)
    return sorted(nodes)


def files(typed: str, *, folders_only: bool = False) -> list[Candidate]:
    """Files whose path begins as typed; a folder is a step on the way."""
    above, slash, name = typed.rpartition("/")
    try:
        entries = list(os.scandir(os.path.expanduser(above + slash) or "."))  # noqa: PTH111
    except OSError:
        return []
    candidates = []
    for entry in entries:
        hidden = entry.name.startswith(".") and not name.startswith(".")
        if not entry.name.startswith(name) or hidden:
            continue
        path = f"{above}{slash}{entry.name}"
        if entry.is_dir():
            candidates.append(Candidate(f"{path}/", done=False))
        elif not folders_only:
            candidates.append(Candidate(path))
    return candidates


def _watched(folder: str) -> list[str]:
    return [os.path.abspath(folder)] if folder else []  # noqa: PTH100


def _full_python() -> AbstractContextManager[object]:
    """Make all packages importable; what libraries print meanwhile must not reach the shell."""
    import contextlib

    if "site" not in sys.modules:  # the scripts start Python without it, which halves the time of an ordinary TAB
        import site

        site.main()
    return contextlib.redirect_stdout(sys.stderr)
