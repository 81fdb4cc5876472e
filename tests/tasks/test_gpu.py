"""One step of every task on a CUDA device: `pytest -m gpu`."""

import pytest
import torch

from graphfm.datasets import TextGraph
from graphfm.tasks.runs import pretrain

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
