"""TuckER: one core tensor, shared by all relations, says how head, relation and tail meet (Balazevic et al. 2019)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphfm.kg.scorers.pairing import DOT, Tier
from graphfm.kg.scorers.scorer import Scorer
from graphfm.settings import Count, Positive, Share


class TuckER(Scorer):
    r""":math:`\sum_{ijk} W_{ijk} h_i r_j t_k` with a learned core W (arXiv 1901.09590, eq. 2).

    An inverse in closed form does not exist: use reciprocal relations, as the authors do. Batch normalisation of the
    authors' code is left out, so that a score does not depend on the batch; dropout on the head and on the query is kept.

    Args:
        dim: d, width of an entity.
        relation_dim: width of a relation, d unless given.
        dropout: share of coordinates set to 0 in training.
        bound: vectors start uniform in (-bound, bound), the core uniform in (-1, 1).
        tier: see `Scorer`.
    """

    def __init__(
        self,
        dim: int,
        *,
        relation_dim: Count | None = None,
        dropout: Share = 0.0,
        bound: Positive = 0.1,
        tier: Tier = "auto",
    ) -> None:
        super().__init__(entity_dim=dim, relation_dim=relation_dim or dim, bound=bound, tier=tier)
        self.core = nn.Parameter(torch.empty(dim, self.relation_dim, dim).uniform_(-1, 1))
        self.dropout = nn.Dropout(dropout)

    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        # (..., 1, relation_dim) @ (..., relation_dim, d): the head first, for all relations share the core.
        of_head = torch.tensordot(self.dropout(head), self.core, dims=1)
        return self.dropout((rel.unsqueeze(-2) @ of_head).squeeze(-2))

    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        return query @ tail.T if index is None else DOT(query, tail, index, tier=self.tier)
