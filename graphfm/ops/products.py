"""Products of many short rows with a small matrix: on a CPU most of what a network on graphs or texts computes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

LARGE = 2**20  # multiplications from which the other library is worth its call


def _onednn() -> tuple[Callable[..., Tensor], Callable[..., Tensor]] | None:
    """A product, and a product added to another tensor, as torch's own compiler calls them; None where torch lacks them."""
    try:
        op = torch.ops.mkldnn._linear_pointwise
        return op.default, op.binary
    except AttributeError:
        return None


_PRODUCTS = _onednn()


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None, plus: Tensor | None = None) -> Tensor:
    """`torch.nn.functional.linear`, and `plus` if given: in float32 on a CPU, where no gradient is wanted, by oneDNN.

    torch hands such products to MKL, which uses half of the width of AMD's processors: 32 thousand rows of 32 numbers take 2.3
    times as long there. Equal up to rounding.

    Shapes:
        x `(..., i)`, weight `(o, i)`, bias `(o,)`, plus broadcasts to `(..., o)` -> `(..., o)`.
    """
    if plus is not None and plus.shape[:-1] != x.shape[:-1]:
        return linear(x, weight, bias) + plus
    if _PRODUCTS is not None and _worth(x, weight) and not torch.is_grad_enabled():
        alone, added = _PRODUCTS
        return alone(x, weight, bias, "none", [], "") if plus is None else added(x, plus, weight, bias, "add")
    if plus is not None and bias is None and x.dim() == 2:
        return torch.addmm(plus, x, weight.T)
    product = nn.functional.linear(x, weight, bias)
    return product if plus is None else product + plus


def _worth(x: Tensor, weight: Tensor) -> bool:
    large = x.numel() * len(weight) >= LARGE
    return large and x.device.type == "cpu" and x.dtype == weight.dtype == torch.float32


class Linear(nn.Linear):
    """`torch.nn.Linear` by `linear`."""

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


def use_products(model: nn.Module) -> None:
    """Have the linear layers of a network that others wrote work by `linear`, too."""
    for module in model.modules():
        if type(module) is nn.Linear:
            module.__class__ = Linear
