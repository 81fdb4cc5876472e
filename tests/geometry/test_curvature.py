"""Edge curvature: known values, and the Jost-Liu bound against the exact transport problem."""

from __future__ import annotations

import networkx as nx
import pytest
import torch
from torch.testing import assert_close

from graphfm.geometry.curvature import edge_curvature, ollivier_curvature


def edges_of(graph: nx.Graph) -> torch.Tensor:
    return torch.tensor(list(graph.edges), dtype=torch.long).reshape(-1, 2).T


def test_edges_come_once_in_order() -> None:
    found = edge_curvature(torch.tensor([[2, 0, 1, 1, 2], [1, 1, 0, 1, 0]]), 4)
    assert found.edge_index.tolist() == [[0, 0, 1], [1, 2, 2]]
    assert_close(found.forman, torch.full((3,), 3.0))
    assert_close(found.jost_liu, torch.full((3,), 0.5))


@pytest.mark.parametrize(
    ("graph", "jost_liu", "forman"),
    [
        (nx.complete_graph(6), 0.8, 4 - 10 + 3 * 4),
        (nx.cycle_graph(8), 0.0, 0.0),
        (nx.path_graph(2), 0.0, 2.0),
        (nx.star_graph(7), 0.0, 4 - 8),
        (nx.petersen_graph(), -2 / 3, -2.0),
    ],
)
def test_known_values(graph: nx.Graph, jost_liu: float, forman: float) -> None:
    found = edge_curvature(edges_of(graph), len(graph))
    assert_close(found.jost_liu, torch.full_like(found.jost_liu, jost_liu))
    assert_close(found.forman, torch.full_like(found.forman, forman))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("density", [0.1, 0.3, 0.6])
def test_jost_liu_is_a_lower_bound(density: float, seed: int) -> None:
    graph = nx.gnp_random_graph(18, density, seed=seed)
    bound = edge_curvature(edges_of(graph), 18).jost_liu
    exact = ollivier_curvature(edges_of(graph), 18)
    assert (bound <= exact + 1e-6).all()
    assert density < 0.3 or (bound < exact - 1e-3).any()  # a bound, not the thing itself


def test_the_bound_is_exact_on_trees() -> None:
    tree = nx.random_labeled_tree(30, seed=0)
    assert_close(ollivier_curvature(edges_of(tree), 30).float(), edge_curvature(edges_of(tree), 30).jost_liu)


def test_no_edges() -> None:
    empty = torch.empty(2, 0, dtype=torch.long)
    found = edge_curvature(empty, 3)
    assert found.edge_index.shape == (2, 0)
    assert found.forman.shape == found.jost_liu.shape == ollivier_curvature(empty, 3).shape == (0,)


def test_ollivier_of_chosen_edges() -> None:
    graph = nx.gnp_random_graph(18, 0.3, seed=0)
    found = edge_curvature(edges_of(graph), 18)
    every = ollivier_curvature(edges_of(graph), 18)
    chosen = torch.tensor([3, 11])
    assert_close(ollivier_curvature(edges_of(graph), 18, edges=found.edge_index[:, chosen]), every[chosen])


@pytest.mark.parametrize(
    ("graph", "value"), [(nx.complete_graph(6), 0.8), (nx.cycle_graph(5), 0), (nx.hypercube_graph(3), 0)]
)
def test_ollivier_of_known_graphs(graph: nx.Graph, value: float) -> None:
    graph = nx.convert_node_labels_to_integers(graph)
    found = ollivier_curvature(edges_of(graph), len(graph))
    assert_close(found, torch.full_like(found, value))


def test_pot_gives_the_values_of_the_linear_program(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ot")
    for graph in (nx.ring_of_cliques(3, 4), nx.barabasi_albert_graph(30, 3, seed=1), nx.path_graph(5)):
        fast = ollivier_curvature(edges_of(graph), len(graph))
        with monkeypatch.context() as without:
            without.setattr("graphfm.geometry.curvature.find_spec", lambda name: None)
            assert_close(fast, ollivier_curvature(edges_of(graph), len(graph)), atol=1e-9, rtol=0)
