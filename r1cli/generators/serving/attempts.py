"""The log of attempts: a line when a request is sent, a line when something comes of it. Nothing is paid for twice.

    {"attempt": 7, "sent": "2025-03-01T10:00:00+00:00", "asked": "deepseek-reasoner", "id": "test:3", "samples": [0],
     "prompt": "9f86d081884c7d65", "try": 2, "most": {"prompt": 181, "completion": 32768}}
    {"attempt": 7, "came": "2025-03-01T10:01:12+00:00", "seconds": 72.1, "status": 200, "usage": {...},
     "model": "deepseek-reasoner", "fingerprint": "fp_1c5d8833", "replies": [{"text": "...", "thought": "...",
     "finish": "stop"}]}

It lies beside the samples and is published with them. An evaluation that was killed finds here what it has paid for,
replies that nobody had read yet included; a request that was sent and never came back is counted as if it had cost all
that it could. Usage is kept as the server gave it.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from r1cli.files import json_objects
from r1cli.generators.generator import Question, Usage
from r1cli.generators.serving.wire import Response, Said, usage_of

FILE = "attempts.jsonl"
"""Its name in an evaluation's folder."""


@dataclass(frozen=True, slots=True)
class LoggedAttempt:
    """One request, and what came of it."""

    asked: str
    """The model's name, as it was asked for."""
    id: str
    """Of the row that was asked."""
    samples: tuple[int, ...]
    """Numbers of the samples that were wanted."""
    prompt: str
    """`prompt_hash` of the prompt."""
    most: Usage
    """Tokens that it could use at most."""
    date: str
    """When it was sent, ISO 8601 in UTC."""
    seconds: float | None = None
    status: int | None = None
    """Of HTTP; None: nothing came."""
    failure: str = ""
    """Why there are no replies; empty if there are, and where nobody lived to see what became of it."""
    arrived: bool = True
    """Did the server get it, as far as one can know?"""
    usage: Mapping[str, Any] | None = None
    """Raw, as the server gave it."""
    model: str | None = None
    """The name that the server gives itself."""
    fingerprint: str | None = None
    replies: tuple[Said, ...] = ()

    @property
    def charged(self) -> tuple[Usage, Usage]:
        """Tokens that are charged for it: at least, at most. The two are one where the server told its usage.

        Errors of HTTP cost nothing. A reply without usage, or a response that was cut off, may have cost all.
        """
        nothing = Usage(prompt=0, cached=0, completion=0)
        counted = usage_of(self.usage)
        if counted.prompt is not None and counted.completion is not None:
            return counted, counted
        refused = self.status is not None and self.status != 200
        return nothing, nothing if refused or not self.arrived else self.most


class AttemptLog:
    """The log while it is written; safe to be called from many threads."""

    def __init__(self, path: Path, *, model: str) -> None:
        """Opens it for appending; what a kill has left of a last line is ended there."""
        self.earlier = read_attempts(path)
        """What former runs of the same evaluation did."""
        self._model = model
        self._lock = threading.Lock()
        self._next = len(self.earlier)
        self._under_way: dict[int, Mapping[str, Any]] = {}
        self._file: BinaryIO = path.open("ab")
        if self._file.tell() and path.read_bytes()[-1:] != b"\n":
            self._file.write(b"\n")

    def sent(self, questions: Sequence[Question], prompt: str, *, attempt: int, most: Usage) -> int:
        """Note that a request is about to be sent; returns its number."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._under_way[number] = sent = {
                "attempt": number,
                "sent": _now(),
                "asked": self._model,
                "id": questions[0].id,
                "samples": [question.sample for question in questions],
                "prompt": prompt,
                "try": attempt,
                "most": {"prompt": most.prompt, "completion": most.completion},
            }
            self._write(sent)
        return number

    def came(
        self,
        number: int,
        *,
        seconds: float,
        status: int | None,
        failure: str,
        arrived: bool,
        response: Response | None,
    ) -> LoggedAttempt:
        """Note what came of it, and return the whole attempt. Its replies are on the disk then."""
        came: dict[str, Any] = {"attempt": number, "came": _now(), "seconds": round(seconds, 3), "status": status}
        if failure:
            came |= {"failure": failure, "arrived": arrived}
        if response is not None:
            came |= {"usage": response.usage, "model": response.model, "fingerprint": response.fingerprint}
            came["replies"] = [asdict(reply) for reply in response.replies]
        with self._lock:
            self._write(came)
            os.fsync(self._file.fileno())
            return _logged(self._under_way.pop(number), came)

    def close(self) -> None:
        """No more is written."""
        with self._lock:
            self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()


def read_attempts(path: Path) -> list[LoggedAttempt]:
    """All attempts of a log, in the order in which they were sent; none if there is no log.

    A damaged line is left out. If it told what came, the request counts as one that never came back.
    """
    if not path.exists():
        return []
    with path.open("rb") as file:
        lines = [line for line in json_objects(file) if line is not None]
    came = {line["attempt"]: line for line in lines if "came" in line and isinstance(line.get("attempt"), int)}
    sent = [line for line in lines if "sent" in line and isinstance(line.get("attempt"), int)]
    attempts = (_intact(line, came.get(line["attempt"], {})) or _intact(line, {}) for line in sent)
    return [attempt for attempt in attempts if attempt is not None]


def replies_of(attempts: Sequence[LoggedAttempt]) -> Iterator[tuple[tuple[str, str, int], LoggedAttempt, int]]:
    """((row, prompt, sample), attempt, place among its replies) of every reply that was paid for."""
    for attempt in attempts:
        for place, sample in enumerate(attempt.samples[: len(attempt.replies)]):
            yield (attempt.id, attempt.prompt, sample), attempt, place


def prompt_hash(prompt: str) -> str:
    """What stands for a prompt in the log, 16 hex digits."""
    return hashlib.sha256(prompt.encode()).hexdigest()[:16]


def _intact(sent: Mapping[str, Any], came: Mapping[str, Any]) -> LoggedAttempt | None:
    """The attempt; None if a line of it lacks something, or holds something else."""
    try:
        attempt = _logged(sent, came)
        _ = attempt.charged  # reads the server's usage
    except (AttributeError, KeyError, TypeError):
        return None
    return attempt


def _logged(sent: Mapping[str, Any], came: Mapping[str, Any]) -> LoggedAttempt:
    return LoggedAttempt(
        asked=sent["asked"],
        id=sent["id"],
        samples=tuple(sent["samples"]),
        prompt=sent["prompt"],
        most=Usage(**sent["most"]),
        date=came.get("came", sent["sent"]),
        seconds=came.get("seconds"),
        status=came.get("status"),
        failure=came.get("failure", ""),
        arrived=came.get("arrived", True),
        usage=came.get("usage"),
        model=came.get("model"),
        fingerprint=came.get("fingerprint"),
        replies=tuple(Said(**reply) for reply in came.get("replies", ())),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
