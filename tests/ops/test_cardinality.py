"""Categories of relations against the same counts by loops over Python sets."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.ops.cardinality import RELATION_CATEGORIES, partners, relation_categories

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 4)), max_size=12)


@given(ROWS)
def test_partners_are_those_of_loops(rows: list[tuple[int, int, int]]) -> None:
    tails, heads = partners(torch.tensor(rows, dtype=torch.long).reshape(-1, 3), 3)
    for relation in range(3):
        pairs = {(h, t) for h, r, t in rows if r == relation}
        assert tails[relation] == (len(pairs) / len({h for h, _ in pairs}) if pairs else 1)
        assert heads[relation] == (len(pairs) / len({t for _, t in pairs}) if pairs else 1)


def test_all_categories() -> None:
    one, fan = [[i, 0, i] for i in range(4)], range(3)
    triples = torch.tensor(
        one + [[0, 1, t] for t in fan] + [[h, 2, 0] for h in fan] + [[h, 3, t] for h in fan for t in fan]
    )
    assert relation_categories(torch.cat([triples, triples]), 5).tolist() == [0, 1, 2, 3, 0]


def test_one_and_a_half_is_many() -> None:
    """Two heads with three tails between them, no tail twice: "below 1.5" is 1 in the source, so 1.5 is N."""
    found = relation_categories(torch.tensor([[0, 0, 1], [0, 0, 2], [1, 0, 3]]), 1)
    assert RELATION_CATEGORIES[int(found)] == "1-N"
