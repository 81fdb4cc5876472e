from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphfm.kg.relations.graph_parts import GraphPart, Recipe, Slicer, ask
from graphfm.kg.relations.rules import block_graph, hierarchy_graph, rule_graph


def check(part: GraphPart) -> None:
    """What holds for every part: ids of its own, all used, and what is read or asked for is true."""
    true = set(map(tuple, part.true.tolist()))
    assert {*map(tuple, part.observed.tolist())} <= true
    assert {*map(tuple, part.asked.tolist())} <= true
    assert torch.equal(part.true[:, [0, 2]].unique(), torch.arange(part.num_entities))
    assert torch.equal(part.true[:, 1].unique(), torch.arange(part.num_relations))


@pytest.fixture(scope="module")
def large() -> Slicer:
    generator = torch.Generator().manual_seed(0)
    entity = (torch.rand(2, 6000, generator=generator).square() * 800).long()  # hubs at the low ids
    triples = torch.stack([entity[0], torch.randint(12, (6000,), generator=generator), entity[1]], 1).unique(dim=0)
    return Slicer(triples, num_entities=800, num_relations=12)


@pytest.mark.parametrize("cores", [0.0, 1.0])
def test_parts_are_graphs_of_their_own(large: Slicer, cores: float) -> None:
    recipe, sizes = Recipe(max_facts=1000, spread=5, cores=cores), set()
    for seed in range(20):
        part = large.draw(np.random.default_rng(seed), recipe)
        check(part)
        assert 20 < len(part.observed) <= len(part.true) < 6000
        sizes.add((part.num_entities, part.num_relations, len(part.observed)))
    assert len(sizes) == 20


def test_the_same_draw_is_the_same_part(large: Slicer) -> None:
    one, other = (large.draw(np.random.default_rng(3), Recipe(max_facts=500)) for _ in range(2))
    assert torch.equal(one.observed, other.observed)
    assert torch.equal(one.true, other.true)


def test_a_small_graph_is_taken_whole_less_relations_and_facts() -> None:
    triples = torch.tensor([[i, r, (i + r + 1) % 40] for i in range(40) for r in range(4)])
    slicer = Slicer(triples, num_entities=40, num_relations=4)
    part = slicer.draw(np.random.default_rng(0), Recipe(relations=1.0, facts=1.0))
    assert len(part.observed) == len(part.true) == 160
    shares = [
        len(p.observed) / len(p.true) for p in (slicer.draw(np.random.default_rng(s), Recipe()) for s in range(30))
    ]
    assert 0.05 < min(shares) < 0.3 < max(shares) <= 1


def test_queries_come_from_few_relations_and_leave_two_thirds(large: Slicer) -> None:
    part = large.draw(np.random.default_rng(0), Recipe(max_facts=1000))
    true, r = set(map(tuple, part.true.tolist())), part.num_relations
    backwards = 0
    for seed in range(30):
        queries = ask(part, np.random.default_rng(seed), relations=4, queries=8)
        assert len(queries[:, 1].unique()) <= 4
        for h, relation, t in queries.tolist():
            assert ((h, relation, t) if relation < r else (t, relation - r, h)) in true
            backwards += relation >= r
        count = torch.bincount(queries[:, 1] % r, minlength=r)
        # A relation that is asked for both ways counts twice.
        assert (count <= 2 * (torch.bincount(part.true[:, 1], minlength=r) // 3).clamp(min=1)).all()
    assert 100 < backwards < 800


@pytest.mark.parametrize("made", [rule_graph, block_graph, hierarchy_graph])
def test_made_up_graphs(made: Callable[[np.random.Generator], GraphPart]) -> None:
    drawn = [made(np.random.default_rng(seed)) for seed in range(20)]
    for part in drawn:
        check(part)
        assert len(part.observed) < len(part.true) <= 12000
        assert len(part.asked)
    again = made(np.random.default_rng(0))
    assert torch.equal(again.observed, drawn[0].observed)
    assert torch.equal(again.asked, drawn[0].asked)
