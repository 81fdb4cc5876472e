"""The training of a run: taken up where it stopped, ended by its last step, a signal, or numbers that cannot be trusted."""

from __future__ import annotations

from pathlib import Path

import lightning as L
from lightning.pytorch.strategies.launchers import _MultiProcessingLauncher

from graphfm.errors import DataError, GraphFMError
from graphfm.training.runs import checkpoints
from graphfm.training.runs.checkpoints import previous
from graphfm.training.runs.last_checkpoint import LastCheckpoint


def fit(trainer: L.Trainer, task: L.LightningModule, data: L.LightningDataModule) -> dict[str, float]:
    """Train to the end, from the last checkpoint where there is one; the last values of all that was logged.

    Args:
        trainer: of `quiet_trainer`.
        task: what to train.
        data: on what.

    Raises:
        Stopped: by a signal, after a checkpoint.
        DataError: the checkpoint is damaged, or of another run.
        GraphFMError: a loss or gradient that is not finite.
    """
    last = last_checkpoint(trainer)
    hint = f"Remove it, and {previous(last.path).name} beside it, to train anew."
    train(trainer, task, data, start=last.path if last.exists else None, hint=hint)
    return last.metrics(trainer)


def train(
    trainer: L.Trainer,
    task: L.LightningModule,
    data: L.LightningDataModule | None,
    *,
    start: Path | str | None,
    hint: str,
) -> None:
    """Train to the end, from a checkpoint where there is one to start from.

    Args:
        trainer: one of whose callbacks is a `LastCheckpoint`.
        task: what to train.
        data: on what.
        start: the checkpoint, or None.
        hint: what to do about one that cannot be taken up.

    Raises:
        Stopped, DataError, GraphFMError: as `fit`.
    """
    last = last_checkpoint(trainer)
    try:
        with last.interruption:
            trainer.fit(task, datamodule=data, ckpt_path=start, weights_only=True)
    except GraphFMError as error:
        if isinstance(error, DataError) and start and not last.started:
            raise DataError(error.found, expected=error.expected, hint=hint, path=error.path) from error
        raise
    except Exception as error:  # what Lightning and torch raise for values they cannot take
        if not start or last.started or isinstance(error, OSError):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        found, expected = (
            f"a checkpoint that this run cannot take up ({reason})",
            "one that the same command has written",
        )
        raise DataError(found, expected=expected, hint=hint, path=start) from error
    if last.interruption.signum is not None:
        last.stop()
    if isinstance(trainer.strategy.launcher, _MultiProcessingLauncher) and last.exists:
        # It was trained in processes that are gone; what callbacks knew there is in the last checkpoint.
        states = checkpoints.read(last.path)["callbacks"]
        for callback in trainer.callbacks:  # type: ignore[attr-defined]
            if callback.state_key in states:
                callback.load_state_dict(states[callback.state_key])


def last_checkpoint(trainer: L.Trainer) -> LastCheckpoint:
    """The callback that keeps what a stopped run goes on from."""
    return next(callback for callback in trainer.callbacks if isinstance(callback, LastCheckpoint))  # type: ignore[attr-defined]


def last_step(trainer: L.Trainer) -> int:
    """How many steps a training that has ended took, in whatever processes."""
    last = last_checkpoint(trainer)
    return max(int(trainer.global_step), last.step)
