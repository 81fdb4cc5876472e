"""The growing frontier of a batch of queries: which (query, entity) nodes are reached, and the edges out of them.

A node is one integer, query * V + entity; a table over all of them finds the place of a node, so that nothing is sorted
by rows and nothing leaves the device.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property

import torch
from torch import Tensor

from graphfm.kg.paths.facts import Facts
from graphfm.ops import Adjacency
from graphfm.ops.adjacency import sums_of_rows


@dataclasses.dataclass(frozen=True, eq=False)
class Frontier:
    """Reached nodes, `(N,)` each, in ascending order of `key`."""

    key: Tensor  # query * V + entity
    row: Tensor  # query
    entity: Tensor

    def __len__(self) -> int:
        return self.key.numel()

    def take(self, kept: Tensor) -> Frontier:
        """The nodes at some places."""
        # `index_select` throughout: on a CPU it takes a quarter of the time of brackets.
        return Frontier(*(ids.index_select(0, kept) for ids in (self.key, self.row, self.entity)))

    def find(self, key: Tensor) -> Tensor:
        """Places of nodes that are in the frontier; for others, a place of another node."""
        return torch.searchsorted(self.key, key).clamp_(max=max(self.key.numel() - 1, 0))


@dataclasses.dataclass(frozen=True, eq=False)
class Expansion:
    """One step along every edge out of a frontier of N nodes: P pairs (node, relation), E edges, N' nodes that they lead to."""

    nodes: Frontier  # N' nodes; the identity edges keep all of the N
    old: Tensor  # (N,) place of each node of the frontier among the N'
    pair_source: Tensor  # (P,) place in the frontier
    pair_rel: Tensor  # (P,)
    pair_vector: Tensor  # (P,) row of its relation in the tables of vectors
    edge_pair: Tensor  # (E,) pair of each edge, edges by destination
    edges: Adjacency  # from the N to the N' nodes
    num_vectors: int  # rows of the tables
    one: Expansion | None = None  # without gradients, where all queries do the same: the step of one

    @cached_property
    def relations(self) -> Adjacency:
        """The same edges, from the rows of the tables to the N' nodes; the transpose, for gradients, only where they are."""
        edges, vector = self.edges, self.of_edges(self.pair_vector)
        if not torch.is_grad_enabled():
            return dataclasses.replace(edges, src=vector)
        ascending, out_perm = torch.sort(vector.to(torch.int32), stable=True)
        return Adjacency(
            num_nodes=edges.num_nodes,
            ptr=edges.ptr,
            src=vector,
            dst=edges.dst,
            perm=edges.perm,
            out_ptr=_pointer(ascending, self.num_vectors),
            out_perm=out_perm,
            out_dst=edges.dst.index_select(0, out_perm),
        )

    def of_edges(self, of_pair: Tensor) -> Tensor:
        """What each edge has of its pair. Shapes: `(P,) -> (E,)`."""
        if self.one is not None:
            by_query = of_pair.view(-1, len(self.one.pair_source))
            return by_query.index_select(1, self.one.edge_pair).flatten()
        if of_pair.requires_grad:  # the gradient of brackets and of `index_select` takes longer
            return of_pair.gather(0, self.edge_pair)
        return of_pair.index_select(0, self.edge_pair)

    def sums(self, of_pair: Tensor, of_edge: Tensor) -> Tensor:
        """Sums at the nodes reached of what `of_edges` gives. Shapes: `(P,), (E,) -> (N',)`."""
        if self.one is not None:
            by_pair = of_pair.view(-1, len(self.one.pair_source)).T.contiguous()
            return sums_of_rows(by_pair, self.one.edge_pair, self.one.edges.ptr, None).T.flatten()
        return torch.segment_reduce(of_edge, "sum", offsets=self.edges.ptr)

    def reached(self, live: Tensor) -> Tensor:
        """Which nodes edges from some of the frontier lead to. Shapes: `(N,) -> (N',)`, bool."""
        if self.one is None:
            led_to = self.edges.dst[live.index_select(0, self.edges.src)]
            return torch.zeros(len(self.nodes), dtype=torch.bool, device=live.device).index_fill_(0, led_to, True)
        edges = self.one.edges
        by_entity = live.view(-1, edges.num_nodes).T.to(torch.float32).contiguous()
        return (sums_of_rows(by_entity, edges.src, edges.ptr, None) > 0).T.flatten()


def spread(frontier: Frontier, x: Tensor, *, num_queries: int, num_entities: int) -> tuple[Frontier, Tensor, Tensor]:
    """Every entity for every query in place of a frontier: its nodes, what they have, zeros but for those of the frontier, and
    which these are.

    Shapes: x `(N, d)` -> B V nodes, `(B V, d)`, `(B V,)` bool.
    """
    key = torch.arange(num_queries * num_entities, device=x.device)
    row = key // num_entities
    all_x = x.new_zeros(len(key), x.size(1)).index_copy_(0, frontier.key, x)
    live = torch.zeros_like(key, dtype=torch.bool).index_fill_(0, frontier.key, True)
    return Frontier(key, row, key - row * num_entities), all_x, live


def after_spreading(step: Expansion, state: Tensor, live: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Of a step out of all entities, of which some count: places of the nodes that are reached, states with zeros at the others,
    and which count from now on, None if all.
    """
    live = step.reached(live)
    kept = live.nonzero().squeeze(1)
    return (kept, state, None) if len(kept) == len(live) else (kept, state * live.unsqueeze(1), live)


def worth_spreading(graph: Facts, frontier: Frontier, num_queries: int) -> bool:
    """Whether a step out of every entity, which needs no sorting, costs less than one out of a frontier: where most edges leave
    it, and few of the entities lie outside all paths. Not where all are in it, nor for one query.
    """
    nodes = num_queries * graph.num_entities
    if num_queries < 2 or not nodes > len(frontier) > nodes // 4:
        return False
    edges = graph.pair_ptr.index_select(0, graph.ptr).diff()
    return 2 * int(edges.index_select(0, frontier.entity).sum()) > num_queries * graph.num_edges


def start(head: Tensor, num_entities: int) -> Frontier:
    """The heads of the queries. Shapes: `head (B,)` -> B nodes."""
    row = torch.arange(len(head), device=head.device)
    return Frontier(row * num_entities + head, row, head)


def expand(graph: Facts, frontier: Frontier, *, num_queries: int, group: Tensor | None = None) -> Expansion:
    """Follow every edge out of the frontier.

    Args:
        graph: message graph.
        frontier: of N nodes.
        num_queries: B, of which some may have no node.
        group: `(B,)` which vectors of relations a query reads, where that differs between queries.
    """
    v, kinds, groups = graph.num_entities, 2 * graph.num_relations + 1, 1
    if group is not None:
        groups = int(group.max()) + 1 if len(group) else 1
    if len(frontier) == num_queries * v and num_queries > 1:
        return _from_everywhere(graph, frontier, num_queries=num_queries, group=group, tables=groups * kinds)
    pair_source, pair, pairs_before = ranges(graph.ptr, frontier.entity)
    edge_pair, edge, edges_before = ranges(graph.pair_ptr, pair)
    base = (frontier.row * v).index_select(0, pair_source)  # (P,)
    key = graph.tail.index_select(0, edge).add_(base.index_select(0, edge_pair))  # (E,)

    seen = torch.zeros(num_queries * v, dtype=torch.bool, device=key.device).index_fill_(0, key, True)
    reached = seen.nonzero().squeeze(1)
    row = reached // v
    nodes = Frontier(reached, row, reached - row * v)
    place = seen.cumsum(0, dtype=torch.int32).sub_(1)

    destination = place.index_select(0, key)
    if len(reached) < 2**15 and key.device.type == "cpu":
        destination = destination.to(torch.int16)  # sorted in half of the time
    by_destination, perm = torch.sort(destination, stable=True)
    inverse = torch.empty_like(perm)
    if torch.is_grad_enabled():  # the transpose is for gradients alone
        inverse[perm] = torch.arange(perm.numel(), device=perm.device)
    edge_pair, dst = edge_pair.index_select(0, perm), by_destination.long()
    pair_rel = pair_vector = graph.rel.index_select(0, pair)
    if group is not None:
        pair_vector = pair_rel + kinds * group.index_select(0, frontier.row).index_select(0, pair_source)
    edges = Adjacency(
        num_nodes=reached.numel(),
        ptr=_pointer(dst, reached.numel()),
        src=pair_source.index_select(0, edge_pair),
        dst=dst,
        perm=perm,
        out_ptr=edges_before.index_select(0, pairs_before),
        out_perm=inverse,
        out_dst=destination.long(),
    )
    return Expansion(
        nodes=nodes,
        old=place.index_select(0, frontier.key).long(),
        pair_source=pair_source,
        pair_rel=pair_rel,
        pair_vector=pair_vector,
        edge_pair=edge_pair,
        edges=edges,
        num_vectors=groups * kinds,
    )


def out_of_all(graph: Facts) -> Expansion:
    """The step of one query out of every entity."""
    entity = torch.arange(graph.num_entities, device=graph.device)
    return expand(graph, Frontier(entity, torch.zeros_like(entity), entity), num_queries=1)


def _from_everywhere(
    graph: Facts, frontier: Frontier, *, num_queries: int, group: Tensor | None, tables: int
) -> Expansion:
    """`expand` where each query has reached every entity: the step of one query, repeated, so that nothing is sorted."""
    v, kinds = graph.num_entities, 2 * graph.num_relations + 1
    one = out_of_all(graph)
    pairs, edges = len(one.pair_source), one.edges
    number = torch.arange(num_queries, device=graph.device).unsqueeze(1)

    def repeated(ids: Tensor, size: int) -> Tensor:
        return (ids + size * number).flatten()

    def transposed(ids: Tensor, size: int) -> Tensor:
        return repeated(ids, size) if torch.is_grad_enabled() else ids

    pair_rel = pair_vector = one.pair_rel.repeat(num_queries)
    if group is not None:
        pair_vector = pair_rel + kinds * group.repeat_interleave(pairs)
    edge_pair = repeated(one.edge_pair, pairs)
    all_edges = Adjacency(
        num_nodes=num_queries * v,
        ptr=torch.cat([edges.ptr[:1], repeated(edges.ptr[1:], edges.num_edges)]),
        src=repeated(edges.src, v),
        dst=repeated(edges.dst, v),
        perm=transposed(edges.perm, edges.num_edges),
        out_ptr=torch.cat([edges.out_ptr[:1], transposed(edges.out_ptr[1:], edges.num_edges)]),
        out_perm=transposed(edges.out_perm, edges.num_edges),
        out_dst=transposed(edges.out_dst, v),
    )
    return Expansion(
        nodes=frontier,
        old=torch.arange(len(frontier), device=graph.device),
        pair_source=repeated(one.pair_source, v),
        pair_rel=pair_rel,
        pair_vector=pair_vector,
        edge_pair=edge_pair,
        edges=all_edges,
        num_vectors=tables,
        one=None if torch.is_grad_enabled() else one,
    )


def ranges(ptr: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the rows of a pointer hold, one after the other: place of the owner among `rows`, member, where each owner starts."""
    first = ptr.index_select(0, rows)
    count = ptr.index_select(0, rows + 1) - first
    before = torch.cat([count.new_zeros(1), count.cumsum(0)])
    owner = torch.repeat_interleave(count)
    member = torch.arange(owner.numel(), device=first.device).add_((first - before[:-1]).index_select(0, owner))
    return owner, member, before


def _pointer(ascending: Tensor, size: int) -> Tensor:
    counts = torch.bincount(ascending, minlength=size)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])
