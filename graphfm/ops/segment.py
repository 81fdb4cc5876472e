"""Reductions of rows that share a segment index: sum, mean, max, softmax."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.ops.tiers import Tier, compiled, resolve, torch_scatter


def segment_sum(src: Tensor, index: Tensor, num_segments: int, *, tier: Tier = "native") -> Tensor:
    """``out[i] = sum of src[j] over index[j] == i``; an empty segment gives 0.

    Args:
        src: (E, ...) rows.
        index: (E,) int64 segment of each row, in any order.
        num_segments: rows of the result.
        tier: see `graphfm.ops`.

    Shapes:
        returns (num_segments, ...).

    >>> segment_sum(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0, 0, 2]), 3)
    tensor([3., 0., 3.])
    """
    return _run("sum", src, index, num_segments, tier)


def segment_mean(src: Tensor, index: Tensor, num_segments: int, *, tier: Tier = "native") -> Tensor:
    """Like `segment_sum`, for the mean; an empty segment gives 0."""
    return _run("mean", src, index, num_segments, tier)


def segment_max(src: Tensor, index: Tensor, num_segments: int, *, tier: Tier = "native") -> Tensor:
    """Like `segment_sum`, for the maximum; an empty segment gives 0.

    Among equal maxima the native and compiled tiers share the gradient, torch_scatter gives it to one of them.
    """
    return _run("max", src, index, num_segments, tier)


def segment_softmax(src: Tensor, index: Tensor, num_segments: int, *, tier: Tier = "native") -> Tensor:
    """Softmax over the rows of each segment: rows (E, ...) in, rows (E, ...) out that sum to one within a segment."""
    return _run("softmax", src, index, num_segments, tier)


def _run(name: str, src: Tensor, index: Tensor, num_segments: int, tier: Tier) -> Tensor:
    if index.dim() != 1 or src.dim() == 0 or src.size(0) != index.numel():
        raise ValueError(f"received src {tuple(src.shape)} and index {tuple(index.shape)}, expected (E, ...) and (E,)")
    tier = resolve(tier)
    if tier == "torch_scatter":
        scatter = torch_scatter(src.device)
        function = getattr(scatter, f"scatter_{name}")
        out = function(src, index, dim=0, dim_size=num_segments)
        return out[0] if name == "max" else out  # the maximum comes with its position
    native = _NATIVE[name]
    return (compiled(native) if tier == "compiled" else native)(src, index, num_segments)


def _sum(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    return src.new_zeros(num_segments, *src.shape[1:]).index_add(0, index, src)


def _mean(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    count = _sum(torch.ones_like(index), index, num_segments).clamp(min=1)
    return _sum(src, index, num_segments) / _like(count, src)


def _max(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    empty = src.new_zeros(num_segments, *src.shape[1:])
    return empty.scatter_reduce(0, _like(index, src).expand_as(src), src, "amax", include_self=False)


def _softmax(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    exp = (src - _max(src.detach(), index, num_segments).index_select(0, index)).exp()
    return exp / _sum(exp, index, num_segments).index_select(0, index)


def _like(per_row: Tensor, src: Tensor) -> Tensor:
    return per_row.view(-1, *[1] * (src.dim() - 1))


_NATIVE = {"sum": _sum, "mean": _mean, "max": _max, "softmax": _softmax}
