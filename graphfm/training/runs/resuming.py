"""The loader that can stop and go on anywhere: batches have numbers, and the trainer knows how many it has seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset, Sampler


class _Numbers(Sampler[int]):
    """Numbers of the batches still to come in the trainer's present epoch."""

    def __init__(self, trainer: Any, steps: int) -> None:
        self.trainer, self.steps = trainer, steps

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[int]:
        done = self.trainer.fit_loop.epoch_loop.batch_progress.current.ready % self.steps
        offset = self.trainer.current_epoch * self.steps
        return iter(range(offset + done, offset + self.steps))


class ResumableLoader(DataLoader[Any]):
    """A loader that starts where the trainer stands; Lightning sees from the two state methods that it may resume.

    Args:
        batches: whole batches by number, each following from its number alone; its length is that of an epoch.
        trainer: tells which number comes next.
        num_workers: processes that draw batches ahead.
    """

    def __init__(self, batches: Dataset[Any], trainer: Any, *, num_workers: int = 0) -> None:
        super().__init__(
            batches,
            batch_size=1,
            sampler=_Numbers(trainer, len(batches)),  # type: ignore[arg-type]
            collate_fn=first,
            num_workers=num_workers,
            persistent_workers=num_workers > 0,
        )

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to load: the trainer's progress says it all."""


def first(batches: list[Any]) -> Any:
    """Collate: a loader's item is a whole batch already."""
    return batches[0]
