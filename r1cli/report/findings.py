"""What the numbers say, in words: the headings of the report. Nothing is claimed that is not computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.report.arc import ShownArc
from r1cli.report.curves import Curve, Segment
from r1cli.report.graph import RecipeStep
from r1cli.report.rejection import RejectionReport
from r1cli.report.sampled_models import FINAL, SampledModels
from r1cli.report.transcripts import Transcripts
from r1cli.results import paper
from r1cli.results.benchmarks import Matrix
from r1cli.results.claims import wording
from r1cli.results.claims.judge import Finding
from r1cli.results.statistics import ALPHA
from r1cli.results.table import TableRow
from r1cli.results.trade_offs import WeightChoice, varied
from r1cli.text import seconds

ONE_LANGUAGE = 0.9
"""Language consistency from which on a model is said to think in the question's language."""
MIXED = 0.7
"""Below this it is said to mix languages."""
STEADY = 0.01
"""A change of accuracy in training that is called none."""
TELLING = 0.05
"""Shares of mixed responses that differ by less are not compared."""


def headline(rows: Sequence[TableRow]) -> str:
    """The best of R1's way and R1-Zero, each with its accuracy and its language."""
    by_node = {row.checkpoint: row for row in rows if row.mean("accuracy") is not None}
    final = [node for node in FINAL if node in by_node][:1]
    shown = [by_node[node] for node in (*final, "r1_zero") if node in by_node] or list(by_node.values())[-1:]
    return "; ".join(_of_model(row, by_node.get("base")) for row in shown)


def of_stages(rows: Sequence[TableRow]) -> str:
    """Where accuracy began, and the most that a model reached."""
    known = {row.name: accuracy for row in rows if (accuracy := row.mean("accuracy")) is not None}
    if not known:
        return "Every model on the same held-out problems"
    best = max(known, key=lambda name: known[name])
    base = next((row.name for row in rows if row.checkpoint == "base" and row.name in known), best)
    problems = f"on {rows[0].n_problems} held-out problems"
    if base == best:
        return f"{known[best]:.0%} right ({best}) {problems}"
    return f"From {known[base]:.0%} ({base}) to {known[best]:.0%} right ({best}) {problems}"


def _of_model(row: TableRow, base: TableRow | None) -> str:
    reached = f"{row.name} reaches {row.mean('accuracy'):.2f}"
    language = row.mean("language")
    if language is None:
        return reached
    if language >= ONE_LANGUAGE:
        return f"{reached} and thinks in the question's language ({language:.2f})"
    if language >= MIXED:
        return f"{reached} and mixes languages now and then ({language:.2f})"
    before = base.mean("language") if base is not None and base is not row else None
    verb = "keeps mixing" if before is not None and before < MIXED else "mixes"
    return f"{reached} and {verb} languages ({language:.2f})"


def of_claims(claims: Sequence[Finding]) -> str:
    """How many of the paper's findings hold."""
    return f"Of the paper's {len(claims)} findings {wording.counts(claims)}"


def of_arc(found: Sequence[ShownArc]) -> str:
    """What each model solves, of which set."""
    sets = []
    for one in found:
        shares = [f"{result.name} {result.score.mean:.0%}" for result in one.results if result.score is not None]
        sets.append(f"{', '.join(shares)} of the tasks of {one.benchmark}")
    return f"Solved: {'; '.join(sets)}"


def of_samples(sampled: SampledModels) -> str:
    """What a vote of all samples is worth to each compared model."""
    gains = []
    for one in sampled.compared:
        curve = one.curve("majority")
        if curve is not None and len(curve.points) > 1:
            first, last = curve.points[0].accuracy.mean, curve.points[-1].accuracy.mean
            gains.append(f"{one.model} from {first:.2f} to {last:.2f}")
    if not gains:
        return "What more samples of a problem are worth"
    return f"A vote of {sampled.compared[0].sets[0].k} samples takes {', '.join(gains)}"


def of_benchmarks(matrix: Matrix) -> str:
    """How many of the differences to the baseline are significant."""
    differences = [cell for cell in matrix.cells.values() if cell.difference is not None]
    if not differences:
        return f"{len(matrix.benchmarks)} benchmarks" if matrix.benchmarks else "Benchmarks that others report, too"
    told = [cell for cell in differences if cell.p_holm is not None and cell.p_holm < ALPHA]
    better = sum(cell.difference is not None and cell.difference.mean > 0 for cell in told)
    against = f"{len(differences)} differences to {matrix.baseline} on {len(matrix.benchmarks)} benchmarks"
    return f"Of {against} {better} are better and {len(told) - better} worse by more than chance"


def of_curves(curves: Sequence[Curve]) -> str:
    """Where each RL stage's accuracy began and ended."""
    accuracy = next((curve for curve in curves if "accuracy" in curve.key), None)
    if accuracy is None:
        return "How training went"
    return f"Accuracy in training: {'; '.join(_of_segment(s) for s in accuracy.segments)}"


def _of_segment(segment: Segment) -> str:
    values = [float(point["y"]) for point in segment.points]
    start, end = values[:3], values[-3:]
    first, last = sum(start) / len(start), sum(end) / len(end)
    if abs(last - first) <= STEADY:
        return f"{segment.label} stays at {last:.2f}"
    return f"{segment.label} {'rises' if last > first else 'falls'} from {first:.2f} to {last:.2f}"


def of_trade_offs(trade_offs: Mapping[str, Sequence[WeightChoice]]) -> str:
    """What a single sweep found; of several each is told by itself."""
    if len(trade_offs) == 1:
        return of_trade_off(next(iter(trade_offs.values())))
    return "What a reward weight buys, and what it costs"


def of_trade_off(choices: Sequence[WeightChoice]) -> str:
    """What the varied weight moves, from its least to its greatest value."""
    name, weights = choices[0].row.name, varied(choices)
    if len(weights) != 1:
        return f"{name}: {len(choices)} choices of {', '.join(weights)}"
    weight = weights[0]
    ordered = sorted(choices, key=lambda choice: choice.weights.get(weight, 0.0))
    least, greatest = ordered[0], ordered[-1]
    moved = []
    for key in ("language", "accuracy"):
        before, after = least.row.mean(key), greatest.row.mean(key)
        if before is not None and after is not None:
            moved.append(f"{'language consistency' if key == 'language' else key} from {before:.2f} to {after:.2f}")
    between = f"{least.weights.get(weight, 0):g} to {greatest.weights.get(weight, 0):g}"
    return f"{name}: a {weight} weight of {between} moves {' and '.join(moved)}"


def of_recipe(steps: Sequence[RecipeStep]) -> str:
    """How long a seed took, what took the most of it, and how much was not made twice."""
    total = sum(step.cost.seconds for step in steps)
    longest = max(steps, key=lambda step: step.cost.seconds)
    reused = sum(result.reused for step in steps for result in step.results)
    share = longest.cost.seconds / total if total else 0.0
    finding = f"{len(steps)} stages take {_time(total)} a seed, {longest.name} {share:.0%} of it"
    return f"{finding}; {reused} times a stored result was used again" if reused else finding


def of_transcripts(transcripts: Transcripts) -> str:
    """How many thoughts mix languages, by model."""
    shares = {model: _mixed(transcripts, model) for model in transcripts.models}
    known = {model: share for model, share in shares.items() if share is not None}
    if len(known) < 2:
        return "What the models wrote"
    most, least = max(known, key=lambda m: known[m]), min(known, key=lambda m: known[m])
    r1_zero, r1 = paper.name_of("r1_zero"), paper.name_of("all_scenario_rl")
    if {r1_zero, r1} <= known.keys() and known[r1_zero] > known[r1]:
        most, least = r1_zero, r1  # the pair that the paper compares
    if known[most] - known[least] < TELLING:
        return "The same problem, answered by every model"
    return f"{most} mixes languages in {known[most]:.0%} of its responses, {least} in {known[least]:.0%}"


def _mixed(transcripts: Transcripts, model: str) -> float | None:
    problems = [p for p in transcripts.problems if p["kind"] == "reasoning"]
    mixed = [response["mixed"] for p in problems for response in p["models"].get(model, ())]
    return sum(mixed) / len(mixed) if mixed else None


def of_rejection(samplings: Sequence[RejectionReport]) -> str:
    """How much was kept, and the filter that removed the most."""
    sampled, kept = sum(s.sampled for s in samplings), sum(s.kept for s in samplings)
    dropped: dict[str, int] = {}
    for f in (f for sampling in samplings for f in sampling.filters):
        dropped[f.name] = dropped.get(f.name, 0) + f.dropped
    finding = f"{kept / sampled:.0%} of {sampled:,} sampled responses were kept"
    if not any(dropped.values()):
        return finding
    most = max(dropped, key=lambda name: dropped[name])
    return f"{finding}; most were dropped as {most.replace('_', ' ')} ({dropped[most] / sampled:.0%})"


def of_provenance(counts: Mapping[str, int]) -> str:
    """How many values are the paper's."""
    words = {"paper": "the paper's", "scaled": "scaled down from it", "ours": "ours because it is silent"}
    parts = [f"{counts[mark]} are {word}" for mark, word in words.items() if counts.get(mark)]
    finding = f"Of {sum(n for mark, n in counts.items() if mark)} values with a source {', '.join(parts)}"
    return f"{finding}, {counts['given']} were set for this run" if counts.get("given") else finding


def _time(value: float) -> str:
    if value < 60:
        return seconds(value)
    minutes = value / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
