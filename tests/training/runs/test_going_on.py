"""A finished run goes on with more epochs, exactly; checkpoints come by the clock too; early stopping is said in words."""

from __future__ import annotations

import itertools
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError, GraphFMError
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.runs import last_checkpoint
from graphfm.training.runs.run_folder import check
from tests.training.test_resuming import cut, validations

SMALL: dict[str, Any] = {"progress": False, "accelerator": "cpu", "steps_per_epoch": 4, "batch_size": 4}
MODELS: dict[str, dict[str, Any]] = {
    "rotate": {"model": "rotate", "dim": 8, "num_negatives": 4},
    "mokgr": {"model": "mokgr", "dim": 8, "num_layers": 3, "fact_ratio": 0.6, "dropout": 0.2, "decay": 0.5},
    "universal": {"model": "universal", "channels": 8},
}


def assert_same(a: LinkModel, b: LinkModel, *folders: Path) -> None:
    ours, theirs = a.model.state_dict(), b.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert a.card["steps"] == b.card["steps"]
    assert a.card["result"]["report"] == b.card["result"]["report"]
    assert validations(folders[0]) == validations(folders[1])


@pytest.mark.parametrize("name", MODELS)
def test_more_epochs_go_on_as_if_all_had_been_asked_for(name: str, ring: Triples, tmp_path: Path) -> None:
    settings = SMALL | MODELS[name]
    whole = link_prediction(ring, out=tmp_path / "whole", epochs=3, **settings)
    link_prediction(ring, out=tmp_path / "longer", epochs=1, **settings)
    longer = link_prediction(ring, out=tmp_path / "longer", epochs=3, **settings)
    assert_same(whole, longer, tmp_path / "whole", tmp_path / "longer")
    with pytest.raises(GraphFMError, match="epochs 3, and 2 are asked for: what was learnt cannot be unlearnt"):
        link_prediction(ring, out=tmp_path / "longer", epochs=2, **settings)


def test_killed_while_going_on_it_goes_on_again(ring: Triples, tmp_path: Path) -> None:
    settings = SMALL | MODELS["rotate"]
    whole = link_prediction(ring, out=tmp_path / "whole", epochs=4, **settings)
    out = tmp_path / "longer"
    first = link_prediction(ring, out=out, epochs=2, **settings)
    cut(out, ring, hook="on_train_batch_start", step=13, epochs=4, **settings)
    assert LinkModel.load(out).card["steps"] == first.card["steps"], (
        "the model before is there until there is a better one"
    )
    assert_same(whole, link_prediction(ring, out=out, epochs=4, **settings), tmp_path / "whole", out)


@pytest.mark.parametrize("name", MODELS)
def test_a_minute_is_enough_for_a_checkpoint(
    name: str, ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SMALL | MODELS[name] | {"epochs": 2, "checkpoint_every": 1000}
    whole = link_prediction(ring, out=tmp_path / "whole", **settings)
    ticks = itertools.count(step=20)  # a clock that runs by looking at it
    monkeypatch.setattr(last_checkpoint.time, "monotonic", lambda: float(next(ticks)))
    out = tmp_path / "killed"
    cut(out, ring, hook="on_train_batch_start", step=7, **settings)
    saved = torch.load(out / "last.ckpt", weights_only=True)["global_step"]
    assert 4 < saved <= 7, "in the middle of an epoch, though no checkpoint is due by steps"
    assert_same(whole, link_prediction(ring, out=out, **settings), tmp_path / "whole", out)


def test_early_stopping_is_said_in_words(ring: Triples, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = SMALL | MODELS["rotate"] | {"lr": 0.0, "patience": 2}
    model = link_prediction(ring, out=tmp_path, epochs=30, **settings)
    words = model.card["stopped_early"]
    assert words.startswith(
        "stopped early, after epoch 3 of 30: 2 validations in a row were no better than the best, MRR 0."
    )
    assert words.endswith("after epoch 1, whose weights are kept.")
    assert len(validations(tmp_path)) == 1 + 2
    with caplog.at_level(logging.WARNING):
        again = link_prediction(ring, out=tmp_path, epochs=60, **settings)
    assert again.card["steps"] == model.card["steps"]
    assert "More epochs would change nothing: give a larger patience" in caplog.text
    assert link_prediction(ring, out=tmp_path / "whole", epochs=1, **settings).card["stopped_early"] is None


def test_one_relation_is_held_out_ranked_and_chosen_by(ring: Triples, tmp_path: Path) -> None:
    settings = SMALL | MODELS["rotate"] | {"epochs": 2}
    model = link_prediction(ring, out=tmp_path / "one", relations=["two_on"], **settings)
    rows = int((ring.test[:, 1] == 1).sum())
    assert model.card["result"]["report"]["queries"] == 2 * rows
    assert list(model.card["result"]["report"]["relation"]) == ["two_on"]
    every = link_prediction(ring, out=tmp_path / "all", **settings)
    assert validations(tmp_path / "one") != validations(tmp_path / "all")
    assert every.card["result"]["report"]["relation"].keys() == {"next_to", "two_on"}
    with pytest.raises(DataError, match="Did you mean 'two_on'"):
        link_prediction(ring, out=tmp_path / "none", relations=["two_onn"], **settings)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("wrong", [{}, None, "3", 2.5, True])
def test_settings_that_were_damaged_are_another_run(wrong: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"epochs": wrong}))
    with pytest.raises(GraphFMError, match="other settings"):
        check(tmp_path, {"epochs": 3}, what="link-prediction", grows="epochs")
