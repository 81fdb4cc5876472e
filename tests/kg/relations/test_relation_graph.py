from __future__ import annotations

import itertools

import torch
from torch import Tensor

from graphfm.kg.known import head_queries
from graphfm.kg.relations.relation_graph import relation_facts, relation_graph


def by_hand(triples: Tensor, num_relations: int) -> dict[tuple[int, int, int], int]:
    """(row, column, kind) -> entities that the two relations share at these ends."""
    both = torch.cat([triples, head_queries(triples, num_relations)]).tolist()
    heads = [{h for h, r, _ in both if r == i} for i in range(2 * num_relations)]
    tails = [{t for _, r, t in both if r == i} for i in range(2 * num_relations)]
    ends = ((heads, heads), (tails, tails), (heads, tails), (tails, heads))
    pairs = itertools.product(range(2 * num_relations), range(2 * num_relations), range(4))
    shared = {(i, j, kind): len(ends[kind][0][i] & ends[kind][1][j]) for i, j, kind in pairs}
    return {edge: count for edge, count in shared.items() if count}


def test_four_kinds_by_hand(triples: Tensor) -> None:
    graph = relation_graph(triples, num_entities=20, num_relations=5)
    edges = zip(graph.row.tolist(), graph.column.tolist(), graph.kind.tolist(), strict=True)
    assert dict(zip(edges, graph.shared.long().tolist(), strict=True)) == by_hand(triples, 5)


def test_share_is_the_part_of_the_ends(triples: Tensor) -> None:
    graph = relation_graph(triples, num_entities=20, num_relations=5)
    counts = by_hand(triples, 5)
    columns = (graph.row, graph.column, graph.kind, graph.share)
    for i, j, kind, share in zip(*(column.tolist() for column in columns), strict=True):
        size = counts[i, i, 0] if kind in (0, 2) else counts[i, i, 1]
        assert abs(share - counts[i, j, kind] / size) < 1e-6


def test_fan_is_the_mean_number_of_facts_of_an_end() -> None:
    triples = torch.tensor([[0, 0, 1], [0, 0, 2], [0, 0, 2], [3, 1, 4]])
    graph = relation_graph(triples, num_entities=5, num_relations=2)
    expected = torch.tensor([[2.0, 1.0], [1.0, 1.0], [1.0, 2.0], [1.0, 1.0]])  # the repeated fact counts once
    torch.testing.assert_close(graph.fan.exp(), expected)


def test_pairs_that_two_relations_hold_of(triples: Tensor) -> None:
    graph = relation_graph(triples, num_entities=20, num_relations=5)
    known = {(h, r, t) for h, r, t in torch.cat([triples, head_queries(triples, 5)]).tolist()}
    dense, size = torch.zeros(10, 10), torch.zeros(10)
    for head, relation, tail in known:
        size[relation] += 1
        for other in {*range(10)} - {relation}:
            dense[relation, other] += (head, other, tail) in known
    assert dense.any()
    found = torch.zeros(10, 10).index_put((graph.pair_row, graph.pair_column), graph.pair_count)
    assert torch.equal(found, dense)
    x, ways = torch.randn(10, 3, 4), torch.randn(2, 4)
    shares = torch.stack([dense / (1 + size[:, None]), dense / (1 + size)])
    torch.testing.assert_close(graph.sum_together(x, ways), torch.einsum("wij,jgd,wd->igd", shares, x, ways))


def test_a_symmetric_relation_holds_together_with_its_inverse() -> None:
    triples = torch.tensor([[0, 0, 1], [1, 0, 0], [0, 1, 1], [1, 1, 2]])
    graph = relation_graph(triples, num_entities=3, num_relations=2)
    pairs = {*zip(graph.pair_row.tolist(), graph.pair_column.tolist(), graph.pair_count.tolist(), strict=True)}
    assert {(0, 2, 2.0), (2, 0, 2.0)} <= pairs
    assert not any({i, j} == {1, 3} for i, j, _ in pairs)


def test_sum_is_the_dense_product_with_gradients(triples: Tensor) -> None:
    graph = relation_graph(triples, num_entities=20, num_relations=5)
    x = torch.randn(10, 3, 4, dtype=torch.double, requires_grad=True)
    kinds = torch.randn(4, 4, dtype=torch.double, requires_grad=True)
    weight = torch.rand(len(graph), dtype=torch.double)
    dense = torch.zeros(4, 10, 10, dtype=torch.double)
    dense[graph.kind, graph.row, graph.column] = weight
    expected = torch.einsum("kij,jgd,kd->igd", dense, x, kinds)
    found = graph.sum(x, kinds, weight)
    torch.testing.assert_close(found, expected)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), (x, kinds)),
        torch.autograd.grad(expected.square().sum(), (x, kinds)),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_messages_run_against_facts(triples: Tensor) -> None:
    graph = relation_facts(triples, num_entities=20, num_relations=5, repeated=True)
    edges = graph.messages
    found = sorted(zip(edges.dst.tolist(), edges.edge_type.tolist(), edges.src.tolist(), strict=True))
    both = torch.cat([triples, head_queries(triples, 5)])
    assert found == sorted(map(tuple, both.tolist()))


def test_a_graph_without_facts_keeps_its_relation_graph(triples: Tensor) -> None:
    graph = relation_facts(triples, num_entities=20, num_relations=5, repeated=True)
    less = graph.without(triples[:2])
    assert less.num_edges == graph.num_edges - 8  # two facts, each twice, in both directions
    assert less.relations is graph.relations
    assert less.to("cpu") is less
