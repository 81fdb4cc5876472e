"""A graph sorted by destination with its transpose beside it, and the sparse product that uses both.

Sorting once and keeping the transpose is what makes training fast: neither the forward nor the backward pass of `spmm`
builds an (E, C) message tensor or sorts anything.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_SUM = 0  # embedding_bag's code for the reduction


@dataclasses.dataclass(frozen=True, eq=False)
class Adjacency:
    """Edges sorted by destination, and the same edges sorted by source. Build it with `adjacency`.

    Args:
        num_nodes: N.
        ptr: (N + 1,) the edges into node v are ``ptr[v]:ptr[v + 1]``.
        src: (E,) source of each edge.
        dst: (E,) destination of each edge, ascending.
        perm: (E,) position of each edge in the edge_index it was built from.
        out_ptr: (N + 1,) the edges out of node u are ``out_ptr[u]:out_ptr[u + 1]`` in `out_perm`.
        out_perm: (E,) the edges (as sorted here) in ascending order of source.
        out_dst: (E,) their destinations: with `out_ptr`, the transpose.
        edge_type: (E,) relation of each edge, or None.
    """

    num_nodes: int
    ptr: Tensor
    src: Tensor
    dst: Tensor
    perm: Tensor
    out_ptr: Tensor
    out_perm: Tensor
    out_dst: Tensor
    edge_type: Tensor | None = None

    @property
    def num_edges(self) -> int:
        return self.src.numel()

    @property
    def degree(self) -> Tensor:
        """In-degree (N,), int64."""
        return self.ptr.diff()

    def sort(self, values: Tensor) -> Tensor:
        """Per-edge values (E, ...) in the order of the original edge_index -> the order of this adjacency."""
        return values.index_select(0, self.perm)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Adjacency:
        moved: dict[str, Any] = {
            name: value.to(device, non_blocking=non_blocking)
            for name, value in vars(self).items()
            if isinstance(value, Tensor)
        }
        return dataclasses.replace(self, **moved)


def adjacency(edge_index: Tensor | Adjacency, num_nodes: int, *, edge_type: Tensor | None = None) -> Adjacency:
    """Sorts a graph for `spmm` and `typed_message`; one that is sorted is given back as it is.

    Args:
        edge_index: (2, E) int64, sources above destinations; or an adjacency.
        num_nodes: N.
        edge_type: (E,) int64 relation of each edge.

    Raises:
        ValueError: for a wrong shape or a node outside 0..N-1.

    >>> a = adjacency(torch.tensor([[0, 1, 2], [2, 0, 0]]), 3)
    >>> a.src.tolist(), a.dst.tolist(), a.degree.tolist()
    ([1, 2, 0], [0, 0, 2], [2, 0, 1])
    """
    if isinstance(edge_index, Adjacency):
        return edge_index
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(f"received edge_index of shape {tuple(edge_index.shape)}, expected (2, E)")
    if edge_index.numel():
        low, high = (int(value) for value in edge_index.aminmax())
        if low < 0 or high >= num_nodes:
            raise ValueError(f"received nodes {low}..{high} in edge_index, expected them in 0..{num_nodes - 1}")
    dst, perm = _sort(edge_index[1])
    src = edge_index[0].index_select(0, perm)
    sorted_src, out_perm = _sort(src)
    return Adjacency(
        num_nodes=num_nodes,
        ptr=_pointer(dst, num_nodes),
        src=src,
        dst=dst,
        perm=perm,
        out_ptr=_pointer(sorted_src, num_nodes),
        out_perm=out_perm,
        out_dst=dst.index_select(0, out_perm),
        edge_type=None if edge_type is None else edge_type.index_select(0, perm),
    )


def spmm(adj: Adjacency, x: Tensor, weight: Tensor | None = None, *, reduce: Literal["sum", "mean"] = "sum") -> Tensor:
    """Sparse product: ``out[v] = sum or mean over edges u -> v of weight[uv] * x[u]``; zero for a node without edges.

    Differentiable in `x` and `weight`. ``mean`` divides by the in-degree, whatever the weights.

    Args:
        adj: the graph.
        x: (N, C) node features.
        weight: (E,) edge weights in the order of `adj` (see `Adjacency.sort`).
        reduce: "sum" or "mean".

    Shapes:
        returns (N, C).
    """
    if reduce not in ("sum", "mean"):
        raise ValueError(f"received reduce={reduce!r}, expected 'sum' or 'mean'")
    out: Tensor = _SparseProduct.apply(x, weight, adj)
    return out if reduce == "sum" else out / adj.degree.clamp(min=1).to(out.dtype).unsqueeze(-1)


def _sort(nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Stable ascending sort and its permutation; 32-bit keys sort twice as fast."""
    ascending, perm = torch.sort(nodes.to(torch.int32), stable=True)
    return ascending.to(torch.int64), perm


def _pointer(ascending: Tensor, num_nodes: int) -> Tensor:
    counts = torch.bincount(ascending, minlength=num_nodes)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])


def sums_of_rows(x: Tensor, index: Tensor, ptr: Tensor, weight: Tensor | None) -> Tensor:
    """Row v is the weighted sum of ``x[index[ptr[v]:ptr[v + 1]]]``.

    embedding_bag fuses gather and sum, and is 1.5 times as fast as a CSR matrix product on CPU.
    """
    if index.numel() == 0:
        return x.new_zeros(ptr.numel() - 1, x.size(1))
    return torch.embedding_bag(x, index, ptr, False, _SUM, False, weight, True)[0]


class _SparseProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None, adj: Adjacency) -> Tensor:
        ctx.save_for_backward(x if weight is not None else None, weight)
        ctx.adj = adj
        return sums_of_rows(x, adj.src, adj.ptr, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        adj, grad = ctx.adj, grad.contiguous()
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            sorted_weight = None if weight is None else weight.index_select(0, adj.out_perm)
            grad_x = sums_of_rows(grad, adj.out_dst, adj.out_ptr, sorted_weight)
        if ctx.needs_input_grad[1]:
            grad_weight = torch.ops.aten._embedding_bag_per_sample_weights_backward(
                grad, x, adj.src, adj.ptr, adj.dst, _SUM
            )
        return grad_x, grad_weight, None
