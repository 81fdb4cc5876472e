"""Compiled code: that it agrees with native code is tested where it is used; here, what happens without a compiler."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor

from graphfm.ops import tiers


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
