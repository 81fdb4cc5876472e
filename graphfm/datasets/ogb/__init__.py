"""Data sets of the Open Graph Benchmark through the ogb package: text graphs with their texts, triples with negatives.

A set lies in OGB's own layout, ``ogbn_arxiv/{raw,split,mapping,...}``, in the folder ``ogb`` under ``GRAPHFM_DATA`` or
else in the cache. What is not there the ogb package downloads.
"""

from __future__ import annotations

from graphfm.datasets.catalog import Kind
from graphfm.datasets.ogb.evaluation import evaluate
from graphfm.datasets.ogb.graphs import text_graph
from graphfm.datasets.ogb.knowledge import GivenNegatives, triples
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.triples.graph import Triples

__all__ = ["GivenNegatives", "evaluate", "read", "text_graph", "triples"]


def read(name: str, kind: Kind) -> TextGraph | Triples:
    """A set of the catalogue, as it asks for it."""
    return text_graph(name) if kind == "tag" else triples(name)
