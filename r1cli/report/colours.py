"""The report's colours, written once: for the page's style sheet, for its charts, and for pictures on paper.

One hue is the way to R1, growing stronger from Dev1 on, a second one is R1-Zero; they differ in lightness too, so that
neither colour blindness nor a grey printer takes the difference away.
"""

from __future__ import annotations

from r1cli.results import paper
from r1cli.training.clock import PHASES

COLOURS = {  # CSS variable -> colour in the light scheme, colour in the dark scheme
    "--ink": ("#1b1f24", "#e7eaee"),
    "--muted": ("#57606a", "#a3adb8"),
    "--rule": ("#d5dae0", "#343b44"),
    "--paper": ("#ffffff", "#14171b"),
    "--soft": ("#f6f7f9", "#1c2026"),
    "--link": ("#0b4f9e", "#8abfff"),
    "--mark": ("#ffe6a8", "#5a4300"),
    "--mark-ink": ("#4d3800", "#ffe9b8"),
    "--right": ("#116329", "#6fd38a"),
    "--wrong": ("#a40e26", "#ff8f9c"),
    "--better": ("#cfe9d6", "#1d4a2b"),
    "--worse": ("#f6d5d8", "#5c2029"),
    "--base": ("#6e7781", "#98a2ad"),
    "--zero": ("#c2410c", "#f0803c"),
    "--dev1": ("#6aa5dc", "#3f78b5"),
    "--dev2": ("#3b82c4", "#5c9ade"),
    "--dev3": ("#1f62a5", "#8abbf0"),
    "--r1": ("#0b3d73", "#c3defc"),
    "--student": ("#7c3aed", "#b79cf7"),
    "--other": ("#57606a", "#a3adb8"),
    "--rollout": ("#0b3d73", "#8abbf0"),
    "--rewards": ("#f0a03c", "#ffd28a"),
    "--forward": ("#2f8f83", "#2f8f83"),
    "--backward": ("#8cd0c4", "#a9e6db"),
    "--optimizer": ("#7c3aed", "#9a6cf5"),
    "--checkpoint": ("#e08fb0", "#f2b3cb"),
    "--rest": ("#b3bcc6", "#57606a"),
}
LIGHT = {variable: light for variable, (light, _) in COLOURS.items()}
OF_NODES = {
    "base": "--base",
    "r1_zero": "--zero",
    "coldstart": "--dev1",
    "reasoning_rl": "--dev2",
    "rejection_sft": "--dev3",
    "all_scenario_rl": "--r1",
    "distill": "--student",
}
OTHERS = ("var(--forward)", "var(--rewards)", "var(--student)", "var(--checkpoint)", "var(--other)")
"""Of models that the paper does not name, where several of them are in one chart."""
OF_PHASES = {phase: f"var(--{'rest' if phase == 'other' else phase})" for phase in PHASES}
"""Phases of an update; light beside dark, because they are stacked."""
OF_ENDS = {
    "right": "var(--r1)",
    "wrong": "var(--rewards)",
    "unparseable": "var(--student)",
    "truncated": "var(--checkpoint)",
    "no_room": "var(--forward)",
    "timed_out": "var(--backward)",
    "crashed": "var(--ink)",
    "not_judged": "var(--rest)",
}
"""How samples end; light beside dark, because they are stacked."""
INK, MUTED, RULE = "var(--ink)", "var(--muted)", "var(--rule)"
WARNING = "var(--wrong)"


def of_model(name: str) -> str:
    """The colour of a model by its name in the paper; a neutral one for any other."""
    return f"var({_by_name().get(name, '--other')})"


def style_sheet() -> str:
    """The colours as CSS: both schemes, and a dot of its own for each model of the paper."""
    light = " ".join(f"{variable}: {value};" for variable, (value, _) in COLOURS.items())
    dark = " ".join(f"{variable}: {value};" for variable, (_, value) in COLOURS.items())
    rules = [f":root {{ {light} }}", f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"]
    for name, variable in _by_name().items():
        rules.append(f'.dot[data-model="{name}"] {{ display: inline-block; background: var({variable}); }}')
    return "\n".join(rules)


def _by_name() -> dict[str, str]:
    return {paper.name_of(node): variable for node, variable in OF_NODES.items()}
