"""What every run shares: a folder that is claimed once and never overwritten, and a quiet trainer that checkpoints into it."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightning as L
import torch
from filelock import FileLock, Timeout
from lightning.pytorch.callbacks import Callback, RichProgressBar
from lightning.pytorch.strategies import StrategyRegistry
from lightning.pytorch.utilities import rank_zero_only

from graphfm.durable import is_temporary, make_folder, remove_leftovers, target_of
from graphfm.errors import DataError, GraphFMError, did_you_mean
from graphfm.files import read_json, write_json
from graphfm.progress import on_terminal
from graphfm.training.runs.checkpoints import SafeCheckpoints, check_run_fits
from graphfm.training.runs.finite import FiniteTraining
from graphfm.training.runs.last_checkpoint import LastCheckpoint
from graphfm.training.runs.loggers import check_logger, make_loggers
from graphfm.training.runs.training_lines import TrainingLines

log = logging.getLogger(__name__)

LOCK, OWNER = ".lock", ".owner.json"


def check(folder: Path, settings: dict[str, Any], *, what: str, grows: str | None = None) -> None:
    """Refuse a folder that holds something else than this run; nothing is written.

    Args:
        folder: of the run.
        settings: all that decides its result, as plain values.
        what: the kind of run, for the message.
        grows: the setting that may be larger than it was, since a run can go on from there, such as "epochs".

    Raises:
        GraphFMError: the folder holds another run, or something else.
    """
    path = folder / "settings.json"
    if path.is_file():
        there, here = read_json(path), json.loads(json.dumps(settings, default=str))
        if not isinstance(there, dict):
            hint = "Give another --out, or remove the folder."
            raise DataError(f"a {type(there).__name__}", expected="the settings of a run", path=path, hint=hint)
        if grows is not None and type(there.get(grows)) is int:  # of a damaged file the difference is named below
            if there[grows] > here[grows]:
                raise GraphFMError(
                    f"{folder} holds this run with {grows} {there[grows]}, and {here[grows]} are asked for: what was learnt "
                    f"cannot be unlearnt. Give another --out for a shorter run, or --{grows} {there[grows]} or more to go on."
                )
            there = there | {grows: here[grows]}
        differ = [name for name in {**there, **here} if there.get(name) != here.get(name)]
        if differ:
            some = ", ".join(f"{name} is {there.get(name)!r} there, {here.get(name)!r} here" for name in differ[:3])
            raise GraphFMError(
                f"{folder} holds a run with other settings ({some}). Give another --out, or remove the folder."
            )
    elif folder.exists() and not folder.is_dir():
        raise GraphFMError(f"{folder} is a file. Give another --out; nothing was changed.")
    elif folder.exists() and not all(_of_a_beginning(entry.name) for entry in folder.iterdir()):
        raise GraphFMError(f"{folder} exists and is no {what} run. Give another --out; nothing was changed.")


def _of_a_beginning(name: str) -> bool:
    """Whether a file is one that a run killed in its first milliseconds leaves."""
    return name in (LOCK, OWNER) or is_temporary(name)


@contextmanager
def claimed(
    folder: Path,
    settings: dict[str, Any],
    *,
    what: str,
    grows: str | None = None,
    task: L.LightningModule | None = None,
    step: int = 0,
) -> Iterator[None]:
    """`check`, `check_run_fits`, then write the settings and keep other processes out: call it once all input was read.

    Raises:
        GraphFMError: see `check` and `check_run_fits`; or another process is at work there.
    """
    check(folder, settings, what=what, grows=grows)
    if task is not None:
        check_run_fits(folder, task, step=step)
    if not reports():  # of several processes of one run, the first one owns the folder
        yield
        return
    make_folder(folder)
    with _owned(folder):
        check(folder, settings, what=what, grows=grows)
        for name in {target_of(path) for path in folder.iterdir() if is_temporary(path.name)}:
            remove_leftovers(name)
        write_json(folder / "settings.json", settings)
        yield
        for path in folder.glob("*.previous.ckpt"):  # the run has ended well
            path.unlink()


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """The only process in a folder; the system lets go when a process dies, however it dies."""
    lock, owner = FileLock(folder / LOCK), folder / OWNER
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise GraphFMError(
            f"{folder} is in use by {_named(owner)}. Wait for its end, or give another --out; nothing was changed."
        ) from error
    except (NotImplementedError, OSError) as error:
        log.warning("%s cannot be locked (%s): start no second run there.", folder, error)
        yield
        return
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        write_json(owner, {"process": os.getpid(), "machine": platform.node(), "since": since})
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _named(owner: Path) -> str:
    """Who holds a folder, as far as it can be told."""
    try:
        who = read_json(owner)
        return f"process {who['process']} on {who['machine']}, since {who['since']}"
    except (GraphFMError, KeyError, TypeError):
        return "another process"


def check_machine(where: str, *, devices: int, strategy: str, logger: str) -> None:
    """Refuse what this machine does not have, before any work.

    Args:
        where: "cpu" or another device, as `graphfm.models.opening.device` gives it.
        devices: processes that are asked for.
        strategy: of Lightning, by its name.
        logger: see `graphfm.training.runs.loggers`.

    Raises:
        DataError: more processes than processors, an unknown strategy, or a logger without its package.
    """
    known = ["auto", *StrategyRegistry.available_strategies()]
    if strategy not in known:
        hint = did_you_mean(str(strategy), known) or f"There are: {', '.join(known)}."
        raise DataError(f"strategy={strategy!r}", expected="one of Lightning's", hint=hint)
    if where == "cpu" and devices > (os.cpu_count() or 1):
        raise DataError(f"devices={devices}", expected=f"at most {os.cpu_count()}, the processors of this machine")
    check_logger(logger)


def quiet_trainer(
    folder: Path,
    *,
    epochs: int,
    progress: bool,
    accelerator: str,
    precision: str,
    every: int,
    clip: float | None = 1.0,
    val_every: int | None = 1,
    callbacks: Sequence[Callback] = (),
    devices: int = 1,
    num_nodes: int = 1,
    strategy: str = "auto",
    logger: str = "csv",
) -> L.Trainer:
    """Lightning's Trainer with our defaults: CSV log, a checkpoint every few steps, no adverts.

    Args:
        folder: of the run; ``last.ckpt`` in it is what a killed run resumes from.
        epochs: epochs of the data module's length.
        progress: show bars.
        accelerator: as Lightning's Trainer takes it.
        precision: as Lightning's Trainer takes it, or ``auto``: bf16-mixed on a GPU that has it, else full.
        every: steps between two checkpoints.
        clip: norm to which gradients are clipped, or None.
        val_every: epochs between two validations; None for no validation.
        callbacks: further ones.
        devices: processes on this machine.
        num_nodes: machines.
        strategy: as Lightning's Trainer takes it.
        logger: see `graphfm.training.runs.loggers`.

    Raises:
        DataError: a logger whose package is missing.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # Batches are drawn in the training process on purpose: drawing one costs a few milliseconds.
    warnings.filterwarnings("ignore", ".*does not have many workers.*")
    warnings.filterwarnings("ignore", ".*LeafSpec.*")
    warnings.filterwarnings("ignore", ".*Total length of `DataLoader`.*")  # a small graph may hold out no target
    warnings.filterwarnings("ignore", ".*functional.all_gather is deprecated.*")  # called by Lightning
    warnings.filterwarnings("ignore", ".*smaller than the logging interval.*")  # short epochs are logged by their end
    warnings.filterwarnings("ignore", ".*Checkpoint directory .* exists and is not empty.*")
    bars = progress and on_terminal()
    shown: list[Callback] = [RichProgressBar(leave=False)] if bars else [TrainingLines()] if progress else []
    finite = FiniteTraining()
    last = LastCheckpoint(folder / "last.ckpt", every=every, finite=finite)
    return L.Trainer(
        default_root_dir=folder,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=strategy,
        use_distributed_sampler=False,  # each process draws its own part of a batch
        precision=_precision(accelerator) if precision == "auto" else precision,  # type: ignore[arg-type]
        max_epochs=epochs,
        gradient_clip_val=clip,
        callbacks=[*callbacks, finite, last, *shown],
        plugins=[SafeCheckpoints()],
        logger=make_loggers(logger, folder),
        enable_progress_bar=bars,
        enable_model_summary=False,
        log_every_n_steps=10,
        check_val_every_n_epoch=val_every or 1,
        limit_val_batches=0 if val_every is None else None,
        inference_mode=False,  # what a graph keeps for later, first asked for in validation, is used in training too
        num_sanity_val_steps=0,
    )


class Stopwatch(Callback):
    """Seconds of training, by the clock on the wall and by that of the process; what a killed run had used counts too."""

    def __init__(self) -> None:
        self.before = (0.0, 0.0)
        self.start = _clocks()

    def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.start = _clocks()

    @property
    def seconds(self) -> tuple[float, float]:
        """Wall seconds, CPU seconds."""
        wall, cpu = (was + now - start for was, now, start in zip(self.before, _clocks(), self.start, strict=True))
        return wall, cpu

    def state_dict(self) -> dict[str, Any]:
        return {"seconds": list(self.seconds)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        wall, cpu = state_dict["seconds"]
        self.before = wall, cpu


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _precision(accelerator: str) -> str:
    gpu = accelerator != "cpu" and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bf16-mixed" if gpu else "32-true"


def reports() -> bool:
    """Whether this process is the one of its run that speaks to people."""
    rank: int = getattr(rank_zero_only, "rank", 0)
    return rank == 0


def versions(*more: str) -> dict[str, str]:
    """Releases of graphfm, torch and others, for the card of a model."""
    return {name: version(name) for name in ("graphfm", "torch", *more)}


def hardware(device: torch.device) -> dict[str, Any]:
    """What a time was measured on."""
    if device.type == "cuda":
        return {"device": torch.cuda.get_device_name(device)}
    return {
        "device": "cpu",
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
    }
