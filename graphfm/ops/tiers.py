"""Which implementation runs: native torch, compiled torch, or the optional torch_scatter package."""

from __future__ import annotations

import functools
import importlib.util
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Literal

import torch
from torch import Tensor

from graphfm.errors import GraphFMError

log = logging.getLogger(__name__)

Tier = Literal["native", "compiled", "torch_scatter"]


def resolve(tier: Tier) -> Tier:
    """The tier to run. Under `torch.compile` that is native: the tracer fuses it and cannot read the others."""
    if tier not in ("native", "compiled", "torch_scatter"):
        raise ValueError(f"received tier={tier!r}, expected 'native', 'compiled' or 'torch_scatter'")
    return "native" if torch.compiler.is_compiling() else tier


def torch_scatter(device: torch.device) -> ModuleType:
    """The package torch_scatter, or an error that says how to go on."""
    if importlib.util.find_spec("torch_scatter") is None:
        raise GraphFMError(
            "tier='torch_scatter' needs the package torch-scatter: `pip install --no-build-isolation torch-scatter`"
            " once torch is installed, or use tier='native'."
        )
    import torch_scatter

    if device.type == "cuda" and not hasattr(torch.ops.torch_scatter, "cuda_version"):
        raise GraphFMError("torch-scatter was built without CUDA: rebuild it, or use tier='native'.")
    return torch_scatter


def compiled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`torch.compile` for shapes that change from call to call, or the function itself where there is no compiler."""
    return _compiled(function)


@functools.cache
def _compiled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    # With more than one thread inductor sums by atomic additions, 15 to 20 times slower than its one-thread kernel.
    fast = torch.compile(function, dynamic=True, options={"cpp.threads": 1})
    works = True

    @functools.wraps(function)
    def call(*args: object) -> Tensor:
        nonlocal works
        if works:
            try:
                return fast(*args)
            except (torch._dynamo.exc.BackendCompilerFailed, torch._inductor.exc.InductorError) as error:
                works = False
                log.warning("tier 'compiled' is not available, native code runs instead: %s", _first_line(error))
        return function(*args)

    return call


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
