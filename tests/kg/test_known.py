"""The index of known answers against Python sets."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers, head_queries, inverse

V, R = 9, 3
TRIPLES = st.lists(st.tuples(st.integers(0, V - 1), st.integers(0, R - 1), st.integers(0, V - 1)), max_size=60)


@settings(max_examples=40, deadline=None)
@given(TRIPLES)
def test_index_agrees_with_sets(rows: list[tuple[int, int, int]]) -> None:
    triples = torch.tensor(rows, dtype=torch.long).reshape(-1, 3)
    index = KnownAnswers(triples, num_entities=V, num_relations=R)
    true = {(h, r): set() for h in range(V) for r in range(2 * R)}
    for h, r, t in rows:
        true[h, r].add(t)
        true[t, r + R].add(h)
    head, rel = torch.tensor(list(true)).unbind(1)
    row, tail = index.answers(head, rel)
    found: list[list[int]] = [[] for _ in true]
    for i, t in zip(row.tolist(), tail.tolist(), strict=True):
        found[i].append(t)
    assert found == [sorted(answers) for answers in true.values()]
    assert index.degree(head, rel).tolist() == [len(answers) for answers in true.values()]
    member = index.contains(head[:, None], rel[:, None], torch.arange(V))
    others = index.unknown(head, rel, torch.arange(V).expand(len(head), -1))
    for i, answers in enumerate(true.values()):
        rest = [v for v in range(V) if v not in answers]
        assert [v for v in range(V) if not member[i, v]] == rest
        assert others[i, : len(rest)].tolist() == rest


def test_samples_are_uniform_over_the_other_entities() -> None:
    index = KnownAnswers(torch.tensor([[0, 0, 0], [0, 0, 3], [0, 0, 8], [1, 1, 4]]), num_entities=V, num_relations=R)
    generator = torch.Generator().manual_seed(0)
    draw = index.sample_unknown(torch.tensor([0, 1]), torch.tensor([0, 1]), 30_000, generator=generator)
    for row, answers in zip(draw, ([0, 3, 8], [4]), strict=True):
        count = torch.bincount(row, minlength=V).double()
        assert count[answers].sum() == 0
        expected = 30_000 / (V - len(answers))
        assert ((count[count > 0] - expected).abs() < 5 * expected**0.5).all()


def test_a_query_answered_by_everything_still_samples() -> None:
    everything = torch.tensor([[0, 0, v] for v in range(V)])
    index = KnownAnswers(everything, num_entities=V, num_relations=R)
    draw = index.sample_unknown(torch.tensor([0]), torch.tensor([0]), 100)
    assert 0 <= draw.min() <= draw.max() < V


def test_inverse_twice_is_the_identity() -> None:
    rel = torch.arange(2 * R)
    assert torch.equal(inverse(inverse(rel, R), R), rel)
    triples = torch.tensor([[0, 1, 2], [3, 0, 4]])
    assert torch.equal(head_queries(head_queries(triples, R), R), triples)


def test_a_graph_too_large_for_one_integer_is_refused() -> None:
    with pytest.raises(DataError, match="below 2"):
        KnownAnswers(torch.zeros(0, 3, dtype=torch.long), num_entities=10**9, num_relations=1000)
    with pytest.raises(DataError, match=r"torch.float32, expected \(n, 3\)"):
        KnownAnswers(torch.zeros(2, 3), num_entities=3, num_relations=1)
