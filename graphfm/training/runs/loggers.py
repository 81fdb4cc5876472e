"""The loggers of Lightning by name: the rows of the run's own CSV file go to one of them too."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from lightning.pytorch.loggers import Logger

from graphfm.errors import DataError, GraphFMError
from graphfm.training.runs.continued_log import ContinuedCSVLog

LoggerName = Literal["csv", "tensorboard", "wandb", "mlflow"]
#: The packages that a logger may work with; any of them will do. The extra has the logger's name.
PACKAGES: dict[str, tuple[str, ...]] = {
    "csv": (),
    "tensorboard": ("tensorboard", "tensorboardX"),
    "wandb": ("wandb",),
    "mlflow": ("mlflow",),
}

#: What a logger wants that does not start.
START = {
    "wandb": "Log in (wandb login), or keep its log here alone (WANDB_MODE=offline).",
    "mlflow": "MLFLOW_TRACKING_URI says where its server is; without it, it writes into the folder of the run.",
}


def check_logger(name: str) -> None:
    """Refuse a logger that is not there, before any work.

    Raises:
        DataError: an unknown name, or the package it needs is not installed.
    """
    if name not in PACKAGES:
        raise DataError(f"the logger {name!r}", expected=f"one of {', '.join(PACKAGES)}")
    needed = PACKAGES[name]
    if needed and not any(find_spec(package) for package in needed):
        raise DataError(
            f"the logger {name} without the package {needed[0]}",
            expected="it to be installed",
            hint=f"pip install 'graphfm[{name}]', or --logger csv, which needs nothing.",
        )


def make_loggers(name: str, folder: Path) -> list[Logger]:
    """The run's own log, which its page is drawn from, and beside it the one named.

    Tensorboard writes into ``FOLDER/tensorboard``. Weights & Biases takes its server from ``wandb login`` and its mode from
    ``WANDB_MODE``. MLflow takes its server from ``MLFLOW_TRACKING_URI``, else writes into ``FOLDER/mlflow.db``.

    Args:
        name: of `PACKAGES`.
        folder: of the run.

    Raises:
        DataError: see `check_logger`.
        GraphFMError: it does not start, such as for want of a login.
    """
    check_logger(name)
    loggers: list[Logger] = [ContinuedCSVLog(folder)]
    if name != "csv":
        loggers.append(_other(name, folder))
        try:
            _ = getattr(loggers[-1], "experiment", None)  # which starts it
        except Exception as error:  # of its own package, which has errors of its own
            raise GraphFMError(
                f"The logger {name} did not start ({error}). {START.get(name, '')} --logger csv needs nothing."
            ) from error
    return loggers


def _other(name: str, folder: Path) -> Logger:
    if name == "tensorboard":
        from lightning.pytorch.loggers import TensorBoardLogger

        return TensorBoardLogger(folder, name="", version="tensorboard")
    if name == "wandb":
        from lightning.pytorch.loggers import WandbLogger

        return WandbLogger(name=folder.name, project="graphfm", save_dir=folder)
    import os

    from lightning.pytorch.loggers import MLFlowLogger

    place = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    return MLFlowLogger(experiment_name="graphfm", run_name=folder.name, tracking_uri=place)
