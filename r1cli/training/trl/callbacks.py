"""What happens between the updates of a trainer: reporting, a rising length cap, a look at what is sampled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from r1cli.stage import Tracker
from r1cli.training.alarms import Watch
from r1cli.training.clock import Clock


class Callback:
    """transformers.TrainerCallback's interface, without importing it: events that are not handled pass by."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_"):
            return _ignore
        raise AttributeError(name)


def _ignore(*_: Any, **__: Any) -> None:
    """An event that nobody waits for."""


class Reporter(Callback):
    """The trainer's log to the tracker, under `train/`, at the update that it belongs to."""

    SHOWN = ("reward", "rewards/accuracy/raw", "accuracy", "loss")
    """The first three of these that the trainer logs stand on the progress line."""
    ONCE = "train_runtime"
    """Only the log at the end has it; its totals are no metric of an update."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.latest: dict[str, float] = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if not logs or self.ONCE in logs:
            return
        metrics = _metrics(logs)
        self.latest |= metrics  # rewards are absent from updates that reuse rollouts
        self.tracker.log({f"train/{name}": value for name, value in metrics.items()}, step=state.global_step)
        self.tracker.progress(state.global_step, state.max_steps, **self._shown(), **self._unusual_shares())

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.tracker.summary({"updates": state.global_step, **self.latest})

    def _shown(self) -> dict[str, float]:
        logged = [name for name in self.SHOWN if name in self.latest]
        return {_short(name): self.latest[name] for name in logged[:3]}

    def _unusual_shares(self) -> dict[str, float]:
        """Of the last batch, what was neither scored nor without anything to score: `accuracy timed_out`."""
        shares = {}
        for name, share in self.latest.items():
            _, prefix, term_and_status = name.partition("reward_status/")
            ordinary = name.endswith(("/scored", "/not_applicable"))
            if prefix and share and not ordinary:
                shares[term_and_status.replace("/", " ")] = share
        return shares


def _metrics(logs: Mapping[str, Any]) -> dict[str, float]:
    """The numbers that a trainer logs, under our names."""
    return {_renamed(name): value for name, value in logs.items() if isinstance(value, int | float)}


def _renamed(name: str) -> str:
    """TRL calls the unweighted mean of a reward term `mean`."""
    if name.startswith("rewards/") and name.endswith("/mean"):
        return name.removesuffix("/mean") + "/raw"
    return name


def _short(name: str) -> str:
    """`rewards/accuracy/raw` is `accuracy` on the progress line."""
    return name.split("/")[1] if "/" in name else name


class Alarms(Callback):
    """Shows what each update logs to whoever watches it (r1cli.training.alarms)."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        self.watch.look(_metrics(logs or {}), step=state.global_step)


class LengthSchedule(Callback):
    """The cap on completions, raised while training (R1-Zero: 32,768 tokens, from update 8,200 on 65,536)."""

    def __init__(self, trainer: Any, schedule: Mapping[int, int]) -> None:
        self.trainer = trainer
        self.schedule = schedule
        """Update -> longest completion in tokens from then on."""

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        reached = [update for update in self.schedule if update <= state.global_step]
        if not reached:
            return
        cap = self.schedule[max(reached)]
        self.trainer.max_completion_length = cap
        if self.trainer.use_vllm:
            self.trainer.vllm_generation.max_completion_length = cap
        else:
            self.trainer.generation_config.max_new_tokens = cap


class Samples(Callback):
    """A table of sampled completions, now and then: numbers do not show how a policy cheats."""

    ROWS = 16

    def __init__(self, sample: Callable[[int], list[dict[str, Any]]], tracker: Tracker, *, every: int) -> None:
        self.sample = sample
        self.tracker = tracker
        self.every = every

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % self.every == 0 and (rows := self.sample(self.ROWS)):
            self.tracker.table("completions", rows, step=state.global_step)


class Timing(Callback):
    """Where the time of each update went: `time/rollout` and so on, in seconds, and their shares at the end."""

    def __init__(self, clock: Clock, tracker: Tracker) -> None:
        self.clock = clock
        self.tracker = tracker
        self.total: Counter[str] = Counter()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.clock.reading()  # what came before belongs to no update

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.clock.enter("optimizer")

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.clock.leave()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        seconds = self.clock.reading()
        self.total.update(seconds)
        self.tracker.log({f"time/{phase}": value for phase, value in seconds.items()}, step=state.global_step)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        whole = sum(self.total.values()) or 1.0
        self.tracker.summary({f"time_share/{phase}": value / whole for phase, value in self.total.items()})
