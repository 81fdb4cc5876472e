"""Path reasoning: the formula against loops, and what a query's scores may and may not depend on."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.paths.facts import Facts, facts
from graphfm.kg.paths.mokgr import adaprop, mokgr, red_gnn
from graphfm.kg.paths.reasoner import FEWEST_AT_ONCE, MOST_AT_ONCE, Reasoner, at_once
from graphfm.kg.ranking import rank

V, R = 40, 3
MODELS = {
    "mokgr": lambda: mokgr(R, channels=8, num_layers=4, width=4, num_lengths=2),
    "mokgr, early stop": lambda: mokgr(R, channels=8, num_layers=4, width=4, stop=1.5),
    "adaprop": lambda: adaprop(R, channels=8, num_layers=3, width=4, activation="relu"),
    "mokgr, by query": lambda: mokgr(R, channels=8, num_layers=4, width=4, query_readout=True, query_match=True),
    "red_gnn": lambda: red_gnn(R, channels=8, num_layers=3, activation="tanh"),
}


def random_graph(seed: int = 0, *, edges: int = 80, num_entities: int = V) -> tuple[Tensor, Facts]:
    generator = torch.Generator().manual_seed(seed)
    triples = torch.stack([torch.randint(n, (edges,), generator=generator) for n in (num_entities, R, num_entities)], 1)
    return triples, facts(triples, num_entities=num_entities, num_relations=R)


@pytest.fixture(params=MODELS, ids=MODELS)
def model(request) -> Reasoner:
    torch.manual_seed(0)
    return MODELS[request.param]().double().eval()


QUERIES = torch.tensor([0, 5, 5, 9, 17, 30]), torch.tensor([0, 1, 4, 2, 5, 3])


def test_scores_do_not_change_with_batch_mates(model: Reasoner) -> None:
    _, graph = random_graph()
    head, rel = QUERIES
    together = model(graph, head, rel)
    for i in range(len(head)):
        alone = model(graph, head[i : i + 1], rel[i : i + 1])
        torch.testing.assert_close(alone.scores[0], together.scores[i])
        assert torch.equal(alone.reached[0], together.reached[i])
    again = model(graph, head.flip(0), rel.flip(0))
    torch.testing.assert_close(again.scores.flip(0), together.scores)


def test_entities_that_are_alike_tie_whatever_rounding_makes_of_them() -> None:
    """Many leaves of one hub, each with a triangle of its own whose triples come in another order."""
    rows = []
    generator = torch.Generator().manual_seed(0)
    for leaf in range(12):
        a, b, c = 1 + 3 * leaf, 2 + 3 * leaf, 3 + 3 * leaf
        own = torch.tensor([[0, 0, a], [a, 1, b], [b, 2, c], [c, 1, a], [0, 2, c], [0, 1, b]])
        rows.append(own[torch.randperm(6, generator=generator)])
    every = torch.cat(rows)
    num_entities = 37
    for seed in range(5):
        torch.manual_seed(seed)
        own = mokgr(R, channels=32, num_layers=5, query_readout=True).eval()
        triples = torch.stack(
            [torch.zeros(36, dtype=torch.long), torch.ones(36, dtype=torch.long), torch.arange(1, 37)], 1
        )
        graph = facts(every, num_entities=num_entities, num_relations=R)
        known = KnownAnswers(triples[:0], num_entities=num_entities, num_relations=R)
        ranks = rank(own, triples, known, data=graph, directions=("tail",))
        for kind in range(3):  # the twelve of a kind
            assert len(ranks.realistic[kind::3].unique()) == 1
            assert (ranks.pessimistic - ranks.optimistic)[kind::3].min() >= 11


def test_scores_do_not_change_with_padding(model: Reasoner) -> None:
    """Entities without edges, and a query asked twice, change nothing for the others."""
    triples, graph = random_graph()
    head, rel = QUERIES
    padded = model(facts(triples, num_entities=V + 9, num_relations=R), head.repeat(2), rel.repeat(2))
    scores = model(graph, head, rel).scores
    torch.testing.assert_close(padded.scores[:, :V], scores.repeat(2, 1))
    assert (padded.scores[:, V:] == 0).all()
    assert not padded.reached[:, V:].any()


def test_more_queries_are_asked_at_once_where_a_graph_is_small() -> None:
    none = torch.empty(0, 3, dtype=torch.long)
    sizes = [at_once(facts(none, num_entities=n, num_relations=2)) for n in (0, 10, 200, 5000)]
    assert sizes == [MOST_AT_ONCE, MOST_AT_ONCE, 163, FEWEST_AT_ONCE]


def test_two_evaluations_agree_to_the_bit(model: Reasoner) -> None:
    _, graph = random_graph()
    assert torch.equal(model(graph, *QUERIES).scores, model(graph, *QUERIES).scores)


def test_relabelling_entities_permutes_scores(model: Reasoner) -> None:
    triples, graph = random_graph()
    new = torch.randperm(V, generator=torch.Generator().manual_seed(3))
    renamed = torch.stack([new[triples[:, 0]], triples[:, 1], new[triples[:, 2]]], 1)
    head, rel = QUERIES
    scores = model(graph, head, rel).scores
    permuted = model(facts(renamed, num_entities=V, num_relations=R), new[head], rel).scores
    torch.testing.assert_close(permuted[:, new], scores)


def test_ties_at_the_bar_do_not_hang_on_names() -> None:
    """A star: all leaves look alike, so keeping some of them would be a choice by number."""
    star = torch.stack([torch.zeros(9, dtype=torch.long), torch.zeros(9, dtype=torch.long), torch.arange(1, 10)], 1)
    torch.manual_seed(0)
    model = mokgr(1, channels=8, num_layers=2, min_length=1, width=3).eval()
    scores = model(facts(star, num_entities=10, num_relations=1), torch.tensor([0]), torch.tensor([0])).scores[0, 1:]
    torch.testing.assert_close(scores, scores[:1].expand(9))


@pytest.mark.parametrize("by_query", [False, True])
@pytest.mark.parametrize("r", [1, 4])
def test_layers_compute_the_formula(by_query: bool, r: int) -> None:
    """One length, nothing pruned, against loops over edges and the formula of each step written out."""
    triples, graph = random_graph(edges=40)
    torch.manual_seed(0)
    model = red_gnn(R, channels=4, num_layers=3, query_readout=by_query, query_match=by_query).double().eval()
    h, inverse = 3, {1: 4, 4: 1}[r]
    edges = {(x, k, y) for x, k, y in triples.tolist()} | {(y, k + R, x) for x, k, y in triples.tolist()}
    edges |= {(v, 2 * R, v) for v in range(V)}
    state = {h: torch.zeros(4, dtype=torch.double)}
    cell = nn.GRUCell(4, 4).double()
    cell.load_state_dict(model.carry.state_dict())
    for layer, linear in zip(model.steps, model.maps, strict=True):
        query, e = layer.relation.weight[r], list(layer.relation.weight)
        if by_query:
            e[r] = e[r] + layer.match.weight[0]
            e[inverse] = e[inverse] + layer.match.weight[1]
        total: dict[int, Tensor] = {}
        for x, k, y in edges:
            if x in state:
                hidden = layer.of_source(state[x]) + layer.of_relation(e[k]) + layer.of_query(query)
                alpha = torch.sigmoid(layer.attention(F.relu(hidden)))
                total[y] = total.get(y, torch.zeros(4, dtype=torch.double)) + alpha * (state[x] + e[k])
        state = {
            y: cell(linear(m)[None], state.get(y, torch.zeros(4, dtype=torch.double))[None])[0]
            for y, m in total.items()
        }
    expected = torch.zeros(V, dtype=torch.double)
    for y, s in state.items():
        expected[y] = model.scores[-1](s)[0] + (model.query.weight[r] @ s if by_query else 0.0)
    result = model(graph, torch.tensor([h]), torch.tensor([r]))
    torch.testing.assert_close(result.scores[0], expected)
    assert result.reached[0].nonzero().squeeze(1).tolist() == sorted(state)


def test_lengths_add_up_by_the_gate() -> None:
    _, graph = random_graph()
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=4, min_length=2, num_lengths=2, width=5).double().eval()
    head, rel = QUERIES
    expected = torch.zeros(len(head), V, dtype=torch.double)
    for number, layer in enumerate(model.layers(graph, head, rel), start=1):
        assert (layer.length_weight is None) == (number < 2)
        if layer.length_weight is not None:
            for place in layer.kept.tolist():
                row, entity = int(layer.expansion.nodes.row[place]), int(layer.expansion.nodes.entity[place])
                expected[row, entity] += layer.length_weight[row] * layer.score[place]
    torch.testing.assert_close(model(graph, head, rel).scores, expected)


@pytest.mark.parametrize("name", MODELS)
def test_gradients_reach_every_parameter(name: str) -> None:
    _, graph = random_graph()
    torch.manual_seed(0)
    model = MODELS[name]()
    result = model(graph, *QUERIES)
    loss = F.cross_entropy(result.scores, torch.tensor([3, 4, 5, 6, 7, 8]))
    (loss + result.balance.importance + result.balance.load).backward()
    unused = set()
    for key, parameter in model.named_parameters():
        if parameter.grad is None or not parameter.grad.abs().sum() > 0:
            unused.add(key)
    # The first states are zero, so nothing can flow into what reads them; of AdaProp and RED-GNN one score is read.
    single = {"query.weight"} if "mokgr" not in name else set()
    expected = {"steps.0.of_source.weight"} | single
    if name == "red_gnn":
        expected |= {f"scores.{i}.weight" for i in range(2)}
    if name == "adaprop":  # a gate over one expert has nothing to choose
        expected |= {key for key, _ in model.named_parameters() if ".gate." in key}
    assert unused == expected


@pytest.mark.parametrize("chosen", ["score", "attention", "semantic"])
def test_each_pruning_expert_alone_trains_the_attention(chosen: str) -> None:
    """The straight-through gradient is what reaches the ratings; without it they would stay as they are."""
    _, graph = random_graph()
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=3, width=3, experts=[chosen], num_experts=1)
    kept = [p.factor for p in _pruned(model, graph)]
    assert all(factor is not None and factor.requires_grad for factor in kept)


def _pruned(model: Reasoner, graph: Facts) -> list:
    seen: list = []
    handles = [part.register_forward_hook(lambda *call: seen.append(call[2])) for part in model.pruning]
    model(graph, *QUERIES)
    for handle in handles:
        handle.remove()
    return seen


def test_a_graph_of_twelve_entities_works_at_default_widths() -> None:
    triples, graph = random_graph(edges=20, num_entities=12)
    for build in (mokgr, adaprop, red_gnn):
        result = build(R, channels=8)(graph, triples[:5, 0], triples[:5, 1])
        assert result.scores.shape == (5, 12)
        assert result.scores.isfinite().all()


def test_an_entity_without_edges_and_an_answer_out_of_reach(model: Reasoner) -> None:
    graph = facts(torch.tensor([[0, 0, 1], [1, 1, 2], [3, 2, 4]]), num_entities=6, num_relations=R)
    result = model(graph, torch.tensor([5, 0]), torch.tensor([0, 1]))
    assert result.reached[0].tolist() == [False] * 5 + [True]  # itself, by the identity edge
    assert result.reached[1].nonzero().squeeze(1).tolist() == [0, 1, 2]
    assert (result.scores[~result.reached] == 0).all()
    assert result.scores.isfinite().all()


def test_what_the_graph_does_not_have_is_refused(model: Reasoner) -> None:
    _, graph = random_graph()
    with pytest.raises(DataError, match=r"relation 6..6, expected relation ids in 0..5"):
        model(graph, torch.tensor([0]), torch.tensor([2 * R]))
    with pytest.raises(DataError, match="head"):
        model(graph, torch.tensor([V]), torch.tensor([0]))
    other = facts(torch.tensor([[0, 3, 1]]), num_entities=2, num_relations=4)
    with pytest.raises(DataError, match="a graph of 4 relations"):
        model(other, torch.tensor([0]), torch.tensor([0]))


def test_early_stop_ends_single_queries() -> None:
    _, graph = random_graph()
    torch.manual_seed(0)
    eager = mokgr(R, channels=8, num_layers=4, stop=0.0).eval()
    patient = mokgr(R, channels=8, num_layers=4, stop=float("inf")).eval()
    patient.load_state_dict(eager.state_dict())
    assert len(list(eager.layers(graph, *QUERIES))) == 2  # from L/2 on
    assert len(list(patient.layers(graph, *QUERIES))) == 4


def mutual(rel: int, seed: int, *, couples: int = 24) -> tuple[Tensor, Tensor]:
    """Triples of one relation that pair all entities up, and the same the other way round."""
    a, b = torch.randperm(2 * couples, generator=torch.Generator().manual_seed(seed)).view(2, -1)
    return torch.stack([a, torch.full_like(a, rel), b], 1), torch.stack([b, torch.full_like(a, rel), a], 1)


def symmetry_of_a_relation_never_trained_on(seed: int, *, query_match: bool) -> float:
    """MRR of the second halves of couples, after training on four other symmetric relations and on two that are not."""
    torch.manual_seed(seed)
    symmetric = torch.cat([triples for rel in range(4) for triples in mutual(rel, rel)])
    others = torch.cat([mutual(rel, 10 * rel + s)[0] for rel in (4, 5) for s in range(2)])
    given, asked = mutual(6, 50)
    trained = torch.cat([symmetric, others])
    graph = facts(torch.cat([trained, given]), num_entities=48, num_relations=7)
    model = red_gnn(7, channels=16, num_layers=1, query_readout=True, query_match=query_match)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-3)
    for _ in range(300):
        batch = trained[torch.randint(len(trained), (32,))]
        loss = F.cross_entropy(model(graph.without(batch), batch[:, 0], batch[:, 1]).scores, batch[:, 2])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scores = model.eval()(graph, asked[:, 0], asked[:, 1]).scores
    rank_of_answer = 1 + (scores > scores.gather(1, asked[:, 2:])).sum(1)
    return rank_of_answer.double().reciprocal().mean().item()


def test_what_a_match_tells_holds_for_a_relation_without_training_triples() -> None:
    marked = [symmetry_of_a_relation_never_trained_on(seed, query_match=True) for seed in range(3)]
    plain = [symmetry_of_a_relation_never_trained_on(seed, query_match=False) for seed in range(3)]
    assert min(marked) > 0.9
    assert max(plain) < 0.3


def test_a_query_whose_relation_is_hidden_reads_the_marks_alone() -> None:
    """It scores like a relation whose vectors are zero everywhere, whatever they are."""
    _, graph = random_graph()
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=3, width=50, noise=False, query_readout=True, query_match=True)
    model = model.double()
    head, rel = torch.tensor([3, 5]), torch.tensor([1, 4])  # a relation and its inverse
    model.relation_dropout = 1 - 1e-12
    hidden = model(graph, head, rel).scores
    model.relation_dropout = 0.0
    told = model(graph, head, rel).scores
    with torch.no_grad():
        for table in (model.query, *(step.relation for step in model.steps)):
            table.weight[[1, 4]] = 0.0
    torch.testing.assert_close(hidden, model(graph, head, rel).scores)
    assert not torch.allclose(hidden, told)


def test_relations_are_hidden_in_training_alone() -> None:
    _, graph = random_graph()
    torch.manual_seed(0)
    model = red_gnn(R, channels=8, num_layers=3, query_match=True, relation_dropout=0.5)
    head, rel = QUERIES
    drawn = {tuple(model(graph, head, rel).scores.sum(1).tolist()) for _ in range(8)}
    assert len(drawn) > 1
    evaluated = model.eval()(graph, head, rel).scores
    model.relation_dropout = 0.0
    torch.testing.assert_close(evaluated, model(graph, head, rel).scores)


@pytest.mark.parametrize("settings", [{"relation_dropout": 0.2}, {"relation_dropout": 1.0, "query_match": True}])
def test_settings_of_hidden_relations_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="received relation_dropout"):
        mokgr(R, channels=4, **settings)
