"""Linear layers of language models, which on a CPU are most of what reading texts takes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LARGE = 2**24  # multiplications from which the other library is worth its call, and its look at a new shape


class FastLinear(nn.Linear):
    """`torch.nn.Linear`, in float32 on a CPU, where no gradient is wanted and the product is large, by oneDNN.

    torch hands such products to MKL, which uses half of the width of AMD's processors; the operation here is the one that
    torch's own compiler calls. Equal up to rounding. oneDNN prepares each shape anew, a millisecond or more: a network
    whose rows are few hundred numbers gains, one of 32 or 64 numbers and ever other counts of rows loses.
    """

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() or not _worth(x, self.weight):
            return super().forward(x)
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return product


def _worth(x: Tensor, weight: Tensor) -> bool:
    large = x.numel() * len(weight) >= LARGE
    return large and x.device.type == "cpu" and x.dtype == weight.dtype == torch.float32


def has_product() -> bool:
    """Whether torch was built with it."""
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def use_fast_linear(model: nn.Module) -> None:
    """Turn the linear layers of a network that others wrote into such ones, where torch can; nothing else of it changes."""
    for module in model.modules() if has_product() else ():
        if type(module) is nn.Linear:
            module.__class__ = FastLinear
