"""The page of a pretraining, and what its sources are ranked by at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphfm.datasets import Triples
from graphfm.evaluation.links import judge
from graphfm.report.link_prediction_page import learning_curve
from graphfm.report.pretraining_page import below_baseline, pretraining_page
from graphfm.training.pretrain import pretrain

SETTINGS: dict[str, Any] = {"epochs": 2, "steps_per_epoch": 3, "channels": 8, "num_layers": 2, "progress": False}


def test_held_out_triples_stand_beside_the_frequency_of_answers(ring: Triples, tmp_path: Path) -> None:
    other = replace(ring, name="other")
    model = pretrain([ring, other], out=tmp_path, accelerator="cpu", **SETTINGS)
    held = model.card["held_out"]
    assert [one["graph"] for one in held] == ["ring", "other"]
    assert held[0]["triples"] == len(ring.val)
    judged = judge(model.on(ring), split="val")  # as the model answers, weighed on the graph
    assert held[0]["mrr"] == pytest.approx(judged["report"]["mrr"])
    assert held[0]["frequency"] == pytest.approx(judged["baselines"]["answer frequency"]["mrr"])

    curves = learning_curve(tmp_path / "log" / "metrics.csv")
    assert [*curves["val_mrr_other"][0]] == [2, 5]
    page = pretraining_page(model.card, curves=curves)
    for words in ("Held-out triples", "answer frequency", "Validation MRR of each source", "steps_per_epoch"):
        assert words in page


def test_a_model_below_its_baseline_is_said_to_be() -> None:
    held = [{"graph": "good", "mrr": 0.5, "frequency": 0.25}, {"graph": "bad", "mrr": 0.1, "frequency": 0.2}]
    (said,) = below_baseline(held)
    assert "on bad," in said
    assert "--epochs" in said
    assert not below_baseline(held[:1])


def test_a_page_of_texts_shows_chance() -> None:
    steps = [1, 2]
    curves = {"val_own": (steps, [2.0, 1.0]), "val_chance": (steps, [3.0, 3.0]), "train_loss": (steps, [2.0, 1.5])}
    page = pretraining_page({"sources": ["mine"]}, curves=curves)
    assert "chance is dashed" in page
    assert "Held-out" not in page
