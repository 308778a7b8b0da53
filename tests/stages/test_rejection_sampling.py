"""Rejection sampling: named filters that count, shards that survive a kill, rows that say where they come from."""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tiny_training import Killed, Recorder, Sums

from r1cli.data.rows import read_rows
from r1cli.errors import StageFailed
from r1cli.generators.sampler import Prompt
from r1cli.stage import Context, ModelSpec
from r1cli.template import Completion, parse, render
from stages import rejection_sampling
from stages.rejection_sampling import RejectionSampling


def stage(spec: ModelSpec, **more: Any) -> RejectionSampling:
    plain = {
        "inputs": {"model": "reasoning_rl"},
        "seed": 0,
        "model": spec,
        "data": Sums(count=8),
        "general": Sums(count=3, kind="helpful", first=100),
        "sampling": {"per_prompt": 3, "temperature": 1.0, "top_p": 1.0, "max_completion_tokens": 8},
        "filters": {
            "min_language_consistency": 0.9,
            "max_paragraph_characters": 100,
            "max_repetition": 0.5,
            "repetition_n": 5,
        },
        "min_kept": 1,
        "keep_per_prompt": 1,
        "refine": False,
        "shard_size": 4,
    }
    return RejectionSampling.model_validate(plain | more)


def canned(monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> list[str]:
    """Completions without a model: the same three for every prompt; returns the first prompt of each call."""
    first: list[str] = []

    def sample(model: Any, tokenizer: Any, prompts: list[Prompt], how: Any, *, seed: int, rows: int) -> Any:
        first.append(prompts[0].key)
        for i, prompt in enumerate(prompts):
            right = str(sum(map(int, prompt.text.split("?")[0].removeprefix("User: ").split(" + "))))
            yield i, [parse(t.replace("RIGHT", right)) for t in texts]

    monkeypatch.setattr(rejection_sampling, "sample", sample)
    monkeypatch.setattr(rejection_sampling, "load_policy", lambda ctx, spec, backend: (None, None))
    return first


def ready(ctx: Context) -> Context:
    ctx.out.mkdir(parents=True, exist_ok=True)
    return ctx


def test_what_is_right_is_kept_and_every_drop_is_counted(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = render("so it is", "RIGHT")
    canned(monkeypatch, [render("so it is", "99"), good, good, "RIGHT", render("then it is", "RIGHT")])
    seen = Recorder()
    made = stage(spec).run(ready(context(tracker=seen)))
    report = json.loads(made["report"].path.read_text())
    dropped = {k: v for k, v in report["dropped"].items() if v}
    assert dropped == {"wrong": 8, "duplicate": 8, "malformed": 8, "surplus": 8}
    assert (report["sampled"], report["kept"], report["general"], report["total"]) == (40, 8, 3, 11)
    rows = read_rows(made["out"].path)
    assert len(rows) == 11
    sampled = [r for r in rows if r.kind == "reasoning"]
    assert {r.meta["origin"]["node"] for r in sampled} == {"reasoning_rl"}
    assert all(r.demonstration == render("so it is", r.answer or "") for r in sampled)
    card = (made["out"].path.parent / "README.md").read_text()
    assert "| wrong | 8 |" in card


def test_a_killed_run_goes_on_with_the_next_shard(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiesAfterOneShard(Recorder):
        def progress(self, done: int, total: int, **shown: float) -> None:
            raise Killed

    first = canned(monkeypatch, [render("so it is", "RIGHT")] * 3)
    with pytest.raises(Killed):
        stage(spec).run(ready(context("killed", tracker=DiesAfterOneShard())))
    resumed = stage(spec).run(ready(context("killed")))
    assert first == ["reasoning-0", "reasoning-4"]
    straight = stage(spec).run(ready(context("straight")))
    assert resumed["out"].path.read_bytes() == straight["out"].path.read_bytes()


def test_a_damaged_shard_is_sampled_again(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = canned(monkeypatch, [render("so it is", "RIGHT")] * 3)
    ctx = ready(context())
    first = stage(spec).run(ctx)["out"].path.read_bytes()
    shard = ctx.checkpoint / "shard-00001-of-4/records.jsonl"
    shard.write_bytes(shard.read_bytes()[:-20])
    assert stage(spec).run(ctx)["out"].path.read_bytes() == first
    assert prompts == ["reasoning-0", "reasoning-4", "reasoning-4"]


def test_memory_does_not_grow_with_the_number_of_completions(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 300 prompts with 10 kB of completions each, far less is ever held than their 3 MB."""
    canned(monkeypatch, [render("so " * 1000 + word, "RIGHT") for word in ("it", "be", "so")])
    long = {"data": Sums(count=300), "general": None, "keep_per_prompt": 3, "shard_size": 5}
    loose = {"max_paragraph_characters": 10_000, "max_repetition": 1.0}
    filters = stage(spec).filters.model_copy(update=loose)
    tracemalloc.start()
    made = stage(spec, **long, filters=filters).run(ready(context()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made["out"].path.stat().st_size > 2_500_000
    assert peak < 1_000_000


def test_refining_comes_before_the_filters(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(monkeypatch, ["  <think> so it is </think>\n\n<answer> RIGHT </answer>"] * 3)
    made = stage(spec, refine=True, general=None).run(ready(context()))
    assert all(r.demonstration == render("so it is", r.answer or "") for r in read_rows(made["out"].path))


def test_nothing_kept_is_a_failure_and_not_an_empty_dataset(
    context: Callable[..., Context], spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    canned(monkeypatch, ["no"])
    with pytest.raises(StageFailed, match="kept 0 of 8 completions, fewer than 1 .dropped: malformed 8"):
        stage(spec).run(ready(context()))


@pytest.mark.torch
def test_a_real_model_is_sampled_the_same_way_twice(context: Callable[..., Context], spec: ModelSpec) -> None:
    from r1cli.generators.sampler import sample
    from r1cli.training.models import load_model, load_tokenizer

    source = context().inputs["model"]
    model, tokenizer = load_model(source, spec), load_tokenizer(source)
    texts = ["User: 1 + 1?\nAssistant: ", "User: a longer question than that, 2 + 2?\nAssistant: ", "User: 0?"]
    prompts = [Prompt(str(number), text) for number, text in enumerate(texts)]
    how = stage(spec).sampling
    first, second = (dict(sample(model, tokenizer, prompts, how, seed=1, rows=rows)) for rows in (9, 2))
    assert first == second
    assert sorted(first) == [0, 1, 2]
    assert all(len(completions) == 3 for completions in first.values())
    assert dict(sample(model, tokenizer, prompts, how, seed=2, rows=9)) != first


@pytest.mark.parametrize(
    ("thought", "finished", "why"),
    [
        ("so it is two", True, None),
        ("so it is two", False, "truncated"),
        ("所以是两个苹果和三个梨", True, "mixed_language"),
        ("so it is " * 30, True, "long_paragraph"),
        ("so it is\n```python\nprint(2)\n```", True, "code_block"),
        ("so it is so it is so it is so it is so it is so it is", True, "repetition"),
    ],
)
def test_each_filter_has_its_name(spec: ModelSpec, thought: str, finished: bool, why: str | None) -> None:
    row = replace(Sums(count=1).rows()[0], language="en")
    completion = replace(parse(render(thought, row.answer or "")), finished=finished)
    assert isinstance(completion, Completion)
    assert stage(spec).filters.reject(completion, row, right=row.verify(completion)) == why
