"""One pretraining run in one folder: started once, resumed after a kill, never overwritten."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphfm.errors import GraphFMError
from graphfm.model import GraphFM
from graphfm.tasks.corpora import Corpora
from graphfm.tasks.pretraining import Pretraining
from graphfm.tasks.run_folder import check, claim, quiet_trainer, versions

log = logging.getLogger(__name__)


def pretrain(
    data: Sequence[Any],
    *,
    out: str | os.PathLike[str],
    encoder: str = "minilm",
    epochs: int = 10,
    steps_per_epoch: int = 100,
    batch_size: int = 256,
    fanout: Sequence[int] = (10, 5),
    seed: int = 0,
    progress: bool = True,
    accelerator: str = "auto",
    precision: str = "auto",
    checkpoint_every: int = 50,
    **model: Any,
) -> GraphFM:
    """Pretrain on text graphs and write ``out/model.ckpt``, with ``metrics.csv`` and a checkpoint to resume from beside it.

    Called again with the same arguments it resumes a run that was killed, and returns a finished one at once.

    Args:
        data: names of the catalogue, folders, or `TextGraph` objects.
        out: folder of the run.
        encoder: text encoder, as `graphfm.text.load_encoder` takes it.
        epochs: passes of `steps_per_epoch` batches.
        steps_per_epoch: batches an epoch.
        batch_size: targets a batch.
        fanout: sampled neighbours a hop.
        seed: of weights, batches and dropout.
        progress: show bars.
        accelerator: as Lightning's Trainer takes it.
        precision: as Lightning's Trainer takes it; ``auto`` is bf16-mixed on a GPU that has it, else full. The geometry
            stays in full precision whatever is said here.
        checkpoint_every: steps between two checkpoints.
        **model: arguments of `graphfm.tasks.pretraining.Pretraining`.

    Raises:
        GraphFMError: `out` holds a run with other settings.
        DataError: a source that cannot be read.
    """
    folder = Path(out)
    settings = {
        "data": [source if isinstance(source, str) else source.name for source in data],
        "encoder": encoder,
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "batch_size": batch_size,
        "fanout": list(fanout),
        "seed": seed,
        **model,
    }
    check(folder, settings, what="pretraining")
    if (folder / "model.ckpt").exists():
        log.warning("%s holds this run, finished; it is not trained again.", folder)
        return GraphFM.load(folder / "model.ckpt")

    corpora = Corpora(
        data, encoder=encoder, batch_size=batch_size, fanout=fanout, steps_per_epoch=steps_per_epoch, seed=seed
    )
    corpora.setup()
    claim(folder, settings, what="pretraining")  # only now: a source that cannot be read leaves no trace
    task = Pretraining(corpora.text_encoder.dim, seed=seed, **model)
    last = folder / "last.ckpt"
    trainer = quiet_trainer(
        folder,
        epochs=epochs,
        progress=progress,
        accelerator=accelerator,
        precision=precision,
        every=checkpoint_every,
    )
    trainer.fit(task, datamodule=corpora, ckpt_path=last if last.exists() else None, weights_only=True)
    if not trainer.state.finished or trainer.interrupted:
        raise GraphFMError(f"Pretraining stopped early. Run the same command again: it resumes from {last}.")

    card = {
        "sources": settings["data"],
        "settings": settings,
        "metrics": {name: float(value) for name, value in trainer.logged_metrics.items()},
        "versions": versions("geoopt"),
    }
    result = GraphFM(task.encoder.cpu(), corpora.text_encoder, settings=task.settings, card=card)
    result.save(folder / "model.ckpt")
    return result


def setting_names() -> list[str]:
    """Names of all settings of `pretrain`, those of the model included."""
    names = [*inspect.signature(pretrain).parameters, *inspect.signature(Pretraining).parameters]
    return [name for name in names if name not in ("data", "out", "model", "text_dim", "progress")]
