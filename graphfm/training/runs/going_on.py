"""A run that was finished before: kept as it is, or trained further; and one that stopped early, said in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import lightning as L
from lightning.pytorch.callbacks import EarlyStopping

from graphfm.files import read_json
from graphfm.models.graph_model import GraphFM
from graphfm.models.link_model import LinkModel
from graphfm.training.runs.best_weights import BestWeights
from graphfm.training.runs.run_folder import check

log = logging.getLogger(__name__)


Model = TypeVar("Model", GraphFM, LinkModel)


def finished(
    folder: Path, settings: dict[str, Any], *, what: str, load: Callable[[Path], Model], falls: bool = False
) -> Model | None:
    """The model of a run that has been trained for as many epochs as are asked for; None where there is something left to do.

    Args:
        folder: of the run.
        settings: all that decides its result.
        what: the kind of run, for messages.
        load: reads the model.
        falls: whether the learning rate falls to nothing at the last epoch, wherever that is.

    Raises:
        GraphFMError: the folder holds another run, or a longer one.
    """
    check(folder, settings, what=what, grows="epochs")
    asked = settings["epochs"]
    path, kept = folder / "model.ckpt", folder / "settings.json"
    if not path.exists():
        if falls and kept.is_file() and (begun := read_json(kept)["epochs"]) < asked:
            log.warning(
                "%s was begun with the rate of a run of %d epochs; it goes on with that of %d.", folder, begun, asked
            )
        return None
    model = load(path)
    done = model.card["settings"]["epochs"]
    if done >= asked:
        log.warning("%s holds this run, finished; it is not trained again.", folder)
        return model
    if model.card.get("stopped_early"):
        log.warning(
            "%s %s More epochs would change nothing: give a larger patience, or none, and another --out.",
            folder,
            model.card["stopped_early"],
        )
        return model
    log.warning("%s holds this run, finished after %d epochs; it goes on to %d.", folder, done, asked)
    if falls:
        log.warning(
            "Its rate had fallen to nothing after %d epochs and rises to where it is then in a run of %d: what such a run "
            "gives from the beginning would differ.",
            done,
            asked,
        )
    if settings.get("schedule") == "halfway":
        log.warning(
            "Its rate fell after half of %d epochs and stays there: a run of %d epochs from the beginning would differ.",
            done,
            asked,
        )
    return None


def early_stop(trainer: L.Trainer, stopping: EarlyStopping | None, best: BestWeights, *, keep: str) -> str | None:
    """Why a run ended before its last epoch, as a sentence; None for one that did not.

    Args:
        trainer: of the run, at its end.
        stopping: what may have stopped it.
        best: of its validations.
        keep: "best" or "last", the weights that are kept.
    """
    if stopping is None or not stopping.stopped_epoch:
        return None
    batches = int(trainer.num_training_batches)
    value, step = best.best["value"], best.best["step"]
    whose = "whose weights are kept" if keep == "best" else "but the weights of the last step are kept, as asked"
    count = f"{stopping.patience} validations in a row were" if stopping.patience > 1 else "one validation was"
    return (
        f"stopped early, after epoch {stopping.stopped_epoch + 1} of {trainer.max_epochs}: {count} no better than the best, "
        f"MRR {value:.3f} after epoch {step // batches}, {whose}."
    )
