"""What the report says of many samples of a problem: curves over k, reliability, lengths, and how samples end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from r1cli.report import difficulty as difficulty_charts
from r1cli.report import reliability as reliability_charts
from r1cli.report import scaling as scaling_charts
from r1cli.report.vega import Chart
from r1cli.results.difficulty import ends, lengths
from r1cli.results.reliability import reliability
from r1cli.results.sample_sets import in_words
from r1cli.results.sampled import SampleSet
from r1cli.results.scaling import Scaling, scaling

FINAL = ("all_scenario_rl", "rejection_sft", "reasoning_rl")
"""The last model of R1's way that there is, the best first."""
MOST = 3
"""Models in a chart with several lines for each."""


def compared(scalings: Sequence[Scaling]) -> list[Scaling]:
    """Base, R1-Zero and the last model of R1's way; the first few where these are not there."""
    by_node = {one.sets[0].checkpoint: one for one in scalings}
    last = next((node for node in FINAL if node in by_node), "")
    chosen = [by_node[node] for node in ("base", "r1_zero", last) if node in by_node]
    return chosen if len(chosen) > 1 else list(scalings[:MOST])


@dataclass(frozen=True)
class SampledModels:
    """The models and their samples, in the paper's order."""

    sets: Mapping[str, Sequence[SampleSet]]
    """Model -> one set a seed."""

    @cached_property
    def scalings(self) -> list[Scaling]:
        """Of models with several samples of a problem."""
        return [scaling(sets) for sets in self.sets.values() if max(s.k for s in sets) > 1]

    @cached_property
    def compared(self) -> list[Scaling]:
        """Those in charts with several lines for each."""
        return compared(self.scalings)

    @cached_property
    def charts(self) -> list[Chart]:
        """All that there is data for."""
        if not self.sets:
            return []
        return [*self._of_compute(), *self._of_reliability(), *self._of_samples()]

    def _of_compute(self) -> list[Chart]:
        if not self.scalings:
            return []
        charts = [scaling_charts.against_samples(self.compared)]
        if any(one.counted for one in self.scalings):
            charts += [scaling_charts.against_tokens(self.scalings)] if len(self.scalings) > 1 else []
            panels = [one for one in self.compared if one.sets[0].checkpoint != "base"]
            charts += [scaling_charts.panel(one, panels) for one in panels]
        return charts

    def _of_reliability(self) -> list[Chart]:
        chosen = [one.sets for one in self.compared]
        found = [known for sets in chosen if (known := reliability(sets)) is not None]
        if not found:
            return []
        protocol = in_words([of_seed for sets in chosen for of_seed in sets])
        return [reliability_charts.calibration(found, protocol), reliability_charts.coverage(found, protocol)]

    def _of_samples(self) -> list[Chart]:
        protocol = in_words([of_seed for sets in self.sets.values() for of_seed in sets])
        shown = [one.model for one in self.compared if one.sets[0].checkpoint != "base"]
        by_difficulty = {name: found for name in shown if (found := lengths(self.sets, name))}
        charts = [difficulty_charts.ends({name: ends(sets) for name, sets in self.sets.items()}, protocol)]
        if any(one.right or one.wrong for bins in by_difficulty.values() for one in bins):
            charts.append(difficulty_charts.tokens(by_difficulty, protocol))
        return charts
