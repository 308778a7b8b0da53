"""Inside the sandbox: the process of the untrusted program. It knows no test and no expected value.

All of this lies open to the program; it decides what is answered here, and nothing more.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from functools import partial
from typing import Any

from r1cli.verify.sandbox.inside.wire import NOTE_CHARACTERS, Wire, decode, encode

OPERATIONS: dict[str, Callable[..., Any]] = {
    "getattr": getattr,
    "setattr": setattr,
    "getitem": lambda x, i: x[i],
    "setitem": lambda x, i, v: x.__setitem__(i, v),
    "iter": iter,
    "next": next,
    "len": len,
    "bool": bool,
    "call": lambda f, args, kwargs: f(*args, **kwargs),
}
OUT_OF_MEMORY, IS_NO_PYTHON = 97, 98
"""Exit statuses of scripts."""


def answer_calls(wire: Wire, program: str, prelude: str) -> None:
    """Run the program, say how that went, then answer calls until nobody asks."""
    _as_outside()
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    try:
        execute(program, prelude, module.__dict__)
    except BaseException as e:  # noqa: BLE001  (whatever it does, the checker hears of it)
        name = "SyntaxError" if isinstance(e, SyntaxError) else type(e).__name__
        wire.send(["raised", name, str(e)[:NOTE_CHARACTERS]])
        return
    wire.send(["value", None])
    objects: list[Any] = []

    def number(value: Any) -> int:
        places = [i for i, known in enumerate(objects) if known is value]
        if not places:
            objects.append(value)
        return places[0] if places else len(objects) - 1

    while True:
        operation, arguments = wire.receive()
        try:
            wanted = decode(arguments, objects.__getitem__)
            operate = OPERATIONS[operation] if operation in OPERATIONS else partial(_defined, module)
            found = ["value", encode(operate(*wanted), number)]
        except BaseException as e:  # noqa: BLE001
            found = ["raised", type(e).__name__, str(e)[:NOTE_CHARACTERS]]
        wire.send(found)


def _defined(module: types.ModuleType, name: str) -> Any:
    if name not in vars(module):
        raise NameError(f"the program defines no {name!r}")
    return vars(module)[name]


def execute(program: str, prelude: str, namespace: dict[str, Any]) -> None:
    """The program after the prelude; or as its continuation, if it does not compile by itself (a function's body)."""
    try:
        code = compile(program, "solution.py", "exec")
    except SyntaxError:
        if not prelude:
            raise
        exec(compile(prelude + program, "solution.py", "exec"), namespace)  # noqa: S102
        return
    exec(compile(prelude, "prelude.py", "exec"), namespace)  # noqa: S102
    exec(code, namespace)  # noqa: S102


def run_script(program: str, prelude: str = "") -> int:
    """Run the program, after the prelude, as a script with the standard streams as they are now; its exit status."""
    import atexit

    _as_outside()
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        exec(compile(prelude, "prelude.py", "exec"), module.__dict__)  # noqa: S102
        exec(compile(program, "solution.py", "exec"), module.__dict__)  # noqa: S102
        status = 0
    except SystemExit as e:
        status = e.code if isinstance(e.code, int) else int(e.code is not None)
    except MemoryError:
        status = OUT_OF_MEMORY
    except SyntaxError as e:
        status = IS_NO_PYTHON if e.filename == "solution.py" else 1
    except BaseException:  # noqa: BLE001
        status = 1
    if "threading" in sys.modules:  # a contest's way to a deeper stack: start a thread, and end
        sys.modules["threading"]._shutdown()  # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    return status


def _as_outside() -> None:
    """What an ordinary Python has and `python -S` lacks."""
    vars(builtins).update(exit=sys.exit, quit=sys.exit)
