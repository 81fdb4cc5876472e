"""Segment reductions against a loop over segments."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphfm.ops import segment_max, segment_softmax


def segments(*shape: int) -> tuple[Tensor, Tensor]:
    """30 rows in 7 segments, unsorted, segment 3 empty."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(6, (30,), generator=generator)
    return torch.randn(30, *shape, dtype=torch.float64, generator=generator), index + (index >= 3)


@pytest.mark.parametrize("shape", [(), (4,)])
def test_maximum_equals_a_loop_with_its_gradient(shape: tuple[int, ...]) -> None:
    src, index = segments(*shape)
    src.requires_grad_()
    out = segment_max(src, index, 7)
    expected = torch.stack([src[index == i].amax(0) if (index == i).any() else src.new_zeros(shape) for i in range(7)])
    assert torch.allclose(out, expected)
    seed = torch.randn_like(out)
    assert torch.allclose(*(torch.autograd.grad(o, src, seed)[0] for o in (out, expected)))


def test_softmax_equals_a_loop_and_stands_large_logits() -> None:
    src, index = segments(2)
    src = (300 * src).requires_grad_()
    out = segment_softmax(src, index, 7)
    expected = torch.zeros_like(src)
    for i in range(7):
        expected = torch.where(
            (index == i).unsqueeze(-1), src.masked_fill((index != i).unsqueeze(-1), -1e9).softmax(0), expected
        )
    assert torch.allclose(out, expected)
    seed = torch.randn_like(out)
    assert torch.allclose(*(torch.autograd.grad(o, src, seed)[0] for o in (out, expected)))


def test_no_rows() -> None:
    empty, index = torch.empty(0, 3), torch.empty(0, dtype=torch.long)
    assert torch.equal(segment_max(empty, index, 2), torch.zeros(2, 3))
    assert segment_softmax(empty, index, 2).shape == (0, 3)


def test_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match=r"expected \(E, \.\.\.\) and \(E,\)"):
        segment_max(torch.ones(3), torch.zeros(2, dtype=torch.long), 1)
