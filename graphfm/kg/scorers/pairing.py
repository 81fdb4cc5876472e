r"""Sums over coordinates of a function of a query and a point, :math:`s_{ij} = \sum_c f(q_{ic}, p_{jc})`, for many pairs.

Every scorer compares a query, made of head and relation, with candidate tails this way. Written with broadcasting, the
(pairs, D) terms would fill the memory; here they live in the cache or in registers, in both directions:

* native: plain torch over blocks of pairs small enough for the cache;
* compiled: one fused loop; where there is no compiler, native code runs.

Pairs are visited in the order of their points, so that a point and its gradient are read and written once. The backward
pass computes the terms again instead of keeping them, and uses the closed form of the gradient of f.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from graphfm.ops.tiers import compiled

Tier = Literal["auto", "native", "compiled"]
Parts = list[Tensor]

NATIVE_BLOCK = 2**17  # terms at a time on a CPU: half a megabyte of float32, a chain of operations stays in cache
DEVICE_BLOCK = 2**27  # terms at a time on an accelerator
POINTS = 256  # points at a time in the dense case: they stay in cache while all queries pass
WORTH_COMPILING = 2**22  # terms; below, seconds of compilation would be spent to save milliseconds


@dataclass(frozen=True)
class Pairing:
    """A function f of a query and a point, coordinate by coordinate.

    Args:
        parts: into how many equal parts the vectors split (2 for real | imaginary).
        value: f of the parts of queries and points, broadcast together.
        grad: the gradient of f for the parts of the query and for those of the point.
    """

    parts: int
    value: Callable[[Parts, Parts], Tensor]
    grad: Callable[[Parts, Parts], tuple[Parts, Parts]]

    def __call__(self, query: Tensor, point: Tensor, index: Tensor | None = None, *, tier: Tier = "auto") -> Tensor:
        """Sums of f over the coordinates of every query with every point, or with points of its own.

        Args:
            query: `(B, D)`.
            point: `(U, D)`.
            index: `(B, n)` rows of `point`.
            tier: "native", "compiled", or "auto": compiled where there is enough work.

        Shapes: `(B, U)`; with `index`, `(B, n)`.
        """
        if index is None:
            dense: Tensor = _Dense.apply(query, point, self, tier)
            return dense
        # 32-bit keys sort twice as fast.
        col, order = index.flatten().int().sort()  # (B n,)
        row, col = order // max(index.size(1), 1), col.long()
        scores: Tensor = _Pairs.apply(query, point, row, col, self, tier)
        return torch.empty_like(scores).scatter(0, order, scores).view_as(index)


def _modulus(q: Parts, p: Parts) -> Tensor:
    re, im = q[0] - p[0], q[1] - p[1]
    return re.square_().addcmul_(im, im).sqrt_()  # in place: eager code is bound by the passes over the block


def _modulus_grad(q: Parts, p: Parts) -> tuple[Parts, Parts]:
    re, im = q[0] - p[0], q[1] - p[1]
    inverse = 1 / (re.square() + im.square()).clamp_min(1e-30).sqrt()  # gradient 0 where query and point meet
    return [re * inverse, im * inverse], [-re * inverse, -im * inverse]


def _absolute_grad(q: Parts, p: Parts) -> tuple[Parts, Parts]:
    sign = (q[0] - p[0]).sign()
    return [sign], [-sign]


def _square_grad(q: Parts, p: Parts) -> tuple[Parts, Parts]:
    twice = 2 * (q[0] - p[0])
    return [twice], [-twice]


def _sine_grad(q: Parts, p: Parts) -> tuple[Parts, Parts]:
    slope = (q[0] - p[0]).sin().sign() * (q[0] - p[0]).cos()
    return [slope], [-slope]


MODULUS = Pairing(2, _modulus, _modulus_grad)  # |q - p| of complex coordinates
ABSOLUTE = Pairing(1, lambda q, p: (q[0] - p[0]).abs(), _absolute_grad)
SINE = Pairing(1, lambda q, p: (q[0] - p[0]).sin().abs(), _sine_grad)
SQUARE = Pairing(1, lambda q, p: (q[0] - p[0]).square(), _square_grad)
DOT = Pairing(1, lambda q, p: q[0] * p[0], lambda q, p: ([p[0]], [q[0]]))


class _Pairs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, query: Tensor, point: Tensor, row: Tensor, col: Tensor, pairing: Pairing, tier: Tier
    ) -> Tensor:
        ctx.save_for_backward(query, point, row, col)
        ctx.pairing, ctx.tier = pairing, tier
        # Detached, for the compiler looks at `.grad` of what it is given, which warns for tensors inside a graph.
        q, p = _split(query.detach(), pairing), _split(point.detach(), pairing)
        value = _kernels(pairing).value
        if _fuse(tier, len(row) * query.size(1)):
            return compiled(value)(q, p, row, col)
        blocks = zip(*(ids.split(_block(query)) for ids in (row, col)), strict=True)
        return torch.cat([value(q, p, *block) for block in blocks] or [query.new_empty(0)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        query, point, row, col = ctx.saved_tensors
        into = _Gradients(query, point, ctx.pairing, ctx.tier)
        into.add(slice(None), row, col, grad)
        return into.query(), into.point(), None, None, None, None


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, point: Tensor, pairing: Pairing, tier: Tier) -> Tensor:
        ctx.save_for_backward(query, point)
        ctx.pairing, ctx.tier = pairing, tier
        q, p = _split(query.detach()[:, None], pairing), _split(point.detach()[None], pairing)
        every = _kernels(pairing).every
        out = query.new_empty(len(query), len(point))
        if _fuse(tier, out.numel() * query.size(1)):
            step = POINTS if query.device.type == "cpu" else len(point)
            for start in range(0, len(point), step):
                out[:, start : start + step] = compiled(every)(q, [part[:, start : start + step] for part in p])
            return out
        step = max(1, _block(query) // len(query)) if len(query) else 1
        for start in range(0, len(point), step):
            out[:, start : start + step] = every(q, [part[:, start : start + step] for part in p])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        query, point = ctx.saved_tensors
        into = _Gradients(query, point, ctx.pairing, ctx.tier)
        for start in range(0, len(point), POINTS):
            block = grad[:, start : start + POINTS]  # (B, b)
            col, row = torch.meshgrid(*(torch.arange(n, device=grad.device) for n in block.T.shape), indexing="ij")
            into.add(slice(start, start + POINTS), row.flatten(), col.flatten(), block.T.flatten())
        return into.query(), into.point(), None, None


class _Gradients:
    """Gradients of queries and points, summed over pairs."""

    def __init__(self, query: Tensor, point: Tensor, pairing: Pairing, tier: Tier) -> None:
        self.pairing, self.tier, self.width = pairing, tier, query.size(1)
        self.block = _block(query)
        self.of_query, self.of_point = _split(query.detach(), pairing), _split(point.detach(), pairing)
        # Separate tensors, so that the compiled loop may write all of them at once.
        self.grad_query = [torch.zeros_like(q, memory_format=torch.contiguous_format) for q in self.of_query]
        self.grad_point = [torch.zeros_like(p, memory_format=torch.contiguous_format) for p in self.of_point]

    def add(self, points: slice, row: Tensor, col: Tensor, weight: Tensor) -> None:
        """Add `weight (P,)` times the gradient of the pairs of query `row` and point `col`, counted within `points`."""
        add = _kernels(self.pairing).add_grad
        p, grad_p = [part[points] for part in self.of_point], [part[points] for part in self.grad_point]
        if _fuse(self.tier, len(row) * self.width):
            compiled(add)(self.of_query, p, row, col, weight, self.grad_query, grad_p)
            return
        for block in zip(*(ids.split(self.block) for ids in (row, col, weight)), strict=True):
            add(self.of_query, p, *block, self.grad_query, grad_p)

    def query(self) -> Tensor:
        return torch.cat(self.grad_query, dim=-1)

    def point(self) -> Tensor:
        return torch.cat(self.grad_point, dim=-1)


@dataclass(frozen=True)
class _Kernels:
    value: Callable[..., Tensor]
    every: Callable[..., Tensor]
    add_grad: Callable[..., Any]


@functools.cache
def _kernels(pairing: Pairing) -> _Kernels:
    def value(q: Parts, p: Parts, row: Tensor, col: Tensor) -> Tensor:
        return pairing.value(_rows(q, row), _rows(p, col)).sum(-1)

    def every(q: Parts, p: Parts) -> Tensor:
        return pairing.value(q, p).sum(-1)

    def add_grad(q: Parts, p: Parts, row: Tensor, col: Tensor, weight: Tensor, into_q: Parts, into_p: Parts) -> Tensor:
        of_q, of_p = pairing.grad(_rows(q, row), _rows(p, col))
        for ids, into, of in ((row, into_q, of_q), (col, into_p, of_p)):
            for total, terms in zip(into, of, strict=True):
                total.index_add_(0, ids, weight[:, None] * terms)
        return weight

    return _Kernels(value, every, add_grad)


def _split(x: Tensor, pairing: Pairing) -> Parts:
    """Parts of vectors: `(..., D) -> parts x (..., D / parts)`."""
    return list(x.chunk(pairing.parts, dim=-1))


def _rows(parts: Parts, ids: Tensor) -> Parts:
    return [part.index_select(0, ids) for part in parts]


def _block(query: Tensor) -> int:
    terms = NATIVE_BLOCK if query.device.type == "cpu" else DEVICE_BLOCK
    return max(1, terms // max(query.size(1), 1))


def _fuse(tier: Tier, terms: int) -> bool:
    return tier == "compiled" or (tier == "auto" and terms >= WORTH_COMPILING)
