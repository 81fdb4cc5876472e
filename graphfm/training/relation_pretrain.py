"""One pretraining run on knowledge graphs in one folder: started once, resumed after a kill, never overwritten."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from graphfm.datasets.triples.fingerprints import fingerprints
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import unknown_setting
from graphfm.evaluation.on_sources import on_sources
from graphfm.kg.relations.graph_parts import Recipe
from graphfm.kg.relations.universal import UniversalReasoner
from graphfm.models import LinkModel
from graphfm.models.families.foundation import FOUNDATION
from graphfm.models.opening import device
from graphfm.settings import Count, NotNegative, Number, Positive, Seed, Share, check
from graphfm.training.links.link_corpora import LinkCorpora, read
from graphfm.training.links.relation_training import RelationTraining
from graphfm.training.runs.fitting import fit
from graphfm.training.runs.going_on import finished
from graphfm.training.runs.loggers import LoggerName
from graphfm.training.runs.run_folder import (
    Stopwatch,
    check_machine,
    claimed,
    hardware,
    quiet_trainer,
    versions,
)

log = logging.getLogger(__name__)


def pretrain_links(
    data: Sequence[Any],
    *,
    out: str | os.PathLike[str],
    epochs: Count = 10,
    steps_per_epoch: Count = 300,
    relations: Count = 4,
    queries: Count = 16,
    lr: Positive = 1e-3,
    seed: Seed = 0,
    mixing: NotNegative = 0.5,
    synthetic: Share = 0.2,
    max_facts: Count = 24_000,
    val_triples: Number = 50,
    progress: bool = True,
    accelerator: str = "auto",
    precision: str = "32-true",
    checkpoint_every: Count = 100,
    devices: Count = 1,
    num_nodes: Count = 1,
    strategy: str = "auto",
    logger: LoggerName = "csv",
    **model: Any,
) -> LinkModel:
    """Pretrain the universal reasoner on the training triples of knowledge graphs and write ``out/model.ckpt``.

    Its answers need no training on a graph: ``LinkModel.load(out).on(graph)``. The last weights are kept, which is what the
    learning rate ends in; nothing is chosen by what is ranked along the way. Called again with the same arguments it resumes a
    run that was killed, exactly, and returns a finished one at once; with more epochs than that it goes on, see `pretrain`.

    Args:
        data: names of the catalogue, folders, or `Triples`; of an inductive set, its training graph.
        out: folder of the run.
        epochs: passes of `steps_per_epoch` batches.
        steps_per_epoch: batches an epoch, each about one part of one graph.
        relations: relations asked for in a batch; their queries share a look at the relation graph.
        queries: queries about each of them, at most.
        lr: peak learning rate.
        seed: of weights, parts, batches and noise.
        mixing: graphs are drawn in proportion to this power of their facts: 0 equally often, 1 fact by fact.
        synthetic: share of the parts that are made up, with rules or classes to find out.
        max_facts: facts of a part of a graph, at most; one in twenty of it at least, evenly in the logarithm.
        val_triples: validation triples of each graph that are ranked on its training graph after an epoch, at most; at the end
            with the weighing of a real question and beside the frequency of answers (``card["held_out"]``).
        progress: show bars.
        accelerator, precision, devices, num_nodes, strategy: as Lightning's Trainer takes them.
        logger: see `graphfm.training.runs.loggers`.
        checkpoint_every: steps between two checkpoints; there is one a minute at least.
        **model: arguments of `graphfm.kg.relations.universal.UniversalReasoner`, such as ``channels=64``.

    Raises:
        GraphFMError: `out` holds a run with other settings.
        DataError: a source that cannot be read, no sources, or settings that do not exist or fit.
    """
    known = inspect.signature(UniversalReasoner).parameters
    for name in model:
        if name not in known:
            raise unknown_setting(name, [*known, *inspect.signature(pretrain_links).parameters], of="pretrain")
    model = {"pairs": True} | model  # not the default of the class: models of before read none
    run: dict[str, Any] = {
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "relations": relations,
        "queries": queries,
        "lr": lr,
        "seed": seed,
        "mixing": mixing,
        "synthetic": synthetic,
        "max_facts": max_facts,
    }
    machines = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy, "logger": logger}
    further = {"val_triples": val_triples, "precision": precision, "checkpoint_every": checkpoint_every}
    check(pretrain_links, {**run, **further, **machines})
    check(UniversalReasoner, model)
    folder, graphs = Path(out), read(data)
    settings: dict[str, Any] = {
        "data": [graph.name for graph in graphs],
        "data_digest": [graph.digest() for graph in graphs],
        **run,
        "processes": devices * num_nodes,
        **model,
    }
    check_machine(device(accelerator), devices=devices, strategy=strategy, logger=logger)
    before = finished(folder, settings, what="pretraining", load=LinkModel.load, falls=True)
    if before is not None:
        return before
    corpora = LinkCorpora(
        graphs,
        steps_per_epoch=steps_per_epoch,
        seed=seed,
        mixing=mixing,
        synthetic=synthetic,
        recipe=Recipe(max_facts=max_facts),
        relations=relations,
        queries=queries,
        val_triples=val_triples,
    )
    task, watch = RelationTraining(model=model, lr=lr, seed=seed), Stopwatch()
    with claimed(
        folder, settings, what="pretraining", grows="epochs", task=task
    ):  # only now: what can be refused leaves no trace
        trainer = quiet_trainer(
            folder,
            epochs=epochs,
            progress=progress,
            accelerator=accelerator,
            precision=precision,
            every=checkpoint_every,
            callbacks=[watch],
            devices=devices,
            num_nodes=num_nodes,
            strategy=strategy,
            logger=logger,
        )
        metrics = fit(trainer, task, corpora)
        wall, cpu = watch.seconds
        card = {
            "model": "universal",
            "sources": settings["data"],
            "settings": settings,
            "steps": epochs * steps_per_epoch,
            "queries_asked": int(task.asked),
            "metrics": metrics,
            "seconds": {"wall": round(wall, 1), "cpu": round(cpu, 1)},
            "hardware": hardware(task.device),
            "versions": versions(),
        }
        result = LinkModel(
            task.model.cpu(),
            Triples("", [], []),  # it belongs to no graph
            kind=FOUNDATION,
            settings={"network": "universal", "network_options": task.settings},
            card=card,
            trained=torch.cat([fingerprints(graph, graph.train) for graph in graphs]).unique(),
        )
        if trainer.is_global_zero:
            card["held_out"] = on_sources(result, corpora.held(), progress=progress)
            result.save(folder / "model.ckpt")
    return result


def link_setting_names() -> list[str]:
    """Names of the settings of `pretrain_links`, those of the model included."""
    names = [*inspect.signature(pretrain_links).parameters, *inspect.signature(UniversalReasoner).parameters]
    return [name for name in names if name not in ("data", "out", "model", "progress")]
