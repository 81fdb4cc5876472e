"""Pruning: widths of the paper, the best of each query, unions, weights, and gradients through what was dropped."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.kg.paths.pruning import PRUNING_EXPERTS, Candidates, Groups, PruningMixture, best, widths


def test_widths_of_the_paper() -> None:
    assert widths(8) == [1182, 1817, 1989, 1817, 1182, 1010, 1000, 1000]
    inductive = widths(8, low=1000, last=750, high=1275, steepness=3.5)
    assert inductive == [1040, 1234, 1272, 1197, 827, 752, 750, 750]


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(st.lists(st.integers(-3, 3), max_size=8), min_size=1, max_size=5),
    width=st.integers(1, 6),
)
def test_best_keeps_ties_and_no_others(groups: list[list[int]], width: int) -> None:
    rating = torch.tensor([float(x) for group in groups for x in group])
    row = torch.tensor([i for i, group in enumerate(groups) for _ in group], dtype=torch.long)
    expected = [
        float(len(group) <= width or x >= sorted(group, reverse=True)[width - 1]) for group in groups for x in group
    ]
    assert best(rating, Groups.of(row, len(groups)), width=width).tolist() == expected


def candidates(n: int = 12, queries: int = 2, d: int = 6) -> tuple[Candidates, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    nodes = Candidates(
        state=torch.randn(n, d, generator=generator, requires_grad=True),
        score=torch.randn(n, generator=generator, requires_grad=True),
        row=torch.arange(n) * queries // n,
        is_new=torch.ones(n, dtype=torch.bool),
        query=torch.randn(queries, d, generator=generator, requires_grad=True),
        pair_logit=torch.randn(2 * n, generator=generator, requires_grad=True),
        edge_pair=torch.randint(2 * n, (3 * n,), generator=generator),
        edge_node=torch.arange(n).repeat_interleave(3),
    )
    return nodes, torch.randn(queries, d, generator=generator)


def mixture(width: int = 2, **options) -> PruningMixture:
    torch.manual_seed(0)
    return PruningMixture([expert() for expert in PRUNING_EXPERTS.values()], 6, width=width, **options)


def test_union_of_the_chosen_experts_weighted_by_the_gate() -> None:
    nodes, source = candidates()
    is_new = nodes.is_new
    is_new[[0, 6]] = False
    with torch.no_grad():
        pruned = mixture().eval()(nodes, source)
        ratings = [expert()(nodes).detach() for expert in PRUNING_EXPERTS.values()]
    assert pruned.weight[[0, 6]].tolist() == [1.0, 1.0]
    for i in range(12):
        if not is_new[i]:
            continue
        query = int(nodes.row[i])
        rivals = [j for j in range(12) if is_new[j] and nodes.row[j] == query]
        expected = 0.0
        for e, rating in enumerate(ratings):
            if sorted((float(rating[j]) for j in rivals), reverse=True)[1] <= float(rating[i]):
                expected += float(pruned.gate[query, e])
        assert float(pruned.weight[i]) == pytest.approx(expected)
    assert ((pruned.gate > 0).sum(1) == 2).all()
    assert 2 <= int((pruned.weight[is_new & (nodes.row == 0)] > 0).sum()) <= 4


def test_everything_is_kept_where_there_are_fewer_than_the_width() -> None:
    nodes, source = candidates()
    pruned = mixture(width=100)(nodes, source)
    torch.testing.assert_close(pruned.weight, torch.ones(12))


def test_the_factor_is_one_and_carries_gradients_to_every_rating() -> None:
    nodes, source = candidates()
    pruned = mixture(k=3)(nodes, source)
    torch.testing.assert_close(pruned.factor, torch.ones(12))
    (pruned.factor * torch.arange(12.0)).sum().backward()
    for tensor in (nodes.score, nodes.pair_logit, nodes.state, nodes.query):
        assert tensor.grad.abs().sum() > 0


def test_no_new_node_is_no_error() -> None:
    nodes, source = candidates()
    pruned = mixture()(nodes._replace(is_new=torch.zeros(12, dtype=torch.bool)), source)
    assert pruned.weight is None


def test_a_semantic_rating_of_a_zero_state_is_finite() -> None:
    nodes, _ = candidates()
    state = torch.zeros(12, 6, requires_grad=True)
    rating = PRUNING_EXPERTS["semantic"]()(nodes._replace(state=state))
    rating.sum().backward()
    assert (rating == 0).all()
    assert state.grad.isfinite().all()


def test_an_impossible_width_is_refused() -> None:
    with pytest.raises(ValueError, match="width=0"):
        mixture(width=0)
