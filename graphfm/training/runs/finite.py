"""Training stops where its numbers cannot be trusted any more, before a checkpoint takes them over."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from graphfm.errors import GraphFMError

EVERY = 10  # steps between two looks on a GPU, which has to be waited for


class FiniteTraining(Callback):
    """Stops training at the first loss or gradient that is not finite; of the weights, those of the last checkpoint are left.

    On the CPU before the optimiser's step; on a GPU the device notes the step, and is asked every ten steps and before a
    checkpoint, so that it need not be waited for in between. Under a gradient scaler, which meets such gradients on purpose
    and skips their steps, the loss alone counts.

    Args:
        advice: what to do about it, as the command is to be changed.
    """

    def __init__(self, *, advice: str = "Give another --out and a lower learning rate") -> None:
        self.advice = advice
        self._loss: Tensor | None = None
        self._bad: Tensor | None = (
            None  # on the device: (2,) first step with a bad loss, with a bad gradient; -1 for none
        )

    def on_before_backward(self, trainer: L.Trainer, pl_module: L.LightningModule, loss: Tensor) -> None:
        self._loss = loss.detach()

    def on_before_optimizer_step(self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any) -> None:
        loss = self._loss
        if loss is None:
            return
        scaled = getattr(trainer.precision_plugin, "scaler", None) is not None
        largest = torch.zeros_like(loss) if scaled else _largest_gradient(optimizer, like=loss)
        bad = ~torch.stack([loss.float(), largest.float()]).isfinite()
        if self._bad is None or self._bad.device != bad.device:
            self._bad = torch.full((2,), -1, device=bad.device)
        self._bad = torch.where(bad & (self._bad < 0), trainer.global_step, self._bad)
        if bad.device.type == "cpu" or trainer.global_step % EVERY == 0:
            self.check(trainer)

    def check(self, trainer: L.Trainer) -> None:
        """Ask the device.

        Raises:
            GraphFMError: a loss or a gradient was not finite.
        """
        steps = [] if self._bad is None else self._bad.tolist()
        found = [(step, what) for step, what in zip(steps, ("loss", "gradient"), strict=False) if step >= 0]
        if not found:
            return
        step, what = min(found, key=lambda pair: pair[0])  # of both at one step, the loss
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        raise GraphFMError(
            f"Training stopped at step {step}: the {what} is not a finite number (learning rate {rate:g}). What the last "
            f"checkpoint holds is kept. {self.advice} (a tenth is a good first try); if that does not help, look for extreme "
            "values in the settings and in the data."
        )


def _largest_gradient(optimizer: torch.optim.Optimizer, *, like: Tensor) -> Tensor:
    """Largest modulus of a gradient, a scalar on the device of `like`; NaN where one is NaN."""
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    dense = [gradient._values() if gradient.is_sparse else gradient for gradient in gradients]
    filled = [gradient for gradient in dense if gradient.numel()]
    if not filled:
        return torch.zeros_like(like)
    return torch.stack([norm.to(like.device) for norm in torch._foreach_norm(filled, float("inf"))]).max()
