"""Errors that a person reads: what is wrong in one line, what to do about it in another.

A user's mistake raises one of these and ends in `error:` / `hint:` and exit code 2: nothing was trained. What fails
while stages run ends in `StageFailed` and exit code 1, also if it is a user's mistake that only the running stage could
see (a bad row in a data file). Everything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from pathlib import Path


class R1Error(Exception):
    """A mistake that the user can mend. `message` says what, `hint` says how."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(R1Error, ValueError):
    """A key, a group or a value of the configuration is wrong."""


class RecipeError(R1Error, ValueError):
    """The nodes and edges of a recipe do not make a runnable graph."""


class DataError(R1Error, ValueError):
    """A data file is missing, empty or holds a row that cannot be used; the message names file and line."""


class StoreError(R1Error, RuntimeError):
    """The store cannot be read or written."""


class StageFailed(R1Error, RuntimeError):
    """A stage broke while it ran. `log` is its log file."""

    def __init__(self, message: str, *, hint: str = "", log: Path | None = None) -> None:
        super().__init__(message, hint=hint)
        self.log = log


class Stopped(R1Error, RuntimeError):
    """Somebody asked for the end of the run (SIGTERM, say), and the stage at hand has saved its work."""

    def __init__(self, message: str, *, hint: str = "the same command goes on from there") -> None:
        super().__init__(message, hint=hint)
