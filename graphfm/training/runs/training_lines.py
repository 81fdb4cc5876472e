"""The progress of a training where there is no terminal to draw a bar on."""

from __future__ import annotations

from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Callback

from graphfm.progress import Lines

#: What is worth a place in the line, the first two that were logged.
WORTH_SAYING = ("val_mrr", "val_loss", "train_loss", "train_own")


class TrainingLines(Callback):
    """A line a minute: steps of all, time gone and left, epoch, loss, last validation; in the first process alone."""

    def __init__(self) -> None:
        self.lines: Lines | None = None

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.is_global_zero:
            total = float(trainer.estimated_stepping_batches)
            self.lines = Lines("Training", total=total, begun=float(trainer.global_step))

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        if self.lines is not None:
            self.lines(completed=float(trainer.global_step), note=_note(trainer))


def _note(trainer: L.Trainer) -> str:
    found = trainer.callback_metrics
    logged = [f"{name} {float(found[name]):.4g}" for name in WORTH_SAYING if name in found][:2]
    return ", ".join([f"epoch {trainer.current_epoch + 1} of {trainer.max_epochs}", *logged])
