"""Edges held out of a graph, to be found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from graphfm.errors import DataError

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph


class HeldOut(NamedTuple):
    """A graph without some of its edges, and those edges."""

    graph: TextGraph
    edges: Tensor  # (2, H), each undirected edge once


def hold_out(graph: TextGraph, *, share: float = 0.1, seed: int = 0) -> HeldOut:
    """Hold out a share of the undirected edges, spread over the nodes; no node loses its last edge.

    Nodes take turns: in the t-th turn every node names the t-th of its edges, in an order that is random but the same for
    both ends. Edges are held out turn by turn, so that hubs are asked about as seldom as the share allows.

    Args:
        graph: a text graph; directions are ignored.
        share: of the edges. Fewer are held out where too many nodes have one edge alone.
        seed: of the order.

    Raises:
        DataError: a share outside (0, 1), or no edge that could be held out.
    """
    if not 0 < share < 1:
        raise DataError(f"the share {share}", expected="one between 0 and 1")
    both = graph.undirected_edge_index()
    low, high = both[:, both[0] < both[1]]
    order = torch.randperm(len(low), generator=torch.Generator().manual_seed(seed))
    low, high = low[order], high[order]
    order = torch.argsort(_turn(low, high, graph.num_nodes), stable=True)
    low, high = low[order], high[order]

    left = torch.bincount(both[1], minlength=graph.num_nodes).tolist()
    wanted, taken = round(share * len(low)), list[int]()
    for edge, (u, v) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if len(taken) == wanted:
            break
        if left[u] > 1 and left[v] > 1:
            left[u], left[v] = left[u] - 1, left[v] - 1
            taken.append(edge)
    if not taken:
        raise DataError(
            f"{graph.name} with {len(low)} undirected edges",
            expected=f"edges of which a share of {share} can be held out and leave every node one",
        )
    mask = torch.zeros(len(low), dtype=torch.bool)
    mask[taken] = True
    return HeldOut(_with_edges(graph, torch.stack([low[~mask], high[~mask]])), torch.stack([low[mask], high[mask]]))


def _turn(low: Tensor, high: Tensor, num_nodes: int) -> Tensor:
    """(E,) the first turn in which an end of each edge names it; edges are named in the order they are given."""
    ends, edge = torch.cat([low, high]), torch.arange(len(low)).repeat(2)
    order = torch.argsort(ends * len(low) + edge)  # by node, then by edge
    degree = torch.bincount(ends, minlength=num_nodes)
    place = torch.arange(len(order)) - (degree.cumsum(0) - degree)[ends[order]]  # of an edge among those of its end
    turn = torch.empty_like(place)
    turn[order] = place
    return turn.view(2, -1).amin(0)


def _with_edges(graph: TextGraph, edges: Tensor) -> TextGraph:
    from graphfm.datasets.text_graphs.graph import TextGraph

    return TextGraph(edges, name=graph.name, text=graph.text, directed=False, node_ids=graph.node_ids)
