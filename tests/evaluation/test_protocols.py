"""The three protocols of inductive sets, on sizes that tell them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.training import link_prediction as run
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_data import LinkData

SMALL = {"model": "mokgr", "progress": False, "accelerator": "cpu", "dim": 8, "num_layers": 3, "epochs": 1}


@pytest.fixture
def inductive(ring: Triples) -> Triples:
    rows = torch.tensor([[n, s, (n + s + 1) % 9] for n in range(9) for s in (0, 1)])
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))]
    names = [f"n{i}" for i in range(9)]
    other = Triples("nine", names, ring.relations, train=rows[:11], val=rows[11:14], test=rows[14:])
    return replace(ring, inference=other)


@pytest.mark.parametrize(("name", "asks", "validates"), [("U", 30, 4), ("R", 4, 6), ("G", 30, 4)])
def test_what_is_asked_and_validated(inductive: Triples, name: str, asks: int, validates: int) -> None:
    data = LinkData(inductive, protocol=name.lower(), batch_size=100, queries="both")
    assert data.protocol == name
    assert len(data.train_queries[0]) == 2 * asks
    assert len(data.val) == validates
    assert len(data.graph.train) == 30  # the messages run on X train, whatever is asked


@pytest.mark.parametrize(
    ("name", "queries", "said"),
    [
        ("U", 14, "protocol U: filtered, all entities"),
        ("R", 14, "protocol R: filtered, all entities"),
        ("G", 8, "protocol G: filtered, 50 sampled"),
    ],
)
def test_a_run_is_judged_on_entities_it_never_saw(inductive: Triples, tmp_path, name, queries, said) -> None:
    model = link_prediction(inductive, out=tmp_path, protocol=name, **SMALL)
    result = model.card["result"]
    assert (result["data"], result["protocol"]) == ("nine", name)
    assert result["report"]["queries"] == queries
    assert result["report"]["protocol"] == said
    assert model.card["settings"]["protocol"] == name
    again = judge(LinkModel.load(tmp_path), inductive, protocol=name)
    assert again["report"] == result["report"]


@pytest.mark.parametrize(("name", "validated"), [("U", 4), ("R", 6), ("G", 4)])
def test_validation_is_that_of_training_on_the_training_graph(inductive: Triples, tmp_path, name, validated) -> None:
    model = link_prediction(inductive, out=tmp_path, protocol=name, **SMALL)
    result = judge(model, inductive, split="val", protocol=name)
    assert (result["data"], result["report"]["queries"]) == ("ring", 2 * validated)
    if name != "G":  # which is validated among all entities while it trains
        log = (tmp_path / "log" / "metrics.csv").read_text(encoding="utf-8").splitlines()
        column = log[0].split(",").index("val_mrr")
        best = max(float(line.split(",")[column]) for line in log[1:] if line.split(",")[column])
        assert result["report"]["mrr"] == pytest.approx(best, abs=1e-6)


def test_probabilities_are_fitted_on_what_was_not_trained_on(inductive: Triples, tmp_path, monkeypatch) -> None:
    fitted = []
    monkeypatch.setattr(run, "fit_probabilities", lambda model, triples, **_: fitted.append(triples))
    link_prediction(inductive, out=tmp_path, protocol="R", **SMALL)
    assert torch.equal(fitted[0], inductive.test)


def test_vectors_of_entities_are_refused_before_they_are_trained(inductive: Triples, tmp_path) -> None:
    with pytest.raises(DataError, match="test entities are not those of training"):
        link_prediction(inductive, out=tmp_path / "run", model="rotate", progress=False)
    assert not (tmp_path / "run").exists()


def test_the_default_is_u_and_a_wrong_name_is_refused(ring: Triples, inductive: Triples) -> None:
    assert protocols.resolve(inductive, None) == "U"
    assert protocols.resolve(ring, None) is None
    with pytest.raises(DataError, match="expected one of U, R, G"):
        protocols.resolve(inductive, "X")
    with pytest.raises(DataError, match="protocol U for ring, expected an inductive set"):
        protocols.resolve(ring, "U")


def test_answers_known_from_any_split_are_filtered(inductive: Triples) -> None:
    whole = protocols.judged(inductive, "U")
    assert (len(whole.val), len(whole.test)) == (0, 7)
    assert protocols.judged(inductive, "G") is inductive.inference
    assert protocols.judged(replace(inductive, inference=None), None).name == "ring"


def test_a_set_without_validation_on_its_training_graph_is_of_no_protocol(inductive: Triples) -> None:
    graph = replace(inductive, val=inductive.val[:0])
    assert protocols.resolve(graph, None) is None
    assert protocols.judged(graph, None) is graph.inference
    with pytest.raises(DataError, match="protocol U for ring"):
        protocols.resolve(graph, "U")
