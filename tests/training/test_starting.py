"""Fine-tuning a foundation model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.models.families.foundation import foundation_model
from graphfm.training.link_prediction import link_prediction

SETTINGS: dict[str, Any] = {"epochs": 2, "steps_per_epoch": 4, "batch_size": 4, "progress": False, "accelerator": "cpu"}


@pytest.fixture(params=["universal", "ultra"])
def start(request: pytest.FixtureRequest) -> LinkModel:
    torch.manual_seed(0)
    settings = {"network": request.param, "network_options": {"channels": 8, "num_layers": 3}}
    card = {"model": "mine", "sources": ["elsewhere"]}
    return LinkModel(foundation_model(**settings), Triples("", [], []), kind="foundation", settings=settings, card=card)


def test_training_starts_from_the_model(start: LinkModel, ring: Triples, tmp_path: Path) -> None:
    tuned = link_prediction(ring, init=start, out=tmp_path, lr=1e-2, **SETTINGS)
    assert tuned.settings == start.settings | {"network_options": tuned.settings["network_options"]}
    assert tuned.card["started_from"] == "mine"
    state, before = tuned.model.state_dict(), start.model.state_dict()
    unchanged = all(torch.equal(state[name], before[name]) for name in before)
    assert unchanged == tuned.card["epoch_0_kept"]
    if not unchanged:  # what it ranked before stands beside what it ranks now
        beside = tuned.card["result"]["baselines"]["before training"]
        assert beside["mrr"] == pytest.approx(judge(start, ring)["report"]["mrr"])
    again = LinkModel.load(tmp_path)  # it has a graph of its own now, and answers on others all the same
    assert len(again.predict_tails("Person 3", "next_to")) == 10
    assert (
        again.on(Triples("two", ["a", "b"], ["knows"], train=torch.tensor([[0, 0, 1]])))
        .predict_tails("a", "knows")
        .size
    )


def test_a_model_that_training_does_not_beat_stays(start: LinkModel, ring: Triples, tmp_path: Path) -> None:
    tuned = link_prediction(ring, init=start, out=tmp_path, lr=0.0, **SETTINGS)
    assert tuned.card["epoch_0_kept"]
    assert "before training" not in tuned.card["result"]["baselines"]  # its row would be said twice
    for name, value in start.model.state_dict().items():
        assert torch.equal(tuned.model.state_dict()[name], value)


def test_what_does_not_fit_is_refused(start: LinkModel, ring: Triples, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="model=mokgr with weights of"):
        link_prediction(ring, init=start, model="mokgr", out=tmp_path / "a", **SETTINGS)
    with pytest.raises(DataError, match="channels=16 with weights of channels=8"):
        link_prediction(ring, init=start, channels=16, out=tmp_path / "b", **SETTINGS)
    rotate = link_prediction(ring, out=tmp_path / "rotate", dim=4, **SETTINGS)
    with pytest.raises(DataError, match="expected a foundation model: default, ultra-3g"):
        link_prediction(ring, init=rotate, out=tmp_path / "c", **SETTINGS)
    assert not (tmp_path / "a").exists()
