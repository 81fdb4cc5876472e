"""Drawings and pages about paths and gates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from graphfm.datasets import Triples
from graphfm.kg.paths.gate_use import gate_use
from graphfm.kg.paths.mokgr import mokgr, red_gnn
from graphfm.models import LinkModel
from graphfm.models.named_paths import NamedPath
from graphfm.report import paths_page as drawn
from graphfm.report.images import png, svg
from graphfm.report.link_prediction_page import run_page
from graphfm.report.paths_page import explanation_page, gate_section, heat_map, path_drawing


@pytest.fixture
def model(ring: Triples) -> LinkModel:
    torch.manual_seed(0)
    return LinkModel(mokgr(2, channels=8, num_layers=3), ring, kind="paths")


def test_the_drawing_names_every_node_and_relation_once() -> None:
    paths = [
        NamedPath([("a", "knows", "b", True), ("b", "likes", "c", True)], 0.5),
        NamedPath([("a", "knows", "b", True), ("b", "owns", "d", False), ("d", "likes", "c", True)], 0.1),
    ]
    drawing = svg(path_drawing(paths, "a", "c"), "paths")
    for name, times in (("knows", 1), ("owns", 1), ("likes", 2)):
        assert drawing.count(f">{name}<") == times
    assert png(path_drawing([], "a", "c")).startswith(b"\x89PNG")


def test_a_name_keeps_out_of_the_way_of_an_edge_from_below() -> None:
    paths = [
        NamedPath([("a", "knows", "b", True), ("b", "likes", "z", True)], 0.5),
        NamedPath([("a", "knows", "b", True), ("b", "owns", "c", True), ("c", "likes", "z", True)], 0.1),
        NamedPath([("a", "knows", "c", True), ("c", "likes", "z", True)], 0.1),
    ]
    axes = path_drawing(paths, "a", "z").axes[0]
    height = {text.get_text(): text.get_position()[1] for text in axes.texts if text.get_text() in "abcz"}
    nodes = sorted(float(points.get_offsets()[0][1]) for points in axes.collections)
    under, over = (height["b"], height["c"]) if height["b"] < height["c"] else (height["c"], height["b"])
    assert under < nodes[0]
    assert over > nodes[-1]


def test_a_fact_walked_both_ways_is_drawn_once() -> None:
    paths = [NamedPath([("a", "knows", "b", True)], 0.5), NamedPath([("b", "knows", "a", False)], 0.2)]
    assert svg(path_drawing(paths, "a", "b"), "paths").count(">knows<") == 1


def test_a_page_about_an_answer(model: LinkModel) -> None:
    found = model.explain("person_03", "two_on", "person_05")
    page = explanation_page(found, "mokgr")
    assert "Person 3 · two on · Person 5" in page or "Person 3 · two_on · Person 5" in page
    assert "<svg" in page
    assert f"Rank {found.rank:g} of 20" in page


def test_the_page_of_a_run_shows_which_gates_serve_which_relation(model: LinkModel) -> None:
    page = run_page(model, curve={})
    assert "Which gates serve which relation" in page
    assert "Path lengths." in page
    assert "Pruning experts, all layers." in page
    plain = LinkModel(red_gnn(2, channels=8, num_layers=2), model.graph, kind="paths")
    assert gate_section(plain) is None


def test_without_validation_training_triples_are_asked_that_the_graph_then_lacks(
    model: LinkModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = LinkModel(model.model, replace(model.graph, val=model.graph.val[:0]), kind="paths")
    read = []

    def spy(reasoner, facts, asked):
        read.append((facts, asked))
        return gate_use(reasoner, facts, asked)

    monkeypatch.setattr(drawn, "gate_use", spy)
    section = gate_section(bare)
    assert "training queries" in str(section)
    ((facts, asked),) = read
    assert len(asked) == 3  # every tenth of 30
    assert facts.num_edges == bare.facts.num_edges - 2 * len(asked)


def test_a_heat_map_has_its_names() -> None:
    drawing = svg(heat_map(np.eye(2), rows=["one", "two"], columns=["x", "y"], xlabel="what"), "shades")
    for name in ("one", "two", "x", "y", "what"):
        assert f">{name}<" in drawing
