"""Held-out edges: a share of the graph's own, spread over nodes, none of them left in the graph, no node left alone."""

import pytest
import torch

from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.evaluation.held_out import hold_out


def made(edges: torch.Tensor, nodes: int, *, directed: bool = True) -> TextGraph:
    return TextGraph(edges, name="made", text=["text"] * nodes, directed=directed)


def pairs(edges: torch.Tensor) -> set[tuple[int, int]]:
    return {(min(u, v), max(u, v)) for u, v in edges.T.tolist()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_what_is_held_out_and_what_stays(seed, share):
    edges = torch.randint(0, 60, (2, 400), generator=torch.Generator().manual_seed(seed))
    graph = made(edges, 61)
    held = hold_out(graph, share=share, seed=seed)
    all_pairs, out, kept = pairs(graph.edge_index), pairs(held.edges), pairs(held.graph.edge_index)
    assert len(out) == held.edges.size(1) == round(share * len(all_pairs))
    assert out | kept == all_pairs
    assert not out & kept
    assert torch.equal(torch.unique(graph.undirected_edge_index()), torch.unique(held.graph.undirected_edge_index()))
    assert torch.equal(held.edges, hold_out(graph, share=share, seed=seed).edges)
    assert not torch.equal(held.edges, hold_out(graph, share=share, seed=seed + 10).edges)


def test_hubs_are_not_asked_about_more_than_others():
    ring = torch.stack([torch.arange(100), (torch.arange(100) + 1) % 100])
    chords = torch.stack([torch.arange(100), (torch.arange(100) + 7) % 100])
    hub = torch.stack([torch.full((100,), 100), torch.arange(100)])
    held = hold_out(made(torch.cat([ring, chords, hub], dim=1), 101), share=0.1).edges
    asked = torch.bincount(held.flatten(), minlength=101)
    # A third of the edges are the hub's; among edges drawn uniformly it would be asked about ten times.
    assert int(asked[100]) < 10
    assert int((asked[:100] > 0).sum()) > 40


def test_trees_of_leaves_have_nothing_to_give():
    star = torch.stack([torch.zeros(5, dtype=torch.long), torch.arange(1, 6)])
    with pytest.raises(DataError, match="made with 5 undirected edges"):
        hold_out(made(star, 6), share=0.5)
    with pytest.raises(DataError, match="found the share 1"):
        hold_out(made(star, 6), share=1)
