"""Messages that depend on the relation of their edge, summed at the destination without an (E, C) tensor."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from graphfm.ops.adjacency import Adjacency, sums_of_rows
from graphfm.ops.tiers import compiled

Message = Literal["distmult", "transe"]

# Edges worked on at once by the native tier: their rows stay in the processor's cache, worth a factor of 2 to 4.
EDGES_AT_ONCE = 4096


def typed_message(
    x: Tensor,
    relation: Tensor,
    adj: Adjacency,
    weight: Tensor | None = None,
    *,
    message: Message = "distmult",
    reduce: Literal["sum", "mean"] = "sum",
    tier: Literal["native", "compiled"] = "native",
) -> Tensor:
    """``out[v] = sum or mean over edges (u, r, v) of weight[urv] * (x[u] * relation[r])``; "transe" adds instead.

    Args:
        x: (N, ...) node states.
        relation: (R, ...) relation states of the same trailing shape.
        adj: a graph with `edge_type`.
        weight: (E,) edge weights in the order of `adj` (see `Adjacency.sort`).
        message: "distmult" (product) or "transe" (sum).
        reduce: "sum" or "mean" (divides by the in-degree).
        tier: "native" (plain torch, works everywhere) or "compiled" (`torch.compile`; native without a C++ compiler).

    Shapes:
        returns (N, ...), zero for a node without edges.

    Raises:
        ValueError: when the adjacency has no edge types, the shapes differ or a name is unknown.
    """
    if adj.edge_type is None:
        raise ValueError("received an adjacency without edge types, expected one built with edge_type=")
    if x.shape[1:] != relation.shape[1:]:
        raise ValueError(
            f"received x {tuple(x.shape)} and relation {tuple(relation.shape)}, expected (N, ...), (R, ...)"
        )
    if message not in ("distmult", "transe") or reduce not in ("sum", "mean"):
        raise ValueError(f"received message={message!r}, reduce={reduce!r}, expected distmult or transe, sum or mean")
    if tier not in ("native", "compiled"):
        raise ValueError(f"received tier={tier!r}, expected native or compiled")
    shape, x, relation = x.shape, x.flatten(1), relation.flatten(1)
    inside = torch.compiler.is_compiling()  # the caller is compiled: the tracer fuses plain code, and reads no other
    if inside or tier == "compiled":
        plain = _plain if inside else compiled(_plain)
        out = plain(x, relation, (adj.src, adj.dst, adj.edge_type), weight, message)
    else:
        out = _TypedMessage.apply(x, relation, weight, adj, message)
    if reduce == "mean":
        out = out / adj.degree.clamp(min=1).to(out.dtype).unsqueeze(-1)
    return out.view(shape)


def _message(source: Tensor, relation: Tensor, weight: Tensor | None, message: Message) -> Tensor:
    edges = source * relation if message == "distmult" else source + relation
    return edges if weight is None else edges * weight.unsqueeze(-1)


def _plain(
    x: Tensor, relation: Tensor, edges: tuple[Tensor, Tensor, Tensor], weight: Tensor | None, message: Message
) -> Tensor:
    src, dst, edge_type = edges
    messages = _message(x.index_select(0, src), relation.index_select(0, edge_type), weight, message)
    return torch.zeros_like(x).index_add(0, dst, messages)


class _TypedMessage(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, relation: Tensor, weight: Tensor | None, adj: Adjacency, message: Message
    ) -> Tensor:
        ctx.save_for_backward(x, relation, weight)
        ctx.adj, ctx.message = adj, message
        assert adj.edge_type is not None
        out = x.new_empty(adj.num_nodes, x.size(1))
        for nodes, own in _by_destination(adj):
            source, link = x.index_select(0, adj.src[own]), relation.index_select(0, adj.edge_type[own])
            edges = source.mul_(link) if message == "distmult" else source.add_(link)
            places = torch.arange(len(edges), device=x.device)
            out[nodes] = sums_of_rows(
                edges,
                places,
                adj.ptr[nodes.start : nodes.stop + 1] - own.start,
                None if weight is None else weight[own],
            )
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, relation, weight = ctx.saved_tensors
        product = ctx.message == "distmult"
        grad_x, grad_relation = torch.zeros_like(x), torch.zeros_like(relation)
        grad_weight = []
        for src, dst, kind, scale in _chunks(ctx.adj, weight):
            source, link, out = x.index_select(0, src), relation.index_select(0, kind), grad.index_select(0, dst)
            if ctx.needs_input_grad[2]:
                grad_weight.append((_message(source, link, None, ctx.message) * out).sum(-1))
            if scale is not None:
                out = out * scale.unsqueeze(-1)
            grad_x.index_add_(0, src, out * link if product else out)
            grad_relation.index_add_(0, kind, out * source if product else out)
        return grad_x, grad_relation, torch.cat(grad_weight) if grad_weight else None, None, None


def _by_destination(adj: Adjacency) -> list[tuple[slice, slice]]:
    """Nodes that about `EDGES_AT_ONCE` edges lead to at a time, and those edges; off the CPU, all at once."""
    ptr = adj.ptr
    if adj.num_edges <= EDGES_AT_ONCE or ptr.device.type != "cpu":
        return [(slice(0, adj.num_nodes), slice(0, adj.num_edges))]
    ends = torch.searchsorted(ptr, torch.arange(EDGES_AT_ONCE, adj.num_edges + EDGES_AT_ONCE, EDGES_AT_ONCE)).clamp_(
        max=adj.num_nodes
    )
    cuts = torch.unique(torch.cat([ends.new_zeros(1), ends, ends.new_full((1,), adj.num_nodes)]))
    first = ptr[cuts].tolist()
    nodes = cuts.tolist()
    return [(slice(a, b), slice(c, d)) for a, b, c, d in zip(nodes, nodes[1:], first, first[1:], strict=False)]


def _chunks(adj: Adjacency, weight: Tensor | None) -> list[tuple[Tensor, Tensor, Tensor, Tensor | None]]:
    """Source, destination, relation and weight of up to `EDGES_AT_ONCE` edges at a time; off the CPU, all at once."""
    size = EDGES_AT_ONCE if adj.src.device.type == "cpu" else max(adj.num_edges, 1)
    assert adj.edge_type is not None
    parts = [tensor.split(size) for tensor in (adj.src, adj.dst, adj.edge_type)]
    weights = [None] * len(parts[0]) if weight is None else weight.split(size)
    return list(zip(*parts, weights, strict=True))
