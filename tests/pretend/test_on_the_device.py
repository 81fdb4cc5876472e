"""Every model and job on a pretend device: nothing is left on the CPU, nothing waited for unasked, the numbers are equal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from graphfm.geometry.structure import DESCRIPTOR_NAMES
from graphfm.kg.names import scorers
from graphfm.kg.paths.mokgr import METHODS
from graphfm.models.families.foundation import NETWORKS
from tests.faults.samples import text_graph
from tests.pretend import jobs
from tests.pretend.device import PretendTensor, pretending

pytestmark = pytest.mark.filterwarnings("ignore")


def on_both(job: Callable[[str], Any], *, there: str = "cuda") -> None:
    """Run a job on the CPU and on the pretend device, and compare."""
    expected = job("cpu")
    with pretending():
        found = tree_map(lambda x: x.cpu() if isinstance(x, PretendTensor) else x, job(there))
    equal(found, expected)


def equal(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            equal(found[name], expected[name])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            equal(one, other)
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-4, atol=1e-5)
    elif isinstance(expected, Tensor):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5, nan_ok=True)
    elif not isinstance(expected, str):
        assert found == expected


@pytest.mark.parametrize("name", sorted(scorers()))
def test_scorers(name: str) -> None:
    on_both(lambda device: jobs.judged(jobs.scorer(device, name)))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_reasoners(name: str) -> None:
    on_both(lambda device: jobs.judged(jobs.reasoner(device, name)))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_foundation_models(name: str) -> None:
    on_both(lambda device: jobs.judged(jobs.foundation(device, name)))


def test_steps_that_wait_for_nothing() -> None:
    """An encoder whose graph is sorted, and scores of vectors: the host asks the device for no number."""
    graph, queries = text_graph(), (torch.arange(4), torch.zeros(4, dtype=torch.long))
    edges, whole = graph.adjacency(), jobs.graph_model("cpu")
    encoder = whole.graph_encoder
    x, structure = (
        torch.randn(graph.num_nodes, whole.text_encoder.dim),
        torch.randn(graph.num_nodes, len(DESCRIPTOR_NAMES)),
    )
    model = jobs.scorer("cpu", "RotatE").model
    with pretending(quiet=True):
        features = encoder.to("cuda")(x.to("cuda"), edges.to("cuda"), structure.to("cuda")).features
        scores = model.to("cuda")(None, *(part.to("cuda") for part in queries))
    assert isinstance(features, PretendTensor)
    assert isinstance(scores, PretendTensor)


def test_jobs_on_text_graphs() -> None:
    graph = text_graph()
    on_both(lambda device: jobs.classified(jobs.graph_model(device), graph))


RUNS: dict[str, Callable[[str, Path], Any]] = {
    "pretraining on texts": jobs.pretrained_texts,
    "pretraining on triples": jobs.pretrained_links,
    "rotate": lambda accelerator, folder: jobs.trained_links(accelerator, folder, "rotate", num_negatives=4),
    "complex, all entities": lambda accelerator, folder: jobs.trained_links(
        accelerator, folder, "complex", loss="k-vs-all", queries="pairs", smoothing=0.1, n3=0.01
    ),
    "atth, shared": lambda accelerator, folder: jobs.trained_links(
        accelerator, folder, "atth", num_negatives=4, reciprocal=True, shared=True, queries="bernoulli"
    ),
    **{
        name: lambda accelerator, folder, name=name: jobs.trained_links(accelerator, folder, name)  # type: ignore[misc]
        for name in METHODS
    },
}


SLOW = {"adaprop", "redgnn", "complex, all entities"}  # what they use runs above


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in RUNS])
def test_whole_runs(name: str, tmp_path: Path) -> None:
    on_both(lambda device: RUNS[name]({"cpu": "cpu", "cuda": "gpu"}[device], tmp_path / device))
