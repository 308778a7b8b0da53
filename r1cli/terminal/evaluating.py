"""What `r1 eval` does with a command line: ask and judge here, or only say how much would be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import R1Error
from r1cli.terminal import console

if TYPE_CHECKING:
    from r1cli.engine.job import Job
    from r1cli.generators.prices import Prices
    from r1cli.stage import NodeEvent


def run_benchmarks(overrides: Sequence[str], folders: Sequence[Path] = (), *, as_json: bool) -> None:
    """Put the benchmarks to the model, and show what came out; what was made before a failure is shown, too."""
    from r1cli.config.evaluation import build_evaluation
    from r1cli.config.prices import of_prices, price_list
    from r1cli.engine.events import LastEvents
    from r1cli.engine.execute import execute
    from r1cli.terminal.progress import LiveLines, Progress

    job = build_evaluation(overrides, folders, fetch=True)
    prices = price_list([override for override in overrides if of_prices(override)], folders=folders)
    with LiveLines() as lines:
        events = LastEvents(Progress(lines))
        try:
            execute(job, events)
        except R1Error:
            show_benchmarks(job.store, events.of_node, prices, as_json=as_json)
            raise
    show_benchmarks(job.store, events.of_node, prices, as_json=as_json)


def show_benchmarks(
    store: Path, events: Mapping[str, NodeEvent], prices: Prices | None = None, *, as_json: bool = False
) -> None:
    """The matrix of what a run put to its models, and its price tags; nothing if it put no benchmark to any."""
    from r1cli.engine.evaluation import is_benchmark
    from r1cli.results.benchmarks import Matrix, read_benchmarks
    from r1cli.results.price_tags import priced
    from r1cli.store.store import Store
    from r1cli.terminal.views import benchmarks as view

    made = {event.fingerprint for node, event in events.items() if is_benchmark(node)}
    results = read_benchmarks(Store(store), made) if made else []
    table = Matrix.of(results)
    tags = [] if prices is None else priced(results, prices)
    if as_json:
        dollars = {(tag.result.benchmark, tag.result.name): tag.as_json() for tag in tags}
        return console.as_json([{**dollars.get((c["benchmark"], c["name"]), {}), **c} for c in table.as_json()])
    if results:
        view.matrix(table)
    if prices is not None and tags:
        view.price_tags(tags, prices)
    return None


def show_questions(overrides: Sequence[str], folders: Sequence[Path] = (), *, as_json: bool) -> None:
    """How many completions each benchmark asks for, how many tokens that is at most, and what is skipped."""
    from r1cli.config.evaluation import build_evaluation
    from r1cli.terminal.views import benchmarks as view

    job = build_evaluation(overrides, folders)
    rows = [_asked(name, job) for name in job.stages]
    if as_json:
        return console.as_json({"benchmarks": rows, "skipped": list(job.remarks)})
    for remark in job.remarks:
        console.note(remark)
    return view.questions(rows)


def _asked(node: str, job: Job) -> dict[str, Any]:
    """What a benchmark would ask of its generator."""
    from r1cli.store.store import Store

    stage: Any = job.stages[node]
    fingerprint = job.graph.fingerprints[node]
    problems = len(stage.chosen_rows())
    longest = stage.generator.longest()
    usages = stage.at_most()
    prompts = [usage.prompt for usage in usages]
    return {
        "node": node,
        "benchmark": stage.benchmark,
        "fingerprint": fingerprint,
        "stored": Store(job.store).get(node, fingerprint) is not None,
        "problems": problems,
        "samples": stage.per_prompt,
        "completions": len(usages),
        "prompt_tokens_at_most": None if None in prompts else sum(prompts),
        "completion_tokens_at_most": None if longest is None else len(usages) * longest,
        "dollars_at_most": stage.generator.dollars(usages),
    }
