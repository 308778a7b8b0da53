"""What was found out before, below $XDG_CACHE_HOME/r1/completion: one JSON file for each question.

A file holds the state of the code and of the YAML that it was made from, and is worth nothing when that has changed.
Where nothing can be written, everything is found out anew each time.
"""

from __future__ import annotations

import json
import os
from zlib import crc32

from r1cli import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    T = TypeVar("T")

HERE = os.path.abspath(__file__).rpartition("/terminal/")[0]  # noqa: PTH100  (without pathlib: see above)
WATCHED = (".py", ".yaml")
MOST_FILES = 200  # of all questions together; a file is some 20 to 50 KB


def remembered(question: list[str], folders: list[str], find_out: Callable[[], T]) -> T:
    """The answer to `question`, from the cache or from `find_out`, which must return plain data.

    `folders` are watched beside the package's own: a change in any of them makes the answer anew.
    """
    state = _state([*_own_folders(), *folders])
    name = f"{'_'.join(_plain(q) for q in question)[:80]}-{crc32(repr([HERE, *question, *folders]).encode()):08x}.json"
    path = os.path.join(_home(), name)  # noqa: PTH118
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            kept = json.load(file)
        if kept["state"] == state:
            remembered_answer: T = kept["answer"]
            return remembered_answer
    except (OSError, ValueError, KeyError, TypeError):
        pass
    answer = find_out()
    _keep(path, {"state": state, "answer": answer})
    return answer


def _own_folders() -> list[str]:
    """The package, the stages beside it, and conf/ wherever it is (as r1cli.config.catalogue.conf_dir finds it)."""
    beside = os.path.dirname(HERE)  # noqa: PTH120
    return [HERE, *(os.path.join(beside, name) for name in ("stages", "conf"))]  # noqa: PTH118


def _state(folders: list[str]) -> list[object]:
    """Changes whenever a file is changed, added, renamed or taken away."""
    files = sorted(line for folder in folders for line in _files(folder))
    return [__version__, len(files), crc32("\n".join(files).encode("utf-8", "surrogateescape"))]


def _files(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(WATCHED):
            seen = entry.stat()
            yield f"{entry.path} {seen.st_mtime_ns} {seen.st_size}"
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _files(entry.path)


def _home() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return os.path.join(base, "r1", "completion")  # noqa: PTH118


def _keep(path: str, content: object) -> None:
    """Write in one step, so that a second shell that asks at the same time reads all or nothing."""
    folder, draft = os.path.dirname(path), f"{path}.{os.getpid()}"  # noqa: PTH120
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        with open(draft, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(content, file, separators=(",", ":"))
        os.replace(draft, path)  # noqa: PTH105
        _forget_the_oldest(folder)
    except OSError:  # a home that is read-only or full
        if os.path.exists(draft):  # noqa: PTH110
            os.unlink(draft)  # noqa: PTH108


def _forget_the_oldest(folder: str) -> None:
    entries = sorted(os.scandir(folder), key=lambda e: e.stat().st_mtime_ns)
    for entry in entries[:-MOST_FILES]:
        os.unlink(entry.path)  # noqa: PTH108


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in text)
