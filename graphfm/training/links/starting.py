"""What training starts from: drawn weights, or those of a foundation model, which stay where training does not beat them."""

from __future__ import annotations

import copy
import hashlib
import logging
import os
from collections.abc import Sequence
from typing import Any

import lightning as L
from torch import Tensor

from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.evaluation.link_ranks import link_ranks, selection
from graphfm.kg.metrics import metrics
from graphfm.models import LinkModel, opening
from graphfm.models.families.foundation import FOUNDATION
from graphfm.training.runs.best_weights import BestWeights
from graphfm.training.runs.last_checkpoint import LastCheckpoint

log = logging.getLogger(__name__)

BEFORE = "before training"  # a row of the result
UNCHOSEN = "rotate"  # the model of a run that names none


class Start:
    """What a run of link prediction starts from.

    Args:
        init: a foundation model: a `LinkModel`, its file, its run's folder, "default", or the name of a published one; None
            for weights drawn by the seed.

    Raises:
        DataError: no such model, or one of another family, whose vectors are those of its own entities or relations.
    """

    def __init__(self, init: LinkModel | str | os.PathLike[str] | None) -> None:
        self.model = None if init is None else opening.link_model(init)
        self.card: dict[str, Any] = {}  # what the settings of the run say of it
        self.told: dict[str, Any] = {}  # what the card of its model says
        self._state: dict[str, Tensor] = {}
        if self.model is None:
            return
        if self.model.family is not FOUNDATION:
            raise DataError(
                f"{self.model.card.get('model', self.model.kind)} to start from",
                expected="a foundation model: default, ultra-3g, ultra-4g, ultra-50g, or one of `graphfm pretrain`",
                hint="What another model has learnt belongs to the names of its own graph.",
            )
        self._state = {name: value.cpu().clone() for name, value in self.model.model.state_dict().items()}
        total = hashlib.sha256()
        for name, value in self._state.items():
            total.update(name.encode())
            total.update(value.contiguous().numpy().data)
        about = self.model.card
        self.card = {"init": total.hexdigest()[:16]}
        self.told = self.card | {"started_from": about.get("model"), "sources": about.get("sources")}

    @property
    def trained(self) -> Tensor | None:
        """Fingerprints of what it was pretrained on."""
        return None if self.model is None else self.model.trained

    def chosen(self, model: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The model of the run and its settings: those of the weights, which fit no others.

        Raises:
            DataError: a model, or a setting of it, that the weights do not fit.
        """
        if self.model is None:
            return model, settings
        name, own = str(self.model.settings["network"]), dict(self.model.settings["network_options"] or {})
        if model not in (UNCHOSEN, name):
            raise DataError(f"model={model} with weights of {name}", expected=f"model={name}, or no model")
        for option in self.model.family.models()[name].options:
            if option in settings and settings[option] != own.get(option, settings[option]):
                found = f"{option}={settings[option]} with weights of {option}={own[option]}"
                raise DataError(found, expected=f"no {option}")
        return name, own | settings

    def load(self, task: Any) -> None:
        """Put the weights into a task."""
        if self._state:
            task.model.load_state_dict(self._state)

    def validate(self, trainer: L.Trainer, task: L.LightningModule, data: L.LightningDataModule) -> None:
        """Rank the validation triples before the first step, which is epoch 0 of `BestWeights`; a resumed run has done it."""
        last = next(c for c in trainer.callbacks if isinstance(c, LastCheckpoint))  # type: ignore[attr-defined]
        if self._state and not last.exists:
            trainer.validate(task, datamodule=data, verbose=False)

    def compare(self, best: BestWeights) -> None:
        """Say whether training was worth it."""
        if not self._state:
            return
        self.told["epoch_0_kept"] = best.best["step"] == 0
        if best.best["step"] == 0:
            log.warning(
                "Training never beat the model it started from (validation MRR %.3f): that one is kept.",
                best.best["value"],
            )

    def beside(
        self,
        tuned: LinkModel,
        result: dict[str, Any],
        *,
        protocol: str | None,
        relations: Sequence[str] | None,
        progress: bool,
    ) -> None:
        """Put what the model reached before training into a result of `judge`, unless that is the one which is kept.

        Args:
            tuned: what training made of it.
            result: to add to.
            protocol, relations, progress: as `judge` has them.
        """
        if not self._state or self.told.get("epoch_0_kept"):
            return
        graph = protocols.judged(tuned.graph, protocol)
        network = copy.deepcopy(tuned.model)
        network.load_state_dict(self._state)
        before = LinkModel(network, tuned.graph, kind=tuned.family, settings=tuned.settings, card={})
        on = before if graph is tuned.graph else before.on(graph)
        chosen = selection(graph, "test", relations=relations)
        asked: dict[str, Any] = {"split": "test", "rows": chosen.rows, "batch_size": None, "protocol": protocol}
        ranks = chosen.of(link_ranks(on.model, on, **asked, progress=progress), graph.test[chosen.rows])
        result["baselines"] = {BEFORE: metrics(ranks), **result["baselines"]}
