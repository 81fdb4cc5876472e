"""Reductions of rows that share a segment index: maximum, softmax."""

from __future__ import annotations

from torch import Tensor


def segment_max(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    """``out[i] = largest src[j] over index[j] == i``; an empty segment gives 0, equal maxima share the gradient.

    Args:
        src: (E, ...) rows.
        index: (E,) int64 segment of each row, in any order.
        num_segments: rows of the result.

    Shapes:
        returns (num_segments, ...).

    Raises:
        ValueError: other shapes.

    >>> segment_max(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0, 0, 2]), 3)
    tensor([2., 0., 3.])
    """
    _check(src, index)
    rows = index.view(-1, *[1] * (src.dim() - 1)).expand_as(src)
    return src.new_zeros(num_segments, *src.shape[1:]).scatter_reduce(0, rows, src, "amax", include_self=False)


def segment_softmax(src: Tensor, index: Tensor, num_segments: int) -> Tensor:
    """Softmax over the rows of each segment: rows (E, ...) in, rows (E, ...) out that sum to one within a segment."""
    exp = (src - segment_max(src.detach(), index, num_segments).index_select(0, index)).exp()
    total = src.new_zeros(num_segments, *src.shape[1:]).index_add(0, index, exp)
    return exp / total.index_select(0, index)


def _check(src: Tensor, index: Tensor) -> None:
    if index.dim() != 1 or src.dim() == 0 or src.size(0) != index.numel():
        raise ValueError(f"received src {tuple(src.shape)} and index {tuple(index.shape)}, expected (E, ...) and (E,)")
