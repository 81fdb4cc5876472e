"""Pretraining that cannot learn, or did not, says so and writes no model."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from graphfm.datasets import TextGraph
from graphfm.errors import DataError, GraphFMError
from graphfm.training.pretrain import pretrain
from graphfm.training.text_graphs.learning import check_learned


@pytest.mark.parametrize(
    ("edges", "texts"),
    [([[], []], ["only one"]), ([[0, 1], [1, 2]], ["same"] * 3), ([[], []], ["one", "two", "three"])],
    ids=["one node", "equal texts", "no edges"],
)
def test_what_nothing_can_be_learned_from_is_refused(edges: list, texts: list[str], tmp_path: Path) -> None:
    graph = TextGraph(torch.tensor(edges, dtype=torch.long), name="poor", text=texts)
    with pytest.raises(DataError, match="poor with"):
        pretrain([graph], out=tmp_path / "run", encoder="lsa", epochs=1, steps_per_epoch=1, accelerator="cpu")
    assert not (tmp_path / "run" / "model.ckpt").exists()


def test_a_run_that_diverged_or_learned_nothing_fails(caplog: pytest.LogCaptureFixture) -> None:
    learned = {"alpha": 0.8, "val_own": 2.0, "val_chance": 4.0}
    check_learned(learned, steps=600)
    with pytest.raises(GraphFMError, match=r"diverged: alpha.* 4,000"):
        check_learned(learned | {"alpha": 4000.0}, steps=600)
    with pytest.raises(GraphFMError, match=r"learned nothing: the val loss is 4\.000"):
        check_learned(learned | {"val_own": 4.0}, steps=600)
    with pytest.raises(GraphFMError, match="learned nothing: the train loss"):
        check_learned({"train_own": 5.0, "train_chance": 4.9}, steps=600)
    with caplog.at_level(logging.WARNING):
        check_learned(learned | {"val_own": 4.0}, steps=3)  # too early to tell
    assert "no better than an untrained one" in caplog.text
