"""Explanations: the paths that exist, weighed as they say, against every walk written out."""

from __future__ import annotations

from collections import defaultdict

import pytest
import torch

from graphfm.kg.paths.explanation import explain, without_loops
from graphfm.kg.paths.facts import facts
from graphfm.kg.paths.mokgr import adaprop, mokgr, red_gnn

R = 2


def test_a_chain_is_found_and_named() -> None:
    graph = facts(torch.tensor([[0, 0, 1], [1, 1, 2], [3, 1, 3]]), num_entities=4, num_relations=R)
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=3, min_length=1)
    found = explain(model, graph, (0, 0, 2))
    assert found.reached
    assert found.paths[0].edges == ((0, 0, 1), (1, 1, 2))
    with torch.no_grad():
        assert found.score == model.eval()(graph, torch.tensor([0]), torch.tensor([0])).scores[0, 2].item()
    assert sum(found.lengths.values()) == pytest.approx(1.0)
    assert [len(gate) for gate in found.pruning] == [3, 3, 3]
    backwards = explain(model, graph, (2, R, 0)).paths[0].edges
    assert backwards == ((2, 1 + R, 1), (1, R, 0))


def test_the_rank_leaves_other_known_answers_out() -> None:
    graph = facts(torch.tensor([[0, 0, 1], [0, 0, 2], [0, 0, 3]]), num_entities=4, num_relations=R)
    torch.manual_seed(0)
    model = red_gnn(R, channels=8, num_layers=1)
    among_all = explain(model, graph, (0, 1, 2))
    filtered = explain(model, graph, (0, 1, 2), known=torch.tensor([1, 2, 3]))
    assert among_all.score == filtered.score
    assert among_all.rank == filtered.rank + 1  # the three tails are alike: it stands in their middle, or alone


def test_a_triple_does_not_explain_itself() -> None:
    graph = facts(torch.tensor([[0, 0, 1], [0, 1, 1]]), num_entities=2, num_relations=R)
    model = red_gnn(R, channels=8, num_layers=1)
    assert [path.edges for path in explain(model, graph, (0, 0, 1)).paths] == [((0, 1, 1),)]
    alone = facts(torch.tensor([[0, 0, 1]]), num_entities=2, num_relations=R)
    nothing = explain(model, alone, (0, 0, 1))
    assert (nothing.paths, nothing.score, nothing.reached) == ([], 0.0, False)


@pytest.mark.parametrize(
    "model",
    [
        lambda: mokgr(R, channels=8, num_layers=3, min_length=1, num_lengths=2, width=3),
        lambda: adaprop(R, channels=8, num_layers=3, width=3),
        lambda: red_gnn(R, channels=8, num_layers=2),
    ],
    ids=["mokgr", "adaprop", "red_gnn"],
)
def test_weights_are_those_of_all_walks(model) -> None:
    generator = torch.Generator().manual_seed(0)
    triples = torch.stack([torch.randint(n, (14,), generator=generator) for n in (7, R, 7)], 1)
    graph = facts(triples, num_entities=7, num_relations=R)
    torch.manual_seed(0)
    model = model().eval()
    head, rel, tail = 0, 1, 5
    assert not (triples == torch.tensor([head, rel, tail])).all(1).any()
    expected: dict[tuple, float] = defaultdict(float)
    walks: dict[tuple, float] = {(): 1.0}
    with torch.no_grad():
        for layer in model.layers(graph, torch.tensor([head]), torch.tensor([rel])):
            step, grown = layer.expansion, {}
            kept = set(step.nodes.entity[layer.kept].tolist())
            for i, attention in enumerate(layer.attention.tolist()):
                x = int(layer.frontier.entity[step.edges.src[i]])
                edge = (x, int(step.pair_rel[step.edge_pair[i]]), int(step.nodes.entity[step.edges.dst[i]]))
                if edge[2] in kept:
                    for walk, weight in walks.items():
                        if (walk[-1][2] if walk else head) == x:
                            grown[(*walk, edge)] = weight * attention
            walks = grown
            if layer.length_weight is not None:
                for walk, weight in walks.items():
                    if walk[-1][2] == tail and layer.length_weight[0] > 0:
                        path = tuple(edge for edge in walk if edge[1] != 2 * R)
                        expected[without_loops(path)] += weight * float(layer.length_weight[0])
    found = explain(model, graph, (head, rel, tail), top=1000, beam=100_000)
    assert found.paths
    assert {path.edges: path.weight for path in found.paths} == pytest.approx(dict(expected))
    visited = [[path.edges[0][0], *(edge[2] for edge in path.edges)] for path in found.paths]
    assert all(len(set(entities)) == len(entities) for entities in visited)
    few = explain(model, graph, (head, rel, tail), top=3, beam=20)
    assert all(path.weight <= expected[path.edges] + 1e-6 for path in few.paths)


def test_loops_are_cut_out_but_for_an_answer_that_is_the_head() -> None:
    there, back, on = (0, 5, 1), (1, 6, 0), (0, 7, 2)
    assert without_loops((there, back, on)) == (on,)
    assert without_loops((there, (1, 5, 3), (3, 6, 1), (1, 7, 2))) == (there, (1, 7, 2))
    assert without_loops((there, back)) == (there, back)
    assert without_loops(()) == ()
