"""The cut of a training graph: what is learnt from and what is asked share no entity, and nothing else is read."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples

spec = importlib.util.spec_from_file_location("recipe", Path(__file__).parents[2] / "scripts" / "inductive_recipe.py")
recipe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recipe)


@pytest.fixture
def graph() -> Triples:
    generator = torch.Generator().manual_seed(0)
    rows = torch.stack([torch.randint(size, (400,), generator=generator) for size in (60, 3, 60)], 1)
    return Triples("made", [f"e{i}" for i in range(60)], ["a", "b", "c"], train=rows[:300], val=rows[300:350])


def entities(triples: torch.Tensor) -> set[int]:
    return set(triples[:, [0, 2]].flatten().tolist())


def test_the_region_shares_no_entity_with_the_rest(graph: Triples) -> None:
    cut = recipe.cut(graph, seed=0)
    learnt = entities(torch.cat([cut.train, cut.val]))
    asked = entities(torch.cat([cut.inference.train, cut.inference.test]))
    assert not learnt & asked
    assert len(asked) <= recipe.REGION * graph.num_entities
    assert all(len(part) for part in (cut.train, cut.val, cut.inference.train, cut.inference.test))
    assert set(cut.inference.test[:, 1].tolist()) <= set(cut.train[:, 1].tolist())
    rows = [
        tuple(row) for part in (cut.train, cut.val, cut.inference.train, cut.inference.test) for row in part.tolist()
    ]
    assert set(rows) <= {tuple(row) for row in graph.train.tolist()}


def test_only_training_triples_are_read(graph: Triples) -> None:
    blind = replace(graph, val=graph.val[:0])
    for seed in (0, 1):
        one, other = recipe.cut(graph, seed=seed), recipe.cut(blind, seed=seed)
        assert torch.equal(one.train, other.train)
        assert torch.equal(one.inference.test, other.inference.test)
    assert not torch.equal(recipe.cut(graph, seed=0).train, recipe.cut(graph, seed=1).train)


def test_the_table_holds_what_was_measured() -> None:
    record = {"variant": "base", "mrr": 0.4, "train_cpu_seconds": 20.0}
    text = recipe.table([record | {"set": name} for name in recipe.SETS])
    assert "| base | 0.400, n=1 | 0.400, n=1 | 0.400, n=1 | 0.400 | 20 |" in text
