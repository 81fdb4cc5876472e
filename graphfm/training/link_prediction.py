"""One link prediction run in one folder: trained, resumed after a kill, ranked, never overwritten."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Literal

from lightning.pytorch.callbacks import EarlyStopping

from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.evaluation.link_ranks import selection
from graphfm.evaluation.links import judge
from graphfm.files import write_json
from graphfm.kg.calibration import Method
from graphfm.models import LinkModel
from graphfm.models.listing import fit_probabilities
from graphfm.models.opening import device
from graphfm.settings import Count, Seed, check, declared
from graphfm.training.links.link_data import LinkData
from graphfm.training.links.link_settings import make_task, normalised, setting_names
from graphfm.training.links.starting import Start
from graphfm.training.runs.best_weights import BestWeights
from graphfm.training.runs.fitting import fit, last_step
from graphfm.training.runs.going_on import early_stop, finished
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


def link_prediction(
    data: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    model: str = "rotate",
    init: str | os.PathLike[str] | LinkModel | None = None,
    epochs: Count = 100,
    val_every: Count = 1,
    patience: Count | None = None,
    keep: Literal["best", "last"] = "best",
    seed: Seed = 0,
    calibration: Method = "platt",
    progress: bool = True,
    accelerator: str = "auto",
    devices: Count = 1,
    num_nodes: Count = 1,
    strategy: str = "auto",
    logger: LoggerName = "csv",
    checkpoint_every: Count = 500,
    **settings: Any,
) -> LinkModel:
    """Train on a knowledge graph, rank its test triples, and write ``out/model.ckpt`` and ``out/result.json``.

    Called again with the same arguments it resumes a run that was killed, and returns a finished one at once; with more epochs
    it goes on where the run ended, as if all of them had been asked for. The result is in the model's card too.

    Args:
        data: a name of the catalogue, a folder, a file, a frame, or `Triples`.
        out: folder of the run; see `default_folder` for the one it has by default.
        model: name of a scorer or of a path reasoner, whatever its case: RotatE, ComplEx, RotH, MoKGR, ...
        init: a foundation model to start from, which then says what the model is: "default", "ultra-50g", a file. Its own
            validation is epoch 0: with ``keep="best"`` its weights stay where training does not beat them.
        epochs: of `steps_per_epoch` batches each.
        val_every: epochs between two validations.
        patience: validations without a better MRR after which training stops; never by default.
        keep: the weights of the best validation, or those of the last step. Without validation triples, the last.
        seed: of starting values, batches and negatives.
        calibration: "platt" or "isotonic", fitted on the validation triples.
        progress: show bars.
        accelerator, strategy: as Lightning's Trainer takes them.
        devices: processes on this machine. Several ask for as many batches at once, as if they were one of that size;
            a path reasoner takes out of the graph what its own process asks for.
        num_nodes: machines; how they find one another is told to Lightning by the environment (torchrun, SLURM).
        logger: beside the run's own CSV log, one of Lightning's, see `graphfm.training.runs.loggers`.
        checkpoint_every: steps between two checkpoints; there is one a minute at least.
        **settings: arguments of `graphfm.training.links.link_data.LinkData`; of the task that trains the model's family, such as
            `graphfm.training.links.kge_training.KGETraining`; and of the model itself, such as ``gamma`` or ``num_layers``.

    Raises:
        GraphFMError: `out` holds a run with other settings, or another process is at work there; or the loss is not finite.
        Stopped: a signal came; what was done is in a checkpoint.
        DataError: a set that cannot be read, a setting that does not exist.
    """
    machines: dict[str, Any] = {"devices": devices, "num_nodes": num_nodes, "strategy": strategy}
    run = {"epochs": epochs, "val_every": val_every, "patience": patience, "keep": keep, "calibration": calibration}
    check(link_prediction, {**run, "seed": seed, "checkpoint_every": checkpoint_every, "logger": logger, **machines})
    check_machine(device(accelerator), devices=devices, strategy=strategy, logger=logger)
    start = Start(init)
    model, settings = start.chosen(model, settings)
    folder = Path(out or default_folder(data, model=model, seed=seed, **settings))
    family, name, data_settings, task_settings = normalised(model, settings)
    loaded = LinkData(data, seed=seed, **data_settings)
    source = {"data": loaded.graph.name, "data_digest": loaded.graph.digest()}
    settled = {**source, "model": name, **run, "seed": seed, **data_settings, **task_settings, **start.card}
    if loaded.protocol is not None:
        settled["protocol"] = loaded.protocol
    if devices * num_nodes > 1:
        settled["processes"] = devices * num_nodes
    ranks = _ranks(loaded)
    validates = _validates(loaded, keep=keep, patience=patience, val_every=val_every, epochs=epochs)
    untrained = _untrained(loaded)
    if untrained and not family.new_relations:
        some = ", ".join(map(repr, untrained[:3])) + ", ..." * (len(untrained) > 3)
        log.warning(
            "Relations of %s without a training triple, of which nothing is learnt: %s.", loaded.graph.name, some
        )
    task = make_task(family, loaded, seed=seed, **task_settings)
    start.load(task)
    if loaded.graph.inference is not None and not family.new_entities(task.settings):
        raise DataError(
            f"{name} for {loaded.graph.name}, whose test entities are not those of training",
            expected="a model that reasons about new entities",
            hint="Use a path reasoner, such as mokgr, or give entities their texts: encoder=minilm.",
        )
    before = finished(folder, settled, what="link prediction", load=LinkModel.load)
    if before is not None:
        return before

    with claimed(
        folder, settled, what="link prediction", grows="epochs", task=task, step=task.step_size(loaded.batch_size)
    ):
        watch, best = Stopwatch(), BestWeights(folder / "best.ckpt", monitor="val_mrr")
        stopping = EarlyStopping("val_mrr", mode="max", patience=patience) if patience else None
        trainer = quiet_trainer(
            folder,
            epochs=epochs,
            progress=progress,
            accelerator=accelerator,
            precision="32-true",
            every=checkpoint_every,
            clip=None,
            val_every=val_every if validates else None,
            callbacks=[watch, best, *([stopping] if stopping else [])] if validates else [watch],
            logger=logger,
            **machines,
        )
        if validates:
            start.validate(trainer, task, loaded)
        fit(trainer, task, loaded)
        steps, (wall, cpu) = last_step(trainer), watch.seconds
        if keep == "best" and validates:
            task.load_state_dict(best.weights())
            start.compare(best)

        place = trainer.strategy.root_device
        card = {
            "data": loaded.graph.name,
            "model": name,
            "settings": settled,
            "parameters": sum(p.numel() for p in task.model.parameters()),
            "untrained_relations": untrained,
            **start.told,
            "steps": steps,
            "stopped_early": early_stop(trainer, stopping, best, keep=keep),
            "train_seconds": round(wall, 2),
            "train_cpu_seconds": round(cpu, 2),
            "hardware": hardware(place),
            "versions": versions(),
        }
        result = LinkModel(
            task.model.to(place),
            loaded.graph,
            kind=family,
            settings=task.settings,
            card=card,
            text_encoder=loaded.text_encoder if loaded.encoder_spec else None,
            trained=start.trained,
        )
        if not trainer.is_global_zero:  # the first process ranks and writes
            return result
        fit_probabilities(result, protocols.validation(loaded.graph, loaded.protocol), method=calibration)
        if ranks:
            asked: dict[str, Any] = {"relations": loaded.relations, "progress": progress, "protocol": loaded.protocol}
            card["result"] = judge(result, **asked)
            start.beside(result, card["result"], **asked)
        write_json(folder / "result.json", card)
        result.save(folder / "model.ckpt")
        return result


def default_folder(data: Any, *, model: str = "rotate", seed: int = 0, **settings: Any) -> Path:
    """Where a run goes that is given no folder: ``runs/DATA-MODEL-SEED``, with the protocol where one is named.

    >>> print(default_folder("umls", model="RotatE"), default_folder("wn18rr_v1", model="mokgr", protocol="R", seed=1))
    runs/umls-rotate-0 runs/wn18rr_v1-mokgr-r-1
    """
    name = Path(data).name if isinstance(data, str | os.PathLike) else getattr(data, "name", None)
    name = name if isinstance(name, str) else "triples"  # a frame may have a column of this name
    parts = [name, model, settings.get("protocol"), seed]
    return Path("runs") / "-".join(str(part) for part in parts if part is not None).replace("/", "-").lower()


def _ranks(data: LinkData) -> bool:
    """Whether there are test triples to rank.

    Raises:
        DataError: some, but none of the relations that are asked for: refused now rather than after the training.
    """
    judged = protocols.judged(data.graph, data.protocol)
    if not len(judged.test):
        log.warning("%s has no test triples: how well the model ranks is not measured.", data.graph.name)
        return False
    selection(judged, "test", relations=data.relations)
    return True


def _validates(data: LinkData, *, keep: str, patience: int | None, val_every: int, epochs: int) -> bool:
    """Whether there are triples to validate on.

    Raises:
        DataError: settings that need some, without any, or no validation before the end.
    """
    validates = len(data.val) > 0
    if keep == "best" and not validates:
        log.warning("%s has no validation triples: the weights of the last step are kept.", data.graph.name)
    if patience is not None and not validates:
        raise DataError(f"patience without validation triples in {data.graph.name}", expected="no patience")
    if validates and val_every > epochs:
        raise DataError(f"val_every={val_every} with {epochs} epochs", expected="at least one validation")
    return validates


def _untrained(data: LinkData) -> list[str]:
    """Relations that no triple of the training has."""
    trained = set(data.seen[:, 1].unique().tolist())
    return [name for r, name in enumerate(data.graph.relations) if r not in trained]


def run_setting_names(model: str) -> list[str]:
    """Names of all settings of `link_prediction` with this model, but where the run goes and whether bars are shown."""
    return [*(name for name in declared(link_prediction) if name not in ("out", "progress")), *setting_names(model)]
