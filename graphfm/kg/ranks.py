"""Ranks of queries, and what they may be told apart by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

Direction = Literal["tail", "head"]


@dataclass(frozen=True)
class Ranks:
    """Ranks of Q queries, tensors on the CPU; `ranks[mask]` selects queries."""

    optimistic: Tensor  # (Q,) #greater + 1
    pessimistic: Tensor  # (Q,) #greater + #equal
    candidates: Tensor  # (Q,) entities ranked, the answer included
    triple: Tensor  # (Q,) row of the triple that was asked about
    relation: Tensor  # (Q,) original relation, below R
    is_head: Tensor  # (Q,) the head was asked for
    unseen: Tensor  # (Q,) an entity of the triple is absent from training
    protocol: str = "filtered, all entities"

    @property
    def realistic(self) -> Tensor:
        """`(Q,)` mean of the optimistic and the pessimistic rank, float64."""
        return (self.optimistic + self.pessimistic).double() / 2

    def columns(self) -> Tensor:
        """All tensors side by side, `(Q, 7)` int64; `from_columns` is the way back."""
        return torch.stack([getattr(self, field.name).long() for field in fields(self)[:-1]], dim=1)

    @classmethod
    def from_columns(cls, columns: Tensor, *, protocol: str) -> Ranks:
        """Ranks from what `columns` gave."""
        optimistic, pessimistic, candidates, triple, relation, is_head, unseen = columns.unbind(1)
        return cls(
            optimistic, pessimistic, candidates, triple, relation, is_head.bool(), unseen.bool(), protocol=protocol
        )

    def __len__(self) -> int:
        return len(self.triple)

    def __getitem__(self, mask: Tensor) -> Ranks:
        return Ranks.from_columns(self.columns()[mask], protocol=self.protocol)


def concatenate(parts: Sequence[Ranks]) -> Ranks:
    """Join ranks of one protocol.

    Raises:
        ValueError: the protocols differ.
    """
    protocols = {part.protocol for part in parts}
    if len(protocols) != 1:
        raise ValueError(f"ranks of one protocol can be joined, received {sorted(protocols)}")
    return Ranks.from_columns(torch.cat([part.columns() for part in parts]), protocol=protocols.pop())
