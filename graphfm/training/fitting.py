"""The training of a run: taken up where it stopped, ended by its last step, a signal, or numbers that cannot be trusted."""

from __future__ import annotations

import lightning as L
from lightning.pytorch.strategies.launchers import _MultiProcessingLauncher

from graphfm.errors import DataError, GraphFMError
from graphfm.training import checkpoints
from graphfm.training.checkpoints import previous
from graphfm.training.last_checkpoint import LastCheckpoint


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
    last = next(callback for callback in trainer.callbacks if isinstance(callback, LastCheckpoint))  # type: ignore[attr-defined]
    resumes, hint = last.exists, f"Remove it, and {previous(last.path).name} beside it, to train anew."
    try:
        with last.interruption:
            trainer.fit(task, datamodule=data, ckpt_path=last.path if resumes else None, weights_only=True)
    except GraphFMError as error:
        if isinstance(error, DataError) and resumes and not last.started:
            raise DataError(error.found, expected=error.expected, hint=hint, path=error.path) from error
        raise
    except Exception as error:  # what Lightning and torch raise for values they cannot take
        if not resumes or last.started or isinstance(error, OSError):
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        found, expected = (
            f"a checkpoint that this run cannot take up ({reason})",
            "one that the same command has written",
        )
        raise DataError(found, expected=expected, hint=hint, path=last.path) from error
    if last.interruption.signum is not None:
        last.stop()
    if isinstance(trainer.strategy.launcher, _MultiProcessingLauncher) and last.exists:
        # It was trained in processes that are gone; what callbacks knew there is in the last checkpoint.
        states = checkpoints.read(last.path)["callbacks"]
        for callback in trainer.callbacks:  # type: ignore[attr-defined]
            if callback.state_key in states:
                callback.load_state_dict(states[callback.state_key])
    return last.metrics(trainer)


def last_step(trainer: L.Trainer) -> int:
    """How many steps a training that has ended took, in whatever processes."""
    last = next(callback for callback in trainer.callbacks if isinstance(callback, LastCheckpoint))  # type: ignore[attr-defined]
    return max(int(trainer.global_step), last.step)
