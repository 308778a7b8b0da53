"""Memory that one process of a stage needs, in bytes: closed formulas, so that nothing has to be loaded to know.

Mixed precision with AdamW: a weight of w bytes, its gradient (w) and two moments (2 w); a strategy says which of these
are cut into shards. Sources: Rajbhandari et al., ZeRO (arXiv:1910.02054), section 3, for the states; Korthikanti et
al. (arXiv:2205.05198), section 4, for activations: 34 bytes a layer, token and unit of `hidden`, attention scores left
out, of which about twice as much is taken here, to be safe (`LAYER_VALUES`, of two bytes in bfloat16). Not counted: the
allocator's fragments and the CUDA context (`RESERVE_GIB`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from r1cli.cost.shape import ModelShape
from r1cli.errors import ConfigError
from r1cli.stage import Strategy

STRATEGIES: tuple[Strategy, ...] = ("ddp", "zero2", "fsdp2", "zero3")
"""From the simplest to the one that cuts most."""
GIB = 2**30
RESERVE_GIB = 2.0
"""Of a GPU's memory: context, kernels, fragments."""
LAYER_VALUES = 35
"""Values of `hidden` that a layer keeps of a token for its backward pass."""
LOGIT_BYTES = 12
"""A token's logits, softmax and gradient, a vocabulary entry, in float32."""
LORA_SHARE = 0.01
"""Of the parameters that an adapter adds, unless more is known: rank 64 on all linear layers of a 7 B model is 2 %."""


@dataclass(frozen=True)
class TrainingSetup:
    """How a model is trained, as far as memory goes."""

    strategy: Strategy = "ddp"
    processes: int = 1
    """GPUs over which the work is split."""
    replicas: int = 1
    """Copies of the sharded model (fsdp2); each lies on `processes / replicas` GPUs."""
    tokens: int = 1024
    """Of one forward pass with gradients on one GPU, padding included."""
    weight_bytes: int = 4
    """Of a weight, its gradient and each of its moments: 4 for float32, 2 for bfloat16 throughout."""
    compute_bytes: int = 2
    """Of a value in a forward pass: 2 for bf16 and fp16, 4 for fp32."""
    trained_share: float = 1.0
    """Of the parameters; with LoRA the adapters' share, and the rest is frozen."""
    reference: bool = False
    """Is there a reference model beside the policy? With LoRA it is the policy without its adapters, and free."""
    checkpointing: bool = True
    """Are activations computed again in the backward pass?"""
    whole_logits: bool = True
    """Are the logits of all tokens there at once? TRL's loss of SFT takes them in pieces; a reward model has one."""
    cached_tokens: int = 0
    """Tokens in the cache while completions are drawn by the training process itself."""
    programs: float = 0.0
    """Bytes of Python and its libraries, those of processes that draw beside this one included."""

    @property
    def shards(self) -> int:
        """GPUs that one copy of the model is cut over."""
        return max(1, self.processes // self.replicas) if self.strategy == "fsdp2" else self.processes


@dataclass(frozen=True)
class MemoryNeed:
    """What lies in one GPU's memory, in bytes."""

    weights: float = 0.0
    gradients: float = 0.0
    optimizer: float = 0.0
    reference: float = 0.0
    copies: float = 0.0
    """Weights in the precision of the forward pass, and those that are gathered for it."""
    activations: float = 0.0
    logits: float = 0.0
    kv_cache: float = 0.0
    """While completions are drawn; activations and logits are then free."""
    programs: float = 0.0
    """Python and its libraries, of this process and of those that draw beside it: where they lie in the same memory."""

    @property
    def total(self) -> float:
        """At the peak."""
        resident = self.weights + self.gradients + self.optimizer + self.reference + self.copies + self.programs
        return resident + max(self.activations + self.logits, self.kv_cache)

    def parts(self) -> dict[str, float]:
        """Name -> bytes, without what is nothing."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}


def training_memory(shape: ModelShape, setup: TrainingSetup) -> MemoryNeed:
    """What each process holds while it trains.

    Args:
        shape: of the policy; a reference has the same.
        setup: how it is trained.
    """
    w, c, n = setup.weight_bytes, setup.compute_bytes, setup.shards
    is_lora = setup.trained_share < 1
    trained = shape.total * setup.trained_share
    whole = shape.total + (trained if is_lora else 0)
    gathered = (2 * shape.layer + shape.embeddings) * c  # two layers at once, and what belongs to none
    keeps_reference = setup.reference and not is_lora
    kept = shape.layers + LAYER_VALUES if setup.checkpointing else shape.layers * LAYER_VALUES
    shared = {
        "activations": float(shape.hidden * setup.tokens * c * kept),
        "logits": float(LOGIT_BYTES * shape.vocabulary * setup.tokens * setup.whole_logits),
        "kv_cache": shape.kv_values * c * setup.cached_tokens,
        "programs": setup.programs,
    }
    match setup.strategy:
        case "ddp":
            buckets = 2 if setup.processes > 1 else 1  # DDP reduces gradients in buckets of their own
            return MemoryNeed(
                weights=w * whole,
                gradients=w * trained * buckets,
                optimizer=2 * w * trained,
                reference=w * shape.total * keeps_reference,
                copies=c * whole if c < w else 0.0,
                **shared,
            )
        case "zero2":
            return MemoryNeed(
                weights=c * whole,
                gradients=c * trained,
                optimizer=12 * trained / n,  # a float32 master copy, and the moments
                reference=c * shape.total * keeps_reference,
                **shared,
            )
        case "fsdp2" | "zero3":
            # The trained weights are float32 masters here, whatever they were loaded as.
            frozen = whole - trained
            return MemoryNeed(
                weights=(4 * trained + w * frozen) / n,
                gradients=4 * trained / n,
                optimizer=8 * trained / n,
                reference=(w * shape.total / n + shape.layer * c) * keeps_reference,
                copies=gathered,
                **shared,
            )


def sampling_memory(
    shape: ModelShape, *, cached_tokens: int, weight_bytes: int, processes: int = 1, programs: float = 0.0
) -> MemoryNeed:
    """What a process holds that only draws completions; an engine may cut the model over several."""
    return MemoryNeed(
        weights=weight_bytes * shape.total / processes,
        kv_cache=shape.kv_values * 2 * cached_tokens / processes,
        logits=4.0 * shape.vocabulary * 256,
        programs=programs,
    )


def fitting(shape: ModelShape, setup: TrainingSetup, available: float) -> Iterator[TrainingSetup]:
    """Other ways to train the same model that fit into `available` bytes a GPU, the least different first."""
    for trained_share in dict.fromkeys((setup.trained_share, LORA_SHARE)):
        for processes in (n for n in (setup.processes, 2, 4, 8, 16, 32, 64, 128, 256, 512) if n >= setup.processes):
            for strategy in STRATEGIES:
                other = replace(setup, strategy=strategy, processes=processes, replicas=1, trained_share=trained_share)
                if training_memory(shape, other).total <= available:
                    yield other


def check_memory(what: str, shape: ModelShape, setup: TrainingSetup, available: float, device: str) -> MemoryNeed:
    """What is needed, if it fits.

    Args:
        what: is trained; begins the message.
        shape: of the model.
        setup: how it is trained.
        available: bytes of one device.
        device: its name, for the message.

    Raises:
        ConfigError: it does not fit; the hint names what would.
    """
    need = training_memory(shape, setup)
    if need.total <= available:
        return need
    parts = ", ".join(f"{name} {value / GIB:.1f}" for name, value in need.parts().items())
    raise ConfigError(
        f"{what}: {need.total / GIB:.1f} GiB are needed on each {device}, which has {available / GIB:.1f} ({parts})",
        hint=_remedy(shape, setup, available),
    )


def _remedy(shape: ModelShape, setup: TrainingSetup, available: float) -> str:
    """The nearest setup that fits with as many GPUs, and the nearest that trains all weights, in words."""
    found = list(fitting(shape, setup, available))
    here = next((s for s in found if s.processes == setup.processes), None)
    full = next((s for s in found if s.trained_share == setup.trained_share), None)
    ways = [_in_words(s, setup) for s in dict.fromkeys((here, full)) if s is not None]
    fewer = replace(setup, tokens=min(setup.tokens, 1024))
    if training_memory(shape, fewer).total <= available:
        ways.insert(0, "hardware.per_device_batch or hardware.tokens_per_forward smaller")
    return "this fits: " + ", or ".join(ways) if ways else "no strategy of ours fits; take larger or more devices"


def _in_words(setup: TrainingSetup, than: TrainingSetup) -> str:
    words = [f"hardware.strategy={setup.strategy}"] if setup.strategy != than.strategy else []
    if setup.processes != than.processes:
        words.append(f"{setup.processes} GPUs")
    if setup.trained_share != than.trained_share:
        words.append("model.lora")
    return " with ".join(words) or f"hardware.strategy={setup.strategy}"
