"""Programs in text: the one that an answer hands in, and what pieces of Python define and use."""

from __future__ import annotations

import ast
import builtins
import re
import sys
import textwrap
import warnings
from collections.abc import Iterable

_OPENS = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*(.*?)[ \t]*")
_PYTHON = re.compile(r"\{?\.?(?:python|py)(?:3|2|thon)?(?:[\d.]*)(?![\w+#-])", re.IGNORECASE)
"""```python, ```py, ```Python3, ```python title="x", ```{.python}."""


def program_in(answer: str) -> str:
    """The program that an answer hands in; "" if there is nothing at all.

    The last block that is fenced as Python; else the last whose fence says no language; else, if there is no fence, the
    answer as it stands. A fence that is never closed reaches to the end.
    """
    text = answer.replace("\r\n", "\n").replace("\r", "\n")
    blocks = _blocks(text)
    for wanted in (_PYTHON.match, lambda tag: not tag):
        fitting = [code for tag, code in blocks if wanted(tag)]
        if fitting:
            return fitting[-1] if fitting[-1].strip() else ""
    return "" if blocks or not text.strip() else text.strip("\n")


def _blocks(text: str) -> list[tuple[str, str]]:
    """(what the fence says, code) of all fenced blocks."""
    blocks: list[tuple[str, list[str], str]] = []  # (what the fence says, lines, indentation)
    fence = ""
    for line in text.split("\n"):
        match = _OPENS.fullmatch(line)
        if not fence and match and "`" not in match[3]:
            fence = match[2]
            blocks.append((match[3], [], match[1]))
        elif fence and match and match[2].startswith(fence) and not match[3]:
            fence = ""
        elif fence:
            blocks[-1][1].append(line)
    programs = []
    for tag, lines, indent in blocks:
        code = "\n".join([*lines, ""])
        # A block in a list is indented as a whole; one that begins deeper for itself is a function's body.
        programs.append((tag, textwrap.dedent(code) if indent else code))
    return programs


def defined_names(code: str) -> tuple[str, ...]:
    """What Python code defines at its top: functions, classes, variables; not imports. Nothing if it is broken."""
    names: list[str] = []
    for statement in parsed_code(code).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            names += [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return tuple(dict.fromkeys(names))


def used_names(pieces: Iterable[str]) -> tuple[str, ...]:
    """What pieces of Python read without ever binding it, by name."""
    nodes = [node for piece in pieces for node in ast.walk(parsed_code(piece))]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    bound |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    aliases = [n for n in nodes if isinstance(n, ast.alias)]  # of import statements
    bound |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
    return tuple(sorted({n.id for n in names} - bound))


def split_names(used: Iterable[str], defined: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the names that tests use: those that the program must define, and those of modules.

    `defined`: what a reference solution defines; it decides where a program shares a name with a builtin (`sum`).
    """
    used, defined = tuple(used), frozenset(defined)
    modules = tuple(n for n in used if n in sys.stdlib_module_names and n not in defined)
    given = frozenset(dir(builtins)).union(modules) - defined
    return tuple(n for n in used if n not in given), modules


def parsed_code(code: str) -> ast.Module:
    """Python code as a tree; an empty one if it is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escape sequences, say: it is other people's code
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])
