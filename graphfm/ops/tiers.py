"""Compiled code where there is a compiler, native code where there is none."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)


@functools.cache
def compiled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`torch.compile` for shapes that change from call to call, or the function itself where there is no compiler."""
    # With more than one thread inductor sums by atomic additions, 15 to 20 times slower than its one-thread kernel.
    fast = torch.compile(function, dynamic=True, options={"cpp.threads": 1})
    works = True

    @functools.wraps(function)
    def call(*args: object) -> Tensor:
        nonlocal works
        if works:
            try:
                return fast(*args)
            except _failures() as error:
                works = False
                log.warning("tier 'compiled' is not available, native code runs instead: %s", _first_line(error))
        return function(*args)

    return call


def _failures() -> tuple[type[Exception], ...]:
    """What a missing or failing compiler raises; torch 2.6 has the first alone. Looked up late: the import takes seconds."""
    known = torch._dynamo.exc.BackendCompilerFailed
    return known, getattr(torch._inductor.exc, "InductorError", known)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
