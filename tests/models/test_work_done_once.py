"""What follows from a graph alone is computed once a graph, however often it is asked for."""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
import torch

import graphfm
from graphfm.datasets import TextGraph
from graphfm.datasets.text_graphs.edges import both_directions
from graphfm.geometry.structure import estimated_descriptors
from graphfm.models.encoder import descriptors, graph_encoder
from graphfm.models.graph_model import GraphFM
from graphfm.ops.adjacency import _pointer
from graphfm.ops.adjacency import adjacency as sort_edges
from graphfm.text import LSAEncoder

#: Names of what is dear, by the code that does it.
DEAR = {
    both_directions.__code__: "both directions",
    estimated_descriptors.__code__: "descriptors",
    _pointer.__code__: "pointers",  # two for each graph that is sorted
}


def calls(work: Callable[[], Any]) -> Counter[str]:
    """How often the dear functions are entered while `work` runs, whoever imported them under whatever name."""
    count: Counter[str] = Counter()

    def enter(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in DEAR:
            count[DEAR[frame.f_code]] += 1

    sys.setprofile(enter)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


ONCE = {"both directions": 1, "descriptors": 1, "pointers": 2}


@pytest.fixture
def pages() -> TextGraph:
    ring = torch.stack([torch.arange(40), (torch.arange(40) + 2) % 40])
    texts = [f"a page about {['trees', 'rings'][n % 2]}, number {n}" for n in range(40)]
    return TextGraph(ring, name="pages", text=texts, y=torch.arange(40) % 2, class_names=["trees", "rings"])


@pytest.fixture
def model(pages: TextGraph) -> GraphFM:
    encoder = LSAEncoder()
    encoder.fit([*pages.text, *pages.class_names])
    settings = {"text_dim": encoder.dim, "hidden_channels": 8, "experts": ["hyperbolic", "euclidean"]}
    return GraphFM(graph_encoder(**settings), encoder, settings=settings)


def test_classify_describes_and_sorts_a_graph_once(pages: TextGraph, model: GraphFM) -> None:
    assert calls(lambda: model.classify(pages, ["trees", "rings"])) == ONCE
    assert calls(lambda: model.classify(pages, ["trees", "rings"])) == {}


@pytest.mark.parametrize("job", [graphfm.zero_shot, graphfm.few_shot, graphfm.link_text])
def test_a_job_describes_and_sorts_a_graph_once(job: Callable[..., Any], pages: TextGraph, model: GraphFM) -> None:
    spent = calls(lambda: job(pages, checkpoint=model))
    if job is graphfm.link_text:  # asks about a graph with fewer edges
        assert spent == {"both directions": 2, "descriptors": 1, "pointers": 2}
    else:
        assert spent == ONCE


def test_inspect_sorts_and_describes_once(pages: TextGraph) -> None:
    assert calls(lambda: graphfm.inspect(pages, encoder="lsa")) == ONCE


def test_what_is_kept_is_what_is_computed(pages: TextGraph) -> None:
    edges = pages.undirected_edge_index()
    fresh = sort_edges(edges, pages.num_nodes)
    assert torch.equal(pages.adjacency().src, fresh.src)
    assert sort_edges(fresh, pages.num_nodes) is fresh
    assert torch.equal(descriptors(pages).value, estimated_descriptors(edges, pages.num_nodes).value)
    assert torch.equal(descriptors(pages, seed=1).value, estimated_descriptors(edges, pages.num_nodes, seed=1).value)


def test_other_edges_are_another_graph(pages: TextGraph) -> None:
    before, other = descriptors(pages), copy.copy(pages)
    assert descriptors(other) is before
    other.edge_index = other.edge_index[:, :10]
    assert other.adjacency().num_edges == 20
    assert not torch.equal(descriptors(other).value, before.value)
    assert descriptors(pages) is before
    assert pages.subgraph(torch.arange(10)).adjacency().num_nodes == 10
