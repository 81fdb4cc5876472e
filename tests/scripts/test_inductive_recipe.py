"""The cut of a training graph: what is learnt from and what is asked share no entity, and nothing else is read."""

from __future__ import annotations

from dataclasses import replace

import inductive_recipe as recipe
import pytest
import torch

from graphfm.datasets import Triples


@pytest.fixture
def graph() -> Triples:
    generator = torch.Generator().manual_seed(0)
    rows = torch.stack([torch.randint(size, (400,), generator=generator) for size in (60, 3, 60)], 1)
    return Triples("made", [f"e{i}" for i in range(60)], ["a", "b", "c"], train=rows[:300], val=rows[300:350])


def entities(triples: torch.Tensor) -> set[int]:
    return set(triples[:, [0, 2]].flatten().tolist())


CUTS = pytest.mark.parametrize("how", recipe.CUTS)


@CUTS
def test_what_is_asked_shares_no_entity_with_what_is_learnt(graph: Triples, how: str) -> None:
    cut = recipe.cut(graph, how=how, seed=0)
    learnt = entities(torch.cat([cut.train, cut.val]))
    asked = entities(torch.cat([cut.inference.train, cut.inference.test]))
    assert not learnt & asked
    if how == "regions":
        assert len(asked) <= recipe.REGION * graph.num_entities
    else:
        assert len(cut.inference.train) + len(cut.inference.test) <= recipe.COMMUNITIES[1] * len(graph.train)
    assert all(len(part) for part in (cut.train, cut.val, cut.inference.train, cut.inference.test))
    assert set(cut.inference.test[:, 1].tolist()) <= set(cut.train[:, 1].tolist())
    rows = [
        tuple(row) for part in (cut.train, cut.val, cut.inference.train, cut.inference.test) for row in part.tolist()
    ]
    assert set(rows) <= {tuple(row) for row in graph.train.tolist()}


@CUTS
def test_only_training_triples_are_read(graph: Triples, how: str) -> None:
    blind = replace(graph, val=graph.val[:0])
    for seed in (0, 1):
        one, other = recipe.cut(graph, how=how, seed=seed), recipe.cut(blind, how=how, seed=seed)
        assert torch.equal(one.train, other.train)
        assert torch.equal(one.inference.test, other.inference.test)
    assert not torch.equal(recipe.cut(graph, how=how, seed=0).train, recipe.cut(graph, how=how, seed=1).train)


def test_the_table_holds_what_was_measured() -> None:
    record = {"variant": "base", "mrr": 0.4, "train_cpu_seconds": 20.0}
    text = recipe.table([record | {"set": name} for name in recipe.SETS])
    assert f"| base | {'0.400, n=1 | ' * len(recipe.SETS)}0.400 | 20 |" in text
    some = recipe.table([record | {"set": "nell_v4"}, record | {"set": "nell_v4", "variant": "other", "mrr": 0.5}])
    assert some.splitlines()[0] == "| | nell_v4 | mean | CPU-seconds |"
    assert "| other | 0.500, n=1 | 0.500 | 20 |" in some


def test_communities_come_whole(graph: Triples) -> None:
    """Four cliques joined by single edges: one of them is asked."""
    ends = torch.combinations(torch.arange(10))
    rows = torch.cat([torch.stack([a, torch.zeros_like(a), b], 1) for a, b in ((ends + 10 * i).T for i in range(4))])
    joined = torch.cat([rows, torch.tensor([[0, 0, 10], [10, 0, 20], [20, 0, 30]])])
    four = replace(graph, train=joined, val=joined[:0])
    cut = recipe.cut(four, how="communities", seed=0)
    asked = entities(torch.cat([cut.inference.train, cut.inference.test]))
    assert len(asked) == 10
    assert max(asked) - min(asked) == 9
