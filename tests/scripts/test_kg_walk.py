"""The model that comes with the package finds what a graph of made-up names implies, and says why."""

from __future__ import annotations

from pathlib import Path

import kg_walk

from graphfm.datasets import load_triples
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction


def test_a_graph_of_ones_own_is_asked_about_explained_and_trained_on(tmp_path: Path) -> None:
    kg_walk.write_harbours(tmp_path / "mine")
    graph = load_triples(tmp_path / "mine")
    model = LinkModel.load("default").on(graph)
    result = judge(model)
    assert result["report"]["direction"]["tail"]["mrr"] > 0.8  # six harbours: guessing gives .4
    assert result["pretraining"]["seen_graph"] == 0
    head, tail = (graph.entities[i] for i in graph.test[0, [0, 2]].tolist())
    best = str(model.explain(head, "snells_at", tail).paths[0])
    assert best.count("--") == 6  # three steps: ship, quay, harbour
    assert "gorbs" in best
    assert "lirps" in best
    tuned = link_prediction(
        graph, out=tmp_path / "tuned", init="default", epochs=1, steps_per_epoch=4, lr=1e-3, progress=False
    )
    assert tuned.card["result"]["report"]["direction"]["tail"]["mrr"] > 0.8
