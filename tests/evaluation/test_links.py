"""The protocol that fits the set: all entities, given candidates, inference graphs, areas over candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.evaluation.links import area_over_candidates, judge
from graphfm.models import LinkModel
from graphfm.models.families import Family


class Oracle(nn.Module):
    """Knows the rule of the ring, not the entities: it reads the facts for their number of nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, data, head, rel):
        size = data.num_nodes
        step = torch.where(rel < 2, rel + 1, 1 - rel)  # the inverse of s on is s back
        scores = nn.functional.one_hot((head + step) % size, size).float() * self.weight
        return scores, torch.ones_like(scores, dtype=torch.bool)


class Oracles(Family):
    """A family of its own: it reads the graph, and asks nothing of names."""

    kind = "oracle"

    def observe(self, model, graph):
        return graph.data("train")


@pytest.fixture
def oracle(ring: Triples) -> LinkModel:
    return LinkModel(Oracle(), ring, kind=Oracles())


def test_an_oracle_is_perfect_and_the_baselines_are_not(oracle: LinkModel) -> None:
    result = judge(oracle, sampled=5)
    assert result["report"]["mrr"] == 1.0
    assert result["report"]["candidates_mean"] == 20  # each query has one answer
    assert result["baselines"]["constant"]["mrr"] == pytest.approx(2 / 21)
    assert result["baselines"]["answer frequency"]["mrr"] < 0.5
    assert result["sampled"]["protocol"] == "filtered, 5 sampled"
    assert result["sampled"]["mrr"] == 1.0


def test_an_inductive_set_is_ranked_on_its_inference_graph(ring: Triples, oracle: LinkModel) -> None:
    rows = torch.tensor([[n, s, (n + s + 1) % 9] for n in range(9) for s in (0, 1)])
    other = Triples("nine", [f"n{i}" for i in range(9)], ring.relations, train=rows[:12], test=rows[12:])
    result = judge(oracle, replace(ring, inference=other))
    assert (result["data"], result["entities"], result["report"]["mrr"]) == ("nine", 9, 1.0)
    chosen_by = judge(oracle, replace(ring, inference=other), split="val")
    assert (chosen_by["data"], chosen_by["report"]["queries"]) == ("ring", 2 * len(ring.val))
    with pytest.raises(DataError, match="no val triples in nine"):
        judge(oracle, replace(ring, val=ring.val[:0], inference=other), split="val")


def test_what_the_graph_shows_anyway_is_counted_and_said(
    ring: Triples, oracle: LinkModel, caplog: pytest.LogCaptureFixture
) -> None:
    assert judge(oracle)["in_training"] == 0
    assert not caplog.records
    shown = replace(ring, test=torch.cat([ring.test, ring.train[:3]]))
    assert judge(oracle, shown)["in_training"] == 3
    assert "3 of 9 test triples of ring are among its training triples" in caplog.text


def test_a_protocol_is_that_of_the_training(ring: Triples, oracle: LinkModel) -> None:
    oracle.card |= {"data": "ring", "settings": {"protocol": "R"}}
    inductive = replace(ring, inference=replace(ring, name="there"))
    assert judge(oracle, inductive)["protocol"] == "R"
    with pytest.raises(DataError, match="protocol U for a model trained under protocol R"):
        judge(oracle, inductive, protocol="U")
    with pytest.raises(DataError, match="Only its training graph is kept"):
        judge(oracle)
    another = replace(ring, name="another")
    assert judge(oracle, another)["protocol"] is None
    assert judge(oracle.on(another))["protocol"] is None


def test_given_candidates_are_ranked_under_their_name(ring: Triples) -> None:
    given = SimpleNamespace(
        tail=torch.full((6, 3), 7, dtype=torch.int32), head=torch.full((6, 3), 7, dtype=torch.int32)
    )
    graph = replace(ring, info={"negatives": {"test": given}})
    result = judge(LinkModel(Oracle(), graph, kind=Oracles()))
    assert result["report"]["protocol"] == "ring, 3 given"
    assert result["report"]["candidates_mean"] == 4


def test_area_over_candidates_by_hand(ring: Triples) -> None:
    graph = replace(ring, test=torch.tensor([[3, 0, 4], [4, 0, 5]]), info={"candidates": [4, 5, 9]})
    model = LinkModel(Oracle(), graph, kind=Oracles())
    assert area_over_candidates(model) == {"auc_pr": 1.0, "candidates": 3, "constant": 1 / 3}
    nn.init.zeros_(model.model.weight)
    assert area_over_candidates(model)["auc_pr"] == pytest.approx(1 / 3)
    nn.init.constant_(model.model.weight, -1.0)  # the answers come last: precision is 2/6 at their recall
    assert area_over_candidates(model)["auc_pr"] == pytest.approx(1 / 3)
    assert "auc_pr" in judge(model)


def test_a_broken_model_has_no_numbers(ring: Triples, oracle: LinkModel) -> None:
    nn.init.constant_(oracle.model.weight, float("nan"))
    with pytest.raises(Exception, match="NaN or infinite"):
        judge(oracle)


def test_some_relations_and_some_types_are_ranked_alone(ring: Triples, oracle: LinkModel) -> None:
    whole = judge(oracle, sampled=5)
    one = judge(oracle, relations=["two_on"], sampled=5)
    count = int((ring.test[:, 1] == 1).sum())
    assert one["report"]["queries"] == one["sampled"]["queries"] == 2 * count
    assert one["relations"] == ["two_on"]
    assert one["baselines"]["answer frequency"]["mrr"] != whole["baselines"]["answer frequency"]["mrr"]
    kinds = ["A" if n < 10 else "B" for n in range(20)]
    typed = replace(ring, info={"types": kinds})
    parts = [judge(oracle, typed, types=[kind], sampled=5) for kind in "AB"]
    assert sum(part["report"]["queries"] for part in parts) == whole["report"]["queries"]
    asked_for = int((ring.test[:, [0, 2]] < 10).sum())
    assert parts[0]["report"]["queries"] == parts[0]["sampled"]["queries"] == asked_for
    both = judge(oracle, typed, types=["A", "B"])
    assert both["report"] == whole["report"]
    with pytest.raises(DataError, match="the unknown type 'C'"):
        judge(oracle, typed, types=["C"])
    with pytest.raises(DataError, match="no test triples of next_to"):
        judge(oracle, replace(ring, test=ring.test[ring.test[:, 1] == 1]), relations=["next_to"])


def test_answers_of_further_known_triples_are_no_wrong_ones(ring: Triples, oracle: LinkModel, tmp_path: Path) -> None:
    nn.init.constant_(oracle.model.weight, -1.0)  # the answer comes last
    plain = judge(oracle)
    head, relation = ring.test[0, :2].tolist()
    names = [(ring.entities[head], ring.relations[relation], other) for other in ring.entities]
    table = tmp_path / "known.tsv"
    table.write_text("".join("\t".join(row) + "\n" for row in [*names, ("nobody", "next_to", "no one")]))
    for known in (names, table):
        result = judge(oracle, known=known, sampled=5)
        assert result["known"] == 20
        assert result["report"]["hits@1"] == 1 / result["report"]["queries"]  # all others of that question are known
        assert result["report"]["candidates_mean"] < plain["report"]["candidates_mean"]
    assert judge(oracle)["report"] == plain["report"]
    with pytest.raises(DataError, match="none of which has names of"):
        judge(oracle, known=[("nobody", "next_to", "no one")])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sampled": 20}, "sampled=20 wrong answers of 20 entities"),
        ({"sampled": 0}, "sampled=0 wrong answers"),
        ({"split": "tset"}, "split='tset', expected val or test"),
        ({"relations": []}, "no test triples of no name"),
    ],
)
def test_what_would_mean_nothing_is_refused(oracle: LinkModel, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        judge(oracle, **asked)


def test_a_string_is_one_relation(oracle: LinkModel) -> None:
    assert judge(oracle, relations="two_on")["report"] == judge(oracle, relations=["two_on"])["report"]


def test_a_graph_without_a_test_split_is_told_how_to_get_one(ring: Triples, oracle: LinkModel) -> None:
    with pytest.raises(DataError, match=r"`graphfm datasets import DATA --out FOLDER --test 0\.1`"):
        judge(oracle, replace(ring, test=ring.test[:0]))
