from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.kg.baselines import AnswerFrequency
from graphfm.kg.known import head_queries
from graphfm.kg.paths import reasoner
from graphfm.kg.paths.explanation import explain
from graphfm.kg.paths.facts import facts
from graphfm.kg.relations.pair_rules import pair_rules
from graphfm.kg.relations.prior import ProfilePrior
from graphfm.kg.relations.relation_graph import RelationFacts, relation_facts
from graphfm.kg.relations.universal import UniversalReasoner
from graphfm.kg.relations.weighing import USUAL_WEIGHTS, weigh


def untrained(**options: object) -> UniversalReasoner:
    torch.manual_seed(0)
    model = UniversalReasoner(**({"channels": 8, "num_layers": 3, "width": 4, "pairs": True} | options))  # type: ignore[arg-type]
    torch.nn.init.normal_(model.prior.score.weight)  # zero at the start of training
    return model.eval()


def graph_of(triples: Tensor, num_entities: int = 22) -> RelationFacts:
    return relation_facts(triples, num_entities=num_entities, num_relations=5)


HEAD, REL = torch.tensor([0, 3, 4, 7, 0, 9]), torch.tensor([1, 1, 6, 2, 9, 0])


def test_names_of_relations_and_entities_mean_nothing(triples: Tensor) -> None:
    model, relation = untrained(), torch.randperm(5, generator=torch.Generator().manual_seed(1))
    entity = torch.randperm(22, generator=torch.Generator().manual_seed(2))
    renamed = torch.stack([entity[triples[:, 0]], relation[triples[:, 1]], entity[triples[:, 2]]], 1)
    both = torch.cat([relation, relation + 5])
    before = model(graph_of(triples), HEAD, REL).scores
    after = model(graph_of(renamed), entity[HEAD], both[REL]).scores
    torch.testing.assert_close(after[:, entity], before, atol=1e-4, rtol=1e-4)


def test_a_relation_turned_around_is_the_same_knowledge(triples: Tensor) -> None:
    model, turned = untrained(), triples.clone()
    other = turned[:, 1] == 1
    turned[other] = turned[other][:, [2, 1, 0]]
    before = model(graph_of(triples), HEAD, torch.full_like(HEAD, 1)).scores
    after = model(graph_of(turned), HEAD, torch.full_like(HEAD, 6)).scores
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


def test_queries_in_a_batch_do_not_touch_each_other(triples: Tensor) -> None:
    model, graph = untrained(), graph_of(triples)
    together = model(graph, HEAD, REL).scores
    for i in range(len(HEAD)):
        alone = model(graph, HEAD[i : i + 1], REL[i : i + 1]).scores[0]
        torch.testing.assert_close(together[i], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("width", [None, 30])
def test_what_is_not_reached_on_a_dense_graph_says_nothing(width: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Most are one dense part, a path leads out of it, and three are apart: soon nearly everywhere, all reached never.
    generator = torch.Generator().manual_seed(3)
    dense = torch.stack([torch.randint(n, (150,), generator=generator) for n in (14, 5, 14)], 1)
    path = torch.tensor([[v, 2, v + 1] for v in range(13, 18)])
    graph = graph_of(torch.cat([dense, path, torch.tensor([[19, 3, 20], [20, 3, 21]])]))
    model, spread = untrained(num_layers=5, width=width), list[int]()
    real = reasoner.spread
    monkeypatch.setattr(reasoner, "spread", lambda *args, **sizes: (spread.append(1), real(*args, **sizes))[1])
    head, rel = torch.tensor([0, 3, 4, 7, 20, 9]), torch.tensor([1, 1, 6, 2, 9, 0])
    with torch.no_grad():
        fast = model(graph, head, rel)
    assert spread
    plain = model(graph, head, rel)  # with gradients
    assert len(spread) == 1
    assert torch.equal(fast.reached, plain.reached)
    assert not plain.reached.all()
    torch.testing.assert_close(fast.scores, plain.scores, atol=1e-5, rtol=1e-5)


def test_queries_of_one_relation_share_a_pass(triples: Tensor) -> None:
    model, seen = untrained(), []
    model.encoder.register_forward_hook(lambda _module, args, _out: seen.append(args[1].tolist()))
    model(graph_of(triples), HEAD, REL)
    assert seen == [[0, 1, 2, 6, 9]]


def test_a_fresh_prior_is_the_frequency_baseline(triples: Tensor) -> None:
    once = triples.unique(dim=0)
    graph, prior, asked = graph_of(once, 20), ProfilePrior(4), torch.arange(10)
    scores, _ = prior(graph, torch.randn(10, 10, 4), asked)
    counts = AnswerFrequency(once, num_entities=20, num_relations=5)(None, asked, asked)
    torch.testing.assert_close(scores, torch.log1p(counts))


def test_unreached_entities_are_ranked_by_their_edges(triples: Tensor) -> None:
    apart = torch.tensor([[20, 0, 21], [22, 0, 23], [24, 0, 23], [25, 1, 24]])
    result = untrained()(graph_of(torch.cat([triples, apart]), 26), torch.tensor([0]), torch.tensor([0]))
    assert not result.reached[0, 20:].any()
    assert len(set(result.scores[0, 20:].tolist())) > 3


def test_training_reaches_every_parameter(triples: Tensor) -> None:
    model, graph = untrained().train(), graph_of(triples)
    queries = torch.cat([triples[:6], head_queries(triples[6:9], 5)])
    model(graph.without(queries), queries[:, 0], queries[:, 1]).scores.square().sum().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # The noise of a gate learns from the load losses, and the scores of paths of one step do not count.
    assert not [name for name in silent if ".spread." not in name and not name.startswith("pruning.0.gate")]


def test_a_dense_graph_follows_its_edges_once(triples: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    import graphfm.kg.paths.reasoner as module

    calls = []
    real = module.expand
    monkeypatch.setattr(module, "expand", lambda *args, **options: calls.append(1) or real(*args, **options))
    model = untrained(num_layers=6, width=None)
    complete = torch.cartesian_prod(torch.arange(6), torch.arange(2), torch.arange(6))
    graph = relation_facts(complete, num_entities=6, num_relations=2)
    model(graph, torch.tensor([0, 1]), torch.tensor([0, 1]))
    assert len(calls) == 2  # to everyone, and around


def test_explanations_work(triples: Tensor) -> None:
    graph = graph_of(triples)
    found = explain(untrained(), graph, tuple(triples[0].tolist()))
    assert all(path.edges[0][0] == int(triples[0, 0]) for path in found.paths if path.edges)
    assert set(found.lengths) == {2, 3}


def test_a_graph_without_its_relation_graph_is_refused(triples: Tensor) -> None:
    with pytest.raises(DataError, match="without its relation graph"):
        untrained()(facts(triples, num_entities=22, num_relations=5), HEAD, REL)


def test_a_graph_says_by_itself_what_its_answers_hang_on() -> None:
    """Parts of a score are given: on this graph the first alone finds the answers, whatever the second says."""
    triples = torch.tensor([[i, r, (i + r + 1) % 12] for i in range(12) for r in range(3)])
    graph = relation_facts(triples, num_entities=12, num_relations=3)
    generator = torch.Generator().manual_seed(0)

    def parts_of(facts: RelationFacts, head: Tensor, rel: Tensor) -> tuple[Tensor, Tensor]:
        found = torch.randn(len(head), 12, 4, generator=generator)
        step = torch.where(rel < 3, rel + 1, -(rel - 3 + 1))
        found[torch.arange(len(head)), (head + step) % 12, 0] += 3.0
        asked = torch.stack([head, rel, (head + step) % 12], 1)
        assert facts.num_edges == facts.without(asked).num_edges  # what is asked for cannot be read
        assert facts.relations.facts.sum() < 2 * len(triples)  # nor counted
        return found, torch.ones(len(head), 12, dtype=torch.bool)

    few = triples[::4]
    weights = weigh(parts_of, graph, triples=few).weights
    assert weights is not None
    assert weights[0] > 1.0
    assert weights[1] < 0.5
    more = weigh(parts_of, graph, triples=triples[::2]).weights
    assert more is not None
    usual = torch.tensor(USUAL_WEIGHTS)
    assert (more - usual).norm() > (weights - usual).norm()  # few questions move little
    assert torch.equal(weigh(untrained().parts, graph, few).weights, weigh(untrained().parts, graph, few).weights)

    def unreached(facts: RelationFacts, head: Tensor, rel: Tensor) -> tuple[Tensor, Tensor]:
        return parts_of(facts, head, rel)[0], torch.zeros(len(head), 12, dtype=torch.bool)

    assert weigh(unreached, graph, few).weights is None  # nothing to go by
    assert weigh(parts_of, graph, triples[:0]).weights is None


def test_weights_of_the_parts_make_the_score() -> None:
    triples = torch.tensor([[i, r, (i + r + 1) % 12] for i in range(12) for r in range(3)])
    graph = relation_facts(triples, num_entities=12, num_relations=3)
    model, head, rel = untrained().eval(), torch.tensor([0, 3, 5]), torch.tensor([0, 4, 2])
    parts, _ = model.parts(graph, head, rel)
    weights = torch.tensor([2.0, -1.0, 0.5, 0.7])
    with torch.no_grad():
        found = model(dataclasses.replace(graph, weights=weights), head, rel).scores
        usual = model(graph, head, rel).scores
    torch.testing.assert_close(found, parts @ weights)
    torch.testing.assert_close(usual, parts @ torch.tensor(USUAL_WEIGHTS))


def test_rules_of_the_pair_are_those_of_the_observed_graph(triples: Tensor) -> None:
    graph = graph_of(triples)
    r = graph.num_relations
    both = {(h, p, t) for h, p, t in triples.tolist()} | {(t, p + r, h) for h, p, t in triples.tolist()}
    of = [{(h, t) for h, p, t in both if p == kind} for kind in range(2 * r)]
    head, rel = torch.arange(22).repeat_interleave(2 * r), torch.arange(2 * r).repeat(22)
    expected = torch.zeros(len(head), 22)
    for i, (h, q) in enumerate(zip(head.tolist(), rel.tolist(), strict=True)):
        for p in range(2 * r):
            if p != q:
                doubt = -math.log1p(-len(of[p] & of[q]) / (len(of[p]) + 1))
                for t in (t for x, t in of[p] if x == h):
                    expected[i, t] += doubt
    assert (expected > 0).any()
    torch.testing.assert_close(pair_rules(graph, head, rel), expected)


def test_rules_of_the_pair_count_where_the_graph_shows_that_they_do() -> None:
    """Everything said twice, once by each of two relations, and little else: an untrained network finds it by rules alone."""
    generator = torch.Generator().manual_seed(1)
    ends = torch.randint(40, (150, 2), generator=generator).unique(dim=0)
    said = torch.cat([torch.stack([ends[:, 0], torch.full_like(ends[:, 0], r), ends[:, 1]], 1) for r in (0, 1)])
    stray = torch.randint(40, (60, 2), generator=generator)
    said = torch.cat([said, torch.stack([stray[:, 0], torch.full_like(stray[:, 0], 2), stray[:, 1]], 1)]).unique(dim=0)
    graph = relation_facts(said, num_entities=40, num_relations=3)
    weights = weigh(untrained().eval().parts, graph, said).weights
    assert weights is not None
    assert weights[3] > 1


def test_a_graph_of_few_facts_is_weighed_by_none() -> None:
    triples = torch.tensor([[i, 0, (i + 1) % 30] for i in range(30)])
    assert (
        weigh(untrained().eval().parts, relation_facts(triples, num_entities=30, num_relations=1), triples).weights
        is None
    )
