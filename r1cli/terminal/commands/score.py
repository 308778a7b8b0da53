"""`r1 score`: completions from a file, scored with the verifiers and rewards of training."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from r1cli.errors import ConfigError
from r1cli.terminal.options import ConfigDir, Json, Overrides

if TYPE_CHECKING:
    from r1cli.scoring.records import Records
    from r1cli.scoring.score import Scoring
    from r1cli.scoring.summary import Summary

CONFIG = "score"
GROUPS = {"task": "verifier", "reward": "reward"}
"""Argument -> group. `task=` chooses how an answer is verified here, not which rows are asked."""

commands = typer.Typer()


class ScoreCommand(TyperCommand):
    """A command whose help ends with the verifiers and the rewards."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        from r1cli.config.catalogue import options
        from r1cli.terminal import console

        console.groups({name: options(group) for name, group in GROUPS.items()})


@commands.command(cls=ScoreCommand)
def score(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSONL, .gz or not; - reads a pipe.")],
    overrides: Overrides = None,
    *,
    out: Annotated[
        str | None, typer.Option(metavar="PATH", help="Write the scored rows there; - writes them to a pipe.")
    ] = None,
    json: Json = False,
    explain: Annotated[
        int | None, typer.Option(metavar="LINE", min=1, help="Explain the score of one line of FILE.")
    ] = None,
    self_check: Annotated[
        bool, typer.Option("--self-check", help="Judge the references themselves, in a dozen forms.")
    ] = False,
    worst: Annotated[int, typer.Option(min=0, help="Number of worst rows to show.")] = 5,
    config_dir: ConfigDir = None,
) -> None:
    """Score completions from a file with the verifiers and rewards of training.

    A row has a prompt, a completion and, for the verifier, an answer; columns
    of other names are mapped. --out adds to each row rewards, reward (their
    weighted sum), extracted (what was taken for the answer) and status.

    [cyan]r1 score mine.jsonl[/]

    [cyan]r1 score mine.jsonl reward=r1_zero reward.weights.format=0.2 --out scored.jsonl[/]

    [cyan]r1 score mine.jsonl.gz columns.completion=response columns.answer=gold[/]

    [cyan]r1 score mine.jsonl task=choice --explain 17[/]

    [cyan]r1 score mine.jsonl columns.answer=gold --self-check[/]
    """
    from r1cli.scoring.records import STANDARD, Records

    if explain is not None and out is not None:
        raise ConfigError("--explain and --out: one or the other", hint="leave --out away to look at one line")
    if json and out == STANDARD:
        raise ConfigError("--json and --out -: both write to standard output", hint="give --out a file")
    scoring = _scoring(list(overrides or []), [Path(config_dir)] if config_dir else [])
    records = Records(file, scoring.mapped)
    if self_check:
        return _self_check(scoring, records, json=json)
    if explain is not None:
        return _explain(scoring, records, explain, json=json)
    summary = _score(scoring, records, out, worst)
    return _report(summary, records.name, json=json, stderr=out == STANDARD)


def _self_check(scoring: Scoring, records: Records, *, json: bool) -> None:
    from r1cli.scoring.self_check import self_check
    from r1cli.terminal import console

    logging.getLogger("r1cli").addHandler(logging.NullHandler())  # what is warned of is in the table
    result = self_check(scoring, records)
    if json:
        return console.as_json(result.to_json())
    console.note(result.summary())
    if result.unrewarded:
        console.listing(result.unrewarded)
    return None


def _score(scoring: Scoring, records: Records, out: str | None, worst: int) -> Summary:
    from r1cli.scoring.records import scored_file
    from r1cli.scoring.summary import Summary
    from r1cli.terminal.views import scores as views

    # Warnings of a task about a row are not printed: the row's status and note say the same.
    logging.getLogger("r1cli").addHandler(logging.NullHandler())
    summary = Summary(scoring, worst=worst)
    with scored_file(out, source=records.path) as write, views.progress(records) as advance:
        for batch in scoring.scored(records):
            summary.add(batch)
            write(batch)
            advance(summary.rows)
    return summary


def _report(summary: Summary, name: str, *, json: bool, stderr: bool) -> None:
    from r1cli.terminal import console
    from r1cli.terminal.views import scores as views

    if json:
        console.as_json(summary.to_json())
    else:
        views.summary(summary, name, stderr=stderr)
    for remark in summary.remarks():
        console.note(remark)


def _explain(scoring: Scoring, records: Records, line: int, *, json: bool) -> None:
    from r1cli.terminal import console
    from r1cli.terminal.views import scores as views

    for (scored,) in scoring.scored(records.only(line)):
        if json:
            console.as_json(scored.explained(scoring.reward.weights))
        else:
            views.explanation(scored, scoring)


def _scoring(lines: Sequence[str], folders: Sequence[Path]) -> Scoring:
    """`conf/score.yaml` with these overrides, as a typed object.

    Raises:
        ConfigError: a key, a value or a group is wrong, or there is nothing to score with.
    """
    from r1cli.config.hydra import compose
    from r1cli.config.mistakes import ConfigPiece, reference_errors, value_errors
    from r1cli.config.stages import plain_data
    from r1cli.scoring.score import Scoring

    composed = compose(CONFIG, [_choice(line, folders) for line in lines], folders=folders)
    piece = ConfigPiece("", CONFIG, frozenset(), composed.folders, composed.choices)
    with reference_errors(piece):
        plain = {key: plain_data(composed.config[key]) for key in Scoring.model_fields}
    with value_errors(plain, piece):
        scoring = Scoring.model_validate(plain)
    scoring.check()
    return scoring


def _choice(line: str, folders: Sequence[Path]) -> str:
    """An override as Hydra knows it; `task=` and `reward=` are looked up here, under the names that they have here."""
    from r1cli.config.catalogue import options
    from r1cli.text import did_you_mean

    name, _, option = line.partition("=")
    if name not in GROUPS:
        return line
    known = options(GROUPS[name], *folders)
    if option not in known:
        hint = did_you_mean(option, known, prefix=f"{name}=") or f"{name} can be {', '.join(known)}"
        raise ConfigError(f"{line}: r1 score knows no such {name}", hint=hint)
    return line if GROUPS[name] == name else f"{GROUPS[name]}@{name}={option}"
