"""What one node of a job costs, for one value of each thing that is guessed."""

from __future__ import annotations

from dataclasses import dataclass

from r1cli.cost.device import Assumed, Device
from r1cli.cost.memory import GIB, LORA_SHARE, MemoryNeed, TrainingSetup, sampling_memory, training_memory
from r1cli.cost.shape import ModelShape
from r1cli.cost.time import BACKWARD, FORWARD, Devices, Rollout, drawing_s, engine_size, reading_s
from r1cli.engine.hardware import Hardware
from r1cli.generators.processes.pool import OWN_GIB, worthwhile
from r1cli.stage import Drawing, Learning, Stage, Workload

LEAST_TOKENS = 1024
"""Of a forward pass of GRPO."""
LIBRARIES_GIB = 0.5
"""Resident in a process that has imported torch, transformers and TRL, measured on a CPU."""
TEXT_BYTES = 4
"""A token as text."""
LORA_RANK = 32
"""The rank to which `LORA_SHARE` belongs."""


@dataclass(frozen=True)
class PricedNode:
    """A node with what its price depends on."""

    name: str
    stage: Stage
    work: Workload
    shape: ModelShape
    rows: int | None
    """That its input `data` holds at most; None: it has none, or nobody knows."""
    mixed_in: int
    """Rows of that input that were not sampled."""


@dataclass(frozen=True)
class NodeCost:
    """What a node takes."""

    drawn_tokens: float
    learned_tokens: float
    seconds: float
    """Of wall time."""
    floor_s: float
    """Of them, those that pass while the longest completions are drawn: more devices do not shorten them."""
    device_hours: float
    usd: float


def cost(node: PricedNode, device: Device, hardware: Hardware, devices: int, assumed: Assumed) -> NodeCost:
    """Tokens, time and money of one node.

    Args:
        node: what is to be done.
        device: that does it.
        hardware: how the work is placed.
        devices: that are paid for; a stage that cannot be shared uses one of them.
        assumed: a value for each guess.
    """
    used = devices if node.stage.is_shared() else 1
    cluster = devices_for(node.shape, device, hardware, used)
    drawn = [_draw(node, drawing, cluster, assumed) for drawing in node.work.drawn]
    learned_tokens, learning_s = _learn(node, node.work.learned, cluster, assumed)
    seconds = (sum(part.seconds for part in drawn) + learning_s) * assumed.repeats
    hours = seconds * devices / 3600
    return NodeCost(
        drawn_tokens=sum(part.tokens for part in drawn) * assumed.repeats,
        learned_tokens=learned_tokens * assumed.repeats,
        seconds=seconds,
        floor_s=sum(part.floor_s for part in drawn) * assumed.repeats,
        device_hours=hours,
        usd=hours * assumed.usd_per_hour,
    )


def devices_for(shape: ModelShape, device: Device, hardware: Hardware, devices: int) -> Devices:
    """So many devices, with engines as large as the model wants; each device of an engine adds to what it draws."""
    engine = engine_size(shape, device, devices)
    return Devices(device, devices, engine, hardware.rows_at_once(on_gpu=device.is_gpu) * engine)


@dataclass(frozen=True)
class _Drawn:
    tokens: float
    seconds: float
    floor_s: float


def _draw(node: PricedNode, drawing: Drawing, cluster: Devices, assumed: Assumed) -> _Drawn:
    prompts = assumed.rows if drawing.prompts is None else drawing.prompts
    awaited = min(prompts, drawing.awaited or prompts)
    rollout = Rollout(
        completions=awaited * drawing.per_prompt,
        per_prompt=drawing.per_prompt,
        mean=drawing.cap * assumed.mean_completion,
        longest=drawing.cap,
        prompt=assumed.prompt_tokens,
    )
    rollouts = prompts / awaited
    alone = Rollout(1, 1, mean=0.0, longest=drawing.cap, prompt=0.0)  # one completion that nothing else delays
    return _Drawn(
        tokens=prompts * drawing.per_prompt * rollout.mean,
        seconds=rollouts * (drawing_s(node.shape, cluster, assumed, rollout) + assumed.rollout_s),
        floor_s=rollouts * drawing_s(node.shape, cluster, assumed, alone),
    )


def _learn(node: PricedNode, learned: Learning | None, cluster: Devices, assumed: Assumed) -> tuple[float, float]:
    """(tokens, wall seconds) of what is trained on."""
    if learned is None:
        return 0.0, 0.0
    length = _read_length(node, learned, assumed)
    sequences = learned.passes * learned.together * _sequences(node, learned, assumed)
    passes = FORWARD + (1.0 if node.stage.model.lora else BACKWARD) + learned.old + learned.reference
    tokens = sequences * length
    read = tokens * passes + learned.scored * length
    seconds = reading_s(node.shape, cluster, assumed, tokens=read, context=length, passes=1.0)
    return tokens, seconds


def _sequences(node: PricedNode, learned: Learning, assumed: Assumed) -> float:
    if learned.sequences is not None:
        return learned.sequences
    return assumed.rows if node.rows is None else node.rows * assumed.kept + node.mixed_in


def _read_length(node: PricedNode, learned: Learning, assumed: Assumed) -> float:
    """Mean tokens of what is trained on: a prompt with a completion, or with a demonstration."""
    share = assumed.mean_completion if node.work.drawn else assumed.mean_demonstration
    return assumed.prompt_tokens + learned.longest * share


def setup_of(node: PricedNode, device: Device, hardware: Hardware, devices: int, assumed: Assumed) -> TrainingSetup:
    """How a node trains, as far as memory goes."""
    stage, learned = node.stage, node.work.learned
    assert learned is not None
    length = _read_length(node, learned, assumed)
    config = stage.config()
    share = max(1, int(config.get("batch_size", 1)) // devices)
    if node.work.drawn:
        limit = hardware.tokens_per_forward if hardware.tokens_per_forward != "auto" else LEAST_TOKENS
        tokens = max(limit, assumed.prompt_tokens + learned.longest)  # a sequence is never cut
    else:
        tokens = min(hardware.per_device_batch, share) * learned.together * length
    adapters = stage.model.lora
    return TrainingSetup(
        strategy=hardware.strategy,
        processes=devices,
        replicas=hardware.replicas_of(devices),
        tokens=round(tokens),
        weight_bytes=_bytes(stage.model.dtype),
        compute_bytes=2 if device.is_gpu and hardware.precision != "fp32" else 4,
        trained_share=LORA_SHARE * adapters.get("r", 8) / LORA_RANK if adapters else 1.0,
        reference=learned.reference,
        checkpointing=device.is_gpu,
        whole_logits=bool(node.work.drawn),
        cached_tokens=_cached_tokens(node, hardware, device, devices, assumed),
        programs=_programs(node, hardware, device, assumed),
    )


def memory_of(node: PricedNode, device: Device, hardware: Hardware, devices: int, assumed: Assumed) -> MemoryNeed:
    """What each of its processes holds at the peak."""
    if node.work.learned is not None:
        return training_memory(node.shape, setup_of(node, device, hardware, devices, assumed))
    cached = _cached_tokens(node, hardware, device, devices, assumed)
    return sampling_memory(
        node.shape,
        cached_tokens=cached,
        weight_bytes=_bytes(node.stage.model.dtype),
        programs=_programs(node, hardware, device, assumed),
    )


def _programs(node: PricedNode, hardware: Hardware, device: Device, assumed: Assumed) -> float:
    """Bytes of Python and its libraries; on a GPU they lie in another memory."""
    if device.is_gpu:
        return 0.0
    processes = 1 if hardware.processes == "auto" else hardware.processes
    drawing = max((_at_once(drawing, hardware, device, processes, assumed) for drawing in node.work.drawn), default=0.0)
    beside = 0
    if processes == 1 or node.work.learned is None:  # else each of those that train together draws by itself
        threads = hardware.threads_of(processes)
        beside = worthwhile(node.shape.total, threads=threads, completions=int(drawing)) - 1
    return GIB * (LIBRARIES_GIB + OWN_GIB * beside)


def _at_once(drawing: Drawing, hardware: Hardware, device: Device, devices: int, assumed: Assumed) -> float:
    """Completions of one drawing that are drawn together on one device."""
    prompts = assumed.rows if drawing.prompts is None else drawing.prompts
    completions = min(prompts, drawing.awaited or prompts) * drawing.per_prompt / devices
    return min(hardware.rows_at_once(on_gpu=device.is_gpu), completions)


def _cached_tokens(node: PricedNode, hardware: Hardware, device: Device, devices: int, assumed: Assumed) -> int:
    """Of all completions that one device draws at once."""
    most = 0.0
    for drawing in node.work.drawn:
        rows = _at_once(drawing, hardware, device, devices, assumed)
        most = max(most, rows * (assumed.prompt_tokens + drawing.cap))
    return round(most)


def disk_of(node: PricedNode, costs: NodeCost) -> tuple[float, float]:
    """Bytes of the result, and of the two checkpoints that lie beside it while the stage runs."""
    if type(node.stage).MAKES not in {"model", "reward_model"}:
        return costs.drawn_tokens * TEXT_BYTES, 0.0
    weights = node.shape.total * _bytes(node.stage.model.dtype)
    share = 0.02 if node.stage.model.lora else 1.0
    reference = node.work.learned is not None and node.work.learned.reference and not node.stage.model.lora
    return weights, 2 * (3 * share + reference) * weights


def _bytes(dtype: str) -> int:
    return 4 if dtype == "float32" else 2
