"""A package that graphfm has never heard of brings a scorer, an expert and a family with its training, by its entry points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.geometry import make_expert
from graphfm.kg.names import scorers
from graphfm.models import LinkModel, load_model
from graphfm.models.encoder import graph_encoder
from graphfm.models.families import find_model
from graphfm.plugins import plugins
from graphfm.report.palette import CURVATURE_COLORS, geometry_color
from graphfm.training.link_prediction import link_prediction

FILES = {
    "their_scorer.py": '''
from graphfm.kg.scorers.distmult import DistMult
from graphfm.settings import Share

class Halved(DistMult):
    """DistMult with part of the relation."""
    def __init__(self, dim: int, *, part: Share = 0.5) -> None:
        super().__init__(dim)
        self.part = part
    def query(self, head, rel):
        return super().query(head, self.part * rel)
''',
    "their_expert.py": '''
from graphfm.geometry import HyperbolicExpert

class SaddleExpert(HyperbolicExpert):
    """Hyperbolic under another name."""
''',
    "their_family.py": '''
import torch
from torch import nn
from graphfm.models.families import Family, Named
from graphfm.settings import Count

class Offsets(nn.Module):
    """Scores how far an entity is from the head around the table; every graph has such a table."""
    def __init__(self, reach: Count = 3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 2 * reach + 1))
    def forward(self, facts, head, rel):
        reach = self.weight.size(1) // 2
        step = torch.arange(facts.numel()) - head[:, None]
        size = facts.numel()
        step = (step + size // 2) % size - size // 2
        backwards = (rel >= 2)[:, None]
        step = torch.where(backwards, -step, step).clamp(-reach, reach) + reach
        return self.weight[rel % 2].gather(1, step)

class OffsetFamily(Family):
    """One model, whose settings are those of its task."""
    kind, build, task, new_relations = "offsets", Offsets, "their_training:OffsetTraining", True
    data = {"queries": "both", "batch_size": 8}
    def models(self):
        return {"Offsets": Named("offsets")}
    def new_entities(self, settings):
        return True
    def observe(self, model, graph):
        return torch.zeros(graph.num_entities)

OFFSETS = OffsetFamily()
''',
    "their_training.py": '''
import torch
from torch.nn import functional as F
from graphfm.settings import Count, Positive, Seed
from graphfm.training.links.link_task import LinkTask
from their_family import OFFSETS

class OffsetTraining(LinkTask):
    """Cross entropy over all entities."""
    family = OFFSETS
    def __init__(self, *, reach: Count = 3, lr: Positive = 0.1, seed: Seed = 0) -> None:
        super().__init__(seed=seed)
        self.save_hyperparameters()
        self.build_model()
    def training_step(self, queries, batch_idx):
        head, rel, tail = queries.unbind(1)
        return F.cross_entropy(self.model(self.facts, head, rel), tail)
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams["lr"])
''',
    "theirs-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n",
    "theirs-1.0.dist-info/entry_points.txt": """
[graphfm.scorers]
Halved = their_scorer:Halved
Gone = their_scorer:NotThere
[graphfm.experts]
saddle = their_expert:SaddleExpert
[graphfm.families]
offsets = their_family:OFFSETS
""",
}
SMALL = {"progress": False, "accelerator": "cpu"}


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package, installed for the time of a test."""
    for name, content in FILES.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.syspath_prepend(tmp_path / "site")
    for cached in (plugins, scorers):
        cached.cache_clear()
    yield
    for cached in (plugins, scorers):
        cached.cache_clear()


def test_a_scorer(theirs: None, ring: Triples, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = {"epochs": 1, "dim": 4, "num_negatives": 4, "reciprocal": True, **SMALL}
    model = link_prediction(ring, out=tmp_path / "run", model="halved", part=0.25, **run)
    assert "Gone of graphfm.scorers is left out" in caplog.text
    assert model.card["model"] == "Halved"
    assert LinkModel.load(tmp_path / "run").model.scorer.part == 0.25
    for settings, said in (
        ({"part": 1.0}, "part=1.0, expected at least 0 and below 1"),
        ({"prat": 0.1}, "Did you mean part"),
    ):
        with pytest.raises(DataError, match=said):
            link_prediction(ring, out=tmp_path / "other", model="Halved", **settings, **run)


def test_an_expert(theirs: None) -> None:
    encoder = graph_encoder(8, hidden_channels=4, experts=["saddle", "euclidean"], learnable_curvature=False)
    assert type(encoder.mixture.experts[0]).__name__ == "SaddleExpert"
    assert not encoder.mixture.experts[0].manifold.raw.requires_grad
    assert geometry_color("gate_saddle") == CURVATURE_COLORS[-1]
    with pytest.raises(DataError, match="expected one of hyperbolic, spherical, euclidean, saddle"):
        make_expert("flat", 4, 4, 4)


def test_a_family(theirs: None, ring: Triples, tmp_path: Path) -> None:
    assert find_model("OFFSETS")[0].kind == "offsets"
    model = link_prediction(ring, out=tmp_path / "run", model="Offsets", epochs=20, reach=4, **SMALL)
    assert model.settings == {"reach": 4}
    assert model.card["settings"]["batch_size"] == 8
    assert model.card["result"]["report"]["mrr"] > 0.9, "the rule of the ring"
    loaded = load_model(tmp_path / "run")
    assert torch.equal(loaded.model.weight, model.model.weight.cpu())
    people = [f"guest_{n}" for n in range(11)]
    other = Triples("other", people, ["by", "past"], train=torch.tensor([[0, 0, 1]]))
    assert loaded.on(other).predict_tails("guest_10", "past", top=1)["tail_id"].tolist() == ["guest_1"]
    with pytest.raises(DataError, match="unknown setting 'dim'"):
        link_prediction(ring, out=tmp_path / "x", model="offsets", dim=3, **SMALL)
    with pytest.raises(DataError, match="reach=0, expected at least 1"):
        link_prediction(ring, out=tmp_path / "x", model="offsets", reach=0, **SMALL)
