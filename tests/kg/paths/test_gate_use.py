"""Means of gate weights by relation."""

from __future__ import annotations

import pytest
import torch

from graphfm.kg.paths.facts import facts
from graphfm.kg.paths.gate_use import gate_use
from graphfm.kg.paths.mokgr import mokgr, red_gnn

R = 3


@pytest.fixture
def triples() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(n, (30,), generator=generator) for n in (15, R, 15)], 1)


def test_means_by_relation(triples: torch.Tensor) -> None:
    graph = facts(triples, num_entities=15, num_relations=R)
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=4, min_length=2, num_lengths=2).eval()
    use = gate_use(model, graph, triples, per_relation=100, batch_size=7)
    assert use.relation.tolist() == list(range(2 * R))
    assert use.queries.tolist() == torch.bincount(triples[:, 1]).repeat(2).tolist()
    torch.testing.assert_close(use.lengths.sum(1), torch.ones(2 * R))
    torch.testing.assert_close(use.pruning.sum(2), torch.ones(2 * R, 4))
    asked = triples[triples[:, 1] == 1]
    with torch.no_grad():
        layers = list(model.layers(graph, asked[:, 0], asked[:, 1]))
    torch.testing.assert_close(use.lengths[1, 0], layers[1].length_weight.mean())
    torch.testing.assert_close(use.pruning[1, 2], layers[2].pruning_gate.mean(0))
    few = gate_use(model, graph, triples, per_relation=2)
    assert few.queries.tolist() == [2] * 2 * R


def test_without_pruning_there_are_lengths_alone(triples: torch.Tensor) -> None:
    graph = facts(triples, num_entities=15, num_relations=R)
    use = gate_use(red_gnn(R, channels=8, num_layers=2), graph, triples)
    assert use.lengths.tolist() == [[1.0]] * 2 * R
    assert use.pruning.shape == (2 * R, 0, 0)


def test_early_stops_leave_zeros(triples: torch.Tensor) -> None:
    graph = facts(triples, num_entities=15, num_relations=R)
    use = gate_use(mokgr(R, channels=8, num_layers=4, stop=0.0), graph, triples)
    assert use.lengths.shape == (2 * R, 3)
    assert (use.lengths[:, 1:] == 0).all()
    assert use.pruning.shape == (2 * R, 4, 3)


def test_a_query_that_early_stop_ended_uses_no_gate_whoever_is_beside_it(triples: torch.Tensor) -> None:
    graph = facts(triples, num_entities=15, num_relations=R)
    torch.manual_seed(0)
    model = mokgr(R, channels=8, num_layers=4, min_length=1, num_lengths=4, stop=4.0).eval()
    with torch.no_grad():
        ended = [len(list(model.layers(graph, head[None], rel[None]))) for head, rel, _ in triples]
    assert len(set(ended)) > 1, "some queries end, some do not"
    together, alone = (gate_use(model, graph, triples, batch_size=size) for size in (32, 1))
    torch.testing.assert_close(together.lengths, alone.lengths)
    torch.testing.assert_close(together.pruning, alone.pruning)
    assert (together.lengths.sum(1) < 0.99).any()
