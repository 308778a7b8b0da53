"""The `r1` command: the app, `r1 run` and `r1 train`, and what a person reads when something went wrong.

The other commands are in `commands/`, one file each or a family of them, the flags in `commands/flags.py`.

Exit codes: 0 done; 1 a stage failed (or a bug); 2 a mistake in what was asked for; 130 interrupted. Only typer is
imported here; Hydra loads when a command composes, torch when a stage runs.
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.exceptions import TyperException

from r1cli.errors import ConfigError, R1Error, StageFailed
from r1cli.terminal import commands
from r1cli.terminal.options import (
    Cfg,
    ConfigDir,
    DryRun,
    Family,
    Info,
    Multirun,
    Overrides,
    Package,
    Resolve,
    RunCommand,
    TrainCommand,
)

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.config.compose import Command

OK, FAILED, MISTAKE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141
HYDRA_FLAGS = ("--hydra-help", "--version", "--config-name", "--config-path", "--experimental-rerun", "--run")
TO_HYDRA = {"allow_extra_args": True, "ignore_unknown_options": True}

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


@app.command(cls=RunCommand, context_settings=TO_HYDRA)
def run(
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
) -> None:
    """Run a recipe, stage after stage; what the store has is reused, what was interrupted goes on.

    [cyan]r1 run[/] · [cyan]r1 run recipe=r1_zero[/] · [cyan]r1 run until=reasoning_rl scale=smoke[/] ·
    [cyan]r1 run stages.coldstart.trainer.learning_rate=1e-4[/] · [cyan]r1 run -m seed=0,1,2[/] ·
    [cyan]r1 run -m experiment=r1_vs_zero --dry-run[/]

    With -m, what cells share is trained once, a cell that fails stops no other, and the same line again goes on.
    """
    given = {"--cfg": cfg, "--package": package, "--info": info, "--config-dir": config_dir}
    _to_hydra("run", [*(overrides or []), *ctx.args], given, {"--multirun": multirun, "--resolve": resolve}, dry_run)


@app.command(cls=TrainCommand, context_settings=TO_HYDRA)
def train(
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
) -> None:
    """Train one stage; what it starts from is made first if the store does not have it.

    [cyan]r1 train stage=coldstart[/] · [cyan]r1 train stage=reasoning_rl reward.weights.language=0.2[/] ·
    [cyan]r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3[/] ·
    [cyan]r1 train stage=coldstart data=jsonl data.path=my.jsonl init=Qwen/Qwen2.5-0.5B model=qwen2.5-0.5b[/]
    """
    given = {"--cfg": cfg, "--package": package, "--info": info, "--config-dir": config_dir}
    _to_hydra("train", [*(overrides or []), *ctx.args], given, {"--multirun": multirun, "--resolve": resolve}, dry_run)


for found in pkgutil.iter_modules(commands.__path__):  # one file, one command: no list to keep
    module = importlib.import_module(f"{commands.__name__}.{found.name}")
    if isinstance(group := getattr(module, "commands", None), typer.Typer):
        app.add_typer(group)


def work(config: DictConfig) -> float | None:
    """What a Hydra job does; module-level, because launchers pickle it by its name. Returns what a search goes by."""
    from r1cli.config import compose
    from r1cli.engine.execute import execute
    from r1cli.results import table
    from r1cli.store.store import Store
    from r1cli.sweep.by_hydra import HydraCell
    from r1cli.terminal import sweeps
    from r1cli.terminal.progress import LiveLines, Progress
    from r1cli.terminal.views import comparison

    composed = compose.composed_here(config)
    if (cell := HydraCell.here(composed)) is not None:
        return sweeps.run_hydra_cell(cell, lambda: compose.job_from(composed), str(config.objective))
    with LiveLines() as lines:
        events = execute(compose.job_from(composed), Progress(lines))
    fingerprints = {event.fingerprint for event in events}
    if rows := table.of_store(Store(Path(config.paths.store)), fingerprints):
        comparison.table(rows)
    return None


def run_line(argv: Sequence[str]) -> int:
    """One command line; returns the exit code. All that a person reads of an error is said here."""
    from r1cli.terminal import console

    warnings.simplefilter("ignore")
    try:
        code = app(args=list(argv), standalone_mode=False, prog_name="r1")
        sys.stdout.flush()
    except SystemExit as e:
        code = BROKEN_PIPE if isinstance(e.__context__, BrokenPipeError) else e.code
    except BrokenPipeError:
        code = BROKEN_PIPE
    except TyperException as e:
        code = _usage(e, argv)
    except Exception as e:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        code = _told(e, argv)
    if code == INTERRUPTED:
        console.note(f"stopped; to go on: r1 {shlex.join(argv)}")
    if code == BROKEN_PIPE:
        # Nobody reads any more; Python must not find that out again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code if isinstance(code, int) else FAILED if code else OK


def _to_hydra(
    command: Command,
    line: list[str],
    given: Mapping[str, str | None],
    switches: Mapping[str, bool],
    dry_run: bool,
) -> None:
    """Hand over to Hydra in the order that it understands: overrides first, flags last."""
    from r1cli.config.compose import through_hydra
    from r1cli.terminal import sweeps

    _refuse_unknown_flags([a for a in line if a.startswith("-")])
    overrides = [a for a in line if not a.startswith("-")]
    folders = [Path(folder)] if (folder := given["--config-dir"]) else []
    looking = given["--cfg"] is not None or given["--info"] is not None
    if dry_run:
        return sweeps.dry_run(command, overrides, folders=folders, multirun=switches["--multirun"])
    flags = [part for flag, value in given.items() if value is not None for part in (flag, value)]
    flags += [*(a for a in line if a.startswith("-")), *(flag for flag, on in switches.items() if on)]
    if switches["--multirun"] and looking:
        raise ConfigError("-m: --cfg and --info print one configuration", hint="leave -m out, or see --dry-run")
    if switches["--multirun"]:
        return sweeps.run(
            command,
            overrides,
            folders=folders,
            hand_over=lambda line: through_hydra(work, command, line),
            flags=flags,
        )
    return through_hydra(work, command, [*overrides, *flags])


def _refuse_unknown_flags(flags: Sequence[str]) -> None:
    from r1cli.text import did_you_mean

    known = [*HYDRA_FLAGS, "--multirun", "--cfg", "--package", "--resolve", "--info", "--config-dir", "--help"]
    for flag in flags:
        name = flag.partition("=")[0]
        if name not in known:
            raise ConfigError(
                f"{name}: there is no such flag", hint=did_you_mean(name, known) or "r1 run --help lists them"
            )


def _usage(error: TyperException, argv: Sequence[str]) -> int:
    """A mistake in flags or arguments, as typer found it."""
    from r1cli.terminal import console

    told: Callable[[], str] = getattr(error, "format_message", lambda: str(error))
    message = told().replace("Value error, ", "").partition(" Did you mean ")[0]
    if message:  # without arguments the help was printed, and that is all
        console.error(R1Error(message, hint=_meant(message, getattr(error, "ctx", None), argv)))
    return MISTAKE


def _meant(message: str, ctx: typer.Context | None, argv: Sequence[str]) -> str:
    """The flag, command or choice that was meant, or where they are listed."""
    from r1cli.text import did_you_mean

    command: Any = ctx.command if ctx is not None else None
    wrong, _, choices = message.partition(" is not one of ")
    known = re.findall(r"'([^']+)'", choices)
    if not known and command is not None:
        known = [option for param in command.params for option in param.opts] + [*getattr(command, "commands", ())]
    words = re.findall(r"No such \w+:? '?([^\s']+)|'([^']+)'$", wrong)
    hints = [did_you_mean(word.rstrip("."), known) for pair in words for word in pair if word]
    name = f" {argv[0]}" if argv and not argv[0].startswith("-") and not hasattr(command, "commands") else ""
    return next(filter(None, hints), f"see r1{name} --help")


def _told(error: Exception, argv: Sequence[str]) -> int:
    """Print an exception as a person needs it; returns the exit code."""
    from r1cli.terminal import console

    known = error if isinstance(error, R1Error) else _in_our_words(error, argv)
    if known is None:
        _print_bug(error)
        return FAILED
    console.error(known)
    return FAILED if isinstance(known, StageFailed) else MISTAKE


def _in_our_words(error: Exception, argv: Sequence[str]) -> R1Error | None:
    if "hydra" not in sys.modules:
        return None
    from r1cli.config.catalogue import groups, options
    from r1cli.config.mistakes import Known, of_hydra

    return of_hydra(error, Known(lambda: _known_keys(argv), groups, options))


def _known_keys(argv: Sequence[str]) -> dict[str, object]:
    """Keys that the line could have meant: those of the groups that it chooses, its other overrides left out."""
    from r1cli.config.catalogue import groups
    from r1cli.config.compose import command_of, known_keys

    names = groups()
    chosen = [a.partition(",")[0] for a in argv if a.partition("=")[0].partition("@")[0].lstrip("+") in names]
    command = "train" if argv[0] == "train" else command_of(chosen)
    for attempt in (chosen, chosen[:1], []):
        try:
            return known_keys(command, attempt)
        except Exception:  # noqa: BLE001, S112  (a hint must not fail because the line is wrong in another place too)
            continue
    return {}


def _print_bug(error: Exception) -> None:
    """The traceback from our own first frame on: Hydra's frames tell nothing."""
    from r1cli.terminal import console

    here = error.__traceback__
    while here is not None and here.tb_frame.f_code is not work.__code__:
        here = here.tb_next
    lines = traceback.format_exception(type(error), error, here or error.__traceback__)
    console.trace("".join(lines))
