"""One pretraining run in one folder: started once, resumed after a kill, never overwritten."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from lightning.pytorch.utilities.exceptions import MisconfigurationException

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError, unknown_setting
from graphfm.models import LinkModel
from graphfm.models.graph_model import GraphFM
from graphfm.models.opening import device
from graphfm.settings import AtLeast, Count, Seed
from graphfm.settings import check as check_settings
from graphfm.training.relation_pretrain import link_setting_names, pretrain_links
from graphfm.training.runs.fitting import fit
from graphfm.training.runs.going_on import finished
from graphfm.training.runs.loggers import LoggerName
from graphfm.training.runs.run_folder import check_machine, claimed, quiet_trainer, versions
from graphfm.training.text_graphs.learning import check_corpora, check_learned
from graphfm.training.text_graphs.pretraining import Pretraining
from graphfm.training.text_graphs.text_graph_data import Corpora, read

log = logging.getLogger(__name__)

Precision = Literal[
    "auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true", "32", "16", "bf16", "64"
]


def pretrain(
    data: Sequence[Any],
    *,
    out: str | os.PathLike[str],
    encoder: str = "minilm",
    epochs: Count = 10,
    steps_per_epoch: Count = 100,
    batch_size: Annotated[int, AtLeast(2)] = 256,
    fanout: Sequence[Count] = (10, 5),
    seed: Seed = 0,
    progress: bool = True,
    accelerator: str = "auto",
    precision: Precision = "auto",
    checkpoint_every: Count = 50,
    mixing: float = 0.5,
    exclude_overlap_with: Sequence[Any] = (),
    mmap: bool = False,
    devices: Count = 1,
    num_nodes: Count = 1,
    strategy: str = "auto",
    logger: LoggerName = "csv",
    **model: Any,
) -> GraphFM | LinkModel | Pretrained:
    """Pretrain on graphs and write ``out/model.ckpt``, with ``metrics.csv`` and a checkpoint to resume from beside it.

    Text graphs make a model of text graphs, knowledge graphs one of links on any knowledge graph; both at once, one of
    each, in ``out/texts`` and ``out/links``. Called again it resumes a run that was killed, and returns a finished one. With
    more epochs a finished one goes on: the rate, which had fallen to nothing, rises to where a run of so many epochs has it
    then, so that the result is near that of such a run, but not the same.

    Args:
        data: names of the catalogue, folders, `TextGraph` or `Triples` objects. A name that stands for both is a text graph.
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
        checkpoint_every: steps between two checkpoints; there is one a minute at least.
        mixing: several sources are drawn in proportion to this power of their sizes: 0 equally often, 1 node by node.
        exclude_overlap_with: graphs, by name, folder or object, whose texts and near-duplicates of them are left out of the
            sources (`graphfm.evaluation.overlap`).
        mmap: keep the text embeddings in half precision in files in place of memory.
        devices: processes on this machine. Several share each batch, as if it were one of as many times the size.
        num_nodes: machines; how they find one another is told to Lightning by the environment (torchrun, SLURM).
        strategy: as Lightning's Trainer takes it.
        logger: beside the run's own CSV log, one of Lightning's, see `graphfm.training.runs.loggers`.
        **model: arguments of `graphfm.training.text_graphs.pretraining.Pretraining`; with knowledge graphs, those of
            `graphfm.training.relation_pretrain.pretrain_links`, such as ``synthetic`` or ``channels``. Of the arguments above,
            knowledge graphs go by seed, mixing, epochs and steps and by those of the machine.

    Raises:
        GraphFMError: `out` holds a run with other settings, or another process is at work there; or the loss is not finite,
            or the run learned nothing or diverged.
        Stopped: a signal came; what was done is in a checkpoint.
        DataError: a source that cannot be read, no sources, or settings that do not exist or fit.
    """
    texts, links = by_kind(data)
    if links and texts and (unknown := {*model} - {*setting_names()}):  # before the first of two long runs
        raise unknown_setting(min(unknown), setting_names(), of="pretrain")
    if links:
        machine: dict[str, Any] = {
            "progress": progress,
            "accelerator": accelerator,
            "devices": devices,
            "num_nodes": num_nodes,
            "logger": logger,
        }
        shared: dict[str, Any] = {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "seed": seed, "mixing": mixing}
        shared |= {"checkpoint_every": checkpoint_every, "strategy": strategy, **machine}
        own, of_texts = link_setting_names(), _text_setting_names()
        of_links = {name: value for name, value in model.items() if name in own or not texts}
        linked = pretrain_links(links, out=Path(out) / "links" if texts else out, **shared, **of_links)
        if not texts:
            return linked
        model = {name: value for name, value in model.items() if name not in own or name in of_texts}
        data, out = texts, Path(out) / "texts"
    result = _pretrain_texts(
        data,
        out=out,
        encoder=encoder,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        fanout=fanout,
        seed=seed,
        progress=progress,
        accelerator=accelerator,
        precision=precision,
        checkpoint_every=checkpoint_every,
        mixing=mixing,
        exclude_overlap_with=exclude_overlap_with,
        mmap=mmap,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        logger=logger,
        **model,
    )
    return Pretrained(result, linked) if links else result


class Pretrained(NamedTuple):
    """What `pretrain` made of graphs of both kinds."""

    texts: GraphFM
    links: LinkModel


def by_kind(data: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Sources that are text graphs, and those that are knowledge graphs.

    Raises:
        DataError: one name in place of a list.
    """
    from graphfm.datasets import catalog
    from graphfm.datasets.loading import is_knowledge_graph

    if isinstance(data, str | os.PathLike):
        raise DataError(f"{os.fspath(data)!r}", expected="a list of graphs", hint=f"Write [{os.fspath(data)!r}].")

    def links(source: Any) -> bool:
        if not isinstance(source, str | os.PathLike):
            return isinstance(source, Triples)
        named = source in catalog.names("kg") and source not in catalog.names("tag")
        return named or is_knowledge_graph(source)

    found: tuple[list[Any], list[Any]] = ([], [])
    for source in data:
        found[links(source)].append(source)
    return found


def _pretrain_texts(
    data: Sequence[Any],
    *,
    out: str | os.PathLike[str],
    encoder: str,
    epochs: int,
    steps_per_epoch: int,
    batch_size: int,
    fanout: Sequence[int],
    seed: int,
    progress: bool,
    accelerator: str,
    precision: str,
    checkpoint_every: int,
    mixing: float,
    exclude_overlap_with: Sequence[Any],
    mmap: bool,
    devices: int,
    num_nodes: int,
    strategy: str,
    logger: LoggerName,
    **model: Any,
) -> GraphFM:
    """`pretrain` on text graphs alone."""
    run = {
        "encoder": encoder,
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "batch_size": batch_size,
        "fanout": list(fanout),
        "seed": seed,
        "mixing": mixing,
    }
    machines: dict[str, Any] = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy, "logger": logger}
    machines["precision"] = precision
    check_settings(pretrain, {**run, **machines, "mmap": mmap, "checkpoint_every": checkpoint_every})
    check_settings(Pretraining, model)
    if not fanout:
        raise DataError("fanout=[]", expected="at least one number of neighbours, one a hop")
    check_machine(device(accelerator), devices=devices, strategy=strategy, logger=logger)
    folder = Path(out)
    sources, excluded = read(data), read(exclude_overlap_with)
    if not sources:
        raise DataError("no graphs", expected="at least one to pretrain on")
    unknown = [name for name in model if name not in _text_setting_names()]
    if unknown:
        raise unknown_setting(unknown[0], _text_setting_names(), of="pretrain")
    settings = {
        "data": [graph.name for graph in sources],
        "data_digest": [_digest(graph) for graph in sources],
        **run,
        "exclude_overlap_with": [graph.name for graph in excluded],
        "exclude_digest": [_digest(graph) for graph in excluded],
        "mmap": mmap,
        "processes": devices * num_nodes,
        **model,
    }
    before = finished(folder, settings, what="pretraining", load=GraphFM.load, falls=True)
    if before is not None:
        return before

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
        found = f"settings of which no model can be made ({error})"
        raise error if isinstance(error, DataError) else DataError(found, expected="those of Pretraining") from error
    try:
        trainer = quiet_trainer(
            folder,
            epochs=epochs,
            progress=progress,
            accelerator=accelerator,
            every=checkpoint_every,
            **machines,
        )
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise DataError(f"settings that Lightning refuses ({error})", expected="those of its Trainer") from error
    with claimed(
        folder, settings, what="pretraining", grows="epochs", task=task
    ):  # only now: what can be refused leaves no trace
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
    """Names of all settings of `pretrain`, those of both kinds of models included."""
    return list(dict.fromkeys([*_text_setting_names(), *link_setting_names()]))


def _text_setting_names() -> list[str]:
    names = [*inspect.signature(pretrain).parameters, *inspect.signature(Pretraining).parameters]
    return [name for name in names if name not in ("data", "out", "model", "text_dim", "progress")]
