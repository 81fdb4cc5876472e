"""The neighbour sampler: real edges, no repeats, every neighbour possible, the same draw for the same generator."""

import pytest
import torch

from graphfm.training.text_graphs.neighbor_sampling import NeighborSampler


@pytest.fixture
def graph() -> tuple[torch.Tensor, int]:
    generator = torch.Generator().manual_seed(0)
    edge_index = torch.randint(0, 60, (2, 900), generator=generator)
    hub = torch.stack([torch.arange(59), torch.full((59,), 59)])
    edge_index = torch.unique(torch.cat([edge_index, hub], dim=1), dim=1)
    return edge_index[:, edge_index[0] != edge_index[1]], 61  # node 60 has no edge


def test_edges_are_edges_of_the_graph_without_repeats(graph):
    edge_index, n = graph
    real = set(map(tuple, edge_index.T.tolist()))
    sub = NeighborSampler(edge_index, n).sample(
        torch.tensor([59, 3, 60]), [7, 4], generator=torch.Generator().manual_seed(1)
    )
    assert sub.node[:3].tolist() == [59, 3, 60]
    assert len(sub.node.unique()) == len(sub.node)
    pairs = list(map(tuple, sub.node[sub.edge_index].T.tolist()))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) <= real


def test_fan_out_is_the_smaller_of_degree_and_k(graph):
    edge_index, n = graph
    degree = torch.bincount(edge_index[1], minlength=n)
    seeds = torch.arange(n)
    sub = NeighborSampler(edge_index, n).sample(seeds, [9], generator=torch.Generator().manual_seed(2))
    assert torch.equal(torch.bincount(sub.edge_index[1], minlength=n), degree.clamp(max=9))


def test_every_neighbour_is_drawn_about_equally_often(graph):
    edge_index, n = graph
    sampler, generator = NeighborSampler(edge_index, n), torch.Generator().manual_seed(3)
    neighbours = edge_index[0][edge_index[1] == 59]
    count = torch.zeros(n)
    for _ in range(3000):
        sub = sampler.sample(torch.tensor([59]), [10], generator=generator)
        count[sub.node[1:]] += 1
    share = count[neighbours] / 3000
    assert torch.allclose(share, torch.full_like(share, 10 / len(neighbours)), atol=0.05)


def test_same_generator_same_draw_and_one_neighbour(graph):
    edge_index, n = graph
    sampler = NeighborSampler(edge_index, n)
    a, b = (sampler.sample(torch.arange(20), [5, 5], generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(a.node, b.node)
    assert torch.equal(a.edge_index, b.edge_index)
    partner = sampler.draw_one(torch.arange(n), generator=torch.Generator().manual_seed(5))
    real = set(map(tuple, edge_index.T.tolist()))
    assert all((u, v) in real for v, u in enumerate(partner.tolist()[:60]))
    assert partner[60] == 60
