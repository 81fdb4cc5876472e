"""Homophily against brute force, and in graphs where it is known."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import normalize
from torch_geometric.utils import homophily, to_undirected

from graphfm.report.homophily import label_homophily, text_homophily


def random_graph(num_nodes: int, num_edges: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(num_nodes, (2, num_edges), generator=generator)
    return to_undirected(edges[:, edges[0] != edges[1]])


def test_text_homophily_equals_loops_over_pairs() -> None:
    edges = random_graph(12, 25, seed=0)
    x = normalize(torch.randn(12, 5, generator=torch.Generator().manual_seed(1)), dim=1)
    found = text_homophily(edges, x)
    cosine = (x @ x.T).double()
    degree = torch.bincount(edges[0], minlength=12).double()
    apart = 1 - torch.eye(12, dtype=torch.float64)
    stubs = degree[:, None] * degree * apart
    assert found.edges == pytest.approx(float(cosine[edges[0], edges[1]].mean()), abs=1e-6)
    assert found.random_pairs == pytest.approx(float((cosine * apart).sum() / apart.sum()), abs=1e-6)
    assert found.rewired == pytest.approx(float((cosine * stubs).sum() / stubs.sum()), abs=1e-6)
    assert found.adjusted == pytest.approx((found.edges - found.rewired) / (1 - found.rewired))


def test_equal_neighbours_have_adjusted_homophily_one() -> None:
    edges = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
    x = torch.eye(2)[[0, 0, 1, 1]]
    assert text_homophily(edges, x).adjusted == pytest.approx(1)


def test_label_homophily_equals_pyg() -> None:
    edges = random_graph(40, 160, seed=3)
    y = torch.randint(4, (40,), generator=torch.Generator().manual_seed(4))
    found = label_homophily(edges, y, 4)
    assert found is not None
    assert found.edge == pytest.approx(homophily(edges, y, method="edge"), abs=1e-6)
    assert found.class_insensitive == pytest.approx(homophily(edges, y, method="edge_insensitive"), abs=1e-6)
    shares = [(y[edges[1][edges[0] == v]] == y[v]).double().mean() for v in edges[0].unique()]
    assert found.node == pytest.approx(float(torch.stack(shares).mean()), abs=1e-6)


def test_shuffled_labels_have_adjusted_homophily_near_zero() -> None:
    edges = random_graph(2000, 20_000, seed=5)
    y = (torch.rand(2000, generator=torch.Generator().manual_seed(6)) > 0.9).long()
    found = label_homophily(edges, y, 2)
    assert found is not None
    assert found.edge > 0.8  # one large class is enough for that
    assert abs(found.adjusted) < 0.03


def test_unlabelled_ends_are_left_out() -> None:
    edges = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    found = label_homophily(edges, torch.tensor([0, 0, -1]), 2)
    assert found is not None
    assert (found.edge, found.labelled_edges) == (1.0, 1)
    assert label_homophily(edges, torch.tensor([0, -1, 0]), 2) is None
