"""What TAB offers. The shell asks `r1 _complete SHELL LINE`, and is answered before typer, Hydra or pydantic load.

Three parts: `grammar` knows what may stand where on a line, and takes what exists (commands, groups, keys, values) from
`cache`; what the cache does not have `from_typer` and `from_hydra` find out, once for each state of `conf/` and of the
code. Everything but these two needs a few modules of the standard library only: a TAB is mostly the start of Python.
For the same reason these modules set `TYPE_CHECKING = False` themselves, which type checkers understand: importing
`typing` would take longer than the answer.

A shell is no place for a traceback: whatever goes wrong here gives no suggestions, and `R1_COMPLETION_DEBUG=<file>`
collects what it was.
"""

from __future__ import annotations

import gc
import os


def main(argv: list[str]) -> None:
    """Answer the shell on stdout: `argv` is its name, the line up to the cursor, and for bash $COMP_WORDBREAKS."""
    gc.disable()
    try:
        answer = _answer(*argv)
    except Exception:  # noqa: BLE001  (the line that a person is typing must survive any mistake of ours)
        _note_failure()
        return
    os.write(1, os.fsencode(answer))


def _answer(shell: str, line: str, breaks: str = "") -> str:
    from r1cli.terminal.completion.grammar import candidates
    from r1cli.terminal.completion.shells import reply, split

    words, word = split(line)
    return reply(shell, word, candidates(words, word.text), breaks)


def _note_failure() -> None:
    if path := os.environ.get("R1_COMPLETION_DEBUG"):
        import traceback

        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123  (pathlib costs as much as all the rest)
            traceback.print_exc(file=file)
