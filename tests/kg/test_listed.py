"""Probabilities of listed answers: right on fresh lists, never turned round, and absent where nothing can be told."""

from __future__ import annotations

import torch

from graphfm.kg.calibration import reliability
from graphfm.kg.listed import ListCalibration, best_scores, fit_listed


def lists(queries: int, *, slope: float, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of 40 candidates of each query, the true ones drawn by odds that rise with the score."""
    generator = torch.Generator().manual_seed(seed)
    scores = 2 * torch.randn(queries, 40, generator=generator).sort(dim=1, descending=True).values
    return scores, torch.rand(queries, 40, generator=generator) < torch.sigmoid(slope * scores - 3)


def test_a_probability_is_the_share_that_is_true_on_fresh_lists() -> None:
    found = fit_listed(*lists(600, slope=1.5, seed=0), torch.ones(600, 40, dtype=torch.bool))
    assert found is not None
    scores, true = lists(600, slope=1.5, seed=1)
    query = torch.arange(600).repeat_interleave(10)
    p = found(scores[:, :10].flatten(), query, scores)
    judged = reliability(p, true[:, :10].flatten())
    assert judged["calibration_error"] < 0.03
    assert judged["brier"] < 0.9 * judged["brier_constant"]


def test_of_one_query_the_better_answer_is_never_the_less_probable() -> None:
    for seed in range(5):
        found = fit_listed(*lists(300, slope=0.7, seed=seed), torch.ones(300, 40, dtype=torch.bool))
        assert found is not None
        assert min(found.weights) >= 0
        scores, _ = lists(20, slope=1, seed=9)
        p = found(scores.flatten(), torch.arange(20).repeat_interleave(40), scores).view(20, 40)
        assert (p.diff(dim=1) <= 1e-12).all()


def test_scores_that_tell_nothing_or_the_contrary_have_no_probability() -> None:
    everything = torch.ones(600, 40, dtype=torch.bool)
    scores, true = lists(600, slope=1.0, seed=0)
    for seed in range(10):  # which answers are true is shuffled within each query
        order = torch.rand(600, 40, generator=torch.Generator().manual_seed(seed)).argsort(dim=1)
        assert fit_listed(scores, true.gather(1, order), everything) is None
    assert fit_listed(scores, true.flip(1), everything) is None
    assert fit_listed(torch.zeros(600, 40), true, everything) is None


def test_a_few_true_answers_are_too_few() -> None:
    scores, true = lists(600, slope=1.5, seed=0)
    few = true & (true.flatten().cumsum(0).view_as(true) <= 30)
    assert fit_listed(scores, few, torch.ones_like(few)) is None


def test_an_answer_that_is_left_out_of_the_list_is_weighed_as_one_more() -> None:
    scores = torch.tensor([[4.0, 3.0, 1.0, 0.5]])
    best, whose = best_scores(scores, (torch.tensor([0]), torch.tensor([0])))
    assert best.tolist() == [[3.0, 1.0, 0.5, -torch.inf]]
    assert whose[0, 0] == 1
    found = ListCalibration(1.0, [0.0, 0.0, 1.0, 0.0, 0.0], 0.0)
    p = found(scores[0, :1], torch.tensor([0]), best, apart=torch.tensor([True]))
    share = torch.softmax(torch.tensor([4.0, 3.0, 1.0, 0.5]).double(), 0)[0]
    assert torch.allclose(p, torch.sigmoid(share.log()))
