"""The `r1` command: parse, call, print.

Exit codes: 0 done; 1 a stage failed (or a bug); 2 a mistake in what was asked for; 130 interrupted. Only typer is
imported here; Hydra loads when a command composes, torch when a stage runs.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from r1cli.errors import ConfigError, R1Error, StageFailed

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from r1cli.compose import Command
    from r1cli.job import Job
    from r1cli.pipeline import Event

OK, FAILED, MISTAKE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141
FOLLOW_S = 0.5  # between two looks at a growing log
HYDRA_FLAGS = ("--hydra-help", "--version", "--config-name", "--config-path", "--experimental-rerun", "--run")

app = typer.Typer(
    name="r1",
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


class HydraCommand(TyperCommand):
    """A command whose help ends with the groups that GROUP=OPTION chooses from."""

    shown: tuple[str, ...] = ()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        from r1cli import display
        from r1cli.groups import options

        display.groups({group: options(group) for group in self.shown})


class RunCommand(HydraCommand):
    """`r1 run`."""

    shown = ("recipe", "model", "scale", "task", "hardware", "tracking", "experiment")


class TrainCommand(HydraCommand):
    """`r1 train`."""

    shown = ("stage", "data", "model", "scale", "task", "hardware", "tracking", "experiment")


class What(StrEnum):
    """What `r1 ls` lists."""

    recipes = "recipes"
    stages = "stages"
    models = "models"
    tasks = "tasks"
    rewards = "rewards"
    scales = "scales"
    data = "data"
    hardware = "hardware"

    @property
    def group(self) -> str:
        """The folder of conf/."""
        return self.value.removesuffix("s")


PANEL = "Hydra"
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="OVERRIDE", help="KEY=VALUE, GROUP=OPTION, +new.key=VALUE, ~key", show_default=False),
]
Multirun = Annotated[
    bool,
    typer.Option("--multirun", "-m", help="Run every combination of comma-separated values.", rich_help_panel=PANEL),
]
Cfg = Annotated[
    Literal["job", "hydra", "all"] | None,
    typer.Option(
        "--cfg", "-c", metavar="job|hydra|all", help="Print the configuration and exit.", rich_help_panel=PANEL
    ),
]
Package = Annotated[
    str | None, typer.Option("--package", "-p", help="With --cfg: only this part of it.", rich_help_panel=PANEL)
]
Resolve = Annotated[bool, typer.Option("--resolve", help="With --cfg: fill in ${...}.", rich_help_panel=PANEL)]
Info = Annotated[
    Literal["all", "config", "defaults", "defaults-tree", "plugins", "searchpath"] | None,
    typer.Option(
        "--info",
        "-i",
        metavar="WHAT",
        help="How the configuration is put together: defaults-tree, searchpath, ...",
        rich_help_panel=PANEL,
    ),
]
ConfigDir = Annotated[
    str | None, typer.Option("--config-dir", "-cd", help="A folder with more YAML.", rich_help_panel=PANEL)
]
Json = Annotated[bool, typer.Option("--json", help="Plain data for programs.")]
TO_HYDRA = {"allow_extra_args": True, "ignore_unknown_options": True}


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
) -> None:
    """Run a recipe, stage after stage; what the store has is reused, what was interrupted goes on.

    [cyan]r1 run[/] · [cyan]r1 run recipe=r1_zero[/] · [cyan]r1 run until=reasoning_rl scale=smoke[/] ·
    [cyan]r1 run stages.coldstart.trainer.learning_rate=1e-4[/] · [cyan]r1 run -m seed=0,1,2[/]
    """
    given = {"--cfg": cfg, "--package": package, "--info": info, "--config-dir": config_dir}
    _to_hydra("run", [*(overrides or []), *ctx.args], given, {"--multirun": multirun, "--resolve": resolve})


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
) -> None:
    """Train one stage; what it starts from is made first if the store does not have it.

    [cyan]r1 train stage=coldstart[/] · [cyan]r1 train stage=reasoning_rl reward.weights.language=0.2[/] ·
    [cyan]r1 train -m stage=reasoning_rl reward.weights.language=0,0.1,0.3[/] ·
    [cyan]r1 train stage=coldstart data=jsonl data.path=my.jsonl init=Qwen/Qwen2.5-0.5B model=qwen2.5-0.5b[/]
    """
    given = {"--cfg": cfg, "--package": package, "--info": info, "--config-dir": config_dir}
    _to_hydra("train", [*(overrides or []), *ctx.args], given, {"--multirun": multirun, "--resolve": resolve})


@app.command()
def plan(overrides: Overrides = None, json: Json = False, config_dir: ConfigDir = None) -> None:
    """What `r1 run` (or, with stage=, `r1 train`) would do, and why a result is to be made again.

    [cyan]r1 plan[/] · [cyan]r1 plan recipe=distill[/] · [cyan]r1 plan stage=coldstart trainer.learning_rate=1e-4[/]
    """
    from r1cli import display, pipeline

    rows = pipeline.plan(_job(overrides, config_dir))
    keys = ("node", "kind", "fingerprint", "state", "reasons", "seconds", "path")
    if json:
        return display.as_json([{k: getattr(r, k) for k in keys} for r in rows])
    return display.plan(rows)


@app.command("ls")
def list_options(what: What, json: Json = False) -> None:
    """The options of a group, with one line about each.

    [cyan]r1 ls recipes[/]
    """
    from r1cli import display
    from r1cli.groups import options

    rows = [{"name": name, "help": line} for name, line in options(what.group).items()]
    display.as_json(rows) if json else display.listing(rows)


@app.command()
def show(
    node: Annotated[str, typer.Argument(metavar="NODE", help="As `r1 plan` names it.")],
    overrides: Overrides = None,
    json: Json = False,
    config_dir: ConfigDir = None,
) -> None:
    """The whole configuration of one node, every reference filled in.

    [cyan]r1 show reasoning_rl[/] · [cyan]r1 show coldstart scale=paper[/]
    """
    from r1cli import display

    job = _job_with(node, list(overrides or []), config_dir)
    config = job.stages[node].config()
    if json:
        return display.as_json(config)
    import yaml

    return display.text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=110))


@app.command()
def status(overrides: Overrides = None, json: Json = False) -> None:
    """What is in the store: results, and what runs or was interrupted.

    [cyan]r1 status paths.store=outputs/store[/]
    """
    from r1cli import display, pipeline

    keys = ("node", "kind", "fingerprint", "state", "seconds", "path")
    rows: list[dict[str, Any]] = [{k: getattr(r, k) for k in keys} for r in pipeline.status(_store(overrides))]
    if json:
        return display.as_json(rows)
    for row in rows:
        row |= {"fingerprint": row["fingerprint"][:16], "seconds": display.seconds(row["seconds"])}
        del row["path"]
    return display.listing(rows, empty=f"nothing in {_store(overrides)} yet: try r1 run")


@app.command()
def logs(
    node: Annotated[str, typer.Argument(metavar="NODE")],
    overrides: Overrides = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as long as the stage runs.")] = False,
) -> None:
    """The newest log of a node.

    [cyan]r1 logs reasoning_rl -f[/]
    """
    from r1cli import display, pipeline

    path = pipeline.log_path(_store(overrides), node)
    for piece in _growing(path) if follow else [path.read_text("utf-8", errors="replace")]:
        display.text(piece)


@app.command()
def compare(
    overrides: Overrides = None,
    json: Json = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also older results, and those that were asked other questions.")
    ] = False,
) -> None:
    """The evaluated checkpoints side by side, as the paper's stage table: the newest of each, asked the same questions.

    [cyan]r1 compare[/] · [cyan]r1 compare --json[/] · [cyan]r1 compare paths.store=outputs/store[/]
    """
    from r1cli import comparison, display
    from r1cli.store import Store

    rows = comparison.compare(Store(_store(overrides)), everything=everything)
    if json:
        return display.as_json(rows)
    if not rows:
        return display.note(f"no evaluation in {_store(overrides)} yet: try r1 run")
    return display.comparison(rows, comparison.LABELS)


@app.command()
def doctor(overrides: Overrides = None, json: Json = False) -> None:
    """What this machine has: cores, memory, room, GPUs, versions, W&B login."""
    from r1cli import display
    from r1cli.doctor import examine

    rows = examine(_store(overrides))
    display.as_json(rows) if json else display.listing(rows)


@app.command()
def gc(
    overrides: Overrides = None,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete it; without this it is only listed.")] = False,
    keep: Annotated[int, typer.Option(help="Newest runs of each recipe or stage whose results stay.", min=0)] = 3,
    days: Annotated[float, typer.Option(help="Unfinished work stays if it is younger than this.", min=0)] = 7,
) -> None:
    """List what no recent run uses, and delete it.

    [cyan]r1 gc[/] · [cyan]r1 gc --yes --keep 1[/]
    """
    from r1cli import display, runs
    from r1cli.store import Store

    store = Store(_store(overrides))
    kept: dict[str, int] = {}
    fingerprints: list[str] = []
    for past in runs.recent(store.root):
        kept[past.name] = kept.get(past.name, 0) + 1
        if kept[past.name] <= keep:
            fingerprints += past.nodes.values()
    found = store.garbage(fingerprints, partials_older_than_s=days * 86400)
    rows: list[dict[str, Any]] = [{"path": str(g.path), "why": g.why, "bytes": g.size} for g in found]
    if yes:
        freed = store.remove(found)
        display.note(f"{display.size(freed)} freed")
    if json:
        return display.as_json(rows)
    listed = [{"entry": Path(r["path"]).name, "why": r["why"], "size": display.size(r["bytes"])} for r in rows]
    display.listing(listed, empty="nothing to delete")
    if rows and not yes:
        display.note(f"{display.size(sum(g.size for g in found))} in all; r1 gc --yes deletes it")
    return None


def work(config: DictConfig) -> None:
    """What a Hydra job does; module-level, because launchers pickle it by its name."""
    import gc as collector

    from r1cli import comparison, compose, display, pipeline
    from r1cli.store import Store

    try:
        job = compose.job_from(compose.composed_here(config))
        collector.enable()
        with display.Progress() as progress:
            results = pipeline.execute(job, on_event=lambda e: _tell(e, progress, job), show=progress)
    except Exception as e:
        # A traceback does not survive the trip home from another process; a note on the exception does.
        if not isinstance(e, R1Error):
            e.add_note(traceback.format_exc())
        raise
    made = {r.fingerprint for r in results}
    if rows := comparison.compare(Store(job.store), only=made):
        display.comparison(rows, comparison.LABELS)


def run_line(argv: Sequence[str]) -> int:
    """One command line; returns the exit code. All that a person reads of an error is said here."""
    from r1cli import display

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
        display.note(f"stopped; to go on: r1 {shlex.join(argv)}")
    if code == BROKEN_PIPE:
        # Nobody reads any more; Python must not find that out again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code if isinstance(code, int) else FAILED if code else OK


def _to_hydra(command: Command, line: list[str], given: Mapping[str, str | None], switches: Mapping[str, bool]) -> None:
    """Hand over to Hydra in the order that it understands: overrides first, flags last."""
    from r1cli.compose import through_hydra

    _refuse_unknown_flags([a for a in line if a.startswith("-")])
    flags = [part for flag, value in given.items() if value is not None for part in (flag, value)]
    through_hydra(work, command, [*line, *flags, *(flag for flag, on in switches.items() if on)])


def _refuse_unknown_flags(flags: Sequence[str]) -> None:
    from r1cli.hints import near

    known = [*HYDRA_FLAGS, "--multirun", "--cfg", "--package", "--resolve", "--info", "--config-dir", "--help"]
    for flag in flags:
        name = flag.partition("=")[0]
        if name not in known:
            raise ConfigError(f"{name}: there is no such flag", hint=near(name, known) or "r1 run --help lists them")


def _job(overrides: list[str] | None, config_dir: str | None) -> Job:
    from r1cli import compose

    lines = list(overrides or [])
    with compose.looking_up():
        return compose.job_from(compose.look_up(_command_of(lines), lines, folders=_folders(config_dir)))


def _job_with(node: str, overrides: list[str], config_dir: str | None) -> Job:
    """The job that `overrides` ask for; if nobody chose one, a job that has `node`."""
    from r1cli.groups import options
    from r1cli.hints import near

    chosen = any(o.startswith(("recipe=", "stage=")) for o in overrides)
    job = _job(overrides, config_dir)
    stage = node.removeprefix("eval_")
    if node not in job.stages and not chosen and stage in options("stage", *_folders(config_dir)):
        job = _job([f"stage={stage}", *overrides], config_dir)
    if node not in job.stages:
        known = list(job.stages)
        raise ConfigError(f"{job.name} has no node '{node}'", hint=near(node, known) or f"nodes: {', '.join(known)}")
    return job


def _folders(config_dir: str | None) -> list[Path]:
    return [Path(config_dir)] if config_dir else []


def _command_of(overrides: Sequence[str]) -> Command:
    return "train" if any(o.startswith("stage=") for o in overrides) else "run"


def _store(overrides: list[str] | None) -> Path:
    from r1cli.compose import store_of

    for line in overrides or []:
        if not line.startswith("paths."):
            raise ConfigError(f"{line}: this command takes paths.store= only", hint="leave it out")
    return store_of(overrides or [])


def _growing(path: Path) -> Iterator[str]:
    """A log as it grows, until its folder is published (that is, moved) or abandoned."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while True:
            if piece := file.read():
                yield piece
            elif ".partial" not in path.parts or not path.exists():
                return
            else:
                time.sleep(FOLLOW_S)


def _tell(event: Event, progress: Any, job: Job) -> None:
    """One line for what just happened to a node."""
    from r1cli import display

    progress.close()
    took = display.seconds(event.seconds)
    upstream = bool(job.targets) and event.node not in job.targets
    said = {
        "reused": f"stored, took {took}",
        "made": f"done in {took}",
        "started": "first, because another stage starts from it" if upstream else "starts",
        "resumed": "goes on from its checkpoint",
        "waiting": f"waits for process {event.holder.pid} on {event.holder.host}" if event.holder else "waits",
    }
    progress.note(f"{event.node:<18} {event.kind:<18} {said[event.what]}")


def _usage(error: TyperException, argv: Sequence[str]) -> int:
    """A mistake in flags or arguments, as typer found it."""
    from r1cli import display

    told: Callable[[], str] = getattr(error, "format_message", lambda: str(error))
    message = told().replace("Value error, ", "").partition(" Did you mean ")[0]
    if message:  # without arguments the help was printed, and that is all
        display.error(R1Error(message, hint=_meant(message, getattr(error, "ctx", None), argv)))
    return MISTAKE


def _meant(message: str, ctx: typer.Context | None, argv: Sequence[str]) -> str:
    """The flag, command or choice that was meant, or where they are listed."""
    from r1cli.hints import near

    command: Any = ctx.command if ctx is not None else None
    wrong, _, choices = message.partition(" is not one of ")
    known = re.findall(r"'([^']+)'", choices)
    if not known and command is not None:
        known = [option for param in command.params for option in param.opts] + [*getattr(command, "commands", ())]
    words = re.findall(r"No such \w+:? '?([^\s']+)|'([^']+)'$", wrong)
    hints = [near(word.rstrip("."), known) for pair in words for word in pair if word]
    name = f" {argv[0]}" if argv and not argv[0].startswith("-") and not hasattr(command, "commands") else ""
    return next(filter(None, hints), f"see r1{name} --help")


def _told(error: Exception, argv: Sequence[str]) -> int:
    """Print an exception as a person needs it; returns the exit code."""
    from r1cli import display

    known = error if isinstance(error, R1Error) else _in_our_words(error, argv)
    if known is None:
        _print_bug(error)
        return FAILED
    display.error(known)
    return FAILED if isinstance(known, StageFailed) else MISTAKE


def _in_our_words(error: Exception, argv: Sequence[str]) -> R1Error | None:
    if "hydra" not in sys.modules:
        return None
    from r1cli.groups import groups, options
    from r1cli.hints import Known, of_hydra

    return of_hydra(error, Known(lambda: _known_keys(argv), groups, options))


def _known_keys(argv: Sequence[str]) -> dict[str, object]:
    """Keys that the line could have meant: those of the groups that it chooses, its other overrides left out."""
    from r1cli.compose import known_keys
    from r1cli.groups import groups

    names = groups()
    chosen = [a.partition(",")[0] for a in argv if a.partition("=")[0].partition("@")[0].lstrip("+") in names]
    command = "train" if argv[0] == "train" else _command_of(chosen)
    for attempt in (chosen, chosen[:1], []):
        try:
            return known_keys(command, attempt)
        except Exception:  # noqa: BLE001, S112  (a hint must not fail because the line is wrong in another place too)
            continue
    return {}


def _print_bug(error: Exception) -> None:
    """The traceback from our own first frame on: Hydra's frames tell nothing."""
    from r1cli import display

    here = error.__traceback__
    while here is not None and here.tb_frame.f_code is not work.__code__:
        here = here.tb_next
    lines = traceback.format_exception(type(error), error, here or error.__traceback__)
    display.trace("".join(lines))
