"""Estimators as scikit-learn's users know them, and scikit-learn's own checks as far as a graph can take them."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

import graphfm
from graphfm.datasets import TextGraph, Triples
from graphfm.errors import DataError
from graphfm.estimators import GraphClassifier, LinkPredictor
from graphfm.estimators.link_predictor import named_rows

ROOT = Path(graphfm.__file__).parents[1]
RECORD = ROOT / "results" / "estimator_checks" / "checks.json"
sys.path.insert(0, str(ROOT / "scripts"))
from estimator_checks import all_checks  # noqa: E402


@pytest.fixture(scope="module")
def pages() -> TextGraph:
    texts = [f"a page about {['trees and leaves', 'rings and gold'][n // 20]}, number {n}" for n in range(40)]
    side = torch.arange(40) // 20 * 20
    edges = torch.stack([torch.arange(40), side + (torch.arange(40) + 1) % 20])
    ids = [f"p{n}" for n in range(40)]
    return TextGraph(
        edges, name="pages", text=texts, y=torch.arange(40) // 20, class_names=["trees", "rings"], node_ids=ids
    )


@pytest.mark.parametrize("make", [GraphClassifier, LinkPredictor])
def test_scikit_learns_checks_are_those_on_record(make: Any) -> None:
    """Each check that passes still does; each that does not is on record with its reason (scripts/estimator_checks.py)."""
    record = json.loads(RECORD.read_text())[make.__name__]
    for result in all_checks(make):
        known = record.get(result["check_name"])
        assert known is not None, result["check_name"]
        assert result["status"] == known["status"], f"{result['check_name']}: {result['exception']!r}"
    assert sum(one["status"] == "passed" for one in record.values()) >= 15


@pytest.mark.parametrize("make", [GraphClassifier, LinkPredictor])
def test_scikit_learn_itself_finds_nothing_wrong(make: Any) -> None:
    with pytest.warns(SkipTestWarning, match="requires input"):  # no matrices
        check_estimator(make())


def test_a_graph_is_fitted_and_predicted(pages: TextGraph) -> None:
    model = GraphClassifier(["trees", "rings"], encoder="lsa")
    with pytest.raises(NotFittedError):
        model.predict()
    assert model.fit(pages) is model
    probabilities = model.predict_proba()
    assert probabilities.shape == (40, 2)
    assert np.allclose(probabilities.sum(1), 1)
    frame = graphfm.classify(pages, names=["trees", "rings"], encoder="lsa").frame()
    assert list(model.predict()) == list(frame["predicted"])
    assert model.score() == np.mean(model.predict() == np.array(pages.class_names)[pages.y.numpy()])
    copy = clone(model).set_params(encoder="minilm")
    assert copy.get_params()["encoder"] == "minilm"
    assert model.get_params()["encoder"] == "lsa"


def test_fitting_twice_pickling_and_predicting_change_nothing(pages: TextGraph, ring: Triples) -> None:
    rows = [(ring.entities[h], ring.relations[r], ring.entities[t]) for h, r, t in ring.train.tolist()]
    made: list[tuple[Any, Any, Any]] = [
        (GraphClassifier(encoder="lsa"), pages, lambda model: model.predict_proba(["a tree"])),
        (LinkPredictor(settings={"epochs": 1, "dim": 4}), ring, lambda model: model.decision_function(rows)),
    ]
    for model, data, answer in made:
        params = model.get_params()
        assert model.fit(data) is model
        first, state = answer(model), set(vars(model))
        assert np.array_equal(answer(pickle.loads(pickle.dumps(model))), first)
        assert np.array_equal(answer(model.fit(data)), first)
        assert model.get_params() == params
        assert set(vars(model)) == state
    links = made[1][0]
    order = links.decision_function(rows).argsort(kind="stable")
    assert (np.diff(links.predict_proba(rows)[order, 1]) >= -1e-9).all() if links.model_.calibration else True


def test_texts_that_come_later(pages: TextGraph) -> None:
    model = GraphClassifier(encoder="lsa").fit(pages)
    found = model.predict(["leaves of a tree", "gold rings"])
    assert list(found) == ["trees", "rings"]
    alone = model.predict_proba([""])
    heard = model.predict_proba([""], neighbours=[["p30", "p31", "p32"]])
    assert heard.shape == alone.shape == (1, 2)
    assert heard[0, 1] >= alone[0, 1]
    assert model.predict_proba([]).shape == (0, 2)
    assert model.score(["leaves of a tree", "gold rings"], ["trees", "rings"]) == 1.0
    with pytest.raises(DataError, match="neighbour 'p99' of text 1"):
        model.predict_proba(["a"], neighbours=[["p99"]])
    with pytest.raises(DataError, match="a list of texts"):
        model.predict_proba("one text")


def test_shown_labels_are_believed(pages: TextGraph) -> None:
    wrong_way_round = ["rings", *[None] * 19, "trees", *[None] * 19]
    model = GraphClassifier(encoder="lsa").fit(pages, wrong_way_round)
    assert model.predict_proba()[0, 1] > GraphClassifier(encoder="lsa").fit(pages).predict_proba()[0, 1]
    with pytest.raises(DataError, match="the label 'stones'"):
        GraphClassifier(encoder="lsa").fit(pages, ["stones"] * 40)
    with pytest.raises(DataError, match="3 labels"):
        GraphClassifier(encoder="lsa").fit(pages, [0, 1, 0])


def test_links_are_learned_from_rows_and_judged(ring: Triples) -> None:
    rows = [
        (ring.entities[h], ring.relations[r], ring.entities[t])
        for part in (ring.train, ring.val, ring.test)
        for h, r, t in part.tolist()
    ]
    rows += [(f"person_{n:02d}", "four_on", f"person_{(n + 4) % 20:02d}") for n in range(20)]
    settings = {"epochs": 3, "dim": 8, "batch_size": 32, "num_negatives": 8}
    model = LinkPredictor("distmult", settings=settings).fit(pd.DataFrame(rows, columns=["head", "relation", "tail"]))
    assert model.decision_function(rows[:5]).shape == (5,)
    probabilities = model.predict_proba(np.array(rows[:5]))
    assert probabilities.shape == (5, 2)
    assert np.allclose(probabilities.sum(1), 1)
    assert model.predict(rows[:5]).dtype == bool
    assert len(model.complete(head="person_03", relation="next_to", top=3).rows) == 3
    with pytest.raises(DataError, match="Did you mean"):
        model.decision_function([("persn_03", "next_to", "person_04")])


def test_a_model_that_is_there_needs_no_training(ring: Triples) -> None:
    model = LinkPredictor(checkpoint="default").fit(ring)
    assert model.decision_function([("person_03", "next_to", "person_04")]).shape == (1,)
    with pytest.raises(DataError, match="scores that were not calibrated"):
        model.predict_proba([("person_03", "next_to", "person_04")])


def test_rows_of_any_library() -> None:
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {"head": ["a", "b"], "relation": ["r", "r"], "tail": ["b", "1"]}
    wanted = [("a", "r", "b"), ("b", "r", "1")]
    for made in (pd.DataFrame(columns), polars.DataFrame(columns), pyarrow.table(columns), np.array(wanted), wanted):
        assert named_rows(made) == wanted
    for wrong in ("a r b", 3, [("a", "b")], [("a", "", "b")], np.ones((2, 3))):
        with pytest.raises(DataError):
            named_rows(wrong)
