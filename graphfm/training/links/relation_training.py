"""Pretraining of the universal path reasoner on several knowledge graphs: the Lightning module."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.kg.losses import cross_entropy
from graphfm.kg.ranking import rank
from graphfm.kg.relations.universal import UniversalReasoner
from graphfm.models.fields import check_size
from graphfm.ops.memory import keep_memory
from graphfm.training.links.link_corpora import Held, LinkBatch


class RelationTraining(L.LightningModule):
    """Trains a `UniversalReasoner`: softmax over the entities of a part, without its other true answers.

    The loss is ``cross entropy + importance * CV(gate mass)^2 + load * CV(gate load)^2`` (MoKGR, section 2.6); AdamW with
    warm-up and a linear decay to zero, so that the last weights are the ones to keep.

    Args:
        model: arguments of `UniversalReasoner`.
        importance: weight of the importance losses.
        load: weight of the load losses.
        lr: peak learning rate.
        warmup: steps until then.
        weight_decay: of AdamW.
        seed: of starting values and of everything drawn in training.

    Raises:
        DataError: settings of which no model can be made.
    """

    def __init__(
        self,
        *,
        model: dict[str, Any] | None = None,
        importance: float = 1e-3,
        load: float = 1e-4,
        lr: float = 1e-3,
        warmup: int = 200,
        weight_decay: float = 1e-4,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.settings, self.asked = dict(model or {}), 0  # queries asked in training so far
        with torch.random.fork_rng(devices=[]):
            try:
                check_size(UniversalReasoner, self.settings)
                torch.manual_seed(seed)
                self.model = UniversalReasoner(**self.settings)
            except DataError:
                raise
            except (TypeError, ValueError, KeyError) as error:
                raise DataError(f"{self.settings}: {error}", expected="arguments of UniversalReasoner") from error

    def on_fit_start(self) -> None:
        if self.device.type == "cpu":
            keep_memory()

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        # A resumed run draws what the uninterrupted one would have drawn.
        torch.manual_seed((self.global_rank << 40) + self.hparams["seed"] * 1_000_003 + self.global_step)

    def training_step(self, batch: LinkBatch, batch_idx: int) -> Tensor:
        head, rel, tail = batch.queries.unbind(1)
        result = self.model(batch.facts, head, rel)
        exclude = torch.stack(batch.known.answers(head, rel))
        answer = cross_entropy(result.scores, tail, exclude=exclude)
        balance = self.hparams["importance"] * result.balance.importance + self.hparams["load"] * result.balance.load
        self.log("train_loss", answer, prog_bar=True, batch_size=len(head))
        self.asked += len(head)
        return answer + balance

    def validation_step(self, batch: Held, batch_idx: int) -> None:
        ranks = rank(self.model, batch.triples, batch.known, data=batch.facts)
        mrr = (1 / ranks.realistic).mean().float()
        self.log(f"val_mrr_{batch.name}", mrr, batch_size=1, sync_dist=True)
        self.log("val_mrr", mrr, prog_bar=True, batch_size=1, sync_dist=True)  # the mean over the graphs

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["asked"] = self.asked

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.asked = checkpoint["asked"]

    def configure_optimizers(self) -> Any:
        settings = self.hparams
        optimizer = torch.optim.AdamW(
            self.parameters(), lr=settings["lr"], weight_decay=settings["weight_decay"], fused=True
        )
        steps, warm = int(self.trainer.estimated_stepping_batches), settings["warmup"]

        def factor(step: int) -> float:
            return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))

        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
