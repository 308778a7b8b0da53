"""A benchmark: every completion is kept, only what is missing is asked for, and all numbers come from what was kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tiny_training import Sums

from r1cli.data.rows import Row
from r1cli.errors import ConfigError, R1Error
from r1cli.generators.generator import Generator, Lent, Question, Reply, Usage
from r1cli.generators.local import Local
from r1cli.results import samples
from r1cli.stage import Context, ModelSpec
from r1cli.template import Completion, parse, render
from r1cli.verify.outcome import Outcome
from stages.benchmark import Benchmark

ASKED: list[Question] = []


class Clerk(Generator):
    """Knows sums, last question first; the odd samples are wrong. Gives up after so many replies."""

    patience: int = 10**6

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        ASKED.extend(questions)
        for number, question in enumerate(reversed(questions)):
            if number == self.patience:
                raise R1Error("the budget is spent", hint="raise it")
            a, b = (int(n) for n in question.prompt.strip("?").removeprefix("Sum: ").split(" + "))
            text = render("so", str(a + b + question.sample % 2))
            yield Reply(question, parse(text, tokens=4), Usage(prompt=5, completion=4), model="clerk")

    def name(self) -> str:
        return "clerk"


class Paired(Sums):
    """Sums in pairs that belong together, with a measure of their own."""

    def _row(self, i: int) -> Row:
        row = super()._row(i)
        row.meta.update({"pair": i // 2, "parity": ["even", "odd"][i % 2]})
        return row

    def measures(self, completion: Completion, row: Row) -> Mapping[str, float]:
        return {"brief": float(len(completion.answer) < 2)}


def stage(spec: ModelSpec, **more: Any) -> Benchmark:
    return Benchmark.model_validate(
        {
            "inputs": {}, "seed": 3, "model": spec, "benchmark": "sums", "protocol": "p", "source": "s",
            "licence": "l", "gated": False, "data": Paired(count=6), "generator": Clerk(),
            "instruction": "Sum: {prompt}",
            "instructions": {}, "per_prompt": 4, "limit": None, "primary": "accuracy", "average": "problems",
            "clustered_by": "pair", "by": "parity", "votes": True,
        }
        | more
    )  # fmt: skip


def run(benchmark: Benchmark, ctx: Context) -> tuple[dict[str, Any], list[samples.SampleRecord]]:
    ctx.out.mkdir(parents=True, exist_ok=True)
    made = benchmark.run(ctx)
    return json.loads(made["out"].path.read_text("utf-8")), samples.read(made["samples"].path)


@pytest.fixture
def ctx(context: Callable[..., Context]) -> Callable[[str], Context]:
    def make(name: str = "a") -> Context:
        made = context(name)
        return Context(**{**vars(made), "inputs": {}})

    return make


@pytest.mark.torch
def test_what_was_asked_and_replied_is_kept_and_added_up(ctx: Callable[..., Context], spec: ModelSpec) -> None:
    report, kept = run(stage(spec), ctx())
    assert [record.key for record in kept] == [(f"reasoning-{i}", n) for i in range(6) for n in range(4)]
    assert report["score"]["mean"] == 0.5
    assert report["measures"]["pass_at_k"]["mean"] == 1.0
    assert report["measures"]["cons_at_k"]["mean"] == 0.5, "two against two: a tie counts by its share"
    assert report["ends"]["right"] == report["ends"]["wrong"] == 12
    assert (report["n_problems"], report["n_clusters"], report["k"]) == (6, 3, 4)
    assert report["groups"] == {"even": {"mean": 0.5, "n": 3}, "odd": {"mean": 0.5, "n": 3}}
    assert report["usage"] == {"prompt": 120, "cached": None, "completion": 96, "reasoning": None}
    assert report["model"] == "clerk"
    assert [record.answer_class for record in kept[:4]] == [0, 1, 0, 1]
    assert kept[0].scores["brief"] == 1.0
    assert kept[0].cluster == "0"


@pytest.mark.torch
def test_a_benchmark_that_stops_goes_on_with_what_is_missing(ctx: Callable[..., Context], spec: ModelSpec) -> None:
    ASKED.clear()
    whole = run(stage(spec), ctx("whole"))
    ASKED.clear()
    for _ in range(4):
        with pytest.raises(R1Error, match="budget"):
            run(stage(spec, generator=Clerk(patience=5)), ctx("torn"))
    assert run(stage(spec, generator=Clerk(patience=5)), ctx("torn")) == whole
    times = Counter((question.id, question.sample) for question in ASKED)
    assert len(ASKED) == 24 + 19 + 14 + 9 + 4
    assert set(times) == {record.key for record in whole[1]}


@pytest.mark.torch
def test_the_problems_tell_what_was_asked_and_a_gated_benchmark_does_not(
    ctx: Callable[..., Context], spec: ModelSpec
) -> None:
    run(stage(spec), ctx("open"))
    run(stage(spec, gated=True), ctx("gated"))
    lines = (ctx("open").out / "problems.jsonl").read_text("utf-8").splitlines()
    shown, hidden = json.loads(lines[1]), (ctx("gated").out / "problems.jsonl").read_text("utf-8")
    assert shown["prompt"] == "1 + 1?"
    assert shown["measures"]["accuracy"] == 0.5
    assert "1 + 1" not in hidden
    assert "accuracy" in hidden


@pytest.mark.torch
def test_a_part_of_the_problems_is_the_same_part_and_keeps_clusters_whole(spec: ModelSpec) -> None:
    four = stage(spec, limit=4).chosen_rows()
    assert four == stage(spec, limit=5).chosen_rows()
    assert Counter(row.meta["pair"] for row in four) == dict.fromkeys({row.meta["pair"] for row in four}, 2)
    two = stage(spec, limit=2).chosen_rows()
    assert len(two) == 2
    assert [row for row in four if row in two] == two
    assert len(stage(spec, limit=1).chosen_rows()) == 2, "one cluster at least"


@pytest.mark.torch
def test_seeds_are_those_of_the_row_and_the_sample(ctx: Callable[..., Context], spec: ModelSpec) -> None:
    ASKED.clear()
    run(stage(spec, per_prompt=2), ctx("two"))
    two = {(q.id, q.sample): q.seed for q in ASKED}
    ASKED.clear()
    run(stage(spec, per_prompt=3), ctx("three"))
    three = {(q.id, q.sample): q.seed for q in ASKED}
    assert len(set(three.values())) == 18
    assert two.items() <= three.items()


class Unvoted(Paired):
    VOTES: ClassVar[bool] = False


@pytest.mark.torch
@pytest.mark.parametrize("more", [{"votes": False}, {"data": Unvoted(count=6)}], ids=["benchmark", "task"])
def test_who_may_not_vote_has_no_consensus(ctx: Callable[..., Context], spec: ModelSpec, more: dict[str, Any]) -> None:
    report, kept = run(stage(spec, **more), ctx())
    assert report["measures"]["cons_at_k"] is None
    assert {record.answer_class for record in kept} == {None}


@pytest.mark.torch
def test_a_score_over_groups_is_the_mean_of_the_groups_means(ctx: Callable[..., Context], spec: ModelSpec) -> None:
    class Uneven(Paired):
        def _row(self, i: int) -> Row:
            row = super()._row(i)
            row.meta["pair"] = min(i, 1)
            return row

        def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
            return [Outcome(float(row.meta["pair"] == 0)) for row in rows]

    report, _ = run(stage(spec, data=Uneven(count=5), by="pair", average="groups"), ctx())
    assert report["score"]["mean"] == 0.5
    assert report["measures"]["accuracy"]["mean"] == 0.2


@pytest.mark.torch
def test_a_group_may_count_only_where_all_of_its_problems_are_right(
    ctx: Callable[..., Context], spec: ModelSpec
) -> None:
    class FirstFails(Paired):
        def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
            return [Outcome(float(row.id != "reasoning-0")) for row in rows]

    def score(average: str) -> float:
        found = stage(spec, data=FirstFails(count=6), by="pair", average=average, primary="pass_at_k")
        mean: float = run(found, ctx(average))[0]["score"]["mean"]
        return mean

    assert score("groups") == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert score("all_of_group") == pytest.approx((0 + 1 + 1) / 3)


class Mumbles(Paired):
    """Reads only what its even samples say in the first two problems; the third is never read."""

    def judge(self, completions: Sequence[Completion], rows: Sequence[Row]) -> list[Outcome]:
        sums = [int(completion.answer) for completion in completions]
        wanted = [int(row.answer or "") for row in rows]
        read = [
            row.id != "reasoning-2" and found == right for row, found, right in zip(rows, sums, wanted, strict=True)
        ]
        return [Outcome(1.0) if ok else Outcome(0.0, "unparseable") for ok in read]


@pytest.mark.torch
def test_what_cannot_be_read_is_drawn_again_as_often_as_is_allowed(
    ctx: Callable[..., Context], spec: ModelSpec
) -> None:
    ASKED.clear()
    once, kept = run(stage(spec, data=Mumbles(count=3), per_prompt=1, clustered_by=None), ctx("once"))
    assert [record.sample for record in kept] == [0, 0, 0]
    assert once["score"]["mean"] == pytest.approx(2 / 3)
    odd = {"data": Mumbles(count=3), "per_prompt": 2, "clustered_by": None}
    plain, kept = run(stage(spec, **odd), ctx("plain"))
    assert len(kept) == 6
    ASKED.clear()
    again, kept = run(stage(spec, **odd, redraws=1), ctx("again"))
    assert [record.key for record in kept] == [
        *((f"reasoning-{i}", n) for i in range(2) for n in (0, 1, 3)), *(("reasoning-2", n) for n in range(4))
    ]  # fmt: skip
    assert len(ASKED) == 10  # no completion twice
    assert (plain["ends"]["unparseable"], again["ends"]["unparseable"]) == (4, 8)
    assert again["score"]["mean"] == plain["score"]["mean"] == pytest.approx(1 / 3)  # the odd ones stay unreadable
    assert again["n_problems"] == 3
    assert len(stage(spec, **odd, redraws=1).at_most()) == 3 * 4


@pytest.mark.torch
def test_a_row_without_what_it_is_grouped_by_is_a_mistake_that_is_named(
    ctx: Callable[..., Context], spec: ModelSpec
) -> None:
    with pytest.raises(ConfigError, match="has no 'level'"):
        run(stage(spec, clustered_by="level"), ctx())


@pytest.mark.torch
def test_a_model_that_runs_here_replies_and_is_named(context: Callable[..., Context], spec: ModelSpec) -> None:
    local = Local(temperature=1.0, top_p=1.0, max_completion_tokens=5)
    benchmark = stage(spec, generator=local, inputs={"model": "r1_zero"}, per_prompt=2)
    report, kept = run(benchmark, context("local"))
    assert report["model"] == "r1_zero"
    assert {record.model for record in kept} == {"r1_zero"}
    assert report["max_completion_tokens"] == 5
    assert report["measures"]["tokens"]["mean"] <= 5
    assert run(benchmark, context("again")) == (report, samples.read(context("again").out / "samples.jsonl"))


KILLED = """
import sys
sys.path[:0] = {paths!r}
import test_benchmark
test_benchmark.run_slowly({folder!r})
"""


class Slow(Clerk):
    """Writes down what it is asked before it replies, so that a kill loses no trace of a question."""

    def replies(self, questions: Sequence[Question], lent: Lent) -> Iterator[Reply]:
        import time

        for question in questions:
            time.sleep(0.02)
            with (lent.folder / "asked.txt").open("a") as file:
                file.write(f"{question.id} {question.sample}\n")
            yield from super().replies([question], lent)


def run_slowly(folder: str) -> None:
    import logging

    from tiny_training import SPEC, Recorder

    from r1cli.stage import Placement

    out, checkpoint = Path(folder) / "out", Path(folder) / "checkpoint"
    out.mkdir(parents=True, exist_ok=True)
    checkpoint.mkdir(exist_ok=True)
    log = logging.getLogger("test")
    ctx = Context("node", {}, out, checkpoint, Recorder(), Placement(device="cpu"), log)
    stage(SPEC, generator=Slow(), data=Paired(count=20)).run(ctx)


@pytest.mark.slow
@pytest.mark.torch
def test_nine_kills_do_not_change_the_report_and_cost_one_question_each(tmp_path: Path) -> None:
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    folder = tmp_path / "killed"
    code = KILLED.format(paths=paths, folder=str(folder))
    arrived = folder / "checkpoint/samples.jsonl"
    for kill in range(1, 10):
        child = subprocess.Popen([sys.executable, "-c", code])
        while (arrived.read_bytes().count(b"\n") if arrived.exists() else 0) < 8 * kill and child.poll() is None:
            pass
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    subprocess.run([sys.executable, "-c", code], check=True)
    run_slowly(str(tmp_path / "whole"))
    for name in ("report.json", "problems.jsonl", "samples.jsonl"):
        assert (folder / "out" / name).read_bytes() == (tmp_path / "whole/out" / name).read_bytes()
    asked = Counter((folder / "out/generator/asked.txt").read_text().splitlines())
    assert len(asked) == 80
    assert asked.total() <= 80 + 9
