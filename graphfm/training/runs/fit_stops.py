"""What a `fit` of Lightning's command line leaves to go on from when it is stopped."""

from __future__ import annotations

import logging
from itertools import count
from pathlib import Path
from typing import Any

import lightning as L

from graphfm.training.runs.finite import FiniteTraining
from graphfm.training.runs.last_checkpoint import LastCheckpoint

log = logging.getLogger(__name__)

FIT_EVERY = 500  # steps between two checkpoints


class FitCheckpoint(LastCheckpoint):
    """``checkpoints/last.ckpt`` in the folder of the log, written every few steps and at a signal; the one before is kept.

    Args:
        finite: is asked before a checkpoint is written.
        kept: write checkpoints; without, a signal ends the training and nothing is left of it.
    """

    def __init__(self, *, finite: FiniteTraining, kept: bool) -> None:
        super().__init__(Path("last.ckpt"), every=FIT_EVERY, finite=finite)
        self.kept = kept

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._saved = None  # in the folder of the training before this one

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.path = trainer.strategy.broadcast(_free(trainer))
        super().on_fit_start(trainer, pl_module)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        super().on_train_start(trainer, pl_module)
        if trainer.ckpt_path is not None:
            log.warning("Going on at step %d, from %s.", trainer.global_step, trainer.ckpt_path)

    def _save_if_due(self, trainer: L.Trainer, *, ends: bool = False) -> None:
        if self.kept:
            super()._save_if_due(trainer, ends=ends)
        elif self._asked(trainer):
            self.stop()

    def _how_to_go_on(self) -> str:
        if self._saved is not None:
            return f"Add --ckpt_path {self.path} to the same command: it goes on at step {self._saved}."
        if not self.kept:
            return "Nothing is left of it, as enable_checkpointing is false."
        return "No checkpoint was due yet: run the same command again."


def _free(trainer: L.Trainer) -> Path:
    """The file to write; where there is one that this training does not go on from, in a folder beside it."""
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    names = ("checkpoints" if n == 0 else f"checkpoints-v{n}" for n in count())
    paths = (folder / name / "last.ckpt" for name in names)
    own = None if trainer.ckpt_path is None else Path(trainer.ckpt_path).absolute()
    return next(path for path in paths if not path.exists() or path.absolute() == own)
