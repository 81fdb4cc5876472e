"""Facts, hints and the page of a graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from graphfm.datasets import TextGraph, load
from graphfm.geometry.structure import DESCRIPTOR_NAMES
from graphfm.report.inspect_page import inspect_page, overview
from graphfm.report.inspection import inspect_graph


def two_cliques() -> TextGraph:
    """Two cliques of six nodes, joined by an edge; one node alone; equal texts within a clique."""
    edges = [(a + side, b + side) for side in (0, 6) for a in range(6) for b in range(a)] + [(0, 6)]
    return TextGraph(
        torch.tensor(edges).T,
        name="<cliques>",
        text=["left"] * 6 + ["right"] * 6 + [""],
        directed=False,
        y=torch.tensor([0] * 6 + [1] * 6 + [-1]),
        class_names=["left & low", "right"],
    )


def embedding() -> torch.Tensor:
    return torch.eye(3)[[0] * 6 + [1] * 6 + [2]]


def test_facts_of_a_known_graph() -> None:
    facts = inspect_graph(two_cliques(), embedding())
    assert (facts["nodes"], facts["edges"], facts["labelled"], facts["degree"]["isolated"]) == (13, 31, 12, 1)
    assert facts["degree"]["counts"] == {"degree": [0, 5, 6], "nodes": [1, 10, 2]}
    assert facts["components"] == {"count": 2, "largest": 12, "largest_share": pytest.approx(12 / 13)}
    assert facts["tree_likeness"]["cyclomatic_number"] == 31 - 13 + 2
    assert facts["text_homophily"]["edges"] == pytest.approx(30 / 31)
    assert sum(facts["text_homophily"]["histogram"]["counts"]) == 31
    assert facts["label_homophily"]["edge"] == pytest.approx(30 / 31)
    assert facts["curvature"]["ollivier"]["positive"] == pytest.approx(30 / 31)
    assert facts["curvature"]["ollivier"]["edges"] == 31
    assert facts["gromov_delta"]["max"] == 0
    assert [row["name"] for row in facts["descriptors"]] == list(DESCRIPTOR_NAMES)
    assert not any(row["estimated"] for row in facts["descriptors"])
    assert facts == inspect_graph(two_cliques(), embedding())
    assert json.loads(json.dumps(facts)) == facts


def test_hints_follow_the_facts() -> None:
    smooth, geometry, *others = inspect_graph(two_cliques(), embedding())["hints"]
    assert "likely to help" in smooth
    assert "97% have positive curvature, as in spherical space" in geometry
    assert any("Nodes without an edge: 1 (7.7%)" in hint for hint in others)
    assert any("repeat another: 10; empty texts: 1" in hint for hint in others)
    mixed = normalize(torch.randn(13, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    assert "may hurt" in inspect_graph(two_cliques(), mixed)["hints"][0]


def test_the_use_of_structure_is_shown() -> None:
    graph, x = two_cliques(), embedding()
    facts = inspect_graph(graph, x, torch.eye(3)[:2])
    use = facts["structure_use"]
    assert use["kind"] == "low-pass"
    assert use["compatibility"][0][0] > 1 > use["compatibility"][0][1]
    assert facts["hints"][0] == use["words"]
    assert json.loads(json.dumps(facts)) == facts
    page = inspect_page(graph, facts)
    assert "Structure is used with strength" in page
    assert "left &amp; low" in page
    assert dict(overview(facts))["use of structure: kind, strength"].startswith("low-pass")
    assert inspect_graph(graph, x)["structure_use"] is None
    assert "Not decided" in inspect_page(graph, inspect_graph(graph, x))


def test_the_page_names_everything_and_escapes_it() -> None:
    graph = two_cliques()
    facts = inspect_graph(graph, embedding())
    page = inspect_page(graph, facts)
    for text in ("&lt;cliques&gt;", "left &amp; low", *DESCRIPTOR_NAMES, "Ollivier", "Gromov"):
        assert text in page
    assert page.count("<svg") == 4
    assert page == inspect_page(graph, inspect_graph(graph, embedding()))
    assert dict(overview(facts))["undirected edges"] == "31"


def test_without_texts_labels_or_edges() -> None:
    lonely = TextGraph(torch.empty(2, 0, dtype=torch.long), name="lonely", text=["one"])
    facts = inspect_graph(lonely, torch.ones(1, 1))
    assert (facts["text_homophily"], facts["label_homophily"]) == (None, None)
    assert facts["curvature"]["jost_liu"]["mean"] is None
    assert "There are no edges." in inspect_page(lonely, facts)
    assert overview(facts)
    path = TextGraph(torch.tensor([[0, 1], [1, 2]]), name="path", text=["a", "b", "c"])
    facts = inspect_graph(path)
    assert facts["text_homophily"] is None
    assert "<svg" in inspect_page(path, facts)
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.data
def test_cora(data_home: Path) -> None:
    facts = inspect_graph(load("cora"))
    assert (facts["nodes"], facts["edges"], facts["classes"], facts["components"]["count"]) == (2708, 5278, 7, 78)
    assert facts["label_homophily"]["edge"] == pytest.approx(0.81, abs=0.005)
    assert facts["texts"]["repeated_texts"] == 22
    assert facts["curvature"]["ollivier"]["negative"] > 0.5
