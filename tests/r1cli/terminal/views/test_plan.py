"""The graph that `r1 plan` draws."""

from __future__ import annotations

from pathlib import Path

from r1cli.artifact import Artifact
from r1cli.engine.job import Node
from r1cli.engine.plan import PlanRow, PlanState
from r1cli.terminal.views.plan import WIDTH, graph
from tests.r1cli.fake_stages import count


def row(name: str, state: PlanState = "to run", *reasons: str, **inputs: str | Artifact) -> PlanRow:
    node = Node(name, count(), dict(inputs), {"name": name}, {})
    seconds = 61.0 if state == "stored" else None
    return PlanRow(node, state, list(reasons), Path(), seconds)


def drawn(*rows: PlanRow) -> list[str]:
    return [line.plain.rstrip() for line in graph(rows)]


def test_each_node_hangs_below_the_model_that_it_starts_from() -> None:
    lines = drawn(
        row("base", "stored"), row("eval_base", model="base"), row("sft", model="base"), row("rl", model="sft")
    )
    assert [line.split("  ")[0] for line in lines[:2]] == ["base", "├─ eval_base"]
    assert lines[2].startswith("└─ sft")
    assert lines[3].startswith("   └─ rl")


def test_further_inputs_are_named_below_the_node() -> None:
    lines = drawn(row("base"), row("samples", model="base"), row("rm", model="base"),
                  row("sft", model="base", data="samples", rm="rm"))  # fmt: skip
    assert lines[-1].strip() == "also from samples (data), rm"


def test_state_fingerprint_and_time_stand_in_columns() -> None:
    base, sft = drawn(row("base", "stored"), row("sft", "to run", "never made", model="base"))
    assert base.index(row("base").node.fingerprint[:16]) == sft.index(row("sft").node.fingerprint[:16])
    assert base.endswith("stored  1:01")
    assert sft.endswith("to run, never made")


def test_reasons_are_wrapped_to_eighty_columns() -> None:
    lines = drawn(row("base", "to run", "trainer.learning_rate: " + "long " * 40))
    assert len(lines) > 2
    assert all(len(line) <= WIDTH for line in lines)


def test_what_comes_from_outside_is_a_root_of_the_graph() -> None:
    lines = drawn(row("sft", model=Artifact(kind="model", location="org/base")))
    assert lines[0] == "org/base  given"
    assert lines[1].startswith("└─ sft")


def test_a_node_whose_input_is_not_drawn_is_a_root_too() -> None:
    (line, remark) = drawn(row("sft", model="base"))
    assert line.startswith("sft")
    assert remark.strip() == "also from base (model)"


def test_many_reasons_are_cut() -> None:
    lines = drawn(row("base", "to run", *(f"reason {i}" for i in range(12))))
    assert lines[-1].strip() == "and 4 more: --json has all"
