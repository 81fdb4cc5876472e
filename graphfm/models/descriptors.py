"""Structural descriptors of a text graph, computed once a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphfm.geometry.structure import Descriptors, estimated_descriptors

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph


def descriptors(graph: TextGraph, *, seed: int = 0) -> Descriptors:
    """What the gate knows of every node, and how exactly (`graphfm.geometry.structure.estimated_descriptors`).

    Args:
        graph: any text graph; directions are ignored.
        seed: of what is estimated on large graphs.
    """

    def make(graph: TextGraph) -> Descriptors:
        return estimated_descriptors(graph.undirected_edge_index(), graph.num_nodes, seed=seed)

    return graph.cached(("descriptors", seed), make)
