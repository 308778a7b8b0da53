"""Run command lines on streams and terminals of all kinds, each in a fork of this process; one JSON line for each.

python -m tests.faults.on_any_terminal < [[condition, [word, ...]], ...]
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence

STDOUT, STDERR = 1, 2
CONDITIONS = {
    "closed": {},
    "all closed": {},
    "full": {},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no home": {"HOME": None},
    "20 columns": {"COLUMNS": "20"},
    "33 columns": {"COLUMNS": "33"},
    "200 columns": {"COLUMNS": "200"},
    "dumb": {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "1"},
}
"""Changes of the environment; what happens to the streams is said in `prepare`."""


def prepare(condition: str, out: int, err: int) -> None:
    """Make the streams and the environment of this process what the condition says."""
    for name, value in CONDITIONS[condition].items():
        os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
    os.dup2(out, STDOUT)
    os.dup2(err, STDERR)
    if condition == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), STDOUT)
    if condition in {"closed", "all closed"}:
        os.close(STDOUT)
    if condition == "all closed":
        os.close(0)
        os.close(STDERR)
    # As Python makes them at its start.
    encoding = "ascii" if condition in {"ascii", "C"} else "utf-8"
    errors = "strict" if condition == "ascii" else "surrogateescape"
    for name, fd in (("stdin", 0), ("stdout", STDOUT), ("stderr", STDERR)):
        try:
            os.fstat(fd)
            stream = open(fd, "r" if fd == 0 else "w", encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115
        except OSError:
            stream = None
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def run(condition: str, words: Sequence[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 99
            with contextlib.suppress(BaseException):
                prepare(condition, out.fileno(), err.fileno())
                sys.argv = ["r1", *words]
                try:
                    from r1cli.__main__ import main

                    main()
                except SystemExit as e:
                    code = e.code if isinstance(e.code, int) else 1
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        said = {"out": out.read().decode("utf-8", "replace"), "err": err.read().decode("utf-8", "replace")}
        return {"condition": condition, "words": list(words), "code": os.waitstatus_to_exitcode(status), **said}


def main() -> None:
    asked = json.load(sys.stdin)
    import hydra  # noqa: F401  (so that not every fork has to)
    import omegaconf  # noqa: F401
    import pydantic  # noqa: F401
    import rich.table  # noqa: F401
    import typer  # noqa: F401

    for condition, words in asked:
        sys.stdout.write(json.dumps(run(condition, words)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
