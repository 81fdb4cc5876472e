"""Gromov's delta against a loop over all quadruples, and on graphs where it is known."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest
import torch

from graphfm.geometry import hyperbolicity
from graphfm.geometry.hyperbolicity import component_sizes, gromov_delta, tree_likeness


def edges_of(graph: nx.Graph) -> torch.Tensor:
    return torch.tensor(list(graph.edges), dtype=torch.long).reshape(-1, 2).T


def brute_force(graph: nx.Graph) -> list[float]:
    d = dict(nx.all_pairs_shortest_path_length(graph))
    deltas = []
    for a, b, c, e in combinations(graph, 4):
        sums = sorted([d[a][b] + d[c][e], d[a][c] + d[b][e], d[a][e] + d[b][c]])
        deltas.append((sums[2] - sums[1]) / 2)
    return deltas


@pytest.mark.parametrize("seed", range(4))
def test_all_quadruples_of_a_small_graph(seed: int) -> None:
    graph = nx.connected_watts_strogatz_graph(24, 4, 0.2, seed=seed)
    expected = brute_force(graph)
    found = gromov_delta(edges_of(graph), 24)
    assert found.exact
    assert found.quadruples == len(expected)
    assert found.max == max(expected)
    assert found.mean == pytest.approx(sum(expected) / len(expected))
    assert found.diameter == nx.diameter(graph)
    assert found.relative == 2 * found.max / found.diameter


def test_sampling_stays_near_the_truth() -> None:
    graph = nx.connected_watts_strogatz_graph(60, 4, 0.2, seed=0)
    expected = brute_force(graph)
    found = gromov_delta(edges_of(graph), 60, samples=20_000)
    assert not found.exact
    assert found.max <= max(expected)
    assert found.mean == pytest.approx(sum(expected) / len(expected), rel=0.05)
    assert found == gromov_delta(edges_of(graph), 60, samples=20_000)
    assert found != gromov_delta(edges_of(graph), 60, samples=20_000, seed=1)


@pytest.mark.parametrize("graph", [nx.random_labeled_tree(500, seed=1), nx.path_graph(3000), nx.complete_graph(30)])
def test_trees_and_cliques_have_none(graph: nx.Graph) -> None:
    assert gromov_delta(edges_of(graph), len(graph)).max == 0


@pytest.mark.parametrize("quarter", [1, 2, 5, 9])
def test_a_cycle_of_4k_nodes_has_k(quarter: int) -> None:
    found = gromov_delta(edges_of(nx.cycle_graph(4 * quarter)), 4 * quarter)
    assert (found.max, found.relative) == (quarter, 1.0)


def test_only_the_largest_component_counts() -> None:
    graph = nx.disjoint_union_all([nx.path_graph(5), nx.cycle_graph(12), nx.empty_graph(4)])
    found = gromov_delta(edges_of(graph), len(graph))
    assert (found.nodes, found.max, found.diameter) == (12, 3, 6)
    assert component_sizes(edges_of(graph), len(graph)).tolist() == [12, 5, 1, 1, 1, 1]


@pytest.mark.parametrize("num_nodes", [0, 1, 2, 3])
def test_graphs_without_quadruples(num_nodes: int) -> None:
    path = edges_of(nx.path_graph(num_nodes))
    found = gromov_delta(path, num_nodes)
    assert (found.max, found.quadruples, found.diameter) == (0, 0, max(num_nodes - 1, 0))
    assert tree_likeness(path, num_nodes).forest_share == 1


def test_tree_likeness_counts_cycles() -> None:
    graph = nx.gnp_random_graph(80, 0.03, seed=2)
    found = tree_likeness(edges_of(graph), 80)
    assert found.components == nx.number_connected_components(graph)
    assert found.cyclomatic_number == len(nx.cycle_basis(graph))
    assert found.forest_share == 1 - found.cyclomatic_number / graph.number_of_edges()


def test_distances_equal_networkx() -> None:
    graph = nx.gnp_random_graph(70, 0.03, seed=5)
    adjacency = hyperbolicity._adjacency(hyperbolicity.simple_graph(edges_of(graph), 70))
    for source in (0, 13, 40):
        expected = nx.single_source_shortest_path_length(graph, source)
        assert hyperbolicity._distances(adjacency, source).tolist() == [expected.get(v, 0) for v in range(70)]
