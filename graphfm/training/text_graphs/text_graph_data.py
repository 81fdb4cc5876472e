"""The data module of pretraining."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import lightning as L
from torch import Tensor
from torch.utils.data import DataLoader

from graphfm.errors import DataError
from graphfm.evaluation.overlap import without_overlap
from graphfm.text import load_encoder
from graphfm.training.runs.resuming import ResumableLoader, first
from graphfm.training.text_graphs.corpus import Batch, Corpus, HeldOutBatches, TrainBatches, prepare, whole


def read(sources: Sequence[Any]) -> list[Any]:
    """Graphs by name or folder; objects stay what they are.

    Raises:
        DataError: one name in place of a list, or a source that cannot be read.
    """
    from graphfm.datasets import load

    if isinstance(sources, str | os.PathLike):
        raise DataError(f"{os.fspath(sources)!r}", expected="a list of graphs", hint=f"Write [{os.fspath(sources)!r}].")
    return [load(source) if isinstance(source, str | os.PathLike) else source for source in sources]


class Corpora(L.LightningDataModule):
    """Text graphs to pretrain on, by name or folder.

    Args:
        data: names of the catalogue, folders, text graphs, or corpora that `graphfm.training.text_graphs.corpus.prepare` made
            ready.
        encoder: text encoder, as `graphfm.text.load_encoder` takes it.
        batch_size: targets a batch and process.
        fanout: sampled neighbours a hop.
        steps_per_epoch: batches in what Lightning calls an epoch.
        num_workers: processes that draw batches ahead; 0 draws in the training process.
        seed: decides every batch, together with its number.
        mixing: several corpora are drawn in proportion to this power of their sizes.
        exclude_overlap_with: graphs whose texts, and near-duplicates of them, are left out of the sources.
        mmap: keep the embeddings of the texts in half precision in files in place of memory.
    """

    def __init__(
        self,
        data: Sequence[Any] = ("python-stdlib",),
        *,
        encoder: str = "minilm",
        batch_size: int = 256,
        fanout: Sequence[int] = (10, 5),
        steps_per_epoch: int = 100,
        num_workers: int = 0,
        seed: int = 0,
        mixing: float = 0.5,
        exclude_overlap_with: Sequence[Any] = (),
        mmap: bool = False,
    ) -> None:
        super().__init__()
        self.data, self.encoder_spec, self.batch_size, self.fanout = data, encoder, batch_size, list(fanout)
        self.steps_per_epoch, self.num_workers, self.seed = steps_per_epoch, num_workers, seed
        self.mixing, self.exclude_overlap_with, self.mmap = mixing, exclude_overlap_with, mmap
        self.corpora: list[Corpus] = []
        self.text_encoder: Any = None

    @property
    def text_dim(self) -> int:
        """D of the text encoder; the command line hands it to the model."""
        if self.text_encoder is None:
            self.text_encoder = load_encoder(self.encoder_spec)
        return int(self.text_encoder.dim)

    def setup(self, stage: str | None = None) -> None:
        if self.corpora:
            return
        sources, targets = read(self.data), read(self.exclude_overlap_with)
        if targets:
            sources = [without_overlap(source, targets) for source in sources]
        graphs = [source for source in sources if not isinstance(source, Corpus)]
        if graphs and self.text_dim:  # which loads the encoder
            self.text_encoder.fit_if_needed([text for graph in graphs for text in graph.text])
        self.corpora = [
            source if isinstance(source, Corpus) else prepare(source, self.text_encoder, mmap=self.mmap)
            for source in sources
        ]

    def train_dataloader(self) -> DataLoader[Batch]:
        trainer: Any = self.trainer
        batches = TrainBatches(
            self.corpora,
            batch_size=self.batch_size,
            fanout=self.fanout,
            steps_per_epoch=self.steps_per_epoch,
            seed=self.seed,
            mixing=self.mixing,
            rank=trainer.global_rank,
            world=trainer.world_size,
        )
        return ResumableLoader(batches, trainer, num_workers=self.num_workers)

    def val_dataloader(self) -> DataLoader[Batch]:
        """The same batches in every process, so that their losses are those of one process."""
        return self._held_out([corpus.val for corpus in self.corpora])

    def test_dataloader(self) -> DataLoader[Batch]:
        """Targets that neither training nor validation asks for.

        Raises:
            DataError: the graphs are so small that there are none.
        """
        batches = self._held_out([corpus.test for corpus in self.corpora])
        if not len(batches):
            found = f"{sum(len(corpus.test) for corpus in self.corpora)} nodes held out for the test"
            raise DataError(found, expected="at least two of one graph, of about a hundred nodes or more")
        return batches

    def _held_out(self, targets: list[Tensor]) -> DataLoader[Batch]:
        batches = HeldOutBatches(self.corpora, targets, batch_size=self.batch_size, fanout=self.fanout)
        return DataLoader(batches, batch_size=1, collate_fn=first)

    def predict_dataloader(self) -> DataLoader[Batch]:
        """Each corpus whole, with nothing hidden."""
        return DataLoader([whole(corpus) for corpus in self.corpora], batch_size=1, collate_fn=first)  # type: ignore[arg-type]
