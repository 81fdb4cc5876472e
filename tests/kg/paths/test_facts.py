"""The message graph against plain sets of edges, whole and with edges removed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphfm.errors import DataError
from graphfm.kg.paths.facts import Facts, facts

V, R = 7, 3
TRIPLES = st.lists(st.tuples(st.integers(0, V - 1), st.integers(0, R - 1), st.integers(0, V - 1)), max_size=30)


def tensor(triples: list[tuple[int, int, int]]) -> Tensor:
    return torch.tensor(triples, dtype=torch.long).view(-1, 3)


def edges(graph: Facts) -> list[tuple[int, int, int]]:
    """Read edge by edge through the pointers."""
    return [
        (x, int(graph.rel[pair]), int(graph.tail[edge]))
        for x in range(graph.num_entities)
        for pair in range(graph.ptr[x], graph.ptr[x + 1])
        for edge in range(graph.pair_ptr[pair], graph.pair_ptr[pair + 1])
    ]


def expected(triples: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    both = {*triples} | {(t, r + R, h) for h, r, t in triples} | {(v, 2 * R, v) for v in range(V)}
    return sorted(both)


@settings(max_examples=50, deadline=None)
@given(TRIPLES)
def test_holds_facts_inverses_and_identities_once_each(triples: list[tuple[int, int, int]]) -> None:
    graph = facts(tensor(triples), num_entities=V, num_relations=R)
    assert edges(graph) == expected(triples)
    assert graph.num_edges == len(expected(triples))


@settings(max_examples=50, deadline=None)
@given(TRIPLES, TRIPLES, st.booleans())
def test_without_equals_a_graph_built_without(
    triples: list[tuple[int, int, int]], queries: list[tuple[int, int, int]], inverted: bool
) -> None:
    graph = facts(tensor(triples), num_entities=V, num_relations=R)
    asked = [(t, r + R, h) for h, r, t in queries] if inverted else queries
    assert edges(graph.without(tensor(asked))) == expected([x for x in triples if x not in queries])
    ends = {(h, t) for h, _, t in queries} | {(t, h) for h, _, t in queries}
    left = [x for x in triples if (x[0], x[2]) not in ends]
    assert edges(graph.without(tensor(asked), whole_pair=True)) == expected(left)


def test_removal_can_be_repeated() -> None:
    triples = [(0, 0, 1), (1, 1, 2), (2, 2, 3)]
    graph = facts(tensor(triples), num_entities=V, num_relations=R)
    twice = graph.without(tensor(triples[:1])).without(tensor(triples[1:2]))
    assert edges(twice) == expected(triples[2:])
    assert edges(graph) == expected(triples)


def test_wrong_ids_are_named() -> None:
    with pytest.raises(DataError, match=r"tail ids 7..7"):
        facts(tensor([(0, 0, V)]), num_entities=V, num_relations=R)
