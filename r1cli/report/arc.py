"""ARC-AGI in the report: our scores beside published ones, each with its set, and tasks with what two models answered.

A task is drawn from the stored evaluation alone: the grids stand in the prompt that was asked, the right one is the
reference, and an answer's grid is what the verifier read from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from r1cli.report.colours import INK
from r1cli.report.grids import differences, svg
from r1cli.report.vega import Chart, Spec, frame, nominal, quantitative, rounded, tip
from r1cli.results import samples
from r1cli.results.arc import arc_score, tasks_of
from r1cli.results.benchmarks import BenchmarkResult, comparable
from r1cli.results.published import PublishedPoint, published
from r1cli.results.samples import SampleRecord, by_problem
from r1cli.results.scorecard import end_of
from r1cli.tasks.arc.grids import Grid, grid_in, grids_in

PREFIX = "arc_agi1"
"""Benchmarks of this name, and those whose names begin with it."""
TASKS = 4
"""That are drawn."""
SHOWN = 2
"""Attempts of each."""
EXAMPLE = 90
"""Pixels of the longer side of an example's grid."""
WITHOUT_GRID = {"no_room": "not asked: no room", "truncated": "cut off"}
"""How a completion ended that handed no grid in -> what is said of it."""
KEPT_BACK = "semi-private"
"""The set whose tasks nobody outside has."""
PREFERRED = ("r1_zero", "all_scenario_rl")
"""The two models whose answers are shown, if they are there."""


@dataclass(frozen=True)
class DrawnAnswer:
    """One attempt."""

    attempt: int
    """From 1."""
    picture: str
    """SVG; empty if no grid was handed in."""
    verdict: str
    right: bool


@dataclass(frozen=True)
class DrawnTask:
    """A test input with its examples and the answers to it."""

    id: str
    examples: tuple[tuple[str, str], ...]
    """SVG of each example's input and output."""
    test: str
    right: str
    answers: Mapping[str, Sequence[DrawnAnswer]]
    """Of each model."""


@dataclass(frozen=True)
class ShownArc:
    """What the report shows of a benchmark of ARC."""

    benchmark: str
    results: tuple[BenchmarkResult, ...]
    """The newest of each model."""
    tasks: tuple[DrawnTask, ...]

    @property
    def asked(self) -> int:
        """Test inputs."""
        return max((int(result.report["n_problems"]) for result in self.results), default=0)

    @property
    def chart(self) -> Chart:
        """Our scores and the published ones."""
        return scores(self.benchmark, self.results)


def shown(results: Sequence[BenchmarkResult]) -> list[ShownArc]:
    """What there is to show, by benchmark; `results` are those of a store, oldest first."""
    by_benchmark: dict[str, dict[str, BenchmarkResult]] = {}
    for result in comparable(results):
        if result.benchmark.startswith(PREFIX):
            by_benchmark.setdefault(result.benchmark, {})[result.name] = result
    return [ShownArc(name, tuple(of.values()), tuple(tasks(list(of.values())))) for name, of in by_benchmark.items()]


# --- tasks ----------------------------------------------------------------------------------------------------------


def tasks(results: Sequence[BenchmarkResult], most: int = TASKS) -> list[DrawnTask]:
    """Test inputs and what two models answered: first where one of them is right, then where both are, then others."""
    chosen = _two(results)
    answers = {result.name: _answers(result) for result in chosen}
    problems = {str(p["id"]): p for result in chosen for p in result.problems if p.get("prompt") and p.get("answer")}

    def interest(name: str) -> tuple[int, int]:
        solved = [any(record.value == 1.0 for record in of.get(name, ())) for of in answers.values()]
        grids = sum(record.extracted is not None for of in answers.values() for record in of.get(name, ()))
        if not any(solved):
            return 2, -grids
        return (1 if all(solved) else 0), -grids

    drawn = []
    for name in sorted(problems, key=interest):
        task = _drawn(problems[name], {model: of.get(name, []) for model, of in answers.items()})
        if task is not None:
            drawn.append(task)
        if len(drawn) == most:
            break
    return drawn


def _two(results: Sequence[BenchmarkResult]) -> list[BenchmarkResult]:
    by_node = {result.checkpoint: result for result in results}
    preferred = [by_node[node] for node in PREFERRED if node in by_node]
    return [*preferred, *(result for result in results if result not in preferred)][:2]


def _answers(result: BenchmarkResult) -> Mapping[str, list[SampleRecord]]:
    artifact = result.entry.artifacts().get("samples")
    return {} if artifact is None else by_problem(samples.read(artifact.path))


def _drawn(problem: Mapping[str, Any], answers: Mapping[str, Sequence[SampleRecord]]) -> DrawnTask | None:
    """None where the prompt does not consist of pairs and a test input, as with an instruction that has a grid too."""
    right, grids = grid_in(str(problem["answer"])), grids_in(str(problem["prompt"]))
    if right is None or len(grids) < 3 or len(grids) % 2 == 0:
        return None
    examples = tuple(
        (_example(grids[i], f"Example {i // 2 + 1}, input"), _example(grids[i + 1], f"Example {i // 2 + 1}, output"))
        for i in range(0, len(grids) - 1, 2)
    )
    said = {model: [_answer(record, right) for record in records[:SHOWN]] for model, records in answers.items()}
    return DrawnTask(str(problem["id"]), examples, svg(grids[-1], "Test input"), svg(right, "Right output"), said)


def _example(grid: Grid, label: str) -> str:
    return svg(grid, label, largest=EXAMPLE)


def _answer(record: SampleRecord, right: Grid) -> DrawnAnswer:
    grid = grid_in(record.extracted or "")
    picture = "" if grid is None else svg(grid, f"Answer {record.sample + 1}", right)
    verdict = WITHOUT_GRID.get(end_of(record), "no grid") if grid is None else _verdict(grid, right)
    return DrawnAnswer(record.sample + 1, picture, verdict, grid == right)


def _verdict(grid: Grid, right: Grid) -> str:
    if grid == right:
        return "right"
    size, wanted = ((len(g), len(g[0])) for g in (grid, right))
    if size != wanted:
        return f"{size[0]} × {size[1]} in place of {wanted[0]} × {wanted[1]}"
    wrong = len(differences(grid, right))
    return f"{wrong} of {size[0] * size[1]} cells wrong"


# --- scores ---------------------------------------------------------------------------------------------------------


def scores(benchmark: str, results: Sequence[BenchmarkResult]) -> Chart:
    """Ours with their intervals, published points with an interval from the number of tasks (95 %, normal)."""
    rows = [point for result in results if (point := _our_point(result)) is not None]
    rows += [_published_point(point) for point in published(PREFIX)]
    names = [row["what"] for row in rows]
    scale: Spec = {"domain": [0, 112], "padding": 8}  # room for the last point's number
    x = quantitative("score", "% of tasks", scale=scale, axis={"values": [0, 20, 40, 60, 80, 100]})
    y: Spec = {**nominal("what", names), "axis": {"labelLimit": 260}}
    colour: Spec = {"field": "whose", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["ours", "published"], "range": ["var(--r1)", "var(--muted)"]}
    kept_back = {"test": f"datum.set == '{KEPT_BACK}'", "value": "var(--muted)"}
    filled: Spec = {"condition": kept_back, "value": "transparent"}
    tips = [tip("system", number=""), tip("set", number=""), tip("tasks", number="d"), tip("score", "%")]
    tips += [tip("strict", "% if all inputs count"), tip("single", "% with one attempt")]
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "point", "size": 80, "strokeWidth": 2, "opacity": 1},
            "encoding": {"x": x, "stroke": colour, "fill": filled, "tooltip": tips},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 9, "dy": -9, "fontSize": 11, "color": INK},
            "encoding": {"x": x, "text": {"field": "score", "type": "quantitative", "format": ".3~r"}},
        },
    ]
    title = f"{benchmark}: ours and published"
    caption = (
        f"{_protocol(results)} Filled: the {KEPT_BACK} set, whose tasks nobody outside has; hollow: public tasks. "
        "Scores of different sets are not to be compared. Lines: 95 %, of published points from the number of tasks."
    )
    return Chart(f"arc_{benchmark}", title, caption, frame(title, rows, 24 * len(rows), layers, encoding={"y": y}))


def _our_point(result: BenchmarkResult) -> Spec | None:
    score, tests = result.score, tasks_of((str(p["id"]), str(p["cluster"])) for p in result.problems)
    if score is None or not tests:
        return None
    counted = {"attempts": int(result.report["k"]), "redraws": int(result.report.get("redraws") or 0)}
    records = [record for of_test in _answers(result).values() for record in of_test]
    mean, strict = (arc_score(records, tests, rule=rule, **counted) for rule in ("mean", "strict"))
    what = f"{result.name} (here), {result.benchmark}"
    point = {"what": what, "system": result.name, "whose": "ours", "set": result.benchmark, "tasks": len(tests)}
    shares = {"score": mean.score, "low": score.low, "high": score.high, "strict": strict.score, "single": mean.single}
    return point | {name: rounded(100 * min(max(share, 0.0), 1.0)) for name, share in shares.items()}


def _published_point(point: PublishedPoint) -> Spec:
    share = point.score / 100
    half = 1.96 * sqrt(share * (1 - share) / point.tasks)
    what = f"{point.system}, {point.set}"
    shown = {"what": what, "system": point.system, "whose": "published", "set": point.set, "tasks": point.tasks}
    bounds = {"score": share, "low": max(share - half, 0.0), "high": min(share + half, 1.0)}
    return shown | {name: rounded(100 * value) for name, value in bounds.items()}


def _protocol(results: Sequence[BenchmarkResult]) -> str:
    """How ours were measured."""
    if not results:
        return ""
    report = results[0].report
    clusters = report.get("n_clusters") or report["n_problems"]
    tokens = report.get("max_completion_tokens") or "?"
    return f"Ours: {clusters} tasks, {report['k']} attempts, mean over test inputs, at most {tokens} tokens."
