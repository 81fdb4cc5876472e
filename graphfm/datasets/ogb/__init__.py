"""Data sets of the Open Graph Benchmark through the ogb package: text graphs with their texts, triples with negatives.

A set lies in OGB's own layout, ``ogbn_arxiv/{raw,split,mapping,...}``, in the folder ``ogb`` under ``GRAPHFM_DATA`` or
else in the cache. What is not there the ogb package downloads.
"""

from graphfm.datasets.ogb.evaluation import evaluate
from graphfm.datasets.ogb.graphs import text_graph
from graphfm.datasets.ogb.knowledge import GivenNegatives, triples

__all__ = ["GivenNegatives", "evaluate", "text_graph", "triples"]
