"""`r1 scale`: accuracy against samples, tokens and dollars, from samples that are stored; no model is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r1cli.errors import ConfigError
from r1cli.terminal.options import Json, names_and_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from r1cli.generators.prices import Prices
    from r1cli.results.sampled import SampleSet
    from r1cli.store.store import Store

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Checkpoints (r1_zero, Dev2), beginnings of fingerprints; prices=LIST, paths.store=FOLDER.",
        show_default=False,
    ),
]
Numbers = Annotated[str, typer.Option("--k", metavar="K,K", help="Numbers of samples, 1,2,4; powers of two if empty.")]
Rules = Annotated[
    str,
    typer.Option(
        "--rules", metavar="RULE,RULE", help="majority, best_of_n, weighted, random; all that apply if empty."
    ),
]
Scorer = Annotated[str, typer.Option(metavar="NAME", help="Stored score that best_of_n goes by; rm if empty.")]
Benchmark = Annotated[
    str, typer.Option("--benchmark", metavar="NAME", help="Of r1 eval; the held-out problems of the task if empty.")
]
Figure = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Also draw it, as .svg or .png.", show_default=False)
]
Csv = Annotated[bool, typer.Option("--csv", help="Every number in a column, for spreadsheets.")]

commands = typer.Typer()


@commands.command()
def scale(
    names: Names = None,
    *,
    k: Numbers = "",
    rules: Rules = "",
    scorer: Scorer = "",
    benchmark: Benchmark = "",
    figure: Figure = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What more samples of a problem are worth: accuracy against samples, tokens and dollars, from stored samples.

    A rule makes one answer of k samples; its accuracy is the mean over all draws of k. pass@k is a bound: it knows the
    reference answers. pass^k says how far one can rely on a model: all k are right.

    [cyan]r1 scale[/] · [cyan]r1 scale R1-Zero R1 --k 1,2,4[/] · [cyan]r1 scale R1 --rules majority --figure r1.svg[/] ·
    [cyan]r1 scale o1 --benchmark math500 prices=openai_2025_03[/] · [cyan]r1 scale --csv paths.store=outputs/store[/]
    """
    from r1cli.results.scaling import scaling
    from r1cli.terminal import console
    from r1cli.terminal.views import scaling as view

    if json and csv:
        raise ConfigError("one of --json, --csv is enough", hint="leave the other out")
    request = _Asked.of(list(names or []), benchmark)
    ks, wanted = _numbers(k), [rule for rule in rules.split(",") if rule]
    found = [scaling(of_model, ks=ks, rules=wanted, scorer=scorer) for of_model in request.sets()]
    if figure is not None:
        view.draw(found, figure)
    if json:
        return console.as_json([view.as_json(one) for one in found])
    if csv:
        return view.as_csv(found)
    return view.table(found, asked=wanted, prices=request.prices)


@dataclass(frozen=True)
class _Asked:
    """What stands on the command line beside the flags."""

    names: tuple[str, ...]
    store: Store
    benchmark: str
    """Empty: the held-out problems."""
    prices: Prices | None

    @classmethod
    def of(cls, words: Sequence[str], benchmark: str) -> _Asked:
        from r1cli.config.hydra import store_of
        from r1cli.config.prices import of_prices, price_list
        from r1cli.store.store import Store

        names, keys = names_and_keys(words)
        prices = [key for key in keys if of_prices(key)]
        paths = [key for key in keys if key.startswith("paths.")]
        wrong = next((key for key in keys if key not in {*prices, *paths}), None)
        if wrong is not None:
            raise ConfigError(f"{wrong}: this command takes names, prices= and paths.store= only", hint="leave it out")
        return cls(tuple(names), Store(store_of(paths)), benchmark, price_list(prices))

    def sets(self) -> list[list[SampleSet]]:
        """The samples of each model that the names mean, one set a seed.

        Raises:
            ConfigError: there are none, or a name means none of them.
        """
        return self._of_benchmark() if self.benchmark else self._of_heldout()

    def _of_heldout(self) -> list[list[SampleSet]]:
        from r1cli.results import select
        from r1cli.results.sample_sets import of_evaluations

        shown = select.evaluations(self.store, every_configuration=bool(self.names))
        if self.names:
            shown = select.labelled(select.named(shown, self.names))
        sets = list(of_evaluations(shown, self.prices).values())
        if not sets:
            hint = "try r1 run, say where with paths.store=, or name a --benchmark"
            raise ConfigError(f"no samples in {self.store.root} yet", hint=hint)
        return sets

    def _of_benchmark(self) -> list[list[SampleSet]]:
        from r1cli.results.benchmarks import Matrix, read_benchmarks
        from r1cli.results.sample_sets import of_benchmarks
        from r1cli.text import did_you_mean

        matrix = Matrix.of(read_benchmarks(self.store))
        if self.benchmark not in matrix.benchmarks:
            known = f"there is {', '.join(matrix.benchmarks)}" if matrix.benchmarks else "try r1 eval"
            hint = did_you_mean(self.benchmark, matrix.benchmarks) or known
            raise ConfigError(f"no benchmark '{self.benchmark}' in {self.store.root}", hint=hint)
        chosen = matrix.only([self.benchmark, *self.names])
        results = [result for cell in chosen.cells.values() for result in cell.results]
        sets = of_benchmarks(results, self.prices).get(self.benchmark, {})
        return [sets[name] for name in chosen.models if name in sets]


def _numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",") if word]
    except ValueError:
        raise ConfigError(f"--k {text}: not a list of whole numbers", hint="--k 1,2,4") from None
