"""Training of path reasoners: the Lightning module."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim.lr_scheduler import ExponentialLR

from graphfm.kg.losses import cross_entropy
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.reasoner import Reasoner
from graphfm.models.families.reasoners import REASONERS
from graphfm.ops.memory import keep_memory
from graphfm.settings import Count, Factor, NotNegative, Seed
from graphfm.training.links.link_task import LinkTask


class PathTraining(LinkTask):
    """Trains a `Reasoner`: softmax over all entities, with what a batch asks for taken out of the graph it reads.

    The loss is ``cross entropy + importance * CV(gate mass)^2 + load * CV(gate load)^2`` (MoKGR, section 2.6).

    Args:
        num_relations: R; 0 until the data module is known.
        method: "mokgr", "adaprop" or "redgnn".
        dim: width.
        method_options: other arguments of the method, such as ``{"num_layers": 5}``.
        remove: what leaves the graph with a query: its own "edge" (and the inverse), or every edge between the "pair".
            Where the data module splits facts from queries, that of all queries of the pass leaves.
        mask_answers: leave other known answers out of the softmax.
        importance: weight of the importance losses, lambda_1.
        load: weight of the load losses, lambda_2.
        lr: learning rate of Adam.
        decay: factor of the learning rate an epoch.
        weight_decay: of Adam.
        seed: of starting values and of everything drawn in training.

    Raises:
        DataError: an unknown method or option.
    """

    family = REASONERS
    model: Reasoner

    def __init__(
        self,
        num_relations: int,
        *,
        method: str = "mokgr",
        dim: Count = 64,
        method_options: dict[str, Any] | None = None,
        remove: Literal["edge", "pair"] = "edge",
        mask_answers: bool = False,
        importance: NotNegative = 1e-3,
        load: NotNegative = 1e-4,
        lr: NotNegative = 3e-3,
        decay: Factor = 0.99,
        weight_decay: NotNegative = 1e-4,
        seed: Seed = 0,
    ) -> None:
        super().__init__(seed=seed)
        self.save_hyperparameters()
        self.build_model()
        self._facts: tuple[int, Facts] | None = None  # of the present pass, where facts and queries are split

    def on_fit_start(self) -> None:
        super().on_fit_start()
        if self.device.type == "cpu":
            keep_memory()

    def training_step(self, queries: Tensor, batch_idx: int) -> Tensor:
        head, rel, tail = queries.unbind(1)
        result = self.model(self._graph(queries), head, rel)
        exclude = torch.stack(self.train_known.answers(head, rel)) if self.hparams["mask_answers"] else None
        answer = cross_entropy(result.scores, tail, exclude=exclude)
        balance = self.hparams["importance"] * result.balance.importance + self.hparams["load"] * result.balance.load
        self.log("train_loss", answer, prog_bar=True, batch_size=len(queries))
        return answer + balance

    def _graph(self, queries: Tensor) -> Facts:
        """What may be read to answer a batch."""
        passing, whole_pair = self._data().pass_queries(self.global_step), self.hparams["remove"] == "pair"
        if passing is None:
            return self.facts.without(queries, whole_pair=whole_pair)
        number, rows = passing
        if self._facts is None or self._facts[0] != number:
            self._facts = number, self.facts.without(rows.to(self.device), whole_pair=whole_pair)
        return self._facts[1]

    def configure_optimizers(self) -> Any:
        settings = self.hparams
        optimizer = torch.optim.Adam(self.parameters(), lr=settings["lr"], weight_decay=settings["weight_decay"])
        return [optimizer], [ExponentialLR(optimizer, settings["decay"])]
