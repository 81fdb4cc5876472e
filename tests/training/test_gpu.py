"""One step of every task on a CUDA device: `pytest -m gpu`."""

import pytest
import torch

from graphfm.datasets import TextGraph, Triples
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.pretrain import pretrain

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def device() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_pretraining(tmp_path, precision):
    edges = torch.randint(0, 90, (2, 400), generator=torch.Generator().manual_seed(0))
    graph = TextGraph(edges, name="made", text=[f"node {n} of {n % 9}" for n in range(90)], directed=False)
    settings = {"encoder": "lsa", "epochs": 1, "steps_per_epoch": 2, "batch_size": 16, "hidden_channels": 16}
    model = pretrain([graph], out=tmp_path, accelerator="gpu", precision=precision, progress=False, **settings)
    assert all(torch.isfinite(p).all() for p in model.graph_encoder.parameters())
    frame = model.classify(graph, ["node", "other"])
    assert frame["score"].notna().all()


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "rotate", "sparse": True, "schedule": "halfway"},
        {"model": "complex", "loss": "k-vs-all", "queries": "pairs", "smoothing": 0.1},
        {"model": "atth", "reciprocal": True, "shared": True, "queries": "bernoulli"},
    ],
    ids=lambda settings: settings["model"],
)
def test_link_prediction(tmp_path, ring: Triples, settings):
    small = {"dim": 8, "epochs": 2, "batch_size": 16, "num_negatives": 8, "progress": False}
    model = link_prediction(ring, out=tmp_path, accelerator="gpu", **small | settings)
    assert all(p.is_cuda and torch.isfinite(p).all() for p in model.model.parameters())
    assert model.card["result"]["report"]["mrr"] > 0
    on_cpu = LinkModel.load(tmp_path)
    torch.testing.assert_close(on_cpu.score(ring.test), model.score(ring.test), rtol=1e-4, atol=1e-4)
    assert model.predict_tails("person_03", "next_to", top=3)["p_beats_random"].notna().all()
