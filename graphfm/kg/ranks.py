"""Ranks of queries, what they may be told apart by, and the one rule by which scores are greater or equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

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


def slack(model: Any, scores: Tensor) -> Tensor:
    """How far from a score another one still ties with it: `model.tie` times the largest magnitude of the row, or nothing.

    Shapes: `scores (..., V) -> (...)`.
    """
    tie = getattr(model, "tie", 0.0)
    return tie * scores.abs().amax(-1) if tie else scores.new_zeros(scores.shape[:-1])


def compare(scores: Tensor, target: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """Which scores are greater than the target, and which are at least as large, where scores as `near` as that are equal.

    Shapes: those of the three broadcast, to two masks.
    """
    return scores > target + near, scores >= target - near


def ranks_among(scores: Tensor, chosen: Tensor, near: Tensor) -> Tensor:
    """Ranks of some of the scores among them all, in the middle of ties, by the rule of `compare`.

    The scores are sorted once, so that all of them may be chosen.

    Shapes: `scores (V,)`, `chosen (K,)`, `near ()` -> `(K,)` float64.

    >>> ranks_among(torch.tensor([3.0, 1.0, 3.0, 2.0]), torch.tensor([3.0, 2.0]), torch.tensor(0.0)).tolist()
    [1.5, 3.0]
    """
    ascending = scores.sort().values
    greater = len(scores) - torch.searchsorted(ascending, chosen + near, right=True)
    at_least = len(scores) - torch.searchsorted(ascending, chosen - near)
    return (greater + at_least + 1).double() / 2
