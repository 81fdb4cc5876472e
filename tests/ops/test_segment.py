"""Segment reductions against a loop, tier by tier."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from graphfm.errors import GraphFMError
from graphfm.ops import segment_max, segment_mean, segment_softmax, segment_sum, tiers

LOOP: dict[Callable[..., Tensor], Callable[[Tensor], Tensor]] = {
    segment_sum: lambda rows: rows.sum(0),
    segment_mean: lambda rows: rows.mean(0),
    segment_max: lambda rows: rows.amax(0),
}


def segments(*shape: int) -> tuple[Tensor, Tensor]:
    """30 rows in 7 segments, unsorted, segment 3 empty."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(6, (30,), generator=generator)
    return torch.randn(30, *shape, dtype=torch.float64, generator=generator), index + (index >= 3)


@pytest.mark.parametrize("shape", [(), (4,)])
@pytest.mark.parametrize("function", LOOP, ids=lambda f: f.__name__)
def test_reduction_equals_a_loop_with_its_gradient(
    function: Callable[..., Tensor], shape: tuple[int, ...], tier: str
) -> None:
    src, index = segments(*shape)
    src.requires_grad_()
    out = function(src, index, 7, tier=tier)
    expected = torch.stack(
        [LOOP[function](src[index == i]) if (index == i).any() else src.new_zeros(shape) for i in range(7)]
    )
    assert torch.allclose(out, expected)
    seed = torch.randn_like(out)
    assert torch.allclose(*(torch.autograd.grad(o, src, seed)[0] for o in (out, expected)))


def test_softmax_equals_a_loop_and_stands_large_logits(tier: str) -> None:
    src, index = segments(2)
    src = (300 * src).requires_grad_()
    out = segment_softmax(src, index, 7, tier=tier)
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
    for function in LOOP:
        assert torch.equal(function(empty, index, 2), torch.zeros(2, 3))
    assert segment_softmax(empty, index, 2).shape == (0, 3)


def test_refuses_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="expected 'native', 'compiled' or 'torch_scatter'"):
        segment_sum(torch.ones(2), torch.zeros(2, dtype=torch.long), 1, tier="fast")
    with pytest.raises(ValueError, match=r"expected \(E, \.\.\.\) and \(E,\)"):
        segment_sum(torch.ones(3), torch.zeros(2, dtype=torch.long), 1)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(GraphFMError, match="--no-build-isolation torch-scatter"):
        segment_sum(torch.ones(2), torch.zeros(2, dtype=torch.long), 1, tier="torch_scatter")


def test_without_a_compiler_native_code_runs_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_compiler(*args: object, **kwargs: object) -> None:
        raise torch._inductor.exc.InvalidCxxCompiler

    monkeypatch.setattr("torch._inductor.compile_fx.compile_fx", no_compiler)

    def double(x: Tensor) -> Tensor:
        return 2 * x

    with caplog.at_level(logging.WARNING):
        call = tiers.compiled(double)
        assert torch.equal(call(torch.ones(3)), torch.full((3,), 2.0))
        assert torch.equal(call(torch.ones(4)), torch.full((4,), 2.0))
    assert [record.message[:34] for record in caplog.records] == ["tier 'compiled' is not available, "]
