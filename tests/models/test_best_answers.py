"""The best answers of a table of scores, against counting by hand."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.models.completing import COUNTED, best_answers


@given(st.data())
def test_ranks_are_those_among_all_candidates_ties_near_and_left_out_included(data: st.DataObject) -> None:
    queries, entities = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 9))
    cells = queries * entities
    scores = torch.tensor(data.draw(st.lists(st.integers(0, 5), min_size=cells, max_size=cells))).float()
    scores = scores.view(queries, entities)
    near = torch.tensor(data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=queries, max_size=queries)))
    flags = st.lists(st.booleans(), min_size=cells, max_size=cells)
    among = data.draw(st.none() | flags.map(lambda some: torch.tensor(some).view(queries, entities)))
    gone = torch.tensor(data.draw(flags)).view(queries, entities)
    top = data.draw(st.sampled_from([1, 2, 5, COUNTED + 1]))
    found = best_answers(scores, near=near, top=top, among=among, left_out=gone.nonzero().unbind(1))
    may = torch.ones_like(gone) if among is None else among
    expected = []
    for q in range(queries):
        listed = [e for e in range(entities) if may[q, e] and not gone[q, e]]
        for e in sorted(listed, key=lambda e: (-scores[q, e], e))[:top]:
            others = scores[q][may[q]]
            greater, at_least = (others > scores[q, e] + near[q]).sum(), (others >= scores[q, e] - near[q]).sum()
            expected.append((q, e, float(scores[q, e]), float(greater + at_least + 1) / 2))
    columns = (found.query, found.answer, found.score, found.rank)
    assert [*zip(*(column.tolist() for column in columns), strict=True)] == expected
