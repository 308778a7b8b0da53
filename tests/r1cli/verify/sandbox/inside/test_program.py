"""The program's process: how a program is run, and what is answered when it is called."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from r1cli.verify.sandbox.inside.program import IS_NO_PYTHON, OUT_OF_MEMORY, execute, run_script
from tests.r1cli.verify.sandbox.inside.two_ends import calling


def defined(program: str, prelude: str = "") -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    execute(program, prelude, namespace)
    return namespace


def test_a_program_comes_after_the_prelude_and_may_replace_it() -> None:
    prelude = "import math\ndef f(): return 1\n"
    assert defined("def g(): return math.floor(1.5)", prelude)["g"]() == 1
    assert defined("def f(): return 2", prelude)["f"]() == 2


def test_a_body_alone_continues_the_prelude() -> None:
    assert defined("    return 2 * x\n", "def f(x):\n")["f"](4) == 8


def test_what_is_no_python_is_a_syntax_error_with_and_without_a_prelude() -> None:
    for prelude in ("", "def f(x):\n    return x\n"):
        with pytest.raises(SyntaxError):
            defined("I would say: 5", prelude)


def test_the_first_word_is_how_the_program_itself_went() -> None:
    for program, word in [("x = 1", "value"), ("1 / 0", "ZeroDivisionError"), ("x = = 1", "SyntaxError")]:
        with calling(program) as caller:
            kind, *rest = caller.wire.receive()
        assert word in {kind, *rest}


def test_a_call_that_raises_is_answered_and_the_next_one_too() -> None:
    with calling("def f(x): return 1 / x") as caller:
        caller.answer()
        f = caller.ask("name", "f")
        with pytest.raises(ZeroDivisionError):
            f(0)
        assert f(4) == 0.25


def test_even_an_exit_is_an_answer() -> None:
    with calling("def f(): exit(3)\ndef g(): return 1") as caller:
        caller.answer()
        with pytest.raises(RuntimeError, match="SystemExit"):
            caller.ask("name", "f")()
        assert caller.ask("name", "g")() == 1


def test_what_the_program_does_not_define_is_named() -> None:
    with calling("x = 1") as caller:
        caller.answer()
        with pytest.raises(NameError, match="defines no 'f'"):
            caller.ask("name", "f")


def test_an_object_keeps_its_number_and_another_has_another() -> None:
    with calling("kept = object()\ndef f(): return kept\ndef g(): return object()") as caller:
        caller.answer()
        f, g = caller.ask("name", "f"), caller.ask("name", "g")
        assert f() == f()
        assert f() != g()


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("print(input())", 0),
        ("import sys; print(1); sys.exit()", 0),
        ("exit(3)", 3),
        ("exit('a reason')", 1),
        ("1 / 0", 1),
        ("raise MemoryError", OUT_OF_MEMORY),
        ("I would say: 5", IS_NO_PYTHON),
        ("compile('x = = 1', 'other.py', 'exec')", 1),
        ("assert __name__ == '__main__'", 0),
    ],
)
def test_the_status_of_a_script_says_how_it_ended(program: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atexit._run_exitfuncs", lambda: None)  # they are pytest's own here
    monkeypatch.setattr("threading._shutdown", lambda: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("line\n"))
    assert run_script(program) == status
