"""`r1 compare`: evaluated checkpoints, or the cells of an experiment, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import Json

if TYPE_CHECKING:
    from r1cli.results.comparison import Evaluation
    from r1cli.store.store import Store

EXPERIMENT = "experiment="
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Checkpoints (r1_zero, Dev2), beginnings of fingerprints, experiment=NAME, paths.store=FOLDER.",
        show_default=False,
    ),
]

commands = typer.Typer()


@commands.command()
def compare(
    names: Names = None,
    *,
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", metavar="NAME", help="Also differences to this one, tested.")
    ] = "",
    over_seeds: Annotated[
        bool | None,
        typer.Option(
            "--over-seeds/--per-seed",
            help="One row for all seeds of a configuration, or one for each.  [dim](for programs: each)[/]",
            show_default=False,
        ),
    ] = None,
    cells: Annotated[
        bool, typer.Option("--cells", help="Every configuration of a checkpoint, not only the newest.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also older results, and those that were asked other questions.")
    ] = False,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Every number in a column, for spreadsheets.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for a README.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="A table for a paper.")] = False,
) -> None:
    """The evaluated checkpoints side by side, as the paper's stage table: the newest of each, asked the same questions.

    Several seeds of one configuration become one row, with 95 % intervals over seeds.

    [cyan]r1 compare[/] · [cyan]r1 compare --json[/] · [cyan]r1 compare r1_zero R1 --baseline r1_zero[/] ·
    [cyan]r1 compare experiment=r1_vs_zero --markdown[/] · [cyan]r1 compare Dev2 --cells paths.store=outputs/store[/]
    """
    from r1cli.results import comparison
    from r1cli.terminal import console
    from r1cli.terminal.views import comparison as display_comparison

    if sum((json, csv, markdown, latex)) > 1:
        raise ConfigError("one of --json, --csv, --markdown, --latex is enough", hint="leave the others out")
    asked = _Asked.of(list(names or []))
    found = asked.evaluations(cells=cells, everything=everything)
    beside = asked.baseline(found, baseline) if baseline else []
    if over_seeds is None:
        over_seeds = not json
    rows = (comparison.rows_over_seeds if over_seeds else comparison.rows)(found, beside)
    if json:
        return console.as_json(rows)
    if not rows:
        return console.note(f"no evaluation in {asked.store.root} yet: try r1 run {asked.how_to_run}".rstrip())
    if csv or markdown or latex:
        show = display_comparison
        return show.as_csv(rows) if csv else show.as_markdown(rows) if markdown else show.as_latex(rows)
    display_comparison.table(rows, baseline=beside[0].name if beside else "")
    if not (cells or everything or asked.named) and len(asked.pool) > len(found):
        console.note(f"{len(asked.pool) - len(found)} more, of other configurations: --cells shows them")
    return None


@dataclass(frozen=True)
class _Asked:
    """What stands on the command line beside the flags."""

    names: tuple[str, ...]
    experiment: str
    overrides: tuple[str, ...]
    store: Store

    @classmethod
    def of(cls, given: list[str]) -> _Asked:
        from r1cli.config.compose import store_of
        from r1cli.store.store import Store

        names = tuple(g for g in given if "=" not in g or " " in g)
        keys = [g for g in given if g not in names]
        experiment = next((k.removeprefix(EXPERIMENT) for k in keys if k.startswith(EXPERIMENT)), "")
        overrides = tuple(k for k in keys if not k.startswith(EXPERIMENT))
        paths = [k for k in overrides if k.startswith("paths.")]
        if not experiment and len(paths) < len(overrides):
            wrong = next(k for k in overrides if k not in paths)
            hint = "leave it out, or add experiment=" if not wrong.startswith("experiment") else "experiment=NAME"
            raise ConfigError(f"{wrong}: this command takes experiment= and paths.store= only", hint=hint)
        return cls(names, experiment, overrides, Store(store_of(paths)))

    @property
    def named(self) -> bool:
        return bool(self.names or self.experiment)

    @property
    def how_to_run(self) -> str:
        """What makes what is missing."""
        return f"-m {EXPERIMENT}{self.experiment}" if self.experiment else ""

    @cached_property
    def pool(self) -> list[Evaluation]:
        """All that can be compared: the newest of each configuration."""
        from r1cli.results import comparison

        return comparison.evaluations(self.store, all_cells=True)

    def evaluations(self, *, cells: bool, everything: bool) -> list[Evaluation]:
        """What is to be shown."""
        from r1cli.results import comparison

        called = self._of_experiment()
        found = comparison.evaluations(
            self.store, everything=everything, only=called, all_cells=cells or bool(self.names)
        )
        found = comparison.labelled(found, called)
        if not self.names:
            return found
        try:
            return comparison.labelled(comparison.named(found, self.names), called)
        except ConfigError as error:
            # A fingerprint may mean an older result.
            older = comparison.evaluations(self.store, everything=True)
            try:
                return comparison.labelled(comparison.named(older, self.names))
            except ConfigError:
                raise error from None

    def baseline(self, found: Sequence[Evaluation], name: str) -> list[Evaluation]:
        """Among what is shown, else among all that can be compared with it."""
        from r1cli.results import comparison

        try:
            return comparison.baseline_of(found, name)
        except ConfigError:
            return comparison.baseline_of(self.pool, name)

    def _of_experiment(self) -> Mapping[str, str] | None:
        from r1cli.terminal import console

        if not self.experiment:
            return None
        from r1cli.sweep.experiment import asked

        wanted = asked(self.experiment, self.overrides)
        for line in wanted.missing:
            console.note(f"missing: {line}")
        return wanted.there
