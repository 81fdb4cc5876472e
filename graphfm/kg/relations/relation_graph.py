"""The relation graph: relations joined where they share entities, in four kinds (ULTRA, Galkin et al. 2024, arXiv 2310.04562).

With H[v, r] = 1 where entity v is the head of an edge of relation r, inverses included, C = H'H counts the entities that two
relations share as heads. A tail of r is a head of its inverse, so C holds all four kinds:

==== ============== ======================================
kind joins i and j  shared entities
==== ============== ======================================
0    head and head  C[i, j]
1    tail and tail  C[inverse i, inverse j]
2    head and tail  C[i, inverse j]
3    tail and head  C[inverse i, j]
==== ============== ======================================

Besides, with B[(h, t), r] = 1 where r holds of h and t, the counts of B'B off its diagonal: pairs of which two relations hold at
once, or one and the inverse of another. They are the bodies of the shortest rules; that two relations share heads and tails does
not tell a symmetric relation from one that merely stays among its own.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphfm.kg.known import check_triples, head_queries, inverse
from graphfm.kg.paths.facts import Facts, facts
from graphfm.ops import Adjacency, adjacency, spmm

EDGE_KINDS = 4


@dataclasses.dataclass(frozen=True, eq=False)
class RelationGraph:
    """Edges between the 2R relations, ascending by (row, kind, column). Build it with `relation_graph`.

    Args:
        num_relations: R, without inverses.
        row, column: `(M,)` the relations an edge joins; a message goes from `column` to `row`.
        kind: `(M,)` 0 to 3, see above.
        shared: `(M,)` entities the two relations share, float32.
        facts: `(2R,)` facts of each relation, float32.
        pair_row, pair_column: `(K,)` two different relations that hold of the same head and tail.
        pair_count: `(K,)` of how many pairs they do, float32.
    """

    num_relations: int
    row: Tensor
    column: Tensor
    kind: Tensor
    shared: Tensor
    facts: Tensor
    pair_row: Tensor
    pair_column: Tensor
    pair_count: Tensor

    def __len__(self) -> int:
        return self.row.numel()

    @cached_property
    def adjacency(self) -> Adjacency:
        """The edges to the 2R relations from `4 * 2R` slots, slot `kind * 2R + column`: each kind has a state of its own."""
        nodes = 2 * self.num_relations
        slot = self.kind * nodes + self.column
        out_perm = torch.argsort(slot, stable=True)
        return Adjacency(
            num_nodes=nodes,
            ptr=_pointer(self.row, nodes),
            src=slot,
            dst=self.row,
            perm=torch.arange(len(self), device=slot.device),
            out_ptr=_pointer(slot, EDGE_KINDS * nodes),
            out_perm=out_perm,
            out_dst=self.row[out_perm],
        )

    def sum(self, x: Tensor, kinds: Tensor, weight: Tensor | None = None) -> Tensor:
        """Messages `kinds[kind] * x[column]` summed by row, each times its weight.

        Shapes: `x (2R, G, d)`, `kinds (4, d)`, `weight (M,)` -> `(2R, G, d)`.
        """
        slots = (kinds[:, None, None] * x).reshape(EDGE_KINDS * len(x), -1)
        return spmm(self.adjacency, slots, weight).view(x.shape)

    @cached_property
    def together(self) -> tuple[Adjacency, Tensor]:
        """The pairs' edges from `pair_column` to `pair_row`, and `(2, K)` weights of them in its order.

        The shares of the facts of `pair_row`, and of `pair_column`, that hold of the other relation too; as if each had one
        fact more, of which it does not.
        """
        adj = adjacency(torch.stack([self.pair_column, self.pair_row]), 2 * self.num_relations)
        count = adj.sort(self.pair_count)
        return adj, torch.stack([count / (1 + self.facts[adj.dst]), count / (1 + self.facts[adj.src])])

    def sum_together(self, x: Tensor, ways: Tensor) -> Tensor:
        """Messages `ways[i] * x[pair_column]` summed by `pair_row`, each times the i-th weight of `together`.

        Shapes: `x (2R, G, d)`, `ways (2, d)` -> `(2R, G, d)`.
        """
        adj, weights = self.together
        sums = [spmm(adj, x.flatten(1), weight).view(x.shape) for weight in weights]
        return ways[0] * sums[0] + ways[1] * sums[1]

    @cached_property
    def even(self) -> Tensor:
        """`(M,)` one over the root of the edges of this kind at `row`: sums over few and over many relations of one scale."""
        slot = EDGE_KINDS * self.row + self.kind
        return torch.bincount(slot)[slot].to(torch.float32).rsqrt()

    @cached_property
    def ends(self) -> Tensor:
        """`(2, 2R)` distinct heads and distinct tails of each relation, float32."""
        own = (self.row == self.column) & (self.kind < 2)  # kinds 0 and 1 of a relation with itself count its ends
        size = self.shared.new_zeros(2, 2 * self.num_relations)
        size[self.kind[own], self.row[own]] = self.shared[own]
        return size

    @cached_property
    def fan(self) -> Tensor:
        """`(2R, 2)` logarithm of the mean number of facts of a head, and of a tail: 0, 0 of a one-to-one relation."""
        return (self.facts.clamp(min=1) / self.ends.clamp(min=1)).log().T

    @cached_property
    def share(self) -> Tensor:
        """`(M,)` the part of the entities at `row`'s end that stand at `column`'s end too, in (0, 1]."""
        return self.shared / self.ends[self.kind % 2, self.row]  # kinds 0 and 2 start from heads, 1 and 3 from tails

    def to(self, device: torch.device | str) -> RelationGraph:
        """The same graph on another device."""
        if self.row.device == torch.device(device):
            return self
        moved: dict[str, Any] = {
            field.name: getattr(self, field.name).to(device) for field in dataclasses.fields(self)[1:]
        }
        return dataclasses.replace(self, **moved)


def relation_graph(triples: Tensor, *, num_entities: int, num_relations: int) -> RelationGraph:
    """Join relations that share entities; repeated triples count once.

    The product is sparse: its cost is the sum over entities of the square of their number of relations.

    Args:
        triples: `(n, 3)`, original direction.
        num_entities: V.
        num_relations: R, without inverses.

    Raises:
        DataError: ids out of range.

    >>> graph = relation_graph(torch.tensor([[0, 0, 1], [1, 1, 2]]), num_entities=3, num_relations=2)
    >>> [(i, j) for i, j, kind in zip(graph.row.tolist(), graph.column.tolist(), graph.kind.tolist()) if kind == 3]
    [(0, 1), (0, 2), (1, 3), (2, 0), (3, 1), (3, 2)]
    """
    check_triples(triples, num_entities=num_entities, num_relations=num_relations)
    from scipy.sparse import csr_array

    head, rel, tail = triples.unbind(1)
    keys = torch.unique((head * num_relations + rel) * num_entities + tail)  # of rows it takes many times as long
    of_head = keys // num_entities
    once = torch.stack([of_head // num_relations, of_head % num_relations, keys % num_entities], 1)
    both = torch.cat([once, head_queries(once, num_relations)])
    nodes = 2 * num_relations
    pair = torch.unique(both[:, 0] * nodes + both[:, 1]).cpu().numpy()
    ones = np.ones(len(pair), dtype=np.float32)
    heads = csr_array((ones, (pair // nodes, pair % nodes)), shape=(num_entities, nodes))
    common = (heads.T @ heads).tocoo()
    i, j = (torch.from_numpy(np.asarray(part)).long() for part in (common.row, common.col))
    shared = torch.from_numpy(np.asarray(common.data)).float()
    i_inverse, j_inverse = inverse(i, num_relations), inverse(j, num_relations)
    ends = ((i, j), (i_inverse, j_inverse), (i, j_inverse), (i_inverse, j))
    row, column = torch.cat([rows for rows, _ in ends]), torch.cat([columns for _, columns in ends])
    kind = torch.arange(EDGE_KINDS).repeat_interleave(len(i))
    order = torch.argsort((row * EDGE_KINDS + kind) * nodes + column)
    facts_of = torch.bincount(both[:, 1], minlength=nodes).float()
    edges = [part[order].to(triples.device) for part in (row, column, kind, shared.repeat(EDGE_KINDS))]
    ends_of, place = torch.unique(both[:, 0] * num_entities + both[:, 2], return_inverse=True)
    cells = np.ones(len(both), dtype=np.float32), (place.cpu().numpy(), both[:, 1].cpu().numpy())
    held = csr_array(cells, shape=(max(1, len(ends_of)), nodes))
    both_held = (held.T @ held).tocoo()
    i, j = (torch.from_numpy(np.asarray(part)).long() for part in (both_held.row, both_held.col))
    count = torch.from_numpy(np.asarray(both_held.data)).float()
    pairs = [part[i != j].to(triples.device) for part in (i, j, count)]
    return RelationGraph(num_relations, *edges, facts_of, *pairs)  # type: ignore[call-arg]


@dataclasses.dataclass(frozen=True, eq=False)
class RelationFacts(Facts):
    """A message graph beside the relation graph it had when it was built: `without` leaves that one as it is.

    Args:
        relations: the relation graph.
        weights: `(4,)` of the parts of a score on this graph, see `graphfm.kg.relations.weighing`; None for the usual ones.
        texts: `(R, D)` unit vectors of the relations' texts, zeros of one whose text says nothing; None where none is read.
    """

    relations: RelationGraph
    weights: Tensor | None = None
    texts: Tensor | None = None

    @cached_property
    def messages(self) -> Adjacency:
        """The facts and their inverses as typed edges, a message along (x, r, y) having the type inverse of r.

        So it runs against the fact (y, inverse of r, x) whose type it has, as ULTRA's messages do.
        """
        source = torch.repeat_interleave(torch.arange(self.num_entities, device=self.device), self.ptr.diff())
        pair = torch.repeat_interleave(self.pair_ptr.diff())
        real = self.rel[pair] < 2 * self.num_relations  # no identity edges
        source, rel, tail = source[pair][real], self.rel[pair][real], self.tail[real]
        ends = torch.stack([source, tail])
        return adjacency(ends, self.num_entities, edge_type=inverse(rel, self.num_relations))

    def to(self, device: torch.device | str) -> RelationFacts:
        """Both graphs on another device."""
        if self.device == torch.device(device):
            return self
        # What is a tensor goes with the rest.
        return dataclasses.replace(super().to(device), relations=self.relations.to(device))  # type: ignore[call-arg, return-value]


def relation_facts(triples: Tensor, *, num_entities: int, num_relations: int, repeated: bool = False) -> RelationFacts:
    """Sort triples into a message graph and join their relations, see `graphfm.kg.paths.facts.facts` and `relation_graph`.

    Raises:
        DataError: ids out of range, or a graph so large that (h, r, t) does not fit one 64-bit integer.
    """
    graph = facts(triples, num_entities=num_entities, num_relations=num_relations, repeated=repeated)
    joined = relation_graph(triples, num_entities=num_entities, num_relations=num_relations)
    return RelationFacts(**vars(graph), relations=joined)


def _pointer(index: Tensor, size: int) -> Tensor:
    counts = torch.bincount(index, minlength=size)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])
