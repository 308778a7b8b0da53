"""What the numbers say, in words: the headings of the report. Nothing is claimed that is not computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from r1cli.report.curves import Curve
from r1cli.report.graph import Node
from r1cli.report.rejection import Sampling
from r1cli.report.scores import Cell, Score, varied
from r1cli.report.transcripts import Transcripts
from r1cli.terminal.console import seconds

ONE_LANGUAGE = 0.9
"""Language consistency from which on a model is said to think in the question's language."""
MIXED = 0.7
"""Below this it is said to mix languages."""


def headline(scores: Sequence[Score]) -> str:
    """The best of R1's way and R1-Zero, each with its accuracy and its language."""
    by_node = {s.node: s for s in scores if s.mean("accuracy") is not None}
    final = next((by_node[n] for n in ("all_scenario_rl", "rejection_sft", "reasoning_rl") if n in by_node), None)
    told = [s for s in (final, by_node.get("r1_zero")) if s is not None] or list(by_node.values())[-1:]
    base = by_node.get("base")
    return "; ".join(_of_model(s, base) for s in told)


def of_scores(scores: Sequence[Score]) -> str:
    """Where accuracy began, and the most that a model reached."""
    known = [s for s in scores if s.mean("accuracy") is not None]
    if not known:
        return "Every model on the same held-out problems"
    best = max(known, key=lambda s: s.mean("accuracy") or 0.0)
    base = next((s for s in known if s.node == "base"), None)
    reached = f"{best.mean('accuracy'):.0%} right ({best.label})"
    asked = f"on {best.problems} held-out problems"
    if base is None or base is best:
        return f"{reached} {asked}"
    return f"From {base.mean('accuracy'):.0%} ({base.label}) to {reached} {asked}"


def _of_model(score: Score, base: Score | None) -> str:
    reached = f"{score.label} reaches {score.mean('accuracy'):.2f}"
    language = score.mean("language")
    if language is None:
        return reached
    if language >= ONE_LANGUAGE:
        return f"{reached} and thinks in the question's language ({language:.2f})"
    if language >= MIXED:
        return f"{reached} and mixes languages now and then ({language:.2f})"
    before = base.mean("language") if base is not None and base is not score else None
    verb = "keeps mixing" if before is not None and before < MIXED else "mixes"
    return f"{reached} and {verb} languages ({language:.2f})"


def of_curves(curves: Sequence[Curve]) -> str:
    """Where each RL stage's accuracy began and ended."""
    accuracy = next((c for c in curves if "accuracy" in c.key), None)
    if accuracy is None:
        return "How training went"
    told = []
    for segment in accuracy.segments:
        first, last = _mean(segment.points[:3]), _mean(segment.points[-3:])
        verb = "rises" if last > first + 0.01 else "falls" if last < first - 0.01 else "stays"
        told.append(f"{segment.label} {verb} {f'from {first:.2f} to' if verb != 'stays' else 'at'} {last:.2f}")
    return f"Accuracy in training: {'; '.join(told)}"


def of_sweeps(sweeps: Mapping[str, Sequence[Cell]]) -> str:
    """What a single sweep found; of several each is told by itself."""
    return of_sweep(next(iter(sweeps.values()))) if len(sweeps) == 1 else "What a reward weight buys, and what it costs"


def of_sweep(cells: Sequence[Cell]) -> str:
    """What the varied weight moves, from its least to its greatest value."""
    label, names = cells[0].score.label, varied(cells)
    if len(names) != 1:
        return f"{label}: {len(cells)} choices of {', '.join(names)}"
    ordered = sorted(cells, key=lambda c: c.weights.get(names[0], 0.0))
    a, b = ordered[0], ordered[-1]
    moved = [
        f"{what} from {a.score.mean(key):.2f} to {b.score.mean(key):.2f}"
        for key, what in (("language", "language consistency"), ("accuracy", "accuracy"))
        if a.score.mean(key) is not None and b.score.mean(key) is not None
    ]
    between = f"{a.weights.get(names[0], 0):g} to {b.weights.get(names[0], 0):g}"
    return f"{label}: a {names[0]} weight of {between} moves {' and '.join(moved)}"


def of_recipe(nodes: Sequence[Node]) -> str:
    """How long a seed took, what took the most of it, and how much was not made twice."""
    total = sum(n.cost.seconds for n in nodes)
    most = max(nodes, key=lambda n: n.cost.seconds)
    reused = sum(r.reused for n in nodes for r in n.results)
    said = f"{len(nodes)} stages take {_time(total)} a seed, {most.name} {most.cost.seconds / total:.0%} of it"
    return f"{said}; {reused} times a stored result was used again" if reused else said


def of_transcripts(found: Transcripts) -> str:
    """How many thoughts mix languages, by model."""
    shares = {model: _mixed(found, model) for model in found.models}
    known = {m: s for m, s in shares.items() if s is not None}
    if len(known) < 2:
        return "What the models wrote"
    most, least = max(known, key=lambda m: known[m]), min(known, key=lambda m: known[m])
    if {"R1-Zero", "R1"} <= known.keys() and known["R1-Zero"] > known["R1"]:
        most, least = "R1-Zero", "R1"  # the pair that the paper tells of
    if known[most] - known[least] < 0.05:
        return "The same problem, answered by every model"
    return f"{most} mixes languages in {known[most]:.0%} of its responses, {least} in {known[least]:.0%}"


def _mixed(found: Transcripts, model: str) -> float | None:
    mixed = [r["mixed"] for p in found.problems if p["kind"] == "reasoning" for r in p["models"].get(model, ())]
    return sum(mixed) / len(mixed) if mixed else None


def of_rejection(samplings: Sequence[Sampling]) -> str:
    """How much was kept, and the filter that removed the most."""
    sampled, kept = sum(s.sampled for s in samplings), sum(s.kept for s in samplings)
    dropped: dict[str, int] = {}
    for sampling in samplings:
        for f in sampling.filters:
            dropped[f.name] = dropped.get(f.name, 0) + f.dropped
    said = f"{kept / sampled:.0%} of {sampled:,} sampled responses were kept"
    if not any(dropped.values()):
        return said
    most = max(dropped, key=lambda n: dropped[n])
    return f"{said}; most were dropped as {most.replace('_', ' ')} ({dropped[most] / sampled:.0%})"


def of_origin(counts: Mapping[str, int]) -> str:
    """How many values are the paper's."""
    words = {"paper": "the paper's", "scaled": "scaled down from it", "ours": "ours because it is silent"}
    told = [f"{counts[mark]} are {word}" for mark, word in words.items() if counts.get(mark)]
    said = f"Of {sum(n for mark, n in counts.items() if mark)} values with a source {', '.join(told)}"
    return f"{said}, {counts['given']} were set for this run" if counts.get("given") else said


def _mean(points: Sequence[Mapping[str, float | int | str]]) -> float:
    return sum(float(p["y"]) for p in points) / max(len(points), 1)


def _time(value: float) -> str:
    if value < 60:
        return seconds(value)
    minutes = value / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
