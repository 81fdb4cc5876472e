"""Contrastive pretraining: the Lightning module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning as L
import torch
from torch import Tensor

from graphfm.geometry import balance_loss, curvature_parameters
from graphfm.models.encoder import Encoded, graph_encoder
from graphfm.models.fields import check_size
from graphfm.ops import adjacency
from graphfm.settings import Count, Layers, NotNegative, Seed, Share
from graphfm.training.text_graphs.contrastive import info_nce
from graphfm.training.text_graphs.corpus import Batch
from graphfm.training.text_graphs.gathering import Asked, gather, mean_over_union

ALPHA_RATE, CURVATURE_RATE = 10.0, 0.1


class Pretraining(L.LightningModule):
    """Aligns graph rows with text rows by symmetric InfoNCE on two questions (`graphfm.training.text_graphs.corpus`).

    The loss is ``own + neighbor + balance_weight * balance``: a target found from its hidden place in the graph, a target
    found from a visible neighbour, and an even use of the experts. Where several processes train together, the loss is that of
    one process with all their targets in one batch: rows are gathered with gradient, and every process holds the same value.

    Args:
        text_dim: D of the text encoder; 384 for MiniLM.
        hidden_channels: width C of the experts.
        num_layers: layers of each expert.
        experts: geometries of the mixture.
        attention: geodesic attention in the experts in place of the mean.
        gate: the mixture's gate, or a control; see `graphfm.models.encoder.graph_encoder`.
        learnable_curvature: let training move the curvatures.
        dropout: on the features inside the experts.
        feature_drop: share of input features set to zero in training.
        edge_drop: share of edges dropped in training.
        neighbor_weight: weight of the neighbour question.
        balance_weight: weight of the gate's balance.
        lr: peak learning rate; curvatures learn at a tenth of it.
        weight_decay: of AdamW, on matrices alone.
        warmup: share of the steps that warm up; then a cosine to zero.
        seed: of dropout; together with the number of the step it decides every draw.
    """

    def __init__(
        self,
        text_dim: int = 384,
        *,
        hidden_channels: Count = 128,
        num_layers: Layers = 2,
        experts: Sequence[str] = ("hyperbolic", "spherical", "euclidean"),
        attention: bool = False,
        gate: str = "structural",
        learnable_curvature: bool = True,
        dropout: Share = 0.1,
        feature_drop: Share = 0.0,
        edge_drop: Share = 0.2,
        neighbor_weight: NotNegative = 1.0,
        balance_weight: NotNegative = 0.1,
        lr: NotNegative = 1e-3,
        weight_decay: NotNegative = 1e-2,
        warmup: Share = 0.1,
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.settings: dict[str, Any] = {
            "text_dim": text_dim,
            "hidden_channels": hidden_channels,
            "num_layers": num_layers,
            "experts": list(experts),
            "attention": attention,
            "dropout": dropout,
            "gate": gate,
            "learnable_curvature": learnable_curvature,
        }
        check_size(graph_encoder, self.settings)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = graph_encoder(**self.settings)

    def on_fit_start(self) -> None:
        data = getattr(self.trainer, "datamodule", None)
        if data is not None and self.global_step == 0:
            gate: Any = self.encoder.mixture.gate
            gate.fit_statistics(torch.cat([c.structure for c in data.corpora]).to(self.device))

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        # A resumed run drops what the uninterrupted one would have dropped.
        torch.manual_seed((self.global_rank << 40) + self.hparams["seed"] * 1_000_003 + self.global_step)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        x = torch.nn.functional.dropout(batch.x, self.hparams["feature_drop"])
        keep = torch.rand(batch.edge_index.size(1), device=self.device) >= self.hparams["edge_drop"]
        losses = self._losses(batch._replace(x=x, edge_index=batch.edge_index[:, keep]), together=True)
        self._log("train", losses, batch)
        return losses["loss"]

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self._log("val", self._losses(batch), batch)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        self._log("test", self._losses(batch), batch)

    def predict_step(self, batch: Batch, batch_idx: int) -> Encoded:
        """Unit rows (N, D) and gate weights (N, K) of a whole graph."""
        out: Encoded = self.encoder(batch.x, adjacency(batch.edge_index, len(batch.x)), batch.structure)
        return out

    def _losses(self, batch: Batch, *, together: bool = False) -> dict[str, Tensor]:
        edges = adjacency(batch.edge_index, len(batch.x))
        z, weights = self.encoder(batch.x, edges, batch.structure, hidden=batch.hidden)
        scale = self.encoder.logit_scale
        asked = Asked(z[batch.own], z[batch.neighbor.clamp(min=0)], batch.neighbor, batch.target, batch.target_id)
        usage = weights.mean(0, keepdim=True)
        if together and self.trainer.world_size > 1:
            asked, usage = gather(asked, self.all_gather), mean_over_union(batch.node, weights, self.all_gather)
        own = info_nce(asked.own, asked.target, scale, text_id=asked.target_id)
        seen = asked.place >= 0
        neighbor = own.new_zeros(())
        if int(seen.sum()) > 1:
            neighbor = info_nce(asked.neighbor[seen], asked.target[seen], scale, text_id=asked.target_id[seen])
        balance = balance_loss(usage)
        loss = own + self.hparams["neighbor_weight"] * neighbor + self.hparams["balance_weight"] * balance
        chance = own.new_tensor(max(1, len(asked.target))).log()  # the loss of guessing among the targets
        return {"loss": loss, "own": own, "neighbor": neighbor, "balance": balance, "chance": chance}

    def _log(self, stage: str, losses: dict[str, Tensor], batch: Batch) -> None:
        for name, value in losses.items():
            self.log(
                f"{stage}_{name}",
                value,
                prog_bar=name == "loss",
                batch_size=len(batch.target),
                on_step=stage == "train",
                on_epoch=stage != "train",
                sync_dist=stage != "train",  # in training all processes hold the same value already
            )

    def on_train_epoch_end(self) -> None:
        experts: Any = self.encoder.mixture.experts
        for name, expert in zip(self.settings["experts"], experts, strict=True):
            if expert.sign:
                self.log(f"k_{name}", torch.as_tensor(expert.manifold.k), sync_dist=True)
        self.log("alpha", self.encoder.alpha, sync_dist=True)

    def configure_optimizers(self) -> Any:
        lr, decay = self.hparams["lr"], self.hparams["weight_decay"]
        alpha, curvature = [self.encoder.alpha], curvature_parameters(self)
        apart = {id(p) for p in [*alpha, *curvature]}
        rest = [p for p in self.parameters() if id(p) not in apart]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in rest if p.dim() > 1], "weight_decay": decay, "lr": lr},
                {"params": [p for p in rest if p.dim() <= 1], "weight_decay": 0.0, "lr": lr},
                # A scalar moves by about its rate a step: at the common one alpha would not leave zero in time.
                {"params": alpha, "weight_decay": 0.0, "lr": ALPHA_RATE * lr},
                {"params": curvature, "weight_decay": 0.0, "lr": CURVATURE_RATE * lr},
            ]
        )
        steps = int(self.trainer.estimated_stepping_batches)
        warm = max(1, int(self.hparams["warmup"] * steps))

        def factor(step: int) -> float:
            if step < warm:
                return (step + 1) / warm
            return 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * (step - warm) / max(1, steps - warm)))))

        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
