from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from graphfm.datasets import load_triples
from graphfm.kg.known import KnownAnswers, inverse
from graphfm.kg.ranking import rank
from graphfm.kg.relations import ultra as module
from graphfm.kg.relations.relation_graph import RelationFacts, relation_facts
from graphfm.kg.relations.ultra import Ultra
from graphfm.kg.relations.ultra_paths import explain
from graphfm.ops import adjacency

FILES = ("ultra_3g", "ultra_4g", "ultra_50g")


def public(data_home: Path, name: str) -> Ultra:
    model = Ultra()
    file = torch.load(data_home / "ultra" / f"{name}.pth", map_location="cpu", weights_only=True)
    model.load_state_dict(file["model"])
    return model.eval()


class Made:
    """The made graph, with upstream's scores of four tail queries and four head queries by each public file."""

    def __init__(self, data_home: Path) -> None:
        self.file = json.loads((data_home / "ultra/reference/parity_made_graph.json").read_text())
        self.relations = self.file["num_relations"]
        triples = torch.tensor(self.file["triples_head_relation_tail"])
        self.graph = relation_facts(triples, num_entities=40, num_relations=self.relations, repeated=True)
        head, rel, tail = torch.tensor(self.file["queries_head_relation_tail"]).unbind(1)
        self.head, self.rel = torch.cat([head, tail]), torch.cat([rel, rel + self.relations])

    def scores(self, name: str) -> Tensor:
        return torch.tensor([*self.file["scores"][name]["tail_queries"], *self.file["scores"][name]["head_queries"]])


@pytest.fixture(scope="module")
def made(data_home: Path) -> Made:
    return Made(data_home)


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
def test_scores_of_the_public_files(name: str, made: Made, data_home: Path) -> None:
    model = public(data_home, name)
    with torch.no_grad():
        for found in (model(made.graph, made.head, made.rel), model.plain(made.graph, made.head, made.rel)):
            torch.testing.assert_close(found, made.scores(name), atol=5e-5, rtol=0)
        vectors = model.relation_model(made.graph.relations, made.rel[:1]).squeeze(1)
    expected = made.file["scores"][name]["relation_vectors_first_query_first_8_channels"]
    torch.testing.assert_close(vectors[:, :8], torch.tensor(expected), atol=5e-5, rtol=1e-5)


@pytest.mark.data
def test_the_relation_graph_of_upstream(made: Made) -> None:
    edges = made.graph.relations
    found = zip(edges.row.tolist(), edges.column.tolist(), edges.kind.tolist(), strict=True)
    assert sorted(found) == sorted(map(tuple, made.file["relation_graph_source_target_kind"]))


@pytest.mark.data
def test_messages_in_the_other_direction_are_another_model(made: Made, data_home: Path) -> None:
    model, graph, edges = public(data_home, "ultra_3g"), made.graph, made.graph.messages
    along = adjacency(torch.stack([edges.dst, edges.src]), graph.num_entities, edge_type=edges.edge_type)
    graph.__dict__["messages"] = along
    try:
        with torch.no_grad():
            found = model.plain(graph, made.head, made.rel)
    finally:
        graph.__dict__["messages"] = edges
    assert (found - made.scores("ultra_3g")).abs().max() > 0.1


@pytest.mark.data
def test_the_inverse_relation_asked_of_the_relation_graph_is_another_model(made: Made, data_home: Path) -> None:
    model = public(data_home, "ultra_3g")
    with torch.no_grad():
        vectors = model.relation_model(made.graph.relations, inverse(made.rel[:1], made.relations)).squeeze(1)
    expected = made.file["scores"]["ultra_3g"]["relation_vectors_first_query_first_8_channels"]
    assert (vectors[:, :8] - torch.tensor(expected)).abs().max() > 0.1


def untrained() -> Ultra:
    torch.manual_seed(0)
    return Ultra(16, 4).eval()


def graph_of(triples: Tensor) -> RelationFacts:
    # Two entities without facts, which nothing reaches.
    return relation_facts(triples, num_entities=22, num_relations=5, repeated=True)


@pytest.mark.parametrize("pairs", [0, 2**15])
def test_where_a_question_reaches_is_all_that_counts(
    triples: Tensor, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", pairs)
    model, graph = untrained(), graph_of(triples)
    head, rel = torch.arange(10).repeat(2), torch.arange(20) % 10
    with torch.no_grad():
        torch.testing.assert_close(model(graph, head, rel), model.plain(graph, head, rel), atol=1e-5, rtol=1e-5)
    graph = graph_of(torch.tensor([[0, 0, 1], [1, 1, 2], [2, 4, 3], [3, 2, 4], [4, 0, 5], [5, 3, 6], [9, 0, 8]]))
    with torch.no_grad():
        torch.testing.assert_close(model(graph, head, rel), model.plain(graph, head, rel), atol=1e-5, rtol=1e-5)


def test_equal_questions_are_asked_once_and_relations_looked_at_once(triples: Tensor) -> None:
    model, graph, seen = untrained(), graph_of(triples), []
    model.relation_model.register_forward_hook(lambda _module, args, _out: seen.append(args[1].tolist()))
    with torch.no_grad():
        scores = model(graph, torch.tensor([3, 3, 4, 7]), torch.tensor([1, 1, 6, 2]))  # 6 is the inverse of 1
    assert torch.equal(scores[0], scores[1])
    assert seen == [[1], [2]]


def test_names_of_relations_and_entities_mean_nothing(triples: Tensor) -> None:
    model, relation = untrained(), torch.randperm(5, generator=torch.Generator().manual_seed(1))
    entity = torch.randperm(22, generator=torch.Generator().manual_seed(2))
    renamed = torch.stack([entity[triples[:, 0]], relation[triples[:, 1]], entity[triples[:, 2]]], 1)
    head, rel = torch.arange(5), torch.arange(5)
    with torch.no_grad():
        before = model(graph_of(triples), head, rel)
        after = model(graph_of(renamed), entity[head], relation[rel])
    torch.testing.assert_close(after[:, entity], before, atol=1e-5, rtol=1e-5)


def test_training_reaches_every_parameter(triples: Tensor) -> None:
    model = untrained().train()
    model(graph_of(triples), torch.tensor([1, 2]), torch.tensor([0, 7])).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.data
@pytest.mark.parametrize("name", ["wn18rr_v1", "fb237_v1"])
def test_a_whole_set_has_upstreams_numbers(name: str, data_home: Path) -> None:
    graph = load_triples(name).inference
    assert graph is not None
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    facts = relation_facts(graph.train, **sizes, repeated=True)
    known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), **sizes)
    ranks = rank(public(data_home, "ultra_3g"), torch.cat([graph.val, graph.test]), known, data=facts)
    expected = json.loads((data_home / f"ultra/reference/{name}_ind.ultra_3g.json").read_text())["both"]
    assert abs(float((1 / ranks.realistic).mean()) - expected["realistic"]["mrr"]) < 1e-4
    assert abs(float((1 / ranks.pessimistic.double()).mean()) - expected["pessimistic"]["mrr"]) < 1e-4
    assert abs(float((ranks.realistic <= 10).double().mean()) - expected["realistic"]["hits10"]) < 1e-4


def test_paths_behind_an_answer() -> None:
    """A chain of three facts is the only way, and its weight is what a change of its edges does to the score."""
    triples = torch.tensor([[0, 0, 1], [1, 1, 2], [2, 0, 3], [4, 1, 5], [0, 1, 3]])
    graph = relation_facts(triples, num_entities=6, num_relations=2)
    torch.manual_seed(0)
    model = Ultra(channels=8, num_layers=4).eval()
    found = explain(model, graph, (0, 1, 3), known=torch.tensor([1]))
    shortest = min(found.paths, key=lambda path: len(path.edges))
    assert shortest.edges == ((0, 0, 1), (1, 1, 2), (2, 0, 3))  # not the triple itself
    assert all(path.edges[0][0] == 0 and path.edges[-1][2] == 3 for path in found.paths)
    assert [path.weight for path in found.paths] == sorted((path.weight for path in found.paths), reverse=True)
    without = graph.without(triples[4:])
    factors = torch.ones(4, without.messages.num_edges)
    asked = torch.tensor([0]), torch.tensor([1])
    with torch.no_grad():
        before = model.plain(without, *asked, factors=factors)[0]
        torch.testing.assert_close(before, model.plain(without, *asked)[0])
        assert found.score == pytest.approx(float(before[3]))
        assert found.rank == 1 + sum(float(before[i]) > float(before[3]) for i in (0, 2, 4, 5))
        step, total = 1e-3, 0.0
        kinds = inverse(without.messages.edge_type, 2)
        for layer, edge in enumerate(shortest.edges):
            at = [
                (int(s), int(r), int(d))
                for s, r, d in zip(without.messages.src, kinds, without.messages.dst, strict=True)
            ]
            changed = factors.clone()
            changed[layer, at.index(edge)] += step
            total += float(model.plain(without, *asked, factors=changed)[0, 3] - before[3]) / step
    assert shortest.weight == pytest.approx(total / 3, rel=0.05, abs=1e-4)
    assert not explain(model, graph, (0, 1, 4)).paths  # no way there


def test_paths_in_both_directions() -> None:
    triples = torch.tensor([[0, 0, 1], [1, 1, 2], [3, 0, 2]])
    graph = relation_facts(triples, num_entities=4, num_relations=2)
    found = explain(Ultra(channels=8, num_layers=3).eval(), graph, (3, 1 + 2, 0), top=1)
    assert found.paths[0].edges == ((3, 0, 2), (2, 1 + 2, 1), (1, 0 + 2, 0))
