"""One pretraining run in one folder: started once, resumed after a kill, never overwritten."""

from __future__ import annotations

import inspect
import json
import logging
import os
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only

from graphfm.errors import GraphFMError
from graphfm.files import write_json
from graphfm.model import GraphFM
from graphfm.tasks.corpora import Corpora
from graphfm.tasks.pretraining import Pretraining

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
    mixing: float = 0.5,
    exclude_overlap_with: Sequence[Any] = (),
    mmap: bool = False,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
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
        batch_size: targets a batch and process.
        fanout: sampled neighbours a hop.
        seed: of weights, batches and dropout.
        progress: show bars.
        accelerator: as Lightning's Trainer takes it.
        precision: as Lightning's Trainer takes it; ``auto`` is bf16-mixed on a GPU that has it, else full. The geometry
            stays in full precision whatever is said here.
        checkpoint_every: steps between two checkpoints.
        mixing: several sources are drawn in proportion to this power of their sizes: 0 equally often, 1 node by node.
        exclude_overlap_with: graphs, by name, folder or object, whose texts and near-duplicates of them are left out of the
            sources (`graphfm.tasks.overlap`).
        mmap: keep the text embeddings in half precision in files in place of memory.
        devices: processes on this machine. Several share each batch, as if it were one of as many times the size.
        num_nodes: machines; how they find one another is told to Lightning by the environment (torchrun, SLURM).
        strategy: as Lightning's Trainer takes it.
        **model: arguments of `graphfm.tasks.pretraining.Pretraining`.

    Raises:
        GraphFMError: `out` holds a run with other settings.
        DataError: a source that cannot be read.
    """
    folder = Path(out)
    settings = {
        "data": _names(data),
        "encoder": encoder,
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "batch_size": batch_size,
        "fanout": list(fanout),
        "seed": seed,
        "mixing": mixing,
        "exclude_overlap_with": _names(exclude_overlap_with),
        "mmap": mmap,
        "processes": devices * num_nodes,
        **model,
    }
    _check(folder, settings)
    if (folder / "model.ckpt").exists():
        log.warning("%s holds this run, finished; it is not trained again.", folder)
        return GraphFM.load(folder / "model.ckpt")

    corpora = Corpora(
        data,
        encoder=encoder,
        batch_size=batch_size,
        fanout=fanout,
        steps_per_epoch=steps_per_epoch,
        seed=seed,
        mixing=mixing,
        exclude_overlap_with=exclude_overlap_with,
        mmap=mmap,
    )
    corpora.setup()
    write_json(folder / "settings.json", settings)  # only now: a source that cannot be read leaves no trace
    task = Pretraining(corpora.text_dim, seed=seed, **model)
    last = folder / "last.ckpt"
    trainer = quiet_trainer(
        folder,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        progress=progress,
        accelerator=accelerator,
        precision=precision,
        every=checkpoint_every,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
    )
    trainer.fit(task, datamodule=corpora, ckpt_path=last if last.exists() else None, weights_only=True)
    if not trainer.state.finished or trainer.interrupted:
        raise GraphFMError(f"Pretraining stopped early. Run the same command again: it resumes from {last}.")

    card = {
        "sources": settings["data"],
        "settings": settings,
        "metrics": {name: float(value) for name, value in trainer.logged_metrics.items()},
        "versions": {name: version(name) for name in ("graphfm", "torch", "geoopt")},
    }
    result = GraphFM(task.encoder.cpu(), corpora.text_encoder, settings=task.settings, card=card)
    if trainer.is_global_zero:
        result.save(folder / "model.ckpt")
    return result


def _names(graphs: Sequence[Any]) -> list[str]:
    return [graph if isinstance(graph, str) else graph.name for graph in graphs]


def reports() -> bool:
    """Whether this process is the one of its run that speaks to people."""
    rank: int = getattr(rank_zero_only, "rank", 0)
    return rank == 0


def setting_names() -> list[str]:
    """Names of all settings of `pretrain`, those of the model included."""
    names = [*inspect.signature(pretrain).parameters, *inspect.signature(Pretraining).parameters]
    return [name for name in names if name not in ("data", "out", "model", "text_dim", "progress")]


def quiet_trainer(
    folder: Path,
    *,
    epochs: int,
    steps_per_epoch: int,
    progress: bool,
    accelerator: str,
    precision: str,
    every: int,
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
) -> L.Trainer:
    """Lightning's Trainer with our defaults: clipped gradients, CSV log, a checkpoint every few steps, no adverts."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # Batches are drawn in the training process on purpose: drawing one costs a few milliseconds.
    warnings.filterwarnings("ignore", ".*does not have many workers.*")
    warnings.filterwarnings("ignore", ".*LeafSpec.*")
    warnings.filterwarnings("ignore", ".*functional.all_gather is deprecated.*")  # called by Lightning
    warnings.filterwarnings("ignore", ".*Checkpoint directory .* exists and is not empty.*")
    callbacks: list[Callback] = [
        ModelCheckpoint(dirpath=folder, filename="last", every_n_train_steps=every, enable_version_counter=False)
    ]
    if progress:
        callbacks.append(RichProgressBar(leave=False))
    loggers: list[Logger] = [CSVLogger(folder, name="", version="log")]
    if find_spec("tensorboard"):  # the extra graphfm[tensorboard]
        loggers.append(TensorBoardLogger(folder, name="", version="tensorboard"))
    return L.Trainer(
        default_root_dir=folder,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        use_distributed_sampler=False,  # each process draws its own part of a batch
        precision=_precision(accelerator) if precision == "auto" else precision,  # type: ignore[arg-type]
        max_epochs=epochs,
        gradient_clip_val=1.0,
        callbacks=callbacks,
        logger=loggers,
        enable_progress_bar=progress,
        enable_model_summary=False,
        log_every_n_steps=min(10, steps_per_epoch),
        num_sanity_val_steps=0,
    )


def _precision(accelerator: str) -> str:
    gpu = accelerator != "cpu" and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bf16-mixed" if gpu else "32-true"


def _check(folder: Path, settings: dict[str, Any]) -> None:
    """Refuse a folder that holds something else than this run."""
    path = folder / "settings.json"
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8")) != json.loads(json.dumps(settings)):
            raise GraphFMError(
                f"{folder} holds a run with other settings (see settings.json there). Give another --out, or remove the folder."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise GraphFMError(f"{folder} exists and is no pretraining run. Give another --out; nothing was changed.")
