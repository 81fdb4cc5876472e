"""Descriptors against NetworkX and against dense brute force; what must hold for any graph."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.errors import DataError
from graphfm.geometry import simple_graph, structure
from graphfm.geometry.structure import DESCRIPTOR_NAMES, estimated_descriptors, structural_descriptors


def edges_of(graph: nx.Graph) -> torch.Tensor:
    return torch.tensor(list(graph.edges), dtype=torch.long).reshape(-1, 2).T


def named(values: torch.Tensor) -> dict[str, np.ndarray]:
    return dict(zip(DESCRIPTOR_NAMES, values.T.double().numpy(), strict=True))


GRAPHS = {
    "random": nx.gnp_random_graph(60, 0.12, seed=1),
    "dense": nx.gnp_random_graph(40, 0.6, seed=2),
    "power law": nx.barabasi_albert_graph(120, 3, seed=3),
    "clustered": nx.powerlaw_cluster_graph(100, 4, 0.7, seed=4),
    "two parts": nx.complete_bipartite_graph(5, 9),
    "tree and isolated": nx.disjoint_union(nx.balanced_tree(2, 4), nx.empty_graph(3)),
    "star": nx.star_graph(30),
    "clique": nx.complete_graph(8),
}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> nx.Graph:
    return GRAPHS[request.param]


def test_counts_equal_networkx(graph: nx.Graph) -> None:
    found = named(structural_descriptors(edges_of(graph), len(graph)))
    cores = nx.core_number(graph)
    expected = {
        "log_degree": {v: np.log1p(d) for v, d in graph.degree},
        "clustering": nx.clustering(graph),
        "log_triangles": {v: np.log1p(t) for v, t in nx.triangles(graph).items()},
        "square_clustering": nx.square_clustering(graph),
        "core": {v: core / max(cores.values()) for v, core in cores.items()},
    }
    for name, by_node in expected.items():
        np.testing.assert_allclose(found[name], [by_node[v] for v in graph], atol=1e-6, err_msg=name)


def test_the_rest_equals_brute_force(graph: nx.Graph) -> None:
    found = named(structural_descriptors(edges_of(graph), len(graph)))
    adjacency = nx.to_numpy_array(graph)
    degree = adjacency.sum(1)
    walk = adjacency / np.maximum(degree, 1)[:, None]
    for steps in (2, 3, 4, 8):
        expected = np.diag(np.linalg.matrix_power(walk, steps))
        np.testing.assert_allclose(found[f"return_{steps}"], expected, atol=1e-6)
    balls = [[len(nx.single_source_shortest_path_length(graph, v, cutoff=r)) for r in (1, 2)] for v in graph]
    np.testing.assert_allclose(found["growth"], [np.log(two / one) for one, two in balls], atol=1e-6)
    for v in graph:
        around = np.log1p([graph.degree[u] for u in graph[v]]) if graph[v] else np.zeros(1)
        assert found["neighbour_log_degree_mean"][v] == pytest.approx(around.mean(), abs=1e-6)
        assert found["neighbour_log_degree_std"][v] == pytest.approx(around.std(), abs=1e-6)
        ego = nx.ego_graph(graph, v)
        cyclomatic = ego.number_of_edges() - ego.number_of_nodes() + 1
        assert found["ego_cycles"][v] == pytest.approx(cyclomatic / max(ego.number_of_edges(), 1), abs=1e-6)


edge_lists = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
)


@settings(deadline=None, max_examples=60)
@given(edge_lists, st.randoms(use_true_random=False))
def test_any_graph_is_finite_and_relabelling_permutes_rows(case: tuple, random) -> None:
    num_nodes, pairs = case
    edge_index = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T
    values, errors = estimated_descriptors(edge_index, num_nodes)
    assert values.shape == errors.shape == (num_nodes, len(DESCRIPTOR_NAMES))
    assert values.dtype == torch.float32
    assert values.isfinite().all()
    assert not errors.any()
    to = torch.tensor(random.sample(range(num_nodes), num_nodes))
    torch.testing.assert_close(structural_descriptors(to[edge_index], num_nodes)[to], values, atol=1e-6, rtol=1e-5)
    messy = torch.cat([edge_index.flip(0), edge_index, torch.zeros(2, 1, dtype=torch.long)], dim=1)
    torch.testing.assert_close(structural_descriptors(messy, num_nodes), values, atol=0, rtol=0)


@pytest.mark.parametrize("num_nodes", [0, 1, 5])
def test_without_edges_all_is_zero(num_nodes: int) -> None:
    values = structural_descriptors(torch.empty(2, 0, dtype=torch.long), num_nodes)
    assert values.shape == (num_nodes, len(DESCRIPTOR_NAMES))
    assert not values.any()


def test_the_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = GRAPHS["clustered"]
    whole = structural_descriptors(edges_of(graph), len(graph))
    monkeypatch.setattr(simple_graph, "WEDGES_AT_ONCE", 7)
    monkeypatch.setattr(structure, "PATHS_AT_ONCE", 11)
    monkeypatch.setattr(structure, "COLUMNS_AT_ONCE", 3)
    torch.testing.assert_close(structural_descriptors(edges_of(graph), len(graph)), whole)


def test_estimates_keep_to_their_stated_error(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = nx.barabasi_albert_graph(1500, 4, seed=0)
    exact = named(structural_descriptors(edges_of(graph), len(graph)))
    monkeypatch.setattr(structure, "PATHS_BUDGET", 50_000)
    monkeypatch.setattr(structure, "PRODUCTS_BUDGET", 0)
    values, errors = estimated_descriptors(edges_of(graph), len(graph), seed=1)
    found, error = named(values), named(errors)
    sampled = error["growth"] > 0
    assert 0.2 < sampled.mean() < 1  # some nodes are affordable, and these are exact
    np.testing.assert_allclose(found["growth"][~sampled], exact["growth"][~sampled], atol=1e-6)
    for name, nodes in (("growth", sampled), ("return_8", error["return_8"] > 0)):
        deviation = (found[name] - exact[name])[nodes] / error[name][nodes]
        assert 0.7 < np.sqrt(np.mean(deviation**2)) < 1.4, name
    assert np.median(error["return_8"] / exact["return_8"]) < 0.09
    for name in set(DESCRIPTOR_NAMES) - {"growth", "return_8"}:
        np.testing.assert_array_equal(found[name], exact[name], err_msg=name)


def test_estimates_depend_on_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "PATHS_BUDGET", 0)
    monkeypatch.setattr(structure, "PRODUCTS_BUDGET", 0)
    edge_index = edges_of(nx.barabasi_albert_graph(300, 3, seed=0))
    first, again, other = (structural_descriptors(edge_index, 300, seed=seed) for seed in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_hub_costs_no_more_than_its_edges() -> None:
    hub = torch.stack([torch.zeros(20_000, dtype=torch.long), torch.arange(1, 20_001)])
    found = named(structural_descriptors(hub, 20_001))  # 2e8 wedges around the hub, none of them listed
    assert found["return_2"][0] == found["return_4"][0] == 1
    assert found["log_triangles"].max() == found["square_clustering"].max() == 0


def test_bad_edges_are_refused() -> None:
    with pytest.raises(DataError, match="nodes 0 to 3 in edge_index, expected 0 to 2"):
        structural_descriptors(torch.tensor([[0], [3]]), 3)
    with pytest.raises(DataError, match=r"shape \(3, 2\), expected \(2, E\)"):
        structural_descriptors(torch.zeros(3, 2, dtype=torch.long), 3)
