"""Communities: those that were planted, as good as NetworkX's, and the same each time."""

from __future__ import annotations

import networkx as nx
import pytest
import torch

from graphfm.report.communities import communities


def planted(nodes: int, groups: int, degree: int, inside: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    u, v = torch.randint(nodes, (2, nodes * degree // 2), generator=generator)
    stay = torch.rand(len(u), generator=generator) < inside
    v = torch.where(stay, v // groups * groups + u % groups, v).clamp(max=nodes - 1)
    pairs = torch.stack([u, v])[:, u != v]
    return torch.cat([pairs, pairs.flip(0)], 1).unique(dim=1)


def modularity(edges: torch.Tensor, member: torch.Tensor, nodes: int) -> float:
    graph = nx.Graph(edges.T.tolist())
    graph.add_nodes_from(range(nodes))
    return nx.community.modularity(graph, [(member == c).nonzero().flatten().tolist() for c in member.unique()])


@pytest.mark.parametrize(("degree", "inside"), [(10, 0.7), (6, 0.3)])
def test_modularity_is_that_of_networkx(degree: int, inside: float) -> None:
    edges = planted(1000, 10, degree, inside)
    ours = modularity(edges, communities(edges, 1000), 1000)
    graph = nx.Graph(edges.T.tolist())
    theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=0))
    assert ours > 0.95 * theirs
    assert torch.equal(communities(edges, 1000), communities(edges, 1000))


def test_cliques_on_a_ring_are_communities() -> None:
    pairs = [(6 * c + a, 6 * c + b) for c in range(12) for a in range(6) for b in range(6) if a != b]
    bridges = [(6 * c, (6 * c + 6) % 72) for c in range(12)]
    edges = torch.tensor([*pairs, *bridges, *((b, a) for a, b in bridges)]).T
    member = communities(edges, 74).view(-1)
    assert all(len(member[6 * c : 6 * c + 6].unique()) == 1 for c in range(12))
    assert len(member[72:].unique()) == 2, "nodes without an edge are alone"


def test_no_edges_and_no_nodes() -> None:
    none = torch.empty(2, 0, dtype=torch.long)
    assert communities(none, 3).tolist() == [0, 1, 2]
    assert communities(none, 0).tolist() == []
