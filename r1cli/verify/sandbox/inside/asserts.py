"""Inside the sandbox: the checker runs the tests; what they call lives in the program's process."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Callable
from typing import Any

from r1cli.verify.sandbox.inside.wire import NOTE_CHARACTERS, Wire, decode, encode

ENDED = "the program ended its process"


class Remote:
    """An object that lives in the program's process. Equal to itself alone, whatever it says."""

    def __init__(self, ask: Callable[..., Any], number: int) -> None:
        self.__dict__.update(_ask=ask, _number=number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self._number == other._number

    def __hash__(self) -> int:
        return hash(self._number)

    def __getattr__(self, name: str) -> Any:
        return self.__dict__["_ask"]("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("setattr", self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("call", self, args, kwargs)

    def __getitem__(self, at: Any) -> Any:
        return self._ask("getitem", self, at)

    def __setitem__(self, at: Any, value: Any) -> None:
        self._ask("setitem", self, at, value)

    def __iter__(self) -> Any:
        found = self._ask("iter", self)
        return found if isinstance(found, Remote) else iter(found)

    def __next__(self) -> Any:
        return self._ask("next", self)

    def __len__(self) -> int:
        found: int = self._ask("len", self)
        return found

    def __contains__(self, item: Any) -> bool:
        """Looked for here, among what the object yields: its own answer could always be yes."""
        return any(item is element or item == element for element in self)

    def __bool__(self) -> bool:
        return self._ask("bool", self) is True


class Caller:
    """The checker's end of the wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def ask(self, operation: str, *arguments: Any) -> Any:
        self.wire.send([operation, encode(arguments, _number)])
        return self.answer(ends=operation == "next")

    def answer(self, *, ends: bool = False) -> Any:
        kind, *rest = self.wire.receive()
        if kind == "value":
            return decode(rest[0], lambda number: Remote(self.ask, number))
        raise raised(str(rest[0]), str(rest[1]), ends=ends)


def _number(value: Any) -> int:
    if isinstance(value, Remote):
        return int(value._number)  # noqa: SLF001
    raise TypeError(f"a {type(value).__name__} cannot be handed to the program")


def raised(name: str, message: str, *, ends: bool) -> BaseException:
    """The program's exception, if it is an ordinary builtin one; one that ends a loop early only where that is due."""
    kind = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, Exception) or issubclass(kind, UnicodeError | StopIteration):
        return StopIteration() if ends and name == "StopIteration" else RuntimeError(f"{name}: {message}")
    return RuntimeError(name) if kind is StopAsyncIteration else kind(message)


def run_tests(
    caller: Caller,
    job: dict[str, Any],
    tests: dict[str, Any],
    say: Callable[..., None],
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Each test by itself, in one namespace; a test that raises anything at all has failed. `begin` hears of each."""
    if "random" in "".join([job["prelude"], tests["setup"], *tests["tests"]]):
        __import__("random").seed(0)  # the test draws its inputs: the same ones every time
    namespace: dict[str, Any] = {"__name__": "tests"}
    try:
        exec(compile(job["prelude"], "prelude.py", "exec"), namespace)  # noqa: S102  (the data's own helpers)
        for name in tests["names"]:
            with contextlib.suppress(NameError):  # the test that misses it will say so
                namespace[name] = caller.ask("name", name)
        for name in tests["modules"]:
            namespace.setdefault(name, __import__(name))
        exec(compile(tests["setup"], "setup.py", "exec"), namespace)  # noqa: S102
    except BaseException as e:  # noqa: BLE001
        say("done", note=described(e))
        return
    for i, test in enumerate(tests["tests"]):
        begin()
        try:
            exec(compile(test, f"test {i + 1}", "exec"), namespace)  # noqa: S102
        except BaseException as e:  # noqa: BLE001
            say("test", number=i, passed=False, note=ENDED if caller.wire.ended else described(e))
            if caller.wire.ended or isinstance(e, MemoryError):
                break
        else:
            say("test", number=i, passed=True, note="")
    say("done", note="")


def described(e: BaseException) -> str:
    """An exception in a line."""
    return f"{type(e).__name__}: {e}"[:NOTE_CHARACTERS].rstrip(": ")
