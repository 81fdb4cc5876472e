"""Walking over many queries in pieces that fit the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn

T = TypeVar("T")

CPU_BUDGET = 2**24  # bytes of one float32 score matrix: larger ones only leave the cache
CPU_ROWS = 16  # at least, since every batch reads the vectors of all entities once
GPU_SHARE = 0.1  # of the free memory; the comparisons hold a few matrices of that size at once


def rows_that_fit(width: int, device: torch.device) -> int:
    """How many rows of `width` float32 scores to hold at a time.

    >>> rows_that_fit(2**12, torch.device("cpu"))
    1024
    """
    if device.type == "cuda":
        return max(1, int(GPU_SHARE * torch.cuda.mem_get_info(device)[0]) // (4 * width))
    return max(CPU_ROWS, CPU_BUDGET // (4 * width))


def chunks(step: Callable[[int, int], T], total: int, size: int) -> Iterator[T]:
    """Yield `step(start, stop)` over consecutive pieces of `range(total)`, halving the piece when memory runs out.

    >>> list(chunks(lambda start, stop: (start, stop), 5, 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    start = 0
    while start < total:
        stop = min(start + size, total)
        try:
            result = step(start, stop)
        except RuntimeError as error:
            if size == 1 or not _out_of_memory(error):
                raise
            size = max(1, min(size, stop - start) // 2)
            continue
        yield result
        start = stop


def _out_of_memory(error: RuntimeError) -> bool:
    # The CPU allocator has no exception class of its own.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Put a module into evaluation mode for the time, and every part of it back as it was."""
    training = [part for part in model.modules() if part.training] if isinstance(model, nn.Module) else []
    try:
        if training:
            model.eval()
        yield
    finally:
        for part in training:
            part.training = True
