"""Properties of any split: nothing lost, everything of val and test seen in train, no leak."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.triples.splits import split_triples
from graphfm.errors import DataError

ROW = st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(0, 12))


def rows(part):
    return [tuple(row) for row in part.tolist()]


@given(triples=st.lists(ROW, min_size=1, max_size=80), seed=st.integers(0, 3), together=st.booleans())
def test_any_split_keeps_every_row_and_hides_no_entity(triples, seed, together):
    def split(share):
        return split_triples(torch.tensor(triples), val=share, test=share, seed=seed, pairs_together=together)

    try:
        parts = split(0.1)
    except DataError as error:
        most = int(str(error).split("at most ")[1].split(" ")[0])
        assert most < 0.2 * len(triples) + 1
        parts = split(0.0)
    train, val, test = map(rows, parts)
    assert sorted(train + val + test) == sorted(triples)
    assert {end for h, _, t in val + test for end in (h, t)} <= {end for h, _, t in train for end in (h, t)}
    assert {r for _, r, _ in val + test} <= {r for _, r, _ in train}
    key = (lambda row: frozenset((row[0], row[2]))) if together else (lambda row: row)
    apart = [{key(row) for row in part} for part in (train, val, test)]
    assert sum(map(len, apart)) == len(set.union(*apart))


def test_shares_are_kept_and_the_seed_decides():
    triples = torch.randint(0, 300, (3000, 3), generator=torch.Generator().manual_seed(0))
    sizes = [len(part) for part in split_triples(triples, val=0.05, test=0.2)]
    assert sizes[2] == pytest.approx(600, abs=2)
    assert sizes[1] == pytest.approx(150, abs=2)
    one, same, other = (split_triples(triples, seed=seed)[2] for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_what_is_not_possible_is_refused_with_what_is():
    tree = torch.tensor([[0, 0, i] for i in range(1, 10)])
    with pytest.raises(DataError, match=r"at most 0 to hold out, since train keeps.*pairs_together=False"):
        split_triples(tree)
    with pytest.raises(DataError, match=r"shares val=0\.5 and test=0\.5"):
        split_triples(tree, val=0.5, test=0.5)
    with pytest.raises(DataError, match="no triples"):
        split_triples(tree[:0])
