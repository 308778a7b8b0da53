"""Whole weights of a model that lies in shards on several processes: to read, to write, to sample with.

Every process must call these together, because gathering a weight takes all of them. A weight of FSDP2 is a DTensor,
one of ZeRO-3 has an id of DeepSpeed's, any other is whole already.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

WRAPPER = "_checkpoint_wrapped_module."
"""In names of weights whose layer computes its activations twice."""


def named(model: Any) -> dict[str, torch.nn.Parameter]:
    """The model's weights under the names that they have on one process; tied ones once."""
    return {name.replace(WRAPPER, ""): weight for name, weight in model.named_parameters()}


def is_sharded(weight: Any) -> bool:
    """Does this process hold a part of the weight only?"""
    return hasattr(weight, "full_tensor") or hasattr(weight, "ds_id")


def has_master(weight: Any) -> bool:
    """Does DeepSpeed's optimizer keep the weight in float32, beside the one that is computed with?"""
    return hasattr(weight, "_hp_mapping") or hasattr(weight, "_z3_optimizer")


def gathered(weights: Mapping[str, Any], *, keep: bool, masters: bool = False) -> dict[str, torch.Tensor]:
    """Copies of whole weights on the CPU, one after another; empty where `keep` is not set.

    Args:
        weights: of `named`, the same on all processes.
        keep: whether this process wants them. All must take part.
        masters: those that the optimizer updates, where it keeps them apart from those that are computed with.
    """
    whole = {}
    for name, weight in weights.items():
        tensor = _master(weight) if masters and has_master(weight) else None
        tensor = _whole(weight) if tensor is None else tensor
        if keep:
            whole[name] = tensor.detach().to("cpu", copy=True)
    return whole


def _master(weight: Any) -> Any:
    """None: the weight is not trained."""
    from deepspeed.utils import safe_get_full_fp32_param

    return safe_get_full_fp32_param(weight)


def _whole(weight: Any) -> Any:
    if hasattr(weight, "full_tensor"):
        return weight.full_tensor()
    if hasattr(weight, "ds_id"):
        import deepspeed

        with deepspeed.zero.GatheredParameters([weight]):
            return weight.data.clone()
    return weight.data


def scatter(values: Mapping[str, torch.Tensor], weights: Mapping[str, Any]) -> None:
    """Set weights to whole values, which every process has."""
    import torch

    with torch.no_grad():
        for name, weight in weights.items():
            _set(weight, values[name])


def _set(weight: Any, value: torch.Tensor) -> None:
    if hasattr(weight, "full_tensor"):
        from torch.distributed.tensor import distribute_tensor

        on_device = value.to(device=weight.device, dtype=weight.dtype)
        # Without a source every process cuts its own share out of the value that it has.
        weight.copy_(distribute_tensor(on_device, weight.device_mesh, weight.placements, src_data_rank=None))
        return
    with _writable([weight]):
        weight.data.copy_(value)


def mix(weight: Any, other: Any, alpha: float) -> None:
    """weight = alpha * other + (1 - alpha) * weight; shares of FSDP2 lie on the processes in the same way."""
    with _writable([weight, other]):
        weight.data.mul_(1.0 - alpha).add_(other.data, alpha=alpha)


def _writable(weights: Sequence[Any]) -> contextlib.AbstractContextManager[Any]:
    """Meanwhile each weight is whole, where ZeRO-3 has cut it; what the first process writes to it counts."""
    if not any(hasattr(weight, "ds_id") for weight in weights):
        return contextlib.nullcontext()
    import deepspeed

    gathered: contextlib.AbstractContextManager[Any] = deepspeed.zero.GatheredParameters(weights, modifier_rank=0)
    return gathered


@contextlib.contextmanager
def unsharded(model: Any) -> Iterator[None]:
    """Have all weights of a model of FSDP2 on every process meanwhile, so that each may compute as often as it likes.

    A forward pass of a sharded model gathers layer after layer and waits for all processes. Sampling takes a pass for
    each token, and not every process has the same number of them.
    """
    from torch.distributed.fsdp import FSDPModule

    if not isinstance(model, FSDPModule):
        yield
        return
    model._get_fsdp_state()._lazy_init()  # noqa: SLF001 - as the first forward pass would, and this may be it
    groups = list(_groups(model))
    before = [group.post_forward_mesh_info for group in groups]
    for group in groups:
        group.post_forward_mesh_info = None  # weights stay after a forward pass
        group.lazy_init()
        group.unshard()
        group.wait_for_unshard()
    try:
        yield
    finally:
        for group, info in zip(groups, before, strict=True):
            group.post_forward_mesh_info = info
            group.reshard()


def _groups(model: Any) -> Iterable[Any]:
    """torch's groups of weights that are gathered together; each once."""
    from torch.distributed.fsdp import FSDPModule

    seen = set()
    for module in model.modules():
        if isinstance(module, FSDPModule):
            for group in module._get_fsdp_state()._fsdp_param_groups:  # noqa: SLF001 - modules may share a group
                if id(group) not in seen:
                    seen.add(id(group))
                    yield group
