"""`r1 compare`: evaluated checkpoints, or the cells of an experiment, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import Json, names_and_keys

if TYPE_CHECKING:
    from r1cli.results.evaluations import Evaluation
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
BaselineName = Annotated[
    str,
    typer.Option("--baseline", "-b", metavar="NAME", help="Also show differences from this checkpoint, tested."),
]
OverSeeds = Annotated[
    bool | None,
    typer.Option(
        "--over-seeds/--per-seed",
        help="One row for all seeds of a configuration, or one for each.  [dim](with --json: each)[/]",
        show_default=False,
    ),
]
Cells = Annotated[bool, typer.Option("--cells", help="Every configuration of a checkpoint, not only the newest.")]
Everything = Annotated[bool, typer.Option("--all", help="Also older results, and those of other questions.")]
Benchmarks = Annotated[
    bool, typer.Option("--benchmarks", help="A row for each benchmark, a column for each model (r1 eval, suite=).")
]
Csv = Annotated[bool, typer.Option("--csv", help="Every number in a column, for spreadsheets.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="A table for a README.")]
Latex = Annotated[bool, typer.Option("--latex", help="A table for a paper.")]

commands = typer.Typer()


@commands.command()
def compare(
    names: Names = None,
    *,
    baseline: BaselineName = "",
    over_seeds: OverSeeds = None,
    cells: Cells = False,
    everything: Everything = False,
    benchmarks: Benchmarks = False,
    json: Json = False,
    csv: Csv = False,
    markdown: Markdown = False,
    latex: Latex = False,
) -> None:
    """The evaluated checkpoints side by side, as the paper's stage table: the newest of each, asked the same questions.

    Several seeds of one configuration become one row, with 95 % intervals over seeds.

    [cyan]r1 compare[/] · [cyan]r1 compare --json[/] · [cyan]r1 compare r1_zero R1 --baseline r1_zero[/] ·
    [cyan]r1 compare experiment=r1_vs_zero --markdown[/] · [cyan]r1 compare Dev2 --cells paths.store=outputs/store[/] ·
    [cyan]r1 compare --benchmarks -b r1_zero[/]
    """
    from r1cli.results import table
    from r1cli.terminal import console
    from r1cli.terminal.views import comparison as view

    if sum((json, csv, markdown, latex)) > 1:
        raise ConfigError("one of --json, --csv, --markdown, --latex is enough", hint="leave the others out")
    if benchmarks:
        if csv or markdown or latex:
            raise ConfigError("--benchmarks is a table or --json", hint="leave the other flag out")
        return _compare_benchmarks(list(names or []), baseline, as_json=json)
    request = _Request.of(list(names or []))
    shown = request.evaluations(cells=cells, everything=everything)
    reference = request.baseline(shown, baseline) if baseline else []
    single = json if over_seeds is None else not over_seeds
    rows = table.per_seed(shown, reference) if single else table.over_seeds(shown, reference)
    if json:
        return console.as_json([table.as_json(row, single=single, differences=bool(reference)) for row in rows])
    if not rows:
        return console.note(f"no evaluation in {request.store.root} yet: try r1 run {request.how_to_run}".rstrip())
    if csv:
        return view.as_csv(rows, single=single)
    if markdown or latex:
        return view.as_markdown(rows) if markdown else view.as_latex(rows)
    view.table(rows, baseline=reference[0].name if reference else "")
    others = len(request.pool) - len(shown)
    if others > 0 and not (cells or everything or request.chooses):
        console.note(f"{others} more, of other configurations: --cells shows them")
    return None


def _compare_benchmarks(words: list[str], baseline: str, *, as_json: bool) -> None:
    """The matrix of benchmarks and models; NAMEs choose among either."""
    from r1cli.config.hydra import store_of
    from r1cli.results.benchmarks import Matrix, read_benchmarks
    from r1cli.store.store import Store
    from r1cli.terminal import console
    from r1cli.terminal.views import benchmarks as view

    names, keys = names_and_keys(words)
    store = Store(store_of(keys))
    matrix = Matrix.of(read_benchmarks(store), baseline).only(names)
    if as_json:
        return console.as_json(matrix.as_json())
    if not matrix.cells:
        return console.note(f"no benchmark in {store.root} yet: try r1 eval suite=tiny init=NODE")
    return view.matrix(matrix)


@dataclass(frozen=True)
class _Request:
    """What stands on the command line beside the flags."""

    names: tuple[str, ...]
    experiment: str
    overrides: tuple[str, ...]
    store: Store

    @classmethod
    def of(cls, words: list[str]) -> _Request:
        from r1cli.config.hydra import store_of
        from r1cli.store.store import Store

        names, keys = names_and_keys(words)
        experiment = next((k.removeprefix(EXPERIMENT) for k in keys if k.startswith(EXPERIMENT)), "")
        overrides = tuple(k for k in keys if not k.startswith(EXPERIMENT))
        paths = [k for k in overrides if k.startswith("paths.")]
        if not experiment and len(paths) < len(overrides):
            wrong = next(k for k in overrides if k not in paths)
            hint = "leave it out, or add experiment=" if not wrong.startswith("experiment") else "experiment=NAME"
            raise ConfigError(f"{wrong}: this command takes experiment= and paths.store= only", hint=hint)
        return cls(tuple(names), experiment, overrides, Store(store_of(paths)))

    @property
    def chooses(self) -> bool:
        """Are certain evaluations asked for?"""
        return bool(self.names or self.experiment)

    @property
    def how_to_run(self) -> str:
        """What makes what is missing."""
        return f"-m {EXPERIMENT}{self.experiment}" if self.experiment else ""

    @cached_property
    def pool(self) -> list[Evaluation]:
        """All that can be compared: the newest of each configuration."""
        from r1cli.results import select

        return select.evaluations(self.store, every_configuration=True)

    def evaluations(self, *, cells: bool, everything: bool) -> list[Evaluation]:
        """What is to be shown."""
        from r1cli.results import select

        labels = self._labels_of_experiment()
        shown = select.labelled(
            select.evaluations(
                self.store, everything=everything, only=labels, every_configuration=cells or bool(self.names)
            ),
            labels,
        )
        if not self.names:
            return shown
        try:
            return select.labelled(select.named(shown, self.names), labels)
        except ConfigError as error:
            # A fingerprint may mean an older result.
            older = select.evaluations(self.store, everything=True)
            try:
                return select.labelled(select.named(older, self.names))
            except ConfigError:
                raise error from None

    def baseline(self, shown: Sequence[Evaluation], name: str) -> list[Evaluation]:
        """Among what is shown, else among all that can be compared with it."""
        from r1cli.results import select

        try:
            return select.baseline_of(shown, name)
        except ConfigError:
            return select.baseline_of(self.pool, name)

    def _labels_of_experiment(self) -> Mapping[str, str] | None:
        """Evaluation -> its cell's name, for those of the experiment that are in the store; None without one."""
        from r1cli.terminal import console

        if not self.experiment:
            return None
        from r1cli.sweep.selection import evaluations_of

        wanted = evaluations_of(self.experiment, self.overrides)
        for line in wanted.missing:
            console.note(f"missing: {line}")
        return wanted.stored
