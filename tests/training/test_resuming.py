"""Runs killed around the end of an epoch go on as if nothing had happened: weights, validations, steps."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_task import LinkTask

SMALL = {
    "progress": False,
    "accelerator": "cpu",
    "dim": 8,
    "steps_per_epoch": 4,
    "batch_size": 4,
    "checkpoint_every": 2,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "paths": {"model": "mokgr", "num_layers": 3, "fact_ratio": 0.6, "dropout": 0.2, "decay": 0.5, "epochs": 4},
    "plateau": {"model": "rotate", "schedule": "plateau", "num_negatives": 4, "lr": 1.0, "epochs": 9, "keep": "last"},
}


class PowerCutError(Exception):
    """What ends a run in these tests."""


def cut(out: Path, graph: Triples, *, hook: str, step: int, **settings: Any) -> None:
    """Run until a hook is called at a step."""
    with pytest.MonkeyPatch.context() as patch:
        before = getattr(LinkTask, hook)

        def failing(task: LinkTask, *rest: Any) -> Any:
            if task.global_step == step:
                raise PowerCutError
            return before(task, *rest)

        patch.setattr(LinkTask, hook, failing)
        with pytest.raises(PowerCutError):
            link_prediction(graph, out=out, **settings)


def validations(out: Path) -> dict[str, str]:
    with (out / "log" / "metrics.csv").open(encoding="utf-8") as file:
        return {row["step"]: row["val_mrr"] for row in csv.DictReader(file) if row.get("val_mrr")}


@pytest.mark.filterwarnings("ignore:Experiment logs directory")
@pytest.mark.parametrize("name", SETTINGS)
def test_killed_at_the_end_of_an_epoch(name: str, ring: Triples, tmp_path: Path) -> None:
    settings = SMALL | SETTINGS[name]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    expected = link_prediction(ring, out=whole, **settings)
    for hook, step in (("on_validation_start", 4), ("on_validation_start", 8), ("on_train_batch_start", 13)):
        cut(killed, ring, hook=hook, step=step, **settings)
    last = torch.load(killed / "last.ckpt", weights_only=True)
    assert last["global_step"] == 12, "the third kill leaves the checkpoint of an epoch's end"
    resumed: LinkModel = link_prediction(ring, out=killed, **settings)
    assert resumed.card["steps"] == expected.card["steps"] == 4 * settings["epochs"]
    a, b = expected.model.state_dict(), resumed.model.state_dict()
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert validations(killed) == validations(whole)
    if name == "plateau":
        rate = torch.load(whole / "last.ckpt", weights_only=True)["optimizer_states"][0]["param_groups"][0]["lr"]
        assert rate < 1.0, "the rate fell, so that a lost step of the schedule would show"
