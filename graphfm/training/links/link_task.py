"""What training any model of triples shares: ranks on validation triples, and the indices that losses draw from."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import lightning as L
import torch
from torch import Tensor, nn

from graphfm.kg.known import KnownAnswers
from graphfm.kg.ranking import rank
from graphfm.models.families import Family
from graphfm.models.fields import check_size
from graphfm.settings import declared
from graphfm.training.links.rank_metric import RankMetric


class LinkTask(L.LightningModule):
    """Base of the Lightning modules that train a model of triples; a subclass adds the loss and the optimiser.

    In training, the data module's ``train_known`` is at hand on the device, and every step starts from a random state that
    follows from its number alone, so that a resumed run goes on exactly.

    A subclass saves its arguments as hyper-parameters, as Lightning has it, and then calls `build_model`.

    Args:
        seed: of starting values; with the number of the step, it decides all that is drawn.
    """

    family: ClassVar[Family]  # of the models it trains
    model: nn.Module
    settings: dict[str, Any]  # the plain values the model was built from

    def __init__(self, *, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.ranks = RankMetric()
        self.facts: Any = None
        self.train_known: KnownAnswers
        self.known: KnownAnswers

    def build_model(self) -> None:
        """Build the model, from the hyper-parameters that its family has a setting for."""
        self.settings = {name: copy.copy(self.hparams[name]) for name in declared(self.family.build)}
        check_size(self.family.build, self.settings)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.model = self.family.build(**self.settings)

    def step_size(self, batch_size: int) -> int:
        """Bytes that a step of so many queries takes at the least."""
        return 0

    def on_fit_start(self) -> None:
        self.train_known = self._data().train_known.to(self.device)
        self._prepare()

    def on_test_start(self) -> None:
        self._prepare()

    on_validation_start = on_test_start

    def _prepare(self) -> None:
        data = self._data()
        self.known = data.known.to(self.device)
        if self.facts is None:
            facts = self.family.observe(self.model, data.graph)
            self.facts = None if facts is None else facts.to(self.device)

    def _data(self) -> Any:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        torch.manual_seed(self.seed * 1_000_003 + self.global_step + 7_368_787 * self.global_rank)

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.ranks.update(rank(self.model, batch, self.known, data=self.facts))

    test_step = validation_step

    def on_validation_epoch_end(self) -> None:
        self._log("val")

    def on_test_epoch_end(self) -> None:
        self._log("test")

    def _log(self, stage: str) -> dict[str, float]:
        found = self.ranks.compute()
        for name, value in found.items():
            self.log(f"{stage}_{name}", value, prog_bar=name == "mrr")
        self.ranks.reset()
        return found
