"""Foundation models: any graph, any name, no training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.datasets.triples.fingerprints import fingerprints
from graphfm.errors import DataError
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.models.families.foundation import foundation_model
from graphfm.report.paths_page import explanation_page

OPTIONS = {
    "universal": {"channels": 8, "num_layers": 3, "encoder_layers": 2, "attention_channels": 2},
    "ultra": {"channels": 8, "num_layers": 3},
}


def untrained(network: str) -> LinkModel:
    torch.manual_seed(0)
    settings = {"network": network, "network_options": OPTIONS[network]}
    return LinkModel(foundation_model(**settings), Triples("", [], []), kind="foundation", settings=settings)


@pytest.mark.parametrize("network", OPTIONS)
def test_a_model_of_no_graph_answers_on_any_by_name(network: str, ring: Triples, tmp_path: Path) -> None:
    untrained(network).save(tmp_path / "model.ckpt")
    model = LinkModel.load(tmp_path / "model.ckpt")
    on_ring = model.on(ring)
    answers = on_ring.predict_tails("Person 3", "next_to", top=4)
    assert len(answers) == 4
    assert set(answers["tail_id"]) <= set(ring.entities)
    assert len(on_ring.predict_heads("two_on", "Person 3", top=2, new_only=True)) == 2
    # Nobody has ever had this relation, not even the graph: there is nothing to go by, and nothing is refused.
    more = Triples("more", ring.entities, [*ring.relations, "envies"], train=ring.train)
    assert len(on_ring.on(more).predict_tails("person_03", "envies")) == 10


@pytest.mark.parametrize("network", OPTIONS)
def test_ranks_stand_beside_the_baselines(network: str, ring: Triples) -> None:
    result = judge(untrained(network), ring)
    assert result["report"]["queries"] == 12
    assert set(result["baselines"]) == {"constant", "answer frequency"}
    assert result["pretraining"] == {"sources": []}


def test_what_was_seen_in_pretraining_is_counted(ring: Triples) -> None:
    model = untrained("universal")
    seen = torch.cat([ring.train[:15], ring.test[:2]])
    model.trained, model.card = fingerprints(ring, seen), {"sources": ["ring"]}
    assert judge(model, ring)["pretraining"] == {
        "sources": ["ring"],
        "seen_test": pytest.approx(2 / 6),
        "seen_graph": pytest.approx(15 / 30),
    }


@pytest.mark.parametrize("network", OPTIONS)
def test_paths_explain_an_answer(network: str, ring: Triples) -> None:
    model = untrained(network).on(ring)
    found = model.explain("Person 3", "next_to", "Person 4")
    assert found.triple == ("Person 3", "next_to", "Person 4")
    assert found.paths
    assert all(path.edges[0][0] == "Person 3" for path in found.paths if path.edges)
    assert bool(found.lengths) == bool(found.pruning) == (network == "universal")  # ULTRA has no gates
    assert explanation_page(found, network).count("<svg") == 1


def test_settings_that_make_no_model_are_refused() -> None:
    for network, options in (("ultar", {}), ("ultra", {"chanels": 3}), ("universal", {"experts": ["luck"]})):
        with pytest.raises(DataError):
            foundation_model(network=network, network_options=options)
