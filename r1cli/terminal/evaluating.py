"""What `r1 eval` does with a command line: ask and judge here, or only say how much would be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1cli.errors import R1Error
from r1cli.terminal import console

if TYPE_CHECKING:
    from r1cli.engine.job import Job
    from r1cli.stage import NodeEvent


def run_benchmarks(overrides: Sequence[str], folders: Sequence[Path] = (), *, as_json: bool) -> None:
    """Put the benchmarks to the model, and show what came out; what was made before a failure is shown, too."""
    from r1cli.config.evaluation import build_evaluation
    from r1cli.engine.events import LastEvents
    from r1cli.engine.execute import execute
    from r1cli.terminal.progress import LiveLines, Progress

    job = build_evaluation(overrides, folders, fetch=True)
    with LiveLines() as lines:
        events = LastEvents(Progress(lines))
        try:
            execute(job, events)
        except R1Error:
            show_benchmarks(job.store, events.of_node, as_json=as_json)
            raise
    show_benchmarks(job.store, events.of_node, as_json=as_json)


def show_benchmarks(store: Path, events: Mapping[str, NodeEvent], *, as_json: bool = False) -> None:
    """The matrix of what a run put to its models; nothing if it put no benchmark to any."""
    from r1cli.engine.evaluation import is_benchmark
    from r1cli.results.benchmarks import Matrix, read_benchmarks
    from r1cli.store.store import Store
    from r1cli.terminal.views import benchmarks as view

    made = {event.fingerprint for node, event in events.items() if is_benchmark(node)}
    results = read_benchmarks(Store(store), made) if made else []
    table = Matrix.of(results)
    if as_json:
        console.as_json(table.as_json())
    elif results:
        view.matrix(table)


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
    completions = problems * stage.per_prompt
    return {
        "node": node,
        "benchmark": stage.benchmark,
        "fingerprint": fingerprint,
        "stored": Store(job.store).get(node, fingerprint) is not None,
        "problems": problems,
        "samples": stage.per_prompt,
        "completions": completions,
        "completion_tokens_at_most": None if longest is None else completions * longest,
    }
