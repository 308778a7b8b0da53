"""The bill's formulas against public reports of reinforcement learning and fine-tuning, and against a run on a laptop.

python -m benchmarks.bill

Fitted rows show that the formulas can describe what was measured, with one preset for each kind of run that was chosen
while looking at these very rows. For the other rows nothing was chosen but mean lengths, which reports leave open: the
likely value and the range are those that `r1 run --dry-run` would print, and the last column says whether the
report lies in the range. One end of one guess (mfu, 0.04) was read off the OpenThinker rows, though.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from r1cli.bill.bill import Bill, BillLine, BillPrices, combined, make_bill
from r1cli.bill.prices import prices_of as bill_prices
from r1cli.config.build import build_from
from r1cli.config.catalogue import read_option
from r1cli.config.hydra import compose
from r1cli.config.stages import component
from r1cli.cost.device import GUESSED, Assumed, Device, guesses_of
from r1cli.cost.shape import ModelShape, shape_of
from r1cli.cost.time import Devices, Rollout, drawing_s, reading_s

PROMPT = 0.0
"""Reports give no length of their prompts."""


def _dense(parameters: float, layers: int, hidden: int, kv_heads: int) -> ModelShape:
    return ModelShape(parameters, parameters, 0, layers, hidden, 0, 2 * layers * kv_heads * 128)


def _published(model: str) -> ModelShape:
    return shape_of(read_option("model", model)["shape"])


Q15, Q7, V3 = _published("qwen2.5-1.5b"), _published("qwen2.5-7b"), _published("deepseek-v3-base")
L8, Q32 = _dense(8.03e9, 32, 4096, 8), _dense(32.8e9, 64, 5120, 8)
Q30A3 = ModelShape(30.5e9, 3.3e9, 0, 48, 2048, 0, 2 * 48 * 4 * 128)
Q235 = ModelShape(235e9, 22e9, 0, 94, 4096, 0, 2 * 94 * 4 * 128)


@dataclass(frozen=True)
class RL:
    """A run of reinforcement learning, as it was reported."""

    name: str
    shape: ModelShape
    device: str
    devices: int
    per_engine: int
    completions: int
    mean: float
    longest: float
    rollouts: float
    passes: float
    hours: float
    """Of devices, reported."""
    preset: Mapping[str, float] | None = None
    """Values chosen while looking at the report; None: nothing was."""

    def estimate(self, assumed: Assumed) -> float:
        """Device hours."""
        cluster = Devices(device_named(self.device), self.devices, self.per_engine, 256)
        rollout = Rollout(self.completions, 8, self.mean, self.longest, PROMPT)
        tokens = self.completions * self.mean
        read = reading_s(self.shape, cluster, assumed, tokens=tokens, context=self.mean, passes=self.passes)
        seconds = drawing_s(self.shape, cluster, assumed, rollout) + read + assumed.rollout_s
        return seconds * self.rollouts * self.devices / 3600


@dataclass(frozen=True)
class Tuning:
    """A run of supervised fine-tuning, as it was reported."""

    name: str
    shape: ModelShape
    device: str
    samples: float
    epochs: int
    length: float
    """Mean tokens of a sample."""
    hours: float
    preset: Mapping[str, float] | None = None

    def estimate(self, assumed: Assumed) -> float:
        """Device hours."""
        cluster = Devices(device_named(self.device), 1, 1, 1)
        tokens = self.samples * self.epochs * self.length
        return reading_s(self.shape, cluster, assumed, tokens=tokens, context=self.length, passes=3) / 3600


DENSE = {"mfu": 0.35, "step_s": 0.008, "rollout_s": 10}
MOE = {"mfu": 0.15, "step_s": 0.010, "rollout_s": 10}
MOE_FAR = {"mfu": 0.15, "step_s": 0.030, "rollout_s": 30}
NEMO = [  # NVIDIA NeMo-RL, performance summaries of v0.4 and v0.6, H100, synchronous GRPO: seconds a step
    ("Llama-3.1-8B", L8, 16, 1, 2048, 1060, 4096, DENSE, 97.7),
    ("Qwen3-32B", Q32, 32, 4, 2048, 3206, 4096, DENSE, 393),
    ("Qwen3-30B-A3B v0.4", Q30A3, 32, 4, 2048, 3154, 4096, MOE, 225),
    ("Qwen3-30B-A3B v0.6", Q30A3, 32, 2, 2048, 3203, 4096, MOE, 192),
    ("Qwen3-235B-A22B v0.4", Q235, 128, 16, 512, 5671, 8192, MOE_FAR, 506),
    ("Qwen3-235B-A22B v0.6", Q235, 128, 16, 512, 5698, 8192, MOE_FAR, 395),
    ("Qwen3-235B-A22B v0.6", Q235, 256, 16, 512, 5713, 8192, MOE_FAR, 312),
    ("DeepSeek-V3 v0.4", V3, 256, 32, 512, 745, 1536, MOE_FAR, 154),
    ("DeepSeek-V3 v0.6", V3, 256, 32, 512, 701, 1536, MOE_FAR, 134),
    ("DeepSeek-V3 v0.6", V3, 512, 32, 512, 697, 1536, MOE_FAR, 111),
]
PAPER = {"mfu": 0.30, "step_s": 0.0115, "rollout_s": 30}  # 11.5 ms and the reading of 671 B parameters: 22 ms a token
FITTED: list[RL | Tuning] = [
    *(
        RL(name, shape, "h100", n, engine, s, mean, cap, 1, 4, seconds * n / 3600, preset)
        for name, shape, n, engine, s, mean, cap, preset, seconds in NEMO
    ),
]
# The paper (V2 2.1, B.4.4): 101 K H800 hours for R1-Zero. Mean lengths, mfu and the step are ours.
ZERO = [
    RL("R1-Zero to update 8,200", V3, "h800", 512, 64, 8192, 6000, 32768, 512.5, 5, math.nan, PAPER),
    RL("R1-Zero from there", V3, "h800", 512, 64, 8192, 12000, 65536, 137.5, 5, math.nan, PAPER),
]
ZERO_HOURS = 101_000.0
ZERO_LINE = ("recipe=r1_zero", "scale=paper", "model=deepseek-v3-base", "device=h800", "device.count=512")
"""R1-Zero as a user would ask for its bill: no length is given."""
UNFITTED: list[RL | Tuning] = [  # mean lengths are ours, but for NeMo's
    RL("SimpleRL-Zoo 7B", Q7, "h100", 16, 2, 8192, 700, 8192, 100, 5, 240),
    RL("SimpleRL-Zoo 32B", Q32, "h100", 64, 8, 8192, 800, 8192, 100, 5, 2304),
    RL("DeepScaleR 1.5B, 8K part", Q15, "a100", 8, 1, 1024, 4000, 8192, 1040, 5, math.nan),
    RL("DeepScaleR 1.5B, 16K part", Q15, "a100", 32, 1, 2048, 4500, 16384, 480, 5, math.nan),
    RL("DeepScaleR 1.5B, 24K part", Q15, "a100", 32, 1, 2048, 5500, 24576, 230, 5, math.nan),
    Tuning("OpenThinker-7B", Q7, "h100", 114e3, 3, 5500, 640),
    Tuning("OpenThinker-32B", Q32, "h100", 114e3, 3, 5500, 2880),
    Tuning("Sky-T1-32B (ZeRO-3, offload)", Q32, "h100", 17e3, 3, 4000, 152),
    Tuning("s1-32B", Q32, "h100", 1e3, 5, 5000, 7),
]
DEEPSCALER_HOURS = 3800.0
LAPTOP = {"base": 226, "reasoning_rl": 131, "rejection_sampling": 17, "all_scenario_rl": 116, "r1_zero": 162}
"""Seconds on two nearly idle cores (`python -m benchmarks.recipe 0`); conf/device/cpu.yaml was guessed from them."""
LAPTOP_RUN = 592
"""Seconds of `r1 run` as a whole, evaluations included."""


def device_named(name: str) -> Device:
    """A device of conf/device/."""
    return prices_of(name).device


@cache
def prices_of(name: str) -> BillPrices:
    """A device with the guesses that conf/ makes."""
    composed = compose("run", [f"device={name}"])
    device = component(composed, "r1cli.cost.device.Device", "device")
    return BillPrices(device, guesses_of(device, component(composed, "r1cli.cost.device.GuessedWork", "bill")))


@dataclass(frozen=True)
class Checked:
    """A report, and what the formulas say of it."""

    name: str
    low: float
    likely: float
    high: float
    reported: float

    @property
    def ratio(self) -> float:
        """Estimated by reported."""
        return self.likely / self.reported

    @property
    def is_inside(self) -> bool:
        """Does the report lie in the range?"""
        return self.low <= self.reported <= self.high


def fitted() -> Iterator[Checked]:
    """Estimates with the presets."""
    for run in FITTED:
        yield _with_preset(run.name, lambda a, run=run: run.estimate(a), run.hours, run.device, run.preset or {})
    both: Callable[[Assumed], float] = lambda a: sum(part.estimate(a) for part in ZERO)  # noqa: E731
    yield _with_preset("DeepSeek-R1-Zero, the paper", both, ZERO_HOURS, "h800", PAPER)


def _with_preset(
    name: str, estimate: Callable[[Assumed], float], reported: float, device: str, preset: Mapping[str, float]
) -> Checked:
    hours = estimate(replace(prices_of(device).assumed(), **preset))
    return Checked(name, hours, hours, hours, reported)


def unfitted() -> Iterator[Checked]:
    """Estimates as `--dry-run` makes them, with the mean lengths that are given here."""
    for run in UNFITTED:
        if not math.isnan(run.hours):
            yield _as_printed(run.name, run.estimate, run.hours, run.device)
    zero: Callable[[Assumed], float] = lambda a: sum(part.estimate(a) for part in ZERO)  # noqa: E731
    yield _as_printed("DeepSeek-R1-Zero, the paper", zero, ZERO_HOURS, "h800")
    yield _printed("R1-Zero, lengths of conf/", ZERO_LINE, "r1_zero", ZERO_HOURS)
    parts = [run for run in UNFITTED if run.name.startswith("DeepScaleR")]
    yield _as_printed("DeepScaleR 1.5B, all", lambda a: sum(p.estimate(a) for p in parts), DEEPSCALER_HOURS, "a100")


def _as_printed(name: str, estimate: Callable[[Assumed], float], reported: float, device: str) -> Checked:
    prices = prices_of(device)
    moved = [(estimate(prices.assumed(g, 0)), estimate(prices.assumed(g, 2))) for g in GUESSED if g != "repeats"]
    span = combined(estimate(prices.assumed()), moved)
    return Checked(name, span.low, span.likely, span.high, reported)


def on_a_laptop() -> Iterator[Checked]:
    """`r1 run`, and R1-Zero, with the tiny model on a CPU, in minutes."""
    with TemporaryDirectory() as empty:
        of = {recipe: _bill_of((f"recipe={recipe}", "device=cpu"), Path(empty)) for recipe in ("r1", "r1_zero")}
    lines = {line.node: line for bill in of.values() for line in bill.lines}
    for node, seconds in LAPTOP.items():
        yield _in_minutes(node, lines[node], seconds)
    yield _in_minutes("r1 run", of["r1"].total, LAPTOP_RUN)


def _bill_of(line: Sequence[str], store: Path) -> Bill:
    composed = compose("run", [*line, f"paths.store={store}"])
    job = build_from(composed)
    return make_bill([job], bill_prices(composed, job.hardware, job.store))


def _in_minutes(name: str, line: BillLine, seconds: float) -> Checked:
    hours = line.hours
    return Checked(name, hours.low * 60, hours.likely * 60, hours.high * 60, seconds / 60)


def _printed(name: str, line: Sequence[str], node: str, reported: float) -> Checked:
    """What the bill of a whole command line says of one node."""
    with TemporaryDirectory() as empty:
        hours = next(each.device_hours for each in _bill_of(line, Path(empty)).lines if each.node == node)
    return Checked(name, hours.low, hours.likely, hours.high, reported)


def main() -> None:
    """Print the tables."""
    print("fitted: presets chosen while looking at these rows; device hours (a step's, for NeMo-RL)\n")
    print(f"{'run':32} {'estimate':>10} {'reported':>10} {'ratio':>6}")
    for row in fitted():
        print(f"{row.name:32} {row.likely:10.4g} {row.reported:10.4g} {row.ratio:6.2f}")
    print("\na laptop's two cores, model=tiny: guesses made from these runs; minutes\n")
    _print_ranges(on_a_laptop())
    print("\nnot fitted: as `r1 run --dry-run` would print it, mean lengths ours\n")
    _print_ranges(unfitted())
    print(
        "\nno formula knows: the paper's 5 K H800 hours for SFT data, without the number of samples (at DeepSeek's own"
        "\nserving rate of 14.8 K tokens a second and node they are 33 B tokens, at open-r1's 44 times fewer);"
        "\nR1's 41 K hours, without the updates of its reasoning RL."
    )


def _print_ranges(rows: Iterator[Checked]) -> None:
    print(f"{'run':32} {'low':>8} {'likely':>8} {'high':>8} {'reported':>9} {'ratio':>6}  inside")
    for row in rows:
        values = f"{row.low:8.4g} {row.likely:8.4g} {row.high:8.4g} {row.reported:9.4g} {row.ratio:6.2f}"
        print(f"{row.name:32} {values}  {'yes' if row.is_inside else 'no'}")


if __name__ == "__main__":
    main()
