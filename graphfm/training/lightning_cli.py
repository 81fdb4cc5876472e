"""Lightning's own command line over graphfm's tasks: the class paths in a config choose the task and its data."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import BasePredictionWriter, Callback, Checkpoint, ModelCheckpoint
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.plugins.io import CheckpointIO
from lightning.pytorch.utilities import rank_zero_info
from safetensors.torch import save_file

from graphfm.errors import DataError
from graphfm.files import replacing
from graphfm.settings import check
from graphfm.training.links.link_data import SIZES
from graphfm.training.runs.checkpoints import SafeCheckpoints, previous, read
from graphfm.training.runs.finite import FiniteTraining
from graphfm.training.runs.fit_stops import FitCheckpoint
from graphfm.training.runs.fitting import train
from graphfm.training.text_graphs.pretraining import Pretraining

log = logging.getLogger(__name__)


class GraphCLI(LightningCLI):
    """Sizes flow from data to model; training is clipped and stops unless a config says otherwise."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        for name in SIZES:  # a model that does not take one is left alone
            parser.link_arguments("data", f"model.init_args.{name}", compute_fn=_Size(name), apply_on="instantiate")
        parser.set_defaults({"trainer.gradient_clip_val": 1.0, "trainer.max_epochs": 10})

    def before_instantiate_classes(self) -> None:
        """Refuse values out of their range, as the other commands do, and a model that has nothing to predict."""
        config = self.config[self.subcommand]
        _, _, task = config.model.class_path.rpartition(".")
        if self.subcommand == "predict" and task != Pretraining.__name__:
            hint = "`graphfm complete --checkpoint RUN` answers questions about a knowledge graph."
            raise DataError(f"predict with {task}", expected=f"{Pretraining.__name__}, on text graphs", hint=hint)
        for part in (config.data, config.model):
            module, _, name = part.class_path.rpartition(".")
            given = {setting: value for setting, value in vars(part.init_args).items() if setting not in SIZES}
            check(getattr(import_module(module), name), given)

    def _parse_ckpt_path(self) -> None:
        """Look at a checkpoint before Lightning trusts it; where it is damaged, take the one before."""
        command = self.config.get("subcommand")
        given = self.config[command].get("ckpt_path") if command else None
        if given and Path(given).is_file():
            try:
                read(Path(given))
            except DataError as error:
                before = previous(Path(given))
                if not before.is_file():
                    raise
                log.warning("%s Going on from the checkpoint before it, %s.", error, before.name)
                self.config[command].ckpt_path = str(before)
        super()._parse_ckpt_path()

    def _instantiate_trainer(self, config: dict[str, Any], callbacks: list[Callback]) -> L.Trainer:
        """The trainer of a config, which stops and goes on as those of the other commands."""
        finite = FiniteTraining(advice="Begin anew with a lower learning rate, --model.lr")
        kept = config.get("enable_checkpointing") is not False and not config.get("fast_dev_run")
        own: list[Callback] = [finite, FitCheckpoint(finite=finite, kept=kept)]
        given = config.get("callbacks") or []
        if kept and not any(isinstance(one, Checkpoint) for one in (given if isinstance(given, list) else [given])):
            own.append(ModelCheckpoint())  # as Lightning itself adds, where there is no other
        plugins = config.get("plugins") or []
        plugins = [*plugins] if isinstance(plugins, list | tuple) else [plugins]
        if not any(isinstance(one, CheckpointIO) for one in plugins):
            plugins.append(SafeCheckpoints())
        config |= {"enable_checkpointing": True, "plugins": plugins}
        trainer: L.Trainer = super()._instantiate_trainer(config, [*callbacks, *own])
        return trainer

    def fit(self, model: L.LightningModule, *, datamodule: L.LightningDataModule | None = None, **given: Any) -> None:
        """Train; a signal, damaged checkpoints and numbers that cannot be trusted end it as they end the other commands."""
        hint = "Leave --ckpt_path out to train anew."
        train(self.trainer, model, datamodule, start=given.get("ckpt_path"), hint=hint)


class SaveFitConfig(SaveConfigCallback):
    """The config of a `fit` in its log folder; one that validates, tests or predicts there leaves it alone."""

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        if stage == "fit" and trainer.loggers:
            super().setup(trainer, pl_module, stage)


class WritePredictions(BasePredictionWriter):
    """What `predict` finds, in files: ``predictions/0_NAME.safetensors`` and so on, in the log folder or the config's.

    Each holds of one graph `features` (N, D), unit rows in the space of the text encoder, and `gate` (N, K), a column an
    expert, in the order of its nodes.
    """

    def __init__(self) -> None:
        super().__init__(write_interval="epoch")

    def write_on_epoch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, predictions: Sequence[Any], batch_indices: Sequence[Any]
    ) -> None:
        folder = Path(trainer.log_dir or trainer.default_root_dir) / "predictions"
        folder.mkdir(parents=True, exist_ok=True)
        for place, (corpus, found) in enumerate(zip(trainer.datamodule.corpora, predictions, strict=True)):  # type: ignore[attr-defined]
            path = folder / f"{place}_{re.sub(r'[^A-Za-z0-9.-]+', '_', corpus.name)}.safetensors"
            with replacing(path) as temporary:
                save_file({"features": found.features.cpu(), "gate": found.weights.cpu()}, temporary)
            rank_zero_info(f"{corpus.name}: {len(found.features):,} nodes -> {path}")


class _Size:
    """Reads an attribute that not every data module has."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, data: L.LightningDataModule) -> Any:
        return getattr(data, self.name, None)


def main(args: list[str] | None = None) -> Any:
    """Run ``fit | validate | test | predict`` with `args`."""
    # Known by name alone: `class_path: Pretraining`, `--model KGETraining`.
    import graphfm.training.links.foundation_training
    import graphfm.training.links.kge_training
    import graphfm.training.links.link_corpora
    import graphfm.training.links.link_data
    import graphfm.training.links.path_training
    import graphfm.training.links.relation_training
    import graphfm.training.text_graphs.text_graph_data  # noqa: F401

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    return GraphCLI(
        L.LightningModule,
        L.LightningDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        seed_everything_default=0,
        save_config_callback=SaveFitConfig,
        save_config_kwargs={"overwrite": True},  # a fit that goes on in its folder
        trainer_defaults={"callbacks": [WritePredictions()]},
        args=args,
    )
