"""Turning training triples into queries, and drawing wrong answers for them, on the device of the triples.

Corrupting the tail of (h, r, t) asks (h, r, ?); corrupting its head asks (t, r + R, ?). Either way only tails are drawn,
and only that side of a score needs n vectors. The authors of RotatE corrupt all tails of one batch and all heads of the
next (`alternate`); Wang et al. 2014 choose for each triple by the relation's fan-out (`bernoulli`), which makes a wrong
"negative" less likely.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.ops.cardinality import partners


class Negatives(NamedTuple):
    """Wrong answers of B queries."""

    tail: Tensor  # (B, n), or (n,) where all queries share them
    known: Tensor | None  # (B, n) marks the shared ones that answer a query; None where there are none


def alternate(triples: Tensor, step: int, num_relations: int) -> Tensor:
    """Tail queries in even steps, head queries in odd ones. Shapes: `(B, 3) -> (B, 3)`."""
    return head_queries(triples, num_relations) if step % 2 else triples


def both(triples: Tensor, num_relations: int) -> Tensor:
    """The tail query and the head query of every triple. Shapes: `(B, 3) -> (2B, 3)`."""
    return torch.cat([triples, head_queries(triples, num_relations)])


def bernoulli(triples: Tensor, head_share: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """A head query with the probability `head_share[r]`, else a tail query (Wang et al. 2014).

    Args:
        triples: `(B, 3)`.
        head_share: `(R,)` of `head_shares`.
        generator: of the draw, on the device of the triples.

    Shapes: `(B, 3) -> (B, 3)`.
    """
    draw = torch.rand(len(triples), generator=generator, device=triples.device)
    is_head = draw < head_share[triples[:, 1]]
    return torch.where(is_head[:, None], head_queries(triples, len(head_share)), triples)


def head_shares(triples: Tensor, num_relations: int) -> Tensor:
    """tails per head / (tails per head + heads per tail) of each relation. Shapes: `(n, 3) -> (R,)` float32."""
    tails, heads = partners(triples, num_relations)
    return (tails / (tails + heads)).float().to(triples.device)


def private_negatives(
    queries: Tensor, known: KnownAnswers, num_negatives: int, *, generator: torch.Generator | None = None
) -> Negatives:
    """Wrong answers of their own for every query, uniform over the entities that are not known answers.

    Shapes: `queries (B, 3)` -> `tail (B, n)`.
    """
    head, rel, _ = queries.unbind(1)
    return Negatives(known.sample_unknown(head, rel, num_negatives, generator=generator), None)


def shared_negatives(
    queries: Tensor, known: KnownAnswers, num_negatives: int, *, generator: torch.Generator | None = None
) -> Negatives:
    """Entities drawn once for all queries, the known answers among them marked.

    The vectors of n entities are read instead of those of B n, but the queries of a batch see the same n: fewer different
    negatives per step, and each of them pushed away from B queries at once.

    Shapes: `queries (B, 3)` -> `tail (n,)`, `known (B, n)`.
    """
    head, rel, _ = queries.unbind(1)
    pool = torch.randint(known.num_entities, (num_negatives,), generator=generator, device=queries.device)
    return Negatives(pool, known.contains(head[:, None], rel[:, None], pool))


def subsampling_weights(queries: Tensor, train: KnownAnswers) -> Tensor:
    """1 / sqrt(count(h, r) + count(t, r inverse)), where a count is 3 + the frequency in training (Sun et al. 2019).

    Shapes: `queries (B, 3)` -> `(B,)` float32.
    """
    reverse = head_queries(queries, train.num_relations)
    count = train.degree(queries[:, 0], queries[:, 1]) + train.degree(reverse[:, 0], reverse[:, 1])
    return (count + 6).float().rsqrt()
