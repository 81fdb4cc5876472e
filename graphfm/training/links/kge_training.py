"""Training of knowledge graph embeddings: the Lightning module."""

from __future__ import annotations

from typing import Any, Literal

import torch
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from graphfm.errors import DataError
from graphfm.kg.embeddings.kge import KGEModel, TextEntities
from graphfm.kg.embeddings.objectives import all_entities_loss, negative_sampling_loss
from graphfm.kg.embeddings.optim import RowAdam
from graphfm.kg.losses import lp_penalty
from graphfm.models.families.embeddings import EMBEDDINGS
from graphfm.settings import Count, Factor, NotNegative, Seed, Share
from graphfm.training.links.link_task import LinkTask

Loss = Literal["negative-sampling", "1-vs-all", "k-vs-all"]
Schedule = Literal["constant", "halfway", "plateau", "exponential"]


class KGETraining(LinkTask):
    """Trains a `KGEModel`.

    Args:
        num_entities: V; a config leaves it to the data module, as the next.
        num_relations: R, without inverses.
        scorer: name of the scorer, whatever its case.
        dim: its width.
        scorer_options: its other arguments, such as ``{"gamma": 9.0}``.
        reciprocal: give inverse relations parameters of their own; `link_prediction` does so by default where the scorer has
            no inverse in closed form.
        sparse: touch only the rows of the batch (`RowAdam`); for large tables.
        text_dim: width of entity texts, where entities are to read them.
        text_table: with texts, a free vector per entity too.
        loss: negative sampling, softmax over all entities, or binary over all entities.
        num_negatives: n a query.
        shared: draw the negatives once for the batch.
        temperature: of self-adversarial weights; 0 weighs negatives equally.
        subsampling: weigh queries by how rare they are.
        smoothing: label smoothing of the losses over all entities.
        mask_answers: leave other known answers out of the softmax.
        n3: weight of the sum of cubed moduli of complex vectors (Lacroix et al. 2018).
        l3: weight of the sum of cubed coordinates.
        optimizer: "adam" or "adagrad".
        lr: learning rate.
        schedule: "constant"; "halfway", a tenth of the rate and a new optimiser state after half of the steps, as the
            authors of RotatE do; "plateau", a tenth where validation has not improved for two epochs; "exponential".
        decay: factor of "exponential" an epoch.
        seed: of starting values and of everything drawn in training.

    Raises:
        DataError: an unknown scorer, option or combination.
    """

    family = EMBEDDINGS
    model: KGEModel

    def __init__(
        self,
        num_entities: int,
        num_relations: int,
        *,
        scorer: str = "RotatE",
        dim: Count = 200,
        scorer_options: dict[str, Any] | None = None,
        reciprocal: bool = False,
        sparse: bool = False,
        text_dim: int | None = None,
        text_table: bool = True,
        loss: Loss = "negative-sampling",
        num_negatives: Count = 256,
        shared: bool = False,
        temperature: NotNegative = 1.0,
        subsampling: bool = True,
        smoothing: Share = 0.0,
        mask_answers: bool = False,
        n3: NotNegative = 0.0,
        l3: NotNegative = 0.0,
        optimizer: Literal["adam", "adagrad"] = "adam",
        lr: NotNegative = 1e-3,
        schedule: Schedule = "constant",
        decay: Factor = 0.99,
        seed: Seed = 0,
    ) -> None:
        if schedule == "halfway" and optimizer == "adagrad":
            raise DataError("schedule: halfway with adagrad", expected="adam, whose state can start anew")
        super().__init__(seed=seed)
        self.save_hyperparameters()
        self.build_model()
        made = self.model.scorer
        if n3 and (made.entity_dim % 2 or made.entity_dim != made.relation_dim):
            raise DataError(f"n3 for {scorer}", expected="complex entities and relations", hint="Use l3.")

    def step_size(self, batch_size: int) -> int:
        settings = self.hparams
        if settings["loss"] != "negative-sampling":
            return 0
        rows = 1 if settings["shared"] else batch_size
        return 20 * rows * settings["num_negatives"]  # ids, scores, weights, gradients

    def on_fit_start(self) -> None:
        super().on_fit_start()
        entities = self.model.entities
        if isinstance(entities, TextEntities):
            entities.text.copy_(self._data().entity_text)

    def on_train_batch_start(self, batch: Tensor, batch_idx: int) -> None:
        super().on_train_batch_start(batch, batch_idx)
        half = int(self.trainer.estimated_stepping_batches) // 2
        if self.hparams["schedule"] == "halfway" and self.global_step == half > 0:
            for optimizer in self.trainer.optimizers:
                optimizer.state.clear()
                for group in optimizer.param_groups:
                    group["lr"] = self.hparams["lr"] / 10

    def training_step(self, queries: Tensor, batch_idx: int) -> Tensor:
        loss = self._loss(queries) + self._penalty(queries)
        self.log("train_loss", loss, prog_bar=True, batch_size=len(queries))
        return loss

    def _loss(self, queries: Tensor) -> Tensor:
        settings = self.hparams
        if settings["loss"] == "negative-sampling":
            names = ("num_negatives", "shared", "temperature", "subsampling")
            options = {name: settings[name] for name in names}
            return negative_sampling_loss(self.model, queries, self.train_known, **options)
        return all_entities_loss(
            self.model,
            queries,
            self.train_known,
            binary=settings["loss"] == "k-vs-all",
            smoothing=settings["smoothing"],
            exclude_known=settings["mask_answers"],
        )

    def _penalty(self, queries: Tensor) -> Tensor | float:
        n3, l3 = self.hparams["n3"], self.hparams["l3"]
        if not n3 and not l3:
            return 0.0
        head, rel, tail = queries.unbind(1)
        vectors = self.model.entities(head), self.model.relation_vectors(rel), self.model.entities(tail)
        return sum(weight * lp_penalty(*vectors, parts=parts) for weight, parts in ((n3, 2), (l3, 1)) if weight)

    def configure_optimizers(self) -> Any:
        lr = self.hparams["lr"]
        optimizer: torch.optim.Optimizer
        if self.hparams["optimizer"] == "adagrad":
            optimizer = torch.optim.Adagrad(self.parameters(), lr=lr)
        elif self.hparams["sparse"]:
            optimizer = RowAdam(self.parameters(), lr=lr)
        else:
            optimizer = torch.optim.Adam(self.parameters(), lr=lr)
        if self.hparams["schedule"] == "exponential":
            return [optimizer], [ExponentialLR(optimizer, self.hparams["decay"])]
        if self.hparams["schedule"] == "plateau":
            scheduler = ReduceLROnPlateau(optimizer, mode="max", factor=0.1, patience=2)
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": scheduler, "monitor": "val_mrr", "strict": False},
            }
        return optimizer

    def on_validation_epoch_end(self) -> None:
        found = self._log("val")
        if self.hparams["schedule"] == "plateau" and self.trainer.state.fn == TrainerFn.FITTING:
            self.lr_schedulers().step(found["mrr"])  # type: ignore[union-attr, call-arg, arg-type]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Lightning would step a plateau's after the epoch's checkpoint; the validation has stepped it before."""
        if self.hparams["schedule"] != "plateau":
            super().lr_scheduler_step(scheduler, metric)
