"""Edge lists against sets of pairs kept by hand."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.text_graphs.edges import both_directions, simplify

N = 6
typed_edges = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.integers(0, 2)), max_size=30)


def tensors(edges: list[tuple[int, int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    columns = torch.tensor(edges, dtype=torch.long).reshape(-1, 3).T
    return columns[:2], columns[2]


@given(typed_edges, st.booleans(), st.booleans())
def test_simplify_keeps_the_first_of_equal_edges_in_order(edges, directed, typed):
    expected, seen = [], set()
    for src, dst, kind in edges:
        ends = (src, dst) if directed else (min(src, dst), max(src, dst))
        key = (ends, kind if typed else None)
        if src != dst and key not in seen:
            expected.append((src, dst, kind))
        seen.add(key)
    edge_index, edge_type = tensors(edges)
    got = simplify(edge_index, edge_type if typed else None, num_nodes=N, directed=directed)
    assert got.edge_index.T.tolist() == [[src, dst] for src, dst, _ in expected]
    assert (got.edge_type is not None) == typed
    if typed:
        assert got.edge_type.tolist() == [kind for *_, kind in expected]
    assert got.self_loops == sum(src == dst for src, dst, _ in edges)
    assert got.self_loops + got.duplicates + len(expected) == len(edges)
    assert edge_index[:, got.kept].equal(got.edge_index)
    again, before = (edge_index[:, places] for places in got.repeats)
    assert (again if directed else again.sort(0).values).equal(before if directed else before.sort(0).values)
    assert set(got.repeats[1].tolist()) <= set(got.kept.tolist())


@given(typed_edges)
def test_both_directions_is_the_sorted_symmetric_closure(edges):
    expected = {pair for src, dst, _ in edges for pair in ((src, dst), (dst, src))}
    got = both_directions(tensors(edges)[0], num_nodes=N)
    assert [tuple(pair) for pair in got.T.tolist()] == sorted(expected, key=lambda pair: (pair[1], pair[0]))
