"""Batches of queries: each triple once a pass, each batch from its number alone."""

from __future__ import annotations

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.training.links.link_data import LinkData, TrainQueries


def rows(tensors) -> list[tuple[int, ...]]:
    return sorted(map(tuple, torch.cat(list(tensors)).tolist()))


def tails_of(queries: torch.Tensor, num_relations: int) -> torch.Tensor:
    """Queries as the triples they were made of."""
    head, rel, tail = queries.unbind(1)
    turned = torch.stack([tail, rel - num_relations, head], 1)
    return torch.where((rel >= num_relations)[:, None], turned, queries)


@pytest.mark.parametrize("queries", ["alternate", "both", "bernoulli", "relations"])
@pytest.mark.parametrize("batch_size", [7, 30, 64])
def test_a_pass_visits_every_triple_once_in_each_direction_it_asks(ring: Triples, queries, batch_size: int) -> None:
    batches = TrainQueries(ring.train, num_relations=2, batch_size=batch_size, queries=queries)
    seen = [batches[i] for i in range(len(batches))]
    times = 1 if queries == "bernoulli" else 2
    assert rows(tails_of(batch, 2) for batch in seen) == rows([ring.train] * times)
    if queries == "alternate":
        directions = [set((batch[:, 1] >= 2).tolist()) for batch in seen]
        assert directions == [{False}, {True}] * (len(seen) // 2)
    other_pass = [batches[i + len(batches)] for i in range(len(batches))]
    assert rows(map(tails_of, other_pass, [2] * len(seen))) == rows([ring.train] * times)
    if batch_size == 7:
        assert not all(torch.equal(a, b) for a, b in zip(seen, other_pass, strict=True))


def test_pairs_are_the_distinct_queries(ring: Triples) -> None:
    batches = TrainQueries(ring.train, num_relations=2, batch_size=8, queries="pairs")
    seen = torch.cat([batches[i] for i in range(len(batches))])
    both = torch.cat([ring.train, torch.stack([ring.train[:, 2], ring.train[:, 1] + 2, ring.train[:, 0]], 1)])
    assert rows([seen[:, :2]]) == sorted(set(map(tuple, both[:, :2].tolist())))
    assert set(map(tuple, seen.tolist())) <= set(map(tuple, both.tolist()))


def test_a_batch_asks_a_few_relations_and_never_most_of_their_facts() -> None:
    generator = torch.Generator().manual_seed(0)
    triples = torch.stack([torch.randint(n, (600,), generator=generator) for n in (50, 9, 50)], 1).unique(dim=0)
    facts = torch.bincount(triples[:, 1]).repeat(2)
    batches = TrainQueries(triples, num_relations=9, batch_size=32, queries="relations")
    for number in range(len(batches)):
        count = torch.bincount(batches[number][:, 1], minlength=18)
        assert (count > 0).sum() <= 8  # runs of eight, and what is left of the relations
        assert (count <= facts / 2).all()


@pytest.mark.parametrize("queries", ["alternate", "both", "bernoulli", "pairs", "relations"])
def test_a_batch_follows_from_its_number(ring: Triples, queries) -> None:
    options = {"num_relations": 2, "batch_size": 4, "queries": queries}
    forwards, backwards = TrainQueries(ring.train, **options, seed=3), TrainQueries(ring.train, **options, seed=3)
    numbers = list(range(25))
    first = [forwards[n] for n in numbers]
    second = [backwards[n] for n in reversed(numbers)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    other_seed = TrainQueries(ring.train, **options, seed=4)
    assert not all(torch.equal(a, other_seed[n]) for n, a in enumerate(first))


def test_validation_can_be_capped(ring: Triples) -> None:
    assert len(LinkData(ring).val) == 4
    capped = LinkData(ring, val_triples=2).val
    assert len(capped) == 2
    assert torch.equal(capped, LinkData(ring, val_triples=2, seed=5).val)  # of the data, not of the run


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(DataError, match="no training triples in empty"):
        LinkData(Triples("empty", ["a"], ["r"])).setup()
