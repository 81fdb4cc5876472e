"""Split one list of triples into train, val and test without leaks and without entities that training has not seen."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.errors import DataError


def split_triples(
    triples: Tensor,
    *,
    val: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
    pairs_together: bool = True,
    relations: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Train, val and test triples such that every entity and relation of val and test occurs in train.

    In a random order of groups of triples, the first group of each entity and of each relation stays in train; val and
    test are drawn from the others. Equal triples are one group, so none is in two splits.

    Args:
        triples: (n, 3) ids: head, relation, tail; repeats are allowed and kept.
        val, test: share of the triples wanted in each.
        seed: of the random order.
        pairs_together: put all triples of two entities, in either direction, into one group. Otherwise a relation with an
            inverse or a near copy in train gives its test answers away.
        relations: (k,) ids of the only relations whose triples may be held out; the shares are then of theirs. A group with
            a triple of another relation stays in train.

    Shapes: (n, 3) to three of (n_i, 3), rows in their order.

    Raises:
        DataError: where the shares are not possible under these conditions.

    >>> ring = torch.tensor([[i, 0, (i + step) % 20] for i in range(20) for step in (1, 2, 3)])
    >>> [len(part) for part in split_triples(ring)]
    [48, 6, 6]
    """
    if not (val >= 0 and test >= 0 and val + test < 1):
        raise DataError(f"shares val={val} and test={test}", expected="shares not below 0 that leave some for train")
    if not len(triples):
        raise DataError("no triples", expected="some to split")
    group = _groups(triples, pairs_together=pairs_together)  # (n,)
    num_groups = int(group.max()) + 1
    place = torch.randperm(num_groups, generator=torch.Generator().manual_seed(seed))[group]  # (n,)
    free = torch.ones(num_groups, dtype=torch.bool)
    ends = torch.cat([triples[:, 0], triples[:, 2]])
    for ids, places in ((ends, place.repeat(2)), (triples[:, 1], place)):
        first = torch.full((int(ids.max()) + 1,), num_groups).scatter_reduce_(0, ids, places, "amin")
        free[first[first < num_groups]] = False
    chosen = torch.ones(len(triples), dtype=torch.bool) if relations is None else torch.isin(triples[:, 1], relations)
    free[place[~chosen]] = False
    count = int(chosen.sum())
    sizes = torch.bincount(place, minlength=num_groups) * free
    before = sizes.cumsum(0) - sizes  # (groups,) rows that the free groups before this one give away
    wanted_test, wanted = round(test * count), round((test + val) * count)
    if wanted > (possible := int(sizes.sum())):
        share = possible / max(count, 1) / 2
        less = f"--val {share:.2g} --test {share:.2g}" if round(2 * share * count) else "--val 0 --test 0"
        apart = "" if not pairs_together else ", or --allow-pairs-apart (pairs_together=False)"
        raise DataError(
            f"shares that sum to {test + val:g}, {wanted:,} of {count:,} triples",
            expected=f"at most {possible:,} to hold out, since train keeps a triple of each entity and relation",
            hint=f"Ask for less: {less}{apart}.",
        )
    in_test = (free & (before < wanted_test))[place]
    in_val = (free & (before < wanted))[place] & ~in_test
    return triples[~in_test & ~in_val], triples[in_val], triples[in_test]


def _groups(triples: Tensor, *, pairs_together: bool) -> Tensor:
    """The number of the group of each row: equal triples, or all triples of two entities."""
    keys = triples[:, [0, 2]].sort(dim=1).values if pairs_together else triples
    number = torch.zeros(len(keys), dtype=torch.long)
    for column in keys.unbind(1):  # one column after the other, so that no product of sizes can overflow
        number = torch.unique(number * (int(column.max()) + 1) + column, return_inverse=True)[1]
    return number
