"""The weights of the best validation of a run, in a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from graphfm.durable import replacing
from graphfm.errors import DataError
from graphfm.models.checkpoint import read_archive
from graphfm.training.runs.checkpoints import previous


class BestWeights(Callback):
    """Keeps the weights of the validation with the largest value of a metric; of equal ones, the first.

    The value and the step stand in the run's checkpoint and in the file, so that a file of another run or moment is not taken
    for the right one.

    Args:
        path: of the file.
        monitor: name of the metric.
    """

    def __init__(self, path: Path, *, monitor: str) -> None:
        self.path, self.monitor = path, monitor
        self.best: dict[str, Any] = {}  # value, step

    def state_dict(self) -> dict[str, Any]:
        return self.best

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        value = float(trainer.callback_metrics[self.monitor])
        if self.best and not value > self.best["value"]:
            return
        self.best = {"value": value, "step": trainer.global_step}
        if not trainer.is_global_zero:
            return
        weights = {name: tensor.cpu() for name, tensor in pl_module.state_dict().items()}
        with replacing(self.path, keep=previous(self.path)) as temporary:
            torch.save(self.best | {"state_dict": weights}, temporary)

    def weights(self) -> dict[str, Tensor]:
        """What was kept.

        Raises:
            DataError: the file is missing, damaged, or not that of this run's best validation.
        """
        hint = (
            f"Remove {self.path.with_name('last.ckpt')} and {previous(self.path.with_name('last.ckpt')).name}, and run "
        )
        hint += "the same command again: it trains anew."
        expected = f"the weights of step {self.best['step']}, the best of this run"
        found = "no such file"
        for path in (self.path, previous(self.path)):
            try:
                content = read_archive(path, expected=expected)
            except DataError as error:
                found = error.found if path.exists() else found
                continue
            kept = content.pop("state_dict", None) if isinstance(content, dict) else None
            if self.best and isinstance(kept, dict) and content == self.best:
                return kept
            found = "weights of another run or step"
        raise DataError(found, expected=expected, hint=hint, path=self.path)
