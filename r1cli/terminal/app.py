"""The `r1` command: the app, `r1 run` and `r1 train`, and the exit codes.

What those two do is in `running.py`; the other commands are in `commands/`, one file each or a family of them; the
flags are in `options.py`. What a person reads when something went wrong is in `mistakes.py` (the configuration) and
`usage.py` (flags and arguments).

Exit codes: 0 done; 1 a stage failed (or a bug); 2 a mistake in what was asked for; 74 all done, but standard output
could not be written; 130 interrupted; 143 stopped as asked, with the work saved. Only typer is imported here; Hydra
loads when a command composes, torch when a stage runs.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import shlex
import sys
import traceback
import warnings
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from r1cli.errors import R1Error, StageFailed, Stopped
from r1cli.terminal import commands
from r1cli.terminal.options import (
    Cfg,
    ConfigDir,
    DryRun,
    Family,
    HydraCommand,
    Info,
    Multirun,
    Overrides,
    Package,
    Pilot,
    Resolve,
)
from r1cli.terminal.running import Request, carry_out
from r1cli.terminal.usage import usage_error

OK, FAILED, MISTAKE, UNWRITABLE, INTERRUPTED, BROKEN_PIPE, STOPPED = 0, 1, 2, 74, 130, 141, 143
OTHERS = re.compile(r"[/\\\\](typer|click|hydra)[/\\\\]")
"""Where the frames of other people's command lines come from."""
TO_HYDRA = {"allow_extra_args": True, "ignore_unknown_options": True}
RUN_HELP = """Run a recipe. Finished stages are reused; interrupted ones resume.

[cyan]r1 run[/] · [cyan]r1 run recipe=r1_zero[/] · [cyan]r1 run until=reasoning_rl scale=smoke[/] ·
[cyan]r1 run stages.coldstart.trainer.learning_rate=1e-4[/] · [cyan]r1 run -m seed=0,1,2[/] ·
[cyan]r1 run -m experiment=r1_vs_zero --dry-run[/]

With -m, stages that several cells share are trained once. A failed cell does not stop the others; run the same
command again to resume.
"""
TRAIN_HELP = """Train one stage. Missing upstream stages are built first.

[cyan]r1 train stage=coldstart[/] · [cyan]r1 train stage=reasoning_rl reward.weights.language=0.2[/] ·
[cyan]r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3[/] ·
[cyan]r1 train stage=coldstart data=jsonl data.path=my.jsonl init=Qwen/Qwen2.5-0.5B model=qwen2.5-0.5b[/]
"""

app = typer.Typer(
    name="r1",
    cls=Family,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Train a reasoning model the way DeepSeek-R1 was trained: four stages, each result kept and reused.

    [bold]r1 run[/] trains the whole recipe here and prints the comparison.

    [bold]r1 plan[/] says what it would do.

    Every number is a key: [cyan]r1 run stages.coldstart.trainer.learning_rate=1e-4[/]""",
)


def run_or_train(
    ctx: typer.Context,
    overrides: Overrides = None,
    *,
    multirun: Multirun = False,
    cfg: Cfg = None,
    package: Package = None,
    resolve: Resolve = False,
    info: Info = None,
    config_dir: ConfigDir = None,
    dry_run: DryRun = False,
    pilot: Pilot = False,
) -> None:
    """`r1 run` and `r1 train`: they take the same flags and differ in what their overrides are about."""
    request = Request(
        "train" if ctx.info_name == "train" else "run",
        [*(overrides or []), *ctx.args],
        multirun=multirun,
        cfg=cfg,
        package=package,
        resolve=resolve,
        info=info,
        config_dir=config_dir,
    )
    carry_out(request, dry_run=dry_run or pilot, pilot=pilot)


app.command("run", cls=HydraCommand, context_settings=TO_HYDRA, help=RUN_HELP)(run_or_train)
app.command("train", cls=HydraCommand, context_settings=TO_HYDRA, help=TRAIN_HELP)(run_or_train)

for module_info in pkgutil.iter_modules(commands.__path__):  # one file, one command: no list to keep
    module = importlib.import_module(f"{commands.__name__}.{module_info.name}")
    group = getattr(module, "commands", None)
    if isinstance(group, typer.Typer):
        app.add_typer(group)


def run_line(argv: Sequence[str]) -> int:
    """Run one command line and print whatever went wrong; returns the exit code."""
    from r1cli.terminal import console, streams

    warnings.simplefilter("ignore")
    code = _exit_code(argv)
    if code == INTERRUPTED:
        console.note(f"stopped; to resume: r1 {shlex.join(argv)}")
    if code == BROKEN_PIPE:
        streams.abandon()  # nobody reads any more
    return code


def _exit_code(argv: Sequence[str]) -> int:
    try:
        code = app(args=list(argv), standalone_mode=False, prog_name="r1")
        sys.stdout.flush()
    except SystemExit as e:
        code = BROKEN_PIPE if isinstance(e.__context__, BrokenPipeError) else e.code
    except BrokenPipeError:
        code = BROKEN_PIPE
    except KeyboardInterrupt:  # typer turns most of them into a code, but not one that comes while it ends
        code = INTERRUPTED
    except TyperException as e:
        code = _report(usage_error(e, argv))
    except Exception as e:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        code = _report_exception(e)
    if isinstance(code, int):
        return code
    return FAILED if code else OK


def _report(error: R1Error | None) -> int:
    """Print an error as a person needs it; returns the exit code."""
    from r1cli.terminal import console

    if isinstance(error, Stopped):
        console.note(f"{error.message}; {error.hint}")
        return STOPPED
    if error is not None:
        console.error(error)
    return FAILED if isinstance(error, StageFailed) else MISTAKE


def _report_exception(error: Exception) -> int:
    from r1cli.terminal import streams

    if isinstance(error, OSError) and streams.is_broken():
        hint = "only what was to be printed is lost: what was trained is in the store"
        _report(R1Error(f"standard output cannot be written: {error.strerror}", hint=hint))
        return UNWRITABLE
    mistake = error if isinstance(error, R1Error) else None
    if "hydra" in sys.modules:  # else nothing was composed, and Hydra need not be loaded to ask what it said
        from r1cli.terminal.mistakes import in_plain_words

        mistake = in_plain_words(error) or mistake
    if mistake is None:
        _print_bug(error)
        return FAILED
    return _report(mistake)


def _print_bug(error: Exception) -> None:
    """A traceback without the frames of typer and Hydra at its head: they say nothing of the bug."""
    from r1cli.terminal import console

    head = first = error.__traceback__
    while head is not None:
        if OTHERS.search(head.tb_frame.f_code.co_filename) or head.tb_frame.f_code is _exit_code.__code__:
            first = head.tb_next
        head = head.tb_next
    lines = traceback.format_exception(type(error), error, first or error.__traceback__)
    console.trace("".join(lines))
