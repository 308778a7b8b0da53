"""Programs that are judged by running them: HumanEval, MBPP, contest problems with stdin and stdout.

The paper's code rewards come from a compiler with predefined test cases (V2 2.2): all pass, or the answer is wrong.
Programs run in a sandbox, several at once; see r1cli/verify/sandbox/run.py for what it keeps from them, and from us.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

from r1cli import machine
from r1cli.data.rows import Row
from r1cli.data.source import Record
from r1cli.language.consistency import detect_language
from r1cli.tasks.code.compare import Comparison, same_output
from r1cli.tasks.code.formats import tests_of
from r1cli.tasks.code.programs import program_in
from r1cli.tasks.records import RecordTask
from r1cli.template import Completion
from r1cli.verify.outcome import NOT_APPLICABLE, Outcome
from r1cli.verify.sandbox.run import Executor, Limits, Sandbox, Strictness, Trial
from r1cli.verify.sandbox.verdict import Report


class Code(RecordTask):
    """Columns by name: `prompt`, and one of four kinds of tests.

    - `tests`: a list of asserts; where there, `setup` and `reference` (a solution, which names what tests may call)
    - `check` and `entry_point`: HumanEval's form; `prompt` is the beginning of the program, `reference` its rest
    - `inputs` and `outputs`: two lists of texts, or `cases`, which holds both (as in APPS and LiveCodeBench). A case
      passes if all that is printed agrees, see `compare`
    - the same with `func_name`: an input is the function's arguments, JSON line by line; an output its result

    Lists may be written as JSON.

    The program is the last block of the answer part that is fenced as Python, or without a language; else all of it.
    """

    VOTES: ClassVar[bool] = False
    NOT_IDENTITY: ClassVar[frozenset[str]] = frozenset({"sandbox", "executor"})

    language: str | None
    """Of all prompts; None: the mapped column, else told from the script."""
    instruction: str
    """What is asked, with {prompt} and {tests} in it."""
    grading: Literal["all", "fraction"]
    """all: 1 if every test passes, else 0; fraction: the share that passes."""
    sandbox: Strictness
    """require: bubblewrap or nothing; auto: the strongest sandbox that works here; subprocess: a weaker one."""
    limits: Limits
    """Of one program."""
    compare: Comparison = "text"
    """When what a program prints is right. text: line by line, apart from blanks at the end of lines and of the whole;
    numbers: as in LiveCodeBench, lines without blanks around them, or the same decimal numbers on them."""
    executor: Executor | None = None
    """Where programs run instead; None: here."""

    def rows(self) -> list[Row]:
        if self.sandbox == "require":
            self._executor().check()  # before anything is trained with them
        return super().rows()

    def preflight(self) -> None:
        super().preflight()
        self._executor().check()

    def record(self) -> dict[str, str]:
        """`code.sandbox`: bubblewrap, namespaces, subprocess, or the executor's class."""
        executor = self._executor()
        return {"code.sandbox": executor.mode().name if isinstance(executor, Sandbox) else type(executor).__name__}

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        """All at once, as many at a time as this process has cores for itself.

        Raises:
            ConfigError: programs cannot be run here, or not as safely as `sandbox` asks.
        """
        self._executor().check()
        with ThreadPoolExecutor(machine.share()) as pool:
            judged = [pool.submit(self._judged, c, r) for c, r in zip(completions, rows, strict=True)]
            try:
                return [one.result() for one in judged]
            except BaseException:  # Ctrl-C: what waits shall not be run
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _judged(self, completion: Completion, row: Row) -> Outcome:
        if not _has_tests(row.meta):
            return NOT_APPLICABLE
        program = program_in(completion.answer)
        if not program:
            return Outcome(0.0, "unparseable", note="no program")
        trial = _trial(program, row.meta)
        try:
            report = self._executor().run(trial, self.limits)
        except Exception as e:  # noqa: BLE001  (an executor from elsewhere; its fault must not be the completion's)
            return Outcome(None, "crashed", program, f"{type(e).__name__}: {e}")
        return self._outcome(program, report, row.meta)

    def _outcome(self, program: str, report: Report, meta: dict[str, Any]) -> Outcome:
        if report.how == "broken":
            return Outcome(None, "crashed", program, report.note)
        if report.how != "done":
            return Outcome(0.0, "timed_out" if report.how == "timed_out" else "unparseable", program, report.note)
        passed = report.passed if meta.get("outputs") is None else self._right_outputs(report, meta["outputs"])
        if len(passed) != len(meta.get("outputs") or meta["tests"]):
            return Outcome(None, "crashed", program, f"{len(passed)} verdicts came back")
        share = sum(passed) / len(passed)
        value = share if self.grading == "fraction" else float(all(passed))
        return Outcome(value, "scored", program, f"{sum(passed)} of {len(passed)} tests pass. {report.note}".strip())

    def _right_outputs(self, report: Report, outputs: Sequence[str]) -> tuple[bool, ...]:
        """For each case; one that was not reached is wrong."""
        missing = len(outputs) - len(report.printed)
        printed = zip(report.printed, outputs, strict=False)
        right = [p.ended_well and same_output(p.output, wanted, self.compare) for p, wanted in printed]
        return tuple(right + [False] * missing)

    def _executor(self) -> Executor:
        return self.executor or Sandbox(strictness=self.sandbox)

    def tests_of(self, record: Record, prompt: str) -> dict[str, Any]:
        """What `Row.meta` holds of a record's tests, as JSON; nothing if it has none.

        Raises:
            DataError: they cannot be read.
        """
        return tests_of(record, prompt)

    def row(self, record: Record) -> Row:
        prompt = record.text("prompt")
        meta = self.tests_of(record, prompt)
        parts = {"{prompt}": prompt.strip(), "{tests}": "\n".join(meta.get("tests", ())).strip()}
        return Row(
            id=record.id,
            prompt=re.sub(r"\{(?:prompt|tests)\}", lambda match: parts[match[0]], self.instruction),
            language=self.language or record.optional_text("language") or detect_language(prompt),
            answer=record.optional_text("reference"),
            demonstration=record.optional_text("demonstration"),
            meta=meta,
            task=self,
        )


def _has_tests(meta: dict[str, Any]) -> bool:
    return bool(meta.get("tests") or meta.get("outputs"))


def _trial(program: str, meta: dict[str, Any]) -> Trial:
    if meta.get("outputs"):
        return Trial(program, prelude=meta.get("prelude", ""), inputs=tuple(meta["inputs"]))
    return Trial(
        program,
        prelude=meta.get("prelude", ""),
        names=tuple(meta["names"]),
        modules=tuple(meta["modules"]),
        setup=meta.get("setup", ""),
        tests=tuple(meta["tests"]),
    )
