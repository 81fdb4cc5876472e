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
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L
import torch
from filelock import FileLock, Timeout
from lightning.pytorch.callbacks import Callback, RichProgressBar
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only

from graphfm.durable import is_temporary, make_folder, remove_leftovers, target_of
from graphfm.errors import DataError, GraphFMError
from graphfm.files import check_room, read_json, write_json
from graphfm.training.checkpoints import SafeCheckpoints
from graphfm.training.continued_log import ContinuedCSVLog
from graphfm.training.finite import FiniteTraining
from graphfm.training.last_checkpoint import LastCheckpoint

log = logging.getLogger(__name__)

LOCK, OWNER = ".lock", ".owner.json"
MOMENTS = 3  # numbers a weight has in a checkpoint: itself and the optimiser's two


def check(folder: Path, settings: dict[str, Any], *, what: str) -> None:
    """Refuse a folder that holds something else than this run; nothing is written.

    Args:
        folder: of the run.
        settings: all that decides its result, as plain values.
        what: the kind of run, for the message.

    Raises:
        GraphFMError: the folder holds another run, or something else.
    """
    path = folder / "settings.json"
    if path.is_file():
        there, here = read_json(path), json.loads(json.dumps(settings, default=str))
        if not isinstance(there, dict):
            hint = "Give another --out, or remove the folder."
            raise DataError(f"a {type(there).__name__}", expected="the settings of a run", path=path, hint=hint)
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


def check_run_fits(folder: Path, task: L.LightningModule) -> None:
    """Refuse a run whose files the disk has no room for: the last checkpoint, the one before, the one being written, the best
    weights and the model. Those that are there already take none.

    Raises:
        DataError: too little room.
    """
    weights = sum(p.numel() * p.element_size() for p in task.state_dict().values())
    there = sum(path.stat().st_size for path in folder.rglob("*.ckpt")) if folder.is_dir() else 0
    whole = 3 * MOMENTS * weights + 2 * weights
    check_room(folder, whole - there, what="the checkpoints of this run")


def _of_a_beginning(name: str) -> bool:
    """Whether a file is one that a run killed in its first milliseconds leaves."""
    return name in (LOCK, OWNER) or is_temporary(name)


@contextmanager
def claimed(folder: Path, settings: dict[str, Any], *, what: str) -> Iterator[None]:
    """`check`, then write the settings and keep other processes out: call it once everything that can be refused was read.

    Raises:
        GraphFMError: see `check`; or another process is at work there.
    """
    check(folder, settings, what=what)
    if not reports():  # of several processes of one run, the first one owns the folder
        yield
        return
    make_folder(folder)
    with _owned(folder):
        check(folder, settings, what=what)
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
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # Batches are drawn in the training process on purpose: drawing one costs a few milliseconds.
    warnings.filterwarnings("ignore", ".*does not have many workers.*")
    warnings.filterwarnings("ignore", ".*LeafSpec.*")
    warnings.filterwarnings("ignore", ".*Total length of `DataLoader`.*")  # a small graph may hold out no target
    warnings.filterwarnings("ignore", ".*functional.all_gather is deprecated.*")  # called by Lightning
    warnings.filterwarnings("ignore", ".*smaller than the logging interval.*")  # short epochs are logged by their end
    warnings.filterwarnings("ignore", ".*Checkpoint directory .* exists and is not empty.*")
    bars, finite = [RichProgressBar(leave=False)] if progress else [], FiniteTraining()
    loggers: list[Logger] = [ContinuedCSVLog(folder)]
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
        gradient_clip_val=clip,
        callbacks=[*callbacks, finite, LastCheckpoint(folder / "last.ckpt", every=every, finite=finite), *bars],
        plugins=[SafeCheckpoints()],
        logger=loggers,
        enable_progress_bar=progress,
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
