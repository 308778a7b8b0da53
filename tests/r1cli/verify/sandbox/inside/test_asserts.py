"""Tests of a program: each by itself, with objects that live elsewhere and are believed in nothing."""

from __future__ import annotations

from typing import Any

import pytest

from r1cli.verify.sandbox.inside import asserts
from r1cli.verify.sandbox.inside.asserts import Caller, Remote, described, raised, run_tests
from tests.r1cli.verify.sandbox.inside.two_ends import calling

Said = list[tuple[str, dict[str, Any]]]


def run(caller: Caller, *tests: str, setup: str = "", prelude: str = "", modules: tuple[str, ...] = ()) -> Said:
    """What is said about tests of a program that defines f."""
    said: Said = []
    job = {"prelude": prelude}
    asked = {"names": ["f"], "modules": modules, "setup": setup, "tests": tests}
    run_tests(caller, job, asked, lambda kind, **rest: said.append((kind, rest)))
    return said


def passed(said: Said) -> list[bool]:
    return [rest["passed"] for kind, rest in said if kind == "test"]


def test_each_test_is_judged_by_itself_and_the_end_is_said() -> None:
    with calling("def f(x): return x + 1") as caller:
        caller.answer()
        said = run(caller, "assert f(1) == 2", "assert f(1) == 3", "f(1, 2)", "assert f(2) == 3")
    assert passed(said) == [True, False, False, True]
    assert said[2][1]["note"].startswith("TypeError")
    assert said[-1] == ("done", {"note": ""})


def test_modules_and_helpers_of_the_tests_are_theirs() -> None:
    with calling("def f(x): return x") as caller:
        caller.answer()
        tests = "assert math.floor(f(1.5)) == 1 and twice(f(2)) == 4", "assert ready"
        said = run(caller, *tests, prelude="def twice(x): return 2 * x\n", setup="ready = True", modules=("math",))
    assert passed(said) == [True, True]


def test_a_setup_that_fails_is_the_only_thing_said() -> None:
    with calling("def f(x): return x") as caller:
        caller.answer()
        assert run(caller, "assert True", setup="1 / 0") == [("done", {"note": "ZeroDivisionError: division by zero"})]


def test_random_inputs_are_the_same_ones_every_time() -> None:
    drawn = []
    for _ in range(2):
        with calling("def f(x): raise ValueError(x)") as caller:
            caller.answer()
            drawn.append(run(caller, "import random\nf(random.random())"))
    assert drawn[0] == drawn[1]
    assert drawn[0][0][1]["note"].startswith("ValueError: 0.")


def test_an_object_of_the_program_is_used_where_it_lives() -> None:
    program = """
class Box:
    def __init__(self): self.items = {}
    def __setitem__(self, key, value): self.items[key] = value
    def __getitem__(self, key): return self.items[key]
    def __len__(self): return len(self.items)
    def __bool__(self): return False
    def __iter__(self): return iter(self.items)
kept = Box()
def f(): return kept
"""
    with calling(program) as caller:
        caller.answer()
        box = caller.ask("name", "f")()
        assert isinstance(box, Remote)
        box["a"] = 1
        assert (box["a"], len(box), bool(box), list(box)) == (1, 1, False, ["a"])
        box.colour = "red"
        assert box.colour == "red"
        again = caller.ask("name", "f")()
        assert box == again
        assert hash(box) == hash(again)
        with pytest.raises(KeyError):
            box["b"]


def test_an_object_is_equal_to_itself_alone_whatever_it_says() -> None:
    program = "class A:\n    def __eq__(self, other): return True\n    __hash__ = None\ndef f(): return A()"
    with calling(program) as caller:
        caller.answer()
        first, second = caller.ask("name", "f")(), caller.ask("name", "f")()
        assert first != 1
        assert first != second


def test_only_plain_data_can_be_handed_to_the_program() -> None:
    with calling("def f(x): return x") as caller:
        caller.answer()
        with pytest.raises(TypeError, match="a function cannot be handed"):
            caller.ask("name", "f")(lambda: 1)


def test_exceptions_of_the_program_are_ordinary_builtin_ones() -> None:
    assert isinstance(raised("KeyError", "a", ends=False), KeyError)
    for name in ("SystemExit", "KeyboardInterrupt", "eval", "OwnError", "UnicodeDecodeError", "StopAsyncIteration"):
        assert type(raised(name, "why", ends=False)) is RuntimeError


def test_a_loop_is_ended_only_by_the_object_that_it_runs_over() -> None:
    assert isinstance(raised("StopIteration", "", ends=True), StopIteration)
    assert isinstance(raised("StopIteration", "", ends=False), RuntimeError)


def test_after_the_programs_end_no_test_passes() -> None:
    with calling("def f(x): return x") as caller:
        caller.answer()
        caller.wire.ended = True
        said = run(caller, "assert f(1) == 2", "assert f(1) == 1")
    assert said[:-1] == [("test", {"number": 0, "passed": False, "note": asserts.ENDED})]


def test_an_exception_is_a_line_of_bounded_length() -> None:
    assert described(ValueError()) == "ValueError"
    assert described(ValueError("why")) == "ValueError: why"
    assert len(described(ValueError("x" * 10_000))) <= asserts.NOTE_CHARACTERS
