"""A model that answers by name: the right answers, in order, saved and loaded, in other vocabularies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.kg.calibration import Calibration
from graphfm.kg.known import head_queries
from graphfm.kg.ranking import rank
from graphfm.models import LinkModel
from graphfm.models.exporting import write_vectors
from graphfm.models.families.embeddings import kge_model
from graphfm.models.probabilities import check_calibration, contrast, fit_calibration


@pytest.fixture
def model(ring: Triples) -> LinkModel:
    """Untrained: what is tested here does not depend on what was learned."""
    torch.manual_seed(0)
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "RotatE", "dim": 6, "scorer_options": {"gamma": 4.0}}
    return LinkModel(kge_model(**settings), ring, settings=settings, card={"model": "RotatE"})


def test_answers_are_the_best_scores_in_order(model: LinkModel, ring: Triples) -> None:
    frame = model.predict_tails("person_03", "next_to", top=20)
    assert list(frame.columns) == ["tail_id", "tail_label", "score", "rank", "known"]
    scores = model.model(None, torch.tensor([3]), torch.tensor([0]))[0].detach()
    assert frame["score"].tolist() == scores.sort(descending=True).values.tolist()
    assert frame["tail_id"].tolist() == [ring.entities[i] for i in scores.argsort(descending=True)]
    assert frame["rank"].tolist() == list(range(1, 21))
    everything = {tuple(row) for _, rows in ring.splits() for row in rows.tolist()}
    known = [(3, 0, ring.entities.index(tail)) in everything for tail in frame["tail_id"]]
    assert frame["known"].tolist() == known
    assert sum(known) == 1
    new = model.predict_tails("Person 3", "NEXT_TO", top=20, new_only=True)  # by label, in any case
    assert len(new) == 19
    assert not new["known"].any()


def test_heads_are_tails_of_the_inverse(model: LinkModel, ring: Triples) -> None:
    frame = model.predict_heads("two_on", "person_05", top=3)
    assert list(frame.columns)[:2] == ["head_id", "head_label"]
    for _, row in frame.iterrows():
        head = torch.tensor([ring.entities.index(row["head_id"])])
        assert model.model.score(head, torch.tensor([1]), torch.tensor([5])).item() == pytest.approx(
            row["score"], abs=1e-5
        )


def test_ties_stand_in_the_middle(ring: Triples) -> None:
    class Equal(torch.nn.Linear):
        def forward(self, data, head, rel):
            return torch.zeros(len(head), 20)

    frame = LinkModel(Equal(1, 1), ring, kind="kge").predict_tails("person_00", "next_to", top=2)
    assert frame["rank"].tolist() == [10.5, 10.5]


def test_names_are_checked(model: LinkModel) -> None:
    with pytest.raises(DataError, match="Did you mean 'person_03'"):
        model.predict_tails("preson_03", "next_to")
    with pytest.raises(DataError, match="Did you mean 'next_to'"):
        model.predict_heads("nextto", "person_03")
    with pytest.raises(DataError, match="top=0"):
        model.predict_tails("person_03", "next_to", top=0)


def test_entities_of_a_second_graph_are_asked_about_on_it(model: LinkModel, ring: Triples) -> None:
    model.card["settings"] = {"protocol": "U"}
    with pytest.raises(DataError, match="second graph are asked about with --data"):
        model.predict_tails("somebody", "next_to")
    with pytest.raises(DataError, match=r"of the set\.$"):
        model.on(ring).predict_tails("somebody", "next_to")


def test_calibrated_probabilities_follow_the_scores(model: LinkModel, ring: Triples) -> None:
    assert check_calibration(model) is None
    assert "p_beats_random" not in model.predict_tails("person_03", "next_to")
    positive, negative = contrast(model, ring.val)
    assert len(positive) == len(negative) == 8
    both = torch.cat([ring.val, head_queries(ring.val, 2)])
    assert set(positive.tolist()) == set(model.score(both).tolist())
    fit_calibration(model, ring.val, method="isotonic")
    assert model.calibration is None  # four triples support none
    fit_calibration(model, torch.cat([rows for _, rows in ring.splits()]), method="isotonic")
    probability = model.predict_tails("person_03", "next_to", top=20)["p_beats_random"]
    assert probability.between(0, 1).all()
    assert (probability.diff().dropna() <= 0).all()
    judged = check_calibration(model)
    assert judged is not None
    assert sum(judged["bins"]["count"]) == 4 * len(ring.test)


def test_a_model_whose_true_triples_score_lower_gets_no_probabilities(
    model: LinkModel, ring: Triples, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, high = torch.linspace(-2, 0, 40), torch.linspace(0, 2, 40)
    for scores, fits in (((high, low), True), ((low, high), False)):
        monkeypatch.setattr("graphfm.models.probabilities.contrast", lambda *_, drawn=scores, **__: drawn)
        for method in ("platt", "isotonic"):
            fit_calibration(model, ring.train, method=method)
            assert (model.calibration is not None) == fits, method


@pytest.mark.parametrize("calibrated", [True, False])
def test_saved_and_loaded_is_the_same_model(model: LinkModel, tmp_path: Path, calibrated: bool) -> None:
    if calibrated:
        model.calibration = Calibration("platt", [0.5, -1.0], [])
        model.graph.info["candidates"] = [1, 2]
    model.save(tmp_path / "model.ckpt")
    loaded = LinkModel.load(tmp_path)
    question = ("person_07", "two_on")
    assert loaded.predict_tails(*question).equals(model.predict_tails(*question))
    assert loaded.card == model.card
    assert loaded.graph.info == model.graph.info
    assert loaded.graph.entity_labels == model.graph.entity_labels
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(loaded.graph.splits(), model.graph.splits(), strict=True))


def test_loading_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no such file"):
        LinkModel.load(tmp_path / "none.ckpt")
    (tmp_path / "broken.ckpt").write_bytes(b"not a model")
    with pytest.raises(DataError, match=r"broken\.ckpt: found an unreadable file"):
        LinkModel.load(tmp_path / "broken.ckpt")
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(DataError, match="found a file of another kind"):
        LinkModel.load(tmp_path / "other.ckpt")


def shuffled(ring: Triples) -> Triples:
    """The same triples, entities and relations in another order, some entities left out of the vocabulary's end."""
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    place = torch.empty(20, dtype=torch.long).scatter_(0, order, torch.arange(20))
    rows = {split: torch.stack([place[t[:, 0]], 1 - t[:, 1], place[t[:, 2]]], 1) for split, t in ring.splits()}
    return Triples("shuffled", [ring.entities[i] for i in order], ring.relations[::-1], **rows)


def test_another_order_of_names_changes_no_rank(model: LinkModel, ring: Triples, tmp_path: Path) -> None:
    other = model.on(shuffled(ring))
    a = rank(model.model, ring.test, model.known)
    b = rank(other.model, other.graph.test, other.known)
    assert torch.equal(a.columns()[:, :4], b.columns()[:, :4])
    frames = [m.predict_tails("person_03", "next_to") for m in (model, other)]
    assert frames[0]["tail_id"].tolist() == frames[1]["tail_id"].tolist()
    torch.testing.assert_close(*(m.score(m.graph.test) for m in (model, other)))
    with pytest.raises(DataError, match="ids of another graph"):
        other.save(tmp_path / "model.ckpt")


def test_names_the_model_does_not_know_are_counted(model: LinkModel, ring: Triples) -> None:
    strange = Triples("strange", [*ring.entities, "guest"], ring.relations, train=ring.train, test=ring.test)
    with pytest.raises(DataError, match="1 of 21 entities the model was not trained on \\('guest'\\)"):
        model.on(strange)
    renamed = Triples("renamed", ring.entities, ["next_to", "far_off"], train=ring.train, test=ring.test)
    with pytest.raises(DataError, match="far_off"):
        model.on(renamed)


def test_vectors_in_other_formats_are_the_vectors(model: LinkModel, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    write_vectors(model, tmp_path)
    own = model.model.entities().detach()
    torch.testing.assert_close(load_file(tmp_path / "embeddings.safetensors")["entities"], own)
    np.testing.assert_array_equal(np.load(tmp_path / "entities.npy"), own.numpy())
    np.testing.assert_allclose(np.loadtxt(tmp_path / "entities.tsv"), own.numpy(), rtol=1e-5, atol=1e-7)
    lines = (tmp_path / "entities_metadata.tsv").read_text().splitlines()
    assert lines[:2] == ["id\tlabel", "person_00\tPerson 0"]
    assert len(lines) == 21
    assert len((tmp_path / "relations_metadata.tsv").read_text().splitlines()) == 3
