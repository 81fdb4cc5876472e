"""Training of a foundation model on one knowledge graph, from pretrained weights as a rule: the Lightning module."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphfm.kg.losses import cross_entropy
from graphfm.kg.paths.reasoner import Reasoning
from graphfm.models.families.foundation import FOUNDATION
from graphfm.ops.memory import keep_memory
from graphfm.settings import NotNegative, Seed
from graphfm.training.links.link_task import LinkTask


class FoundationTraining(LinkTask):
    """Trains a foundation model: softmax over all entities, with what a batch asks for taken out of the graph it reads.

    The relation graph stays that of all training triples, as it was in the pretraining of ULTRA.

    Args:
        network: "universal" or "ultra".
        network_options: arguments of the network, such as ``{"channels": 64}``.
        importance, load: weights of the balance losses of the gates, where there are any (MoKGR, section 2.6).
        lr: learning rate of AdamW; ULTRA's own for fine-tuning.
        weight_decay: of AdamW.
        seed: of starting values and of everything drawn in training.

    Raises:
        DataError: an unknown network or option.
    """

    family = FOUNDATION

    def __init__(
        self,
        *,
        network: str = "universal",
        network_options: dict[str, Any] | None = None,
        importance: NotNegative = 1e-3,
        load: NotNegative = 1e-4,
        lr: NotNegative = 5e-4,
        weight_decay: NotNegative = 1e-4,
        seed: Seed = 0,
    ) -> None:
        super().__init__(seed=seed)
        self.save_hyperparameters()
        self.build_model()
        view = getattr(self.model, "texts", None)
        if view is not None:  # training asks for no relation without facts, which alone are seen by their texts
            view.requires_grad_(False)

    def on_fit_start(self) -> None:
        super().on_fit_start()
        if self.device.type == "cpu":
            keep_memory()

    def training_step(self, queries: Tensor, batch_idx: int) -> Tensor:
        head, rel, tail = queries.unbind(1)
        result = self.model(self.facts.without(queries), head, rel)
        scores = result.scores if isinstance(result, Reasoning) else result
        exclude = torch.stack(self.train_known.answers(head, rel))
        loss = cross_entropy(scores, tail, exclude=exclude)
        self.log("train_loss", loss, prog_bar=True, batch_size=len(queries))
        if isinstance(result, Reasoning):
            balance = result.balance
            loss = loss + self.hparams["importance"] * balance.importance + self.hparams["load"] * balance.load
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        settings = self.hparams
        return torch.optim.AdamW(self.parameters(), lr=settings["lr"], weight_decay=settings["weight_decay"])
