"""What a scorer is: a function of embedding vectors alone, split where computing it once per query saves the most.

    score(h, r, t) = match(query(h, r), t)

A scorer owns no table. It says how wide the vectors of entities and relations are, how to start them, and what the
vector of the inverse relation is, where its form allows one: then score(h, r, t) = score(t, r inverse, h) exactly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from graphfm.kg.scorers.pairing import Tier


class Scorer(nn.Module, ABC):
    """Base of all scorers. Subclasses set the widths and the bound, and say what a query is and how it meets a tail.

    Args:
        entity_dim: width of an entity's vector.
        relation_dim: width of a relation's vector.
        bound: vectors start uniform in (-bound, bound).
        tier: how pairs are computed, see `graphfm.kg.scorers.pairing`: "auto", "native" or "compiled".
    """

    def __init__(self, *, entity_dim: int, relation_dim: int, bound: float, tier: Tier = "auto") -> None:
        super().__init__()
        self.entity_dim, self.relation_dim, self.bound, self.tier = entity_dim, relation_dim, bound, tier

    @abstractmethod
    def query(self, head: Tensor, rel: Tensor) -> Tensor:
        """What the tail is compared with. Shapes: `(..., entity_dim), (..., relation_dim) -> (..., Q)`."""

    @abstractmethod
    def match(self, query: Tensor, tail: Tensor, index: Tensor | None = None) -> Tensor:
        """Scores of queries with tails, larger is better.

        Shapes: `query (B, Q)`, `tail (U, entity_dim)`, -> `(B, U)`; with `index (B, n)`, rows of `tail`, -> `(B, n)`.
        """

    def inverse(self, rel: Tensor) -> Tensor:
        """The vector of the inverse relation. Shapes: `(..., relation_dim) -> (..., relation_dim)`."""
        raise NotImplementedError(f"{type(self).__name__} has no inverse in closed form: use reciprocal=True")

    def start_relations(self, weight: Tensor) -> None:
        """Fill the relation table `(R, relation_dim)` with starting values."""
        nn.init.uniform_(weight, -self.bound, self.bound)

    def extra_repr(self) -> str:
        return f"entity_dim={self.entity_dim}, relation_dim={self.relation_dim}"
