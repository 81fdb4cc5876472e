"""Adam for tables too large to be touched whole: only the rows with a gradient move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

CPU_BLOCK = 2**17  # coordinates of a sparse gradient at a time, half a megabyte of float32


class RowAdam(Optimizer):
    r"""Adam (Kingma and Ba 2015, arXiv 1412.6980) whose sparse gradients update the rows they name and no others.

    A row's moments decay by the steps in which it had a gradient, as in `torch.optim.SparseAdam`; unlike that one, dense
    gradients are taken too, so one optimiser serves a model. With `row_wise` a sparse parameter keeps one second moment
    per row, the mean over its coordinates, which saves a third of the memory of table and moments.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: decay of the first and the second moment.
        eps: floor of the denominator.
        row_wise: one second moment per row of a sparse parameter.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        row_wise: bool = False,
    ) -> None:
        if lr < 0 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"received lr={lr}, betas={betas}, expected lr >= 0 and betas in [0, 1)")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "row_wise": row_wise})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Update the parameters."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self._update(param, group)
        return loss

    def _update(self, param: Tensor, group: dict[str, Any]) -> None:
        grad, sparse = param.grad, param.grad is not None and param.grad.is_sparse
        assert grad is not None
        state = self.state[param]
        if not state:
            per_row = sparse and group["row_wise"]
            state["step"] = torch.zeros(())
            state["mean"] = torch.zeros_like(param)
            state["square"] = param.new_zeros(len(param), 1) if per_row else torch.zeros_like(param)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        step = state["step"].item()
        # Both bias corrections in one factor; eps scales with it, as in the paper's section 2.
        rate = group["lr"] * (1 - beta2**step) ** 0.5 / (1 - beta1**step)
        if not sparse:
            state["mean"].lerp_(grad, 1 - beta1)
            state["square"].mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            param.addcdiv_(state["mean"], state["square"].sqrt().add_(group["eps"]), value=-rate)
            return
        rows, values = _rows(grad)
        # A few rows at a time on a CPU, so that what is computed on the way stays in the cache.
        block = max(1, CPU_BLOCK // values.size(1)) if values.device.type == "cpu" else max(1, len(rows))
        for at, part in zip(rows.split(block), values.split(block), strict=True):
            mean = state["mean"].index_select(0, at).lerp_(part, 1 - beta1)
            square = part.square() if state["square"].size(1) > 1 else part.square().mean(1, keepdim=True)
            square = state["square"].index_select(0, at).lerp_(square, 1 - beta2)
            state["mean"].index_copy_(0, at, mean)
            state["square"].index_copy_(0, at, square)
            param.index_add_(0, at, mean.div_(square.sqrt_().add_(group["eps"])), alpha=-rate)


def _rows(grad: Tensor) -> tuple[Tensor, Tensor]:
    """Different rows of a sparse gradient and their values; summing up equal ones costs a sort, so look first."""
    rows = grad._indices()[0]
    if not grad.is_coalesced() and not (rows[1:] > rows[:-1]).all():
        grad = grad.coalesce()
    return grad._indices()[0], grad._values()
