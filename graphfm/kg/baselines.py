"""What a ranking is worth without learning anything: the rows that stand beside every number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from graphfm.kg.known import head_queries
from graphfm.kg.ranks import Ranks


def constant_ranks(ranks: Ranks) -> Ranks:
    """The ranks that a constant scorer would get on the same queries: its MRR is the mean of 2 / (candidates + 1)."""
    return replace(ranks, optimistic=torch.ones_like(ranks.optimistic), pessimistic=ranks.candidates)


class AnswerFrequency(nn.Module):
    """Scores an entity by how often it answers the relation in training, whoever asks: the head is not looked at.

    Args:
        train: `(n, 3)` training triples.
        num_entities: V.
        num_relations: R, without inverses.
    """

    def __init__(self, train: Tensor, *, num_entities: int, num_relations: int) -> None:
        super().__init__()
        self.num_entities = num_entities
        both = torch.cat([train, head_queries(train, num_relations)])
        keys, counts = torch.unique(both[:, 1] * num_entities + both[:, 2], return_counts=True)
        starts = torch.arange(2 * num_relations + 1, device=train.device) * num_entities
        self.register_buffer("tail", keys % num_entities)  # (K,) answers of relation 0, then of relation 1, ...
        self.register_buffer("count", counts.float())
        self.register_buffer("start", torch.searchsorted(keys, starts))
        self.tail: Tensor
        self.count: Tensor
        self.start: Tensor

    def forward(self, data: Any, head: Tensor, rel: Tensor) -> Tensor:
        """Shapes: `head, rel (B,) -> (B, V)`; neither `data` nor `head` is used."""
        relations, row = torch.unique(rel, return_inverse=True)
        table = self.count.new_zeros(len(relations), self.num_entities)
        for i, r in enumerate(relations.tolist()):
            own = slice(int(self.start[r]), int(self.start[r + 1]))
            table[i, self.tail[own]] = self.count[own]
        return table[row]
