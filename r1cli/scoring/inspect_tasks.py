"""Every benchmark as a task of inspect (inspect_ai), judged by the verifier that judges here.

    pip install "r1cli[inspect]"
    inspect eval r1cli/math500 --model openai/gpt-4o -T data=path/to/data -T problems=50

inspect finds this module by its entry point; nothing here imports it. A task has our rows and our instruction, as many
epochs as the benchmark asks for samples, and one scorer: the task's own `judge`. The cluster of each problem is in the
sample's metadata, and the standard error is clustered by it. Choices keep the order of their first sample in all
epochs, which is where this differs from `r1 eval`. A log of inspect is read back with `generator=recorded
generator.format=inspect`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import anyio.to_thread
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as InspectSample
from inspect_ai.scorer import Score, accuracy, scorer, stderr
from inspect_ai.solver import generate

from r1cli.config.catalogue import options
from r1cli.config.evaluation import build_evaluation
from r1cli.errors import ConfigError
from r1cli.generators.serving.reading import of_parts
from r1cli.results.judging import PosedSample
from r1cli.tasks.base import judge
from r1cli.template import Completion
from r1cli.verify.outcome import Outcome

NO_MODEL = ("generator=recorded", "generator.path=inspect")
"""inspect asks the model: here nobody does."""


def benchmark_task(name: str, data: str | None, problems: int | None, samples: int | None) -> Any:
    """The inspect task of a benchmark.

    Args:
        name: of the benchmark, as conf/benchmark has it.
        data: folder of the files; None: $R1_DATA, or `data`.
        problems: at most so many; None: all.
        samples: epochs, at most; None: as many as the benchmark asks for.

    Raises:
        ConfigError: its rows are not here, or may not be copied into a log.
    """
    stage = _stage(name, data, problems, samples)
    posed = _first_samples(name, data, problems, samples)
    return Task(
        dataset=MemoryDataset([_sample(each) for each in posed], name=name),
        solver=generate(),
        scorer=verifier(name, data, problems, samples),
        epochs=stage.per_prompt,
        name=name,
    )


@lru_cache(maxsize=4)
def _stage(name: str, data: str | None, problems: int | None, samples: int | None) -> Any:
    keys = {"paths.data": data, "problems": problems, "samples": samples}
    chosen = [f"{key}={value}" for key, value in keys.items() if value is not None]
    job = build_evaluation([f"benchmark={name}", *NO_MODEL, *chosen], fetch=True)
    (stage,) = job.stages.values()
    if getattr(stage, "gated", False):
        raise ConfigError(f"{name}: its rows may be copied nowhere, and inspect's log would", hint="r1 eval puts it")
    return stage


@lru_cache(maxsize=4)
def _first_samples(name: str, data: str | None, problems: int | None, samples: int | None) -> list[PosedSample]:
    posed: Sequence[PosedSample] = _stage(name, data, problems, samples).posed()
    return [each for each in posed if each.question.sample == 0]


def _sample(posed: PosedSample) -> Any:
    about = {"cluster": posed.cluster, "language": posed.row.language}
    return InspectSample(id=posed.row.id, input=posed.question.prompt, target=posed.row.answer or "", metadata=about)


def _verifier(name: str, data: str | None, problems: int | None, samples: int | None) -> Any:
    """Our verifier, as a scorer: 1 is right, 0 wrong; unscored where it crashed or has nothing to judge by."""
    posed = {each.row.id: each for each in _first_samples(name, data, problems, samples)}

    async def score(state: Any, _target: Any) -> Any:
        row = posed[str(state.sample_id)].row
        (outcome,) = await anyio.to_thread.run_sync(partial(judge, [completion_of(state.output)], [row]))
        return score_of(outcome)

    return score


verifier = scorer(metrics=[accuracy(), stderr(cluster="cluster")], name="verifier")(_verifier)


def completion_of(output: Any) -> Completion:
    """What a model wrote, as our verifiers take it; a thought of its own field is a thought."""
    content = output.message.content
    parts = [] if isinstance(content, str) else content
    text = content if isinstance(content, str) else "".join(p.text for p in parts if p.type == "text")
    thoughts = [part.reasoning for part in parts if part.type == "reasoning"]
    tokens = output.usage.output_tokens if output.usage else 0
    return of_parts(text, "\n".join(thoughts) or None, finished=output.stop_reason == "stop", tokens=tokens)


def score_of(outcome: Outcome) -> Any:
    """A verdict in inspect's words."""
    if outcome.value is None:
        return Score.unscored(reason=outcome.status)
    return Score(value=outcome.value, answer=outcome.extracted or "", explanation=outcome.note or outcome.status)


def _registered(name: str) -> Any:
    def benchmark(data: str | None = None, problems: int | None = None, samples: int | None = None) -> Any:
        return benchmark_task(name, data, problems, samples)

    return task(name=name)(benchmark)


TASKS = {name: _registered(name) for name in options("benchmark")}
"""Benchmark -> its task, as inspect knows it: `r1cli/<name>`."""
