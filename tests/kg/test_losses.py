"""Losses against their formulas written out."""

from __future__ import annotations

import math

import pytest
import torch

from graphfm.kg import losses


def test_self_adversarial_by_hand() -> None:
    positive, negative, weight = (
        torch.tensor([1.0, -2.0]),
        torch.tensor([[0.5, -1.0], [2.0, 0.0]]),
        torch.tensor([1.0, 3.0]),
    )
    total = 0.0
    for s, row, w in zip(positive.tolist(), negative.tolist(), weight.tolist(), strict=True):
        shares = [math.exp(0.7 * x) / sum(math.exp(0.7 * y) for y in row) for x in row]
        log_sigmoid = lambda x: -math.log(1 + math.exp(-x))  # noqa: E731
        total -= w * (log_sigmoid(s) + sum(p * log_sigmoid(-x) for p, x in zip(shares, row, strict=True))) / 2
    got = losses.self_adversarial(positive, negative, temperature=0.7, weight=weight)
    assert got.item() == pytest.approx(total / 4)


def test_the_share_of_a_negative_carries_no_gradient() -> None:
    negative = torch.tensor([[0.5, -1.0]], requires_grad=True)
    losses.self_adversarial(torch.zeros(1), negative).backward()
    share = negative.detach().softmax(1)
    torch.testing.assert_close(negative.grad, share * torch.sigmoid(negative.detach()) / 2)


def test_excluded_negatives_do_not_count() -> None:
    positive, negative = torch.tensor([1.0]), torch.tensor([[0.5, 3.0, -1.0]], requires_grad=True)
    mask = torch.tensor([[False, True, False]])
    got = losses.self_adversarial(positive, negative, exclude=mask)
    torch.testing.assert_close(got, losses.self_adversarial(positive, negative[:, [0, 2]]))
    got.backward()
    assert negative.grad is not None
    assert negative.grad[0, 1] == 0
    everything = losses.self_adversarial(positive, negative, exclude=~torch.zeros_like(mask))
    assert torch.isfinite(everything)


def test_cross_entropy_leaves_other_answers_out() -> None:
    scores = torch.tensor([[1.0, 2.0, 0.5, -1.0], [0.0, 0.3, 0.1, 1.0]], requires_grad=True)
    answer, exclude = torch.tensor([1, 3]), torch.tensor([[0, 0, 1], [0, 1, 3]])  # (0, 0) is another answer of query 0
    for smoothing in (0.0, 0.2):
        got = losses.cross_entropy(scores, answer, smoothing=smoothing, exclude=exclude)
        first = losses.cross_entropy(scores[:1, 1:], torch.tensor([0]), smoothing=smoothing)
        second = losses.cross_entropy(scores[1:], torch.tensor([3]), smoothing=smoothing)
        torch.testing.assert_close(got, (first + second) / 2)
    got.backward()
    assert scores.grad is not None
    assert scores.grad[0, 0] == 0


def test_binary_cross_entropy_by_hand() -> None:
    scores, answers = torch.tensor([[1.0, -2.0]]), (torch.tensor([0]), torch.tensor([1]))
    target = [0.9 * 0 + 0.5, 0.9 * 1 + 0.5]
    expected = sum(math.log(1 + math.exp(s)) - y * s for s, y in zip([1.0, -2.0], target, strict=True)) / 2
    assert losses.binary_cross_entropy(scores, answers, smoothing=0.1).item() == pytest.approx(expected)


def test_n3_takes_moduli_and_l3_coordinates() -> None:
    x = torch.tensor([[3.0, 4.0]], requires_grad=True)
    assert losses.lp_penalty(x, parts=2).item() == pytest.approx(125.0)
    assert losses.lp_penalty(x, x).item() == pytest.approx(2 * (27.0 + 64.0))
    zero = torch.zeros(1, 2, requires_grad=True)
    losses.lp_penalty(zero, parts=2).backward()
    assert zero.grad is not None
    assert torch.isfinite(zero.grad).all()
