"""The page of a run: complete without a result, honest about roles."""

from __future__ import annotations

from pathlib import Path

import torch

from graphfm.datasets import Triples
from graphfm.evaluation.links import judge
from graphfm.kg.listed import ListCalibration
from graphfm.models import LinkModel
from graphfm.models.families.embeddings import kge_model
from graphfm.models.probabilities import fit_calibration
from graphfm.report.link_prediction_page import entity_map, entity_roles, learning_curve, run_page


def test_roles_are_the_most_frequent_ones() -> None:
    train = torch.tensor([[0, 0, 1], [0, 0, 2], [2, 1, 0], [3, 1, 2], [4, 1, 2]])
    role, names = entity_roles(Triples("g", list("abcdef"), ["likes", "knows"], train=train))
    assert names == ["likes (head)", "knows (head)", "likes (tail)", "knows (tail)"]
    assert [names[r] if r >= 0 else "" for r in role.tolist()] == [
        "likes (head)", "likes (tail)", "knows (tail)", "knows (head)", "knows (head)", "",
    ]  # fmt: skip


def test_page(ring: Triples, tmp_path: Path) -> None:
    settings = {"num_entities": 20, "num_relations": 2, "dim": 4}
    model = LinkModel(kge_model(**settings), ring, settings=settings, card={"model": "RotatE", "settings": settings})
    assert "By relation" not in run_page(model, curve={})
    fit_calibration(model, ring.val)
    model.listed = {"entities": ListCalibration(1.0, [0.5, 0.1, 0.2, 0.3, 0.0], -1.0)}
    model.card["result"] = judge(model)
    log = tmp_path / "metrics.csv"
    log.write_text("epoch,step,train_loss,val_mrr\n0,9,1.5,\n0,9,,0.2\n1,19,1.0,\n1,19,,0.4\n")
    curve = learning_curve(log)
    assert curve == {"train_loss": ([9, 19], [1.5, 1.0]), "val_mrr": ([9, 19], [0.2, 0.4])}
    page = run_page(model, curve=curve)
    for words in (
        "By relation",
        "next_to",
        "answer frequency",
        "p_true of listed entities",
        "Validation MRR",
        "Map of the entities",
    ):
        assert words in page


def test_no_map_without_vectors(ring: Triples) -> None:
    assert entity_map(LinkModel(torch.nn.Linear(1, 1), ring, kind="paths")) is None
    assert learning_curve("no/such/file") == {}
