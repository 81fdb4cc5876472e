"""The files of a training under way: written so that no kill loses them, and read with suspicion."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.plugins.io import CheckpointIO
from torch import Tensor

from graphfm.durable import replacing
from graphfm.errors import DataError
from graphfm.files import check_room
from graphfm.models.checkpoint import read_archive
from graphfm.ops.memory import check_memory

log = logging.getLogger(__name__)

MOMENTS = 3  # numbers a weight has in a checkpoint: itself and the optimiser's two

#: What Lightning reads of a checkpoint, and of what type it is.
SCHEMA: dict[str, type] = {
    "state_dict": dict,
    "global_step": int,
    "epoch": int,
    "pytorch-lightning_version": str,
    "loops": dict,
}


def previous(path: Path) -> Path:
    """Where the checkpoint before the one at `path` is kept.

    >>> previous(Path("run/last.ckpt")).name
    'last.previous.ckpt'
    """
    return path.with_name(f"{path.stem}.previous{path.suffix}")


class SafeCheckpoints(CheckpointIO):
    """Lightning's way to its files, in place of its own, which stages in the temporary folder and copies over the only good file.

    A checkpoint is written beside its target, flushed and renamed. Of a file named ``last.ckpt`` the one before is kept, and
    read where the last one is damaged.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        target = Path(path)
        with replacing(target, keep=previous(target) if target.name == "last.ckpt" else None) as temporary:
            torch.save(checkpoint, temporary)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        target = Path(path)
        if target.name == ".temp.ckpt":  # bare weights, on their way from Lightning's processes to the first one
            return dict(read_archive(target, expected="weights"))
        try:
            return read(target)
        except DataError as error:
            if not previous(target).is_file():
                raise
            content = read(previous(target))
            log.warning("%s Going on from the checkpoint before it, %s.", error, previous(target).name)
            return content

    def remove_checkpoint(self, path: Any) -> None:
        for target in (Path(path), previous(Path(path))):
            target.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """The checkpoint of a training; nothing in the file is executed, and every byte of it is checked.

    Raises:
        DataError: no such file, a damaged one, or one that no training has written.
    """
    content = read_archive(path, expected="a checkpoint of a training")
    good = isinstance(content, dict) and all(isinstance(content.get(name), kind) for name, kind in SCHEMA.items())
    if not good or not all(isinstance(value, Tensor) for value in content["state_dict"].values()):
        raise DataError("a file of another kind", expected="a checkpoint of a training", path=path)
    return dict(content)


def check_run_fits(folder: Path, task: L.LightningModule, *, step: int = 0) -> None:
    """Refuse a run whose steps need more memory than there is, or for whose files the disk has no room: the last checkpoint, the
    one before, the one being written, the best weights and the model. Those that are there already take none.

    Args:
        folder: of the run.
        task: what is trained.
        step: bytes that a step takes at the least.

    Raises:
        DataError: too little room.
    """
    check_memory(step, what="a step of training")
    weights = sum(p.numel() * p.element_size() for p in task.state_dict().values())
    there = sum(path.stat().st_size for path in folder.rglob("*.ckpt")) if folder.is_dir() else 0
    whole = 3 * MOMENTS * weights + 2 * weights
    check_room(folder, whole - there, what="the checkpoints of this run")
