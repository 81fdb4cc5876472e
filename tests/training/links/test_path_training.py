"""Training of path reasoners: what they may read, how they resume, that they learn by the rule and not by heart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.kg.known import head_queries
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_data import LinkData
from graphfm.training.links.path_training import PathTraining

SMALL = {"progress": False, "accelerator": "cpu", "dim": 8, "num_layers": 3, "batch_size": 8, "lr": 0.02}


def keys(task: PathTraining, triples: torch.Tensor) -> set[int]:
    graph = task.facts
    both = torch.cat([triples, head_queries(triples, graph.num_relations)])
    kinds = 2 * graph.num_relations + 1
    return set(((both[:, 0] * kinds + both[:, 1]) * graph.num_entities + both[:, 2]).tolist())


@pytest.mark.parametrize(
    "settings", [{}, {"remove": "pair"}, {"fact_ratio": 0.8}, {"fact_ratio": 0.8, "remove": "pair"}]
)
def test_no_answer_is_in_the_graph_that_is_read(ring: Triples, settings: dict, monkeypatch, tmp_path) -> None:
    """Spied on while Lightning trains: the graph of every batch lacks the batch, and with a ratio the whole pass."""
    seen = []
    graph_of = PathTraining._graph

    def spy(task: PathTraining, queries: torch.Tensor):
        graph = graph_of(task, queries)
        seen.append((task.global_step, set(graph.keys.tolist()), keys(task, queries), graph.num_edges))
        return graph

    monkeypatch.setattr(PathTraining, "_graph", spy)
    link_prediction(ring, out=tmp_path, model="mokgr", epochs=2, **SMALL | settings)
    assert all(not present & asked for _, present, asked, _ in seen)
    whole = 2 * len(ring.train) + ring.num_entities
    if "fact_ratio" in settings:  # 6 of 30 triples are asked for, in one batch a pass
        assert len(seen) == 2
        assert all(edges == whole - 12 for *_, edges in seen)  # no pair of the ring has two triples
        assert seen[0][1] != seen[1][1]
    elif not settings:
        assert {edges for *_, edges in seen} == {whole - 16, whole - 12}


def test_a_rule_carries_over_to_entities_never_seen(tmp_path: Path) -> None:
    """Two seats on is next to twice; the other table has other people."""

    def answered(model: LinkModel, n: int) -> bool:
        return model.predict_tails(f"here_{n}", "two_on", top=1)["tail_id"].tolist() == [f"here_{(n + 2) % 24}"]

    def table(name: str, size: int) -> Triples:
        next_to = torch.tensor([[n, 0, (n + 1) % size] for n in range(size)])
        two_on = torch.tensor([[n, 1, (n + 2) % size] for n in range(size)])
        people = [f"{name}_{n}" for n in range(size)]
        return Triples(
            name,
            people,
            ["next_to", "two_on"],
            train=torch.cat([next_to, two_on[::2]]),
            val=two_on[1:6:2],
            test=two_on[7::2],
        )

    graph = replace(table("here", 24), inference=table("there", 15))
    # From so few facts about half of the starts find the rule; one that did, by its own table, is asked about the other.
    for seed in range(6):
        model = link_prediction(graph, out=tmp_path / f"{seed}", model="mokgr", seed=seed, epochs=12, **SMALL)
        if all(answered(model, n) for n in range(7, 23, 2)):
            break
    report = model.card["result"]["report"]
    assert report["protocol"] == "protocol U: filtered, all entities"
    assert report["mrr"] > 0.9
    there = LinkModel.load(tmp_path / f"{seed}").on(graph.inference)
    assert there.predict_heads("two_on", "there_3", top=1)["head_id"].tolist() == ["there_1"]
    # The same people and relations in another order: ids of their own, the same answers.
    turned = graph.inference
    swap = torch.tensor([1, 0])
    other = Triples(
        "turned",
        turned.entities,
        ["two_on", "next_to"],
        train=torch.stack([turned.train[:, 0], swap[turned.train[:, 1]], turned.train[:, 2]], 1),
    )
    ours, theirs = (m.predict_tails("there_4", "two_on", top=5) for m in (there, model.on(other)))
    assert ours["score"].tolist() == pytest.approx(theirs["score"].tolist(), abs=1e-5)


@pytest.mark.parametrize("model", ["adaprop", "RED-GNN"])
def test_the_baselines_train_too(ring: Triples, tmp_path: Path, model: str) -> None:
    done = link_prediction(ring, out=tmp_path, model=model, epochs=1, mask_answers=True, **SMALL)
    assert done.card["model"] == model.casefold().replace("-", "")
    assert LinkModel.load(tmp_path).kind == "paths"


@pytest.mark.filterwarnings("ignore:Experiment logs directory")
@pytest.mark.parametrize("fact_ratio", [None, 0.5])
def test_stopped_and_resumed_is_the_uninterrupted_run_bit_for_bit(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fact_ratio: float | None
) -> None:
    settings = SMALL | {"batch_size": 2, "epochs": 2, "checkpoint_every": 5, "dropout": 0.2, "width": 4, "keep": "last"}
    settings |= {"model": "mokgr", "fact_ratio": fact_ratio}
    whole = link_prediction(ring, out=tmp_path / "whole", **settings)
    step = PathTraining.training_step

    def failing(task: PathTraining, queries: torch.Tensor, batch_idx: int) -> torch.Tensor:
        if task.global_step == 8:
            raise RuntimeError("the power went off")
        return step(task, queries, batch_idx)

    monkeypatch.setattr(PathTraining, "training_step", failing)
    with pytest.raises(RuntimeError, match="the power went off"):
        link_prediction(ring, out=tmp_path / "stopped", **settings)
    monkeypatch.setattr(PathTraining, "training_step", step)
    assert torch.load(tmp_path / "stopped" / "last.ckpt", weights_only=True)["global_step"] == 5
    resumed = link_prediction(ring, out=tmp_path / "stopped", **settings)
    a, b = whole.model.state_dict(), resumed.model.state_dict()
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "mokg"}, "Did you mean mokgr"),
        ({"num_layer": 3}, "Did you mean num_layers"),
        ({"remove": "all"}, "remove='all'"),
        ({"fact_ratio": 1.5}, "fact_ratio=1.5"),
        ({"experts": ["score", "luck"]}, "luck"),
        ({"min_length": 9}, "lengths go from at least 1"),
        ({"scorer": "RotatE"}, "unknown setting 'scorer'"),
        ({"encoder": "lsa"}, "an encoder for mokgr"),
        ({"queries": "pairs"}, "queries='pairs' for mokgr"),
        ({"queries": "alternate", "fact_ratio": 0.5}, "fact_ratio with queries='alternate'"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"relation_dropout": 1.5, "query_match": True}, "relation_dropout=1.5"),
        ({"relation_dropout": 0.2}, "relation_dropout=0.2 without query_match"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"attention_channels": 0}, "attention_channels=0"),
        ({"temperature": 0.0}, "temperature=0.0, expected above 0"),
        ({"stop": -1.0}, "stop=-1.0"),
        ({"epochs": 0}, "epochs=0"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_mistakes_are_answered_before_anything_is_written(tmp_path: Path, ring: Triples, settings, said: str) -> None:
    with pytest.raises(DataError, match=said):
        link_prediction(ring, out=tmp_path / "run", **{"model": "mokgr", "progress": False} | settings)
    assert not (tmp_path / "run").exists()


def test_a_pass_asks_for_its_share(ring: Triples) -> None:
    data = LinkData(ring, batch_size=4, queries="both", fact_ratio=0.7)
    assert len(data.train_queries) == 3  # 9 of 30 triples
    batches = [data.train_queries[n] for n in range(3)]
    number, rows = data.pass_queries(2)
    assert number == 0
    asked = torch.cat([batch[: len(batch) // 2] for batch in batches])
    assert sorted(asked.tolist()) == sorted(rows.tolist())
    assert data.pass_queries(3)[0] == 1
    assert sorted(data.pass_queries(3)[1].tolist()) != sorted(rows.tolist())


def test_what_training_may_know_includes_what_it_asks_for(ring: Triples) -> None:
    """Protocol R asks for the validation triples: one of them is no wrong answer to another."""
    graph = replace(ring, inference=ring)
    data = LinkData(graph, protocol="R")
    head, relation, tail = ring.val.unbind(1)
    assert data.train_known.contains(head, relation, tail).all()
    assert not LinkData(graph, protocol="U").train_known.contains(head, relation, tail).any()


def test_a_relation_that_only_the_test_has_is_named_and_refused(
    ring: Triples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = [*ring.relations, "likes"]
    graph = replace(ring, relations=names, relation_labels=names, test=torch.tensor([[0, 2, 1]]))
    link_prediction(graph, out=tmp_path, model="mokgr", epochs=1, **SMALL)
    assert "likes" in caplog.text
    model = LinkModel.load(tmp_path)
    for ask in (
        lambda: model.predict_tails("person_00", "likes"),
        lambda: model.explain("person_00", "likes", "person_01"),
    ):
        with pytest.raises(DataError, match="'likes', which no training triple has"):
            ask()
    assert len(model.predict_tails("person_00", "next_to", top=3)) == 3
