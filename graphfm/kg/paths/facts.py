"""The graph that messages run on: known facts, their inverses and an identity edge per entity, sorted by source.

All edges of one entity and relation stand together as a *pair* (x, r): path reasoning weighs an edge by its source and
its relation alone, so what it computes for a pair holds for every edge of it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.kg.known import check_triples, head_queries


@dataclasses.dataclass(frozen=True, eq=False)
class Facts:
    """Edges by source, then relation, then destination. Build it with `facts`.

    Relation r + R is the inverse of r, 2R the identity.

    Args:
        num_entities: V.
        num_relations: R, without inverses.
        ptr: `(V + 1,)` the pairs of entity x are `ptr[x]:ptr[x + 1]`.
        rel: `(P,)` relation of each pair.
        pair_ptr: `(P + 1,)` the edges of pair p are `pair_ptr[p]:pair_ptr[p + 1]`.
        tail: `(E,)` destination of each edge.
        keys: `(E,)` source, relation and destination as one integer, ascending.
    """

    num_entities: int
    num_relations: int
    ptr: Tensor
    rel: Tensor
    pair_ptr: Tensor
    tail: Tensor
    keys: Tensor

    @property
    def num_edges(self) -> int:
        return self.tail.numel()

    @property
    def device(self) -> torch.device:
        return self.tail.device

    def to(self, device: torch.device | str) -> Facts:
        """The same graph on another device."""
        moved: dict[str, Any] = {name: x.to(device) for name, x in vars(self).items() if isinstance(x, Tensor)}
        return dataclasses.replace(self, **moved)

    def without(self, triples: Tensor, *, whole_pair: bool = False) -> Facts:
        """The graph less the edges of some triples and their inverses, found by binary search: nothing is sorted anew.

        Args:
            triples: `(n, 3)` in either direction, relations below 2R; those that are not in the graph change nothing.
            whole_pair: remove every edge between head and tail, whatever its relation.
        """
        head, _, tail = triples.unbind(1)
        if whole_pair:
            v, identity = self.num_entities, 2 * self.num_relations
            ends = torch.cat([head * v + tail, tail * v + head]).unique()
            source_relation = self.keys // v
            source = source_relation // (identity + 1)
            own = source_relation - source * (identity + 1) == identity
            keep = ~torch.isin(source * v + self.tail, ends, assume_unique=False) | own
        else:
            both = torch.cat([triples, head_queries(triples, self.num_relations)])
            wanted = _keys(both, self.num_entities, self.num_relations)
            # Between its two places stand all edges of a triple: none where it is absent, several where it is repeated.
            change = torch.zeros(self.num_edges + 1, dtype=torch.long, device=self.device)
            change.index_add_(0, torch.searchsorted(self.keys, wanted), torch.ones_like(wanted))
            change.index_add_(0, torch.searchsorted(self.keys, wanted, right=True), torch.full_like(wanted, -1))
            keep = change.cumsum(0)[:-1] == 0
        kept_before = torch.cat([self.tail.new_zeros(1), keep.cumsum(0)])
        return dataclasses.replace(
            self, pair_ptr=kept_before[self.pair_ptr], tail=self.tail[keep], keys=self.keys[keep]
        )


def facts(triples: Tensor, *, num_entities: int, num_relations: int, repeated: bool = False) -> Facts:
    """Sort triples into a message graph.

    Args:
        triples: `(n, 3)`, original direction.
        num_entities: V.
        num_relations: R, without inverses.
        repeated: a fact that is there twice counts twice, not once.

    Raises:
        DataError: ids out of range, or a graph so large that (h, r, t) does not fit one 64-bit integer.

    >>> graph = facts(torch.tensor([[0, 0, 1], [0, 0, 2]]), num_entities=3, num_relations=1)
    >>> graph.num_edges, graph.rel.tolist()  # two facts, two inverses, three identity edges
    (7, [0, 2, 1, 2, 1, 2])
    """
    check_triples(triples, num_entities=num_entities, num_relations=num_relations)
    kinds = 2 * num_relations + 1
    if num_entities * kinds * num_entities >= 2**63:
        raise DataError(f"{num_entities} entities and {num_relations} relations", expected="V * (2R + 1) * V < 2**63")
    own = torch.arange(num_entities, device=triples.device)
    identity = torch.stack([own, torch.full_like(own, 2 * num_relations), own], 1)
    every = torch.cat([triples, head_queries(triples, num_relations), identity])
    keys = _keys(every, num_entities, num_relations)
    keys = keys.sort().values if repeated else torch.unique(keys)
    pairs, edges_of_pair = torch.unique_consecutive(keys // num_entities, return_counts=True)
    return Facts(
        num_entities=num_entities,
        num_relations=num_relations,
        ptr=torch.searchsorted(pairs, torch.arange(num_entities + 1, device=keys.device) * kinds),
        rel=pairs % kinds,
        pair_ptr=torch.cat([keys.new_zeros(1), edges_of_pair.cumsum(0)]),
        tail=keys % num_entities,
        keys=keys,
    )


def _keys(triples: Tensor, num_entities: int, num_relations: int) -> Tensor:
    head, rel, tail = triples.unbind(1)
    return (head * (2 * num_relations + 1) + rel) * num_entities + tail
