"""One pretraining run in one folder: started once, resumed after a kill, never overwritten."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.errors import DataError, unknown_setting
from graphfm.models.graph_model import GraphFM
from graphfm.training.corpora import Corpora, read
from graphfm.training.fitting import fit
from graphfm.training.learning import check_corpora, check_learned
from graphfm.training.pretraining import Pretraining
from graphfm.training.run_folder import check, claimed, quiet_trainer, versions

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
            sources (`graphfm.evaluation.overlap`).
        mmap: keep the text embeddings in half precision in files in place of memory.
        devices: processes on this machine. Several share each batch, as if it were one of as many times the size.
        num_nodes: machines; how they find one another is told to Lightning by the environment (torchrun, SLURM).
        strategy: as Lightning's Trainer takes it.
        **model: arguments of `graphfm.training.pretraining.Pretraining`.

    Raises:
        GraphFMError: `out` holds a run with other settings, or another process is at work there; or the loss is not finite,
            or the run learned nothing or diverged.
        Stopped: a signal came; what was done is in a checkpoint.
        DataError: a source that cannot be read, no sources, or settings that do not exist or fit.
    """
    folder = Path(out)
    sources, excluded = read(data), read(exclude_overlap_with)
    if not sources:
        raise DataError("no graphs", expected="at least one to pretrain on")
    unknown = [name for name in model if name not in setting_names()]
    if unknown:
        raise unknown_setting(unknown[0], setting_names(), of="pretrain")
    settings = {
        "data": [graph.name for graph in sources],
        "data_digest": [_digest(graph) for graph in sources],
        "encoder": encoder,
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "batch_size": batch_size,
        "fanout": list(fanout),
        "seed": seed,
        "mixing": mixing,
        "exclude_overlap_with": [graph.name for graph in excluded],
        "exclude_digest": [_digest(graph) for graph in excluded],
        "mmap": mmap,
        "processes": devices * num_nodes,
        **model,
    }
    check(folder, settings, what="pretraining")
    if (folder / "model.ckpt").exists():
        log.warning("%s holds this run, finished; it is not trained again.", folder)
        return GraphFM.load(folder / "model.ckpt")

    corpora = Corpora(
        sources,
        encoder=encoder,
        batch_size=batch_size,
        fanout=fanout,
        steps_per_epoch=steps_per_epoch,
        seed=seed,
        mixing=mixing,
        exclude_overlap_with=excluded,
        mmap=mmap,
    )
    corpora.setup()
    check_corpora(corpora.corpora)
    try:
        task = Pretraining(corpora.text_dim, seed=seed, **model)
    except (TypeError, ValueError) as error:
        raise DataError(f"settings of which no model can be made ({error})", expected="those of Pretraining") from error
    with claimed(folder, settings, what="pretraining"):  # only now: what can be refused leaves no trace
        trainer = quiet_trainer(
            folder,
            epochs=epochs,
            progress=progress,
            accelerator=accelerator,
            precision=precision,
            every=checkpoint_every,
            devices=devices,
            num_nodes=num_nodes,
            strategy=strategy,
        )
        metrics = fit(trainer, task, corpora)
        check_learned(metrics, steps=epochs * steps_per_epoch)
        card = {
            "sources": settings["data"],
            "settings": settings,
            "metrics": metrics,
            "versions": versions("geoopt"),
        }
        result = GraphFM(task.encoder.cpu(), corpora.text_encoder, settings=task.settings, card=card)
        if trainer.is_global_zero:
            result.save(folder / "model.ckpt")
    return result


def _digest(graph: Any) -> str | None:
    """Of a text graph; a corpus made ready has none."""
    return graph.digest() if isinstance(graph, TextGraph) else None


def setting_names() -> list[str]:
    """Names of all settings of `pretrain`, those of the model included."""
    names = [*inspect.signature(pretrain).parameters, *inspect.signature(Pretraining).parameters]
    return [name for name in names if name not in ("data", "out", "model", "text_dim", "progress")]
