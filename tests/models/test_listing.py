"""Probabilities of listed answers are fitted on a model's own validation lists, kept in its file, and judged on test."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from graphfm.datasets import Triples
from graphfm.models import LinkModel
from graphfm.models.families.embeddings import kge_model
from graphfm.models.listing import check_lists, fit_lists, lists


class Near(nn.Module):
    """Scores an entity by how near it is to the one asked about on a line, and one asked entity more than another."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, data, head, rel):
        return -(torch.arange(80.0)[None] - head[:, None]).abs() * self.weight


@pytest.fixture
def line() -> Triples:
    """80 entities; who is near is often true, the nearer the more."""
    generator = torch.Generator().manual_seed(0)
    head, tail = torch.cartesian_prod(torch.arange(80), torch.arange(80)).unbind(1)
    true = torch.rand(6400, generator=generator) < 0.9 * torch.exp(-(head - tail).abs() / 3)
    rows = torch.stack([head, torch.zeros_like(head), tail], 1)[true]
    rows = rows[torch.randperm(len(rows), generator=generator)]
    parts = rows.tensor_split([len(rows) // 2, 3 * len(rows) // 4])
    names = [f"e{n}" for n in range(80)]
    return Triples("line", names, ["near"], train=parts[0], val=parts[1], test=parts[2])


def test_lists_are_what_a_user_sees_without_training(line: Triples) -> None:
    model = LinkModel(Near(), line)
    score, true, counted = lists(model, line.val)
    assert score.shape == true.shape
    asked = torch.unique(torch.cat([line.val[:, :2], torch.stack([line.val[:, 2], line.val[:, 1] + 1], 1)]), dim=0)
    assert len(score) == len(asked)
    assert true.sum() == 2 * len(torch.unique(line.val, dim=0))  # all in the best 50: each as a tail and as a head
    assert counted[true].all()
    assert not counted.all()  # test triples are no mistakes


def test_fitted_on_validation_they_hold_on_test(line: Triples) -> None:
    model = LinkModel(Near(), line)
    assert check_lists(model) is None
    fit_lists(model, line.val)
    assert list(model.listed) == ["entities"]  # one relation: nothing to choose from
    judged = check_lists(model)
    assert judged is not None
    assert judged["entities"]["calibration_error"] < 0.07
    assert judged["entities"]["brier"] < judged["entities"]["brier_constant"]
    assert sum(band["answers"] for band in judged["entities"]["bands"]) == judged["entities"]["answers"]


def test_too_few_triples_give_no_column(ring: Triples) -> None:
    torch.manual_seed(0)
    model = LinkModel(kge_model(num_entities=20, num_relations=2, dim=6), ring)
    fit_lists(model, ring.val)
    assert model.listed == {}
    assert "p_true" not in model.predict_tails("person_03", "next_to")


def test_they_are_kept_with_the_model_and_not_taken_to_other_entities(ring: Triples, tmp_path: Path) -> None:
    from graphfm.kg.listed import ListCalibration

    torch.manual_seed(0)
    settings = {"num_entities": 20, "num_relations": 2, "dim": 6}
    listed = {"entities": ListCalibration(1.5, [0.5, 0.0, 0.25, 0.1, 0.2], -2.0)}
    model = LinkModel(kge_model(**settings), ring, settings=settings, listed=listed)
    model.save(tmp_path / "model.ckpt")
    again = LinkModel.load(tmp_path / "model.ckpt")
    assert again.listed == listed
    assert again.predict_tails("person_03", "next_to").equals(model.predict_tails("person_03", "next_to"))
    reversed_names = Triples("other", ring.entities[::-1], ring.relations, train=ring.train)
    assert model.on(reversed_names).listed == listed
    assert model.family.new_entities(model.settings) is False
