"""Baselines that learn nothing, against plain loops."""

from __future__ import annotations

import torch

from graphfm.kg.baselines import AnswerFrequency, constant_ranks
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank


def test_frequency_counts_training_answers() -> None:
    generator = torch.Generator().manual_seed(0)
    train = torch.stack([torch.randint(n, (60,), generator=generator) for n in (7, 3, 7)], 1)
    rel = torch.tensor([4, 0, 2, 5, 0])
    scores = AnswerFrequency(train, num_entities=7, num_relations=3)(None, torch.zeros_like(rel), rel)
    for row, r in zip(scores, rel.tolist(), strict=True):
        answers = train[train[:, 1] == r, 2] if r < 3 else train[train[:, 1] == r - 3, 0]
        assert row.tolist() == torch.bincount(answers, minlength=7).tolist()


def test_constant_ranks_are_those_of_a_constant_scorer() -> None:
    generator = torch.Generator().manual_seed(1)
    triples = torch.stack([torch.randint(n, (30,), generator=generator) for n in (9, 2, 9)], 1).unique(dim=0)
    known = KnownAnswers(triples, num_entities=9, num_relations=2)

    def constant(data, head, rel):
        return torch.zeros(len(head), 9)

    def random(data, head, rel):
        return torch.rand(len(head), 9, generator=generator)

    found = constant_ranks(rank(random, triples, known))
    assert metrics(found) == metrics(rank(constant, triples, known))
