"""An index of known triples: one sorted vector of integers that answers every question of ranking and sampling.

A triple (h, r, t) becomes the integer (h * 2R + r) * V + t. In the sorted vector the answers to one query (h, r, ?) are
neighbours, so a membership test, a list of answers and "the u-th entity that is *not* an answer" are one binary search
each, on any device.
"""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.errors import DataError


def inverse(rel: Tensor, num_relations: int) -> Tensor:
    """The inverse relation: r + R for r < R, and back.

    >>> inverse(torch.tensor([0, 1, 2, 3]), 2).tolist()
    [2, 3, 0, 1]
    """
    return torch.where(rel < num_relations, rel + num_relations, rel - num_relations)


def head_queries(triples: Tensor, num_relations: int) -> Tensor:
    """Write (?, r, t) with answer h as the tail query (t, r + R, ?) with answer h.

    Args:
        triples: `(n, 3)`, columns head, relation, tail.
        num_relations: R, without inverses.

    Shapes: `(n, 3) -> (n, 3)`.
    """
    head, rel, tail = triples.unbind(1)
    return torch.stack([tail, inverse(rel, num_relations), head], dim=1)


def check_triples(triples: Tensor, *, num_entities: int, num_relations: int) -> None:
    """Refuse triples whose shape, type or ids cannot be right.

    Raises:
        DataError: naming what is wrong.
    """
    if triples.ndim != 2 or triples.size(1) != 3 or triples.dtype != torch.long:
        raise DataError(f"triples of shape {tuple(triples.shape)}, {triples.dtype}", expected="(n, 3) of torch.int64")
    for column, size, what in ((0, num_entities, "head"), (1, num_relations, "relation"), (2, num_entities, "tail")):
        ids = triples[:, column]
        if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= size):
            raise DataError(f"{what} ids {int(ids.min())}..{int(ids.max())}", expected=f"ids in 0..{size - 1}")


class KnownAnswers:
    """Sorted index of known triples and their inverses.

    Args:
        triples: `(n, 3)` in the original direction; concatenate every split that is to be filtered.
        num_entities: V.
        num_relations: R, without inverses.

    Raises:
        DataError: ids out of range, or a graph so large that (h, r, t) does not fit one 64-bit integer.

    >>> known = KnownAnswers(torch.tensor([[0, 0, 1], [0, 0, 2]]), num_entities=4, num_relations=1)
    >>> known.contains(torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([2, 2])).tolist()
    [True, False]
    """

    def __init__(self, triples: Tensor, *, num_entities: int, num_relations: int) -> None:
        check_triples(triples, num_entities=num_entities, num_relations=num_relations)
        if num_entities * 2 * num_relations * num_entities >= 2**63:
            raise DataError(f"{num_entities} entities and {num_relations} relations", expected="V * 2R * V below 2**63")
        self.num_entities, self.num_relations = num_entities, num_relations
        both = torch.cat([triples, head_queries(triples, num_relations)])
        self.keys = torch.unique(self._first(both[:, 0], both[:, 1]) + both[:, 2])  # (K,) sorted
        start = torch.searchsorted(self.keys, self.keys - self.keys % num_entities)
        # The i-th answer a of a query leaves a - i other entities before it.
        self.others_before = self.keys - (torch.arange(len(self.keys), device=self.keys.device) - start)

    def to(self, device: torch.device | str) -> KnownAnswers:
        """The same index on another device."""
        if self.keys.device == torch.device(device):
            return self
        moved = object.__new__(KnownAnswers)
        moved.num_entities, moved.num_relations = self.num_entities, self.num_relations
        moved.keys, moved.others_before = self.keys.to(device), self.others_before.to(device)
        return moved

    def _first(self, head: Tensor, rel: Tensor) -> Tensor:
        """The key that an answer 0 would have."""
        return (head * (2 * self.num_relations) + rel) * self.num_entities

    def _range(self, head: Tensor, rel: Tensor) -> tuple[Tensor, Tensor]:
        first = self._first(head, rel)
        return torch.searchsorted(self.keys, first), torch.searchsorted(self.keys, first + self.num_entities)

    def contains(self, head: Tensor, rel: Tensor, tail: Tensor) -> Tensor:
        """Whether each triple is known; the arguments broadcast."""
        key = self._first(head, rel) + tail
        at = torch.searchsorted(self.keys, key).clamp_(max=max(len(self.keys) - 1, 0))
        return self.keys[at] == key if len(self.keys) else torch.zeros_like(key, dtype=torch.bool)

    def degree(self, head: Tensor, rel: Tensor) -> Tensor:
        """Number of known answers of each query (h, r, ?)."""
        start, stop = self._range(head, rel)
        return stop - start

    def answers(self, head: Tensor, rel: Tensor) -> tuple[Tensor, Tensor]:
        """All known answers of a batch of queries.

        Shapes: `head, rel (B,)` -> `row (K,)`, the query of each answer, and `tail (K,)`.
        """
        start, stop = self._range(head, rel)
        count = stop - start
        row = torch.repeat_interleave(torch.arange(len(head), device=head.device), count)
        offset = torch.arange(len(row), device=head.device) - torch.repeat_interleave(count.cumsum(0) - count, count)
        return row, self.keys[start[row] + offset] % self.num_entities

    def unknown(self, head: Tensor, rel: Tensor, nth: Tensor) -> Tensor:
        """The `nth` entity, counted from 0 in the order of ids, that is not a known answer.

        Where a query is answered by every entity there is none: the result then is `nth` itself.

        Shapes: `head, rel (B,)`, `nth (B, n)` -> `(B, n)`.
        """
        first, (start, stop) = self._first(head, rel), self._range(head, rel)
        before = torch.searchsorted(self.others_before, first[:, None] + nth, right=True) - start[:, None]
        return torch.where((stop - start < self.num_entities)[:, None], nth + before, nth)

    def sample_unknown(
        self, head: Tensor, rel: Tensor, num_samples: int, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """Entities drawn uniformly, with replacement, among those that are not a known answer: no draw is rejected.

        Where a query is answered by every entity, the draw is among all.

        Shapes: `head, rel (B,)` -> `(B, num_samples)`.
        """
        degree = self.degree(head, rel)
        count = torch.where(degree < self.num_entities, self.num_entities - degree, self.num_entities)
        # float64: a 24-bit draw could not reach every one of more than 16 million entities.
        draw = torch.rand(len(head), num_samples, generator=generator, device=head.device, dtype=torch.float64)
        return self.unknown(head, rel, (draw * count[:, None]).long())
