"""Queries and their negatives: never true, reproducible, and as often as promised."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphfm.kg.embeddings.sampling import (
    alternate,
    bernoulli,
    both,
    head_shares,
    private_negatives,
    shared_negatives,
    subsampling_weights,
)
from graphfm.kg.known import KnownAnswers, head_queries

V, R = 30, 3


@pytest.fixture
def triples() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(size, (100,), generator=generator) for size in (V, R, V)], 1).unique(dim=0)


def test_private_negatives_are_wrong_and_seeded(triples: Tensor) -> None:
    known = KnownAnswers(triples, num_entities=V, num_relations=R)
    queries = both(triples, R)
    draws = [private_negatives(queries, known, 40, generator=torch.Generator().manual_seed(7)) for _ in range(2)]
    assert torch.equal(draws[0].tail, draws[1].tail)
    assert draws[0].tail.shape == (len(queries), 40)
    assert not known.contains(queries[:, :1], queries[:, 1:2], draws[0].tail).any()
    assert draws[0].tail.unique().numel() == V


def test_shared_negatives_mark_the_true_ones(triples: Tensor) -> None:
    known = KnownAnswers(triples, num_entities=V, num_relations=R)
    negatives = shared_negatives(triples, known, 200, generator=torch.Generator().manual_seed(7))
    true = {tuple(row) for row in triples.tolist()}
    assert negatives.known is not None
    for i, (h, r, _) in enumerate(triples[:20].tolist()):
        assert negatives.known[i].tolist() == [(h, r, t) in true for t in negatives.tail.tolist()]
    assert negatives.known.any()


def test_alternate_asks_for_tails_then_heads(triples: Tensor) -> None:
    assert torch.equal(alternate(triples, 0, R), triples)
    assert torch.equal(alternate(triples, 1, R), head_queries(triples, R))


def test_bernoulli_corrupts_the_side_with_more_partners() -> None:
    fan = torch.tensor([[0, 0, t] for t in range(1, 10)] + [[h, 1, 0] for h in range(1, 10)] + [[1, 2, 2]])
    shares = head_shares(fan, R)
    assert shares.tolist() == pytest.approx([0.9, 0.1, 0.5])
    many = fan[:1].repeat(10_000, 1)
    queries = bernoulli(many, shares, generator=torch.Generator().manual_seed(0))
    assert (queries[:, 1] >= R).float().mean().item() == pytest.approx(0.9, abs=0.02)
    assert torch.equal(queries[queries[:, 1] >= R][0], head_queries(fan[:1], R)[0])


def test_subsampling_weights_are_those_of_the_official_code() -> None:
    triples = torch.tensor([[0, 0, 1], [0, 0, 2], [3, 0, 1], [5, 1, 6]])
    count: dict[tuple[int, int], int] = {}  # as in its data loader: the first occurrence counts 4
    for h, r, t in triples.tolist():
        count[h, r] = count.get((h, r), 3) + 1
        count[t, -r - 1] = count.get((t, -r - 1), 3) + 1
    expected = [(count[h, r] + count[t, -r - 1]) ** -0.5 for h, r, t in triples.tolist()]
    known = KnownAnswers(triples, num_entities=V, num_relations=R)
    assert subsampling_weights(triples, known).tolist() == pytest.approx(expected)
    assert subsampling_weights(head_queries(triples, R), known).tolist() == pytest.approx(expected)
