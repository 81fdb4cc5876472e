"""How many tails a head has, and heads a tail, by relation: 1-1, 1-N, N-1, N-N."""

from __future__ import annotations

import torch
from torch import Tensor

RELATION_CATEGORIES = ("1-1", "1-N", "N-1", "N-N")
MANY = 1.5  # mean number of partners from which on an end is N


def partners(triples: Tensor, num_relations: int) -> tuple[Tensor, Tensor]:
    """Mean number of tails per head and of heads per tail of each relation, over distinct triples; 1 where there is none.

    Shapes: `(n, 3) -> (R,), (R,)` float64.
    """
    size = int(triples[:, [0, 2]].max()) + 1 if len(triples) else 1
    # Sorting one integer a triple takes a fraction of sorting rows.
    keys = ((triples[:, 0] * num_relations + triples[:, 1]) * size + triples[:, 2]).unique()
    head, rel, tail = keys // size // num_relations, keys // size % num_relations, keys % size
    count = torch.bincount(rel, minlength=num_relations).double()

    def mean_per(end: Tensor) -> Tensor:
        ends = (rel * size + end).unique() // size
        return (count / torch.bincount(ends, minlength=num_relations)).nan_to_num(1.0)

    return mean_per(head), mean_per(tail)


def relation_categories(triples: Tensor, num_relations: int) -> Tensor:
    """Category of each relation, an index into `RELATION_CATEGORIES`.

    With fewer than 1.5 heads on average for a tail (tails for a head) that end is 1, and N otherwise (Bordes et al. 2013,
    "Translating embeddings for modeling multi-relational data", section 4.3). So 1.5 itself is N.

    Args:
        triples: `(n, 3)`, repeats counting once.
        num_relations: R; a relation without triples is 1-1.

    Shapes: `-> (R,)`.

    >>> relation_categories(torch.tensor([[0, 0, 1], [0, 0, 2]]), 1).tolist()  # one head, two tails
    [1]
    """
    tails, heads = partners(triples.cpu(), num_relations)
    return 2 * (heads >= MANY).long() + (tails >= MANY).long()
