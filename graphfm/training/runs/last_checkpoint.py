"""The checkpoints that a stopped run goes on from: one file, written every few steps, every minute, at the end of training and
when a signal asks to stop.
"""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Checkpoint

from graphfm.errors import Stopped
from graphfm.training.runs.checkpoints import previous
from graphfm.training.runs.continued_log import ContinuedCSVLog
from graphfm.training.runs.finite import FiniteTraining
from graphfm.training.runs.interruption import Interruption

log = logging.getLogger(__name__)

#: Seconds of training after which a checkpoint is due, however few steps they were.
SECONDS = 60.0
#: Writing takes at most one part in so many of the time: a table of many gigabytes is written less often.
WRITING = 5


class LastCheckpoint(Checkpoint):
    """One file, written anew every few steps and every minute, that a stopped run resumes from; the one before is kept
    (`SafeCheckpoints`). What a kill can cost is a minute, or one step or one validation where that takes longer.

    What is due with the last batch of an epoch waits until the epoch has ended: resumed from in between, Lightning takes the
    validation that has yet to come for done.

    Beside Lightning's own state the file holds what was logged so far, and the row of the log that follows the checkpoint:
    a resumed run has the log of an uninterrupted one.

    Args:
        path: of the file.
        every: steps between two checkpoints.
        finite: is asked before a checkpoint is written.
    """

    def __init__(self, path: Path, *, every: int, finite: FiniteTraining | None = None) -> None:
        self.path, self.every, self.finite = path, every, finite
        self.interruption = Interruption()
        self.started = False  # whether training went on after what there was to read
        self._state: dict[str, Any] = {"step": 0, "metrics": {}, "row": None}
        self._saved: int | None = None  # step of the file
        self._next = 0.0  # when a checkpoint is due, by the clock

    @property
    def step(self) -> int:
        """Steps that the last checkpoint holds."""
        return int(self._state["step"])

    @property
    def exists(self) -> bool:
        """Whether there is something to resume from."""
        return self.path.exists() or previous(self.path).exists()

    def metrics(self, trainer: L.Trainer) -> dict[str, float]:
        """The last value of all that was logged, before a resumption too."""
        return {**self._state["metrics"], **_numbers(trainer.logged_metrics)}

    def state_dict(self) -> dict[str, Any]:
        return self._state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._state, self._saved = state_dict, state_dict["step"]

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if self._saved is not None:
            log.warning("Resuming %s at step %d, from %s.", self.path.parent, self._saved, self.path.name)
        for logger in trainer.loggers:
            if isinstance(logger, ContinuedCSVLog):
                logger.rewind(self._state["step"], self._state["row"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.interruption.hear()
        self.started = True
        self._next = time.monotonic() + SECONDS

    def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        if not trainer.is_last_batch:
            self._save_if_due(trainer)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._save_if_due(trainer, ends=trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs)

    def on_validation_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
        if self._asked(trainer):  # the middle of a validation can be saved by nobody
            self.stop()

    def _save_if_due(self, trainer: L.Trainer, *, ends: bool = False) -> None:
        asked = self._asked(trainer)
        if asked or ends or trainer.global_step % self.every == 0 or self._a_minute_has_gone(trainer):
            start = time.monotonic()
            if self.finite is not None:
                self.finite.check(trainer)
            for logger in trainer.loggers:
                if isinstance(logger, ContinuedCSVLog):
                    logger.flush()
            metrics = {**self._state["metrics"], **_numbers(trainer.logged_metrics)}
            self._state = {"step": trainer.global_step, "metrics": metrics, "row": _row_to_come(trainer)}
            trainer.save_checkpoint(self.path)
            self._saved = trainer.global_step
            spent = time.monotonic() - start
            self._next = start + spent + max(SECONDS, WRITING * spent)
        if asked:
            self.stop()

    def _a_minute_has_gone(self, trainer: L.Trainer) -> bool:
        """Whether the clock says that a checkpoint is due; several processes write it together."""
        due = time.monotonic() >= self._next
        return bool(trainer.strategy.reduce_boolean_decision(due, all=False)) if trainer.world_size > 1 else due

    def _asked(self, trainer: L.Trainer) -> bool:
        """Whether a signal asks to stop; several processes stop together, or some would wait for the others for ever."""
        asked = self.interruption.signum is not None
        if trainer.world_size > 1:
            asked = trainer.strategy.reduce_boolean_decision(asked, all=False)
            self.interruption.signum = self.interruption.signum or (signal.SIGTERM if asked else None)
        return asked

    def stop(self) -> None:
        """End the run as the signal asks, with a word on how to go on.

        Raises:
            Stopped: always.
        """
        signum = self.interruption.signum or signal.SIGINT
        message = f"Stopped by {signal.Signals(signum).name}. {self._how_to_go_on()}"
        log.warning(message)
        raise Stopped(signum, message)

    def _how_to_go_on(self) -> str:
        kept = "from the beginning, for no checkpoint was due yet"
        if self._saved is not None:
            kept = f"at step {self._saved}, from {self.path}"
        return f"Run the same command again: it goes on {kept}."


def _numbers(metrics: Any) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _row_to_come(trainer: L.Trainer) -> dict[str, float] | None:
    """What Lightning logs right after the callbacks of this moment have run, and would not log in a resumed run."""
    connector = trainer._logger_connector
    within_epoch = connector._first_loop_iter is not None
    values = _numbers(connector.metrics["log"])
    if not values or (within_epoch and not connector.should_update_logs):
        return None
    step = trainer.fit_loop.epoch_loop._batches_that_stepped - (0 if within_epoch else 1)
    return {**values, "epoch": trainer.current_epoch, "step": step}
