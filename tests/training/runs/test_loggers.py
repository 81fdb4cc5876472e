"""Loggers by name: the run's own file always, one of Lightning's beside it; a missing package is said before any work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from graphfm.datasets import Triples
from graphfm.errors import DataError, GraphFMError
from graphfm.training.link_prediction import link_prediction
from graphfm.training.pretrain import pretrain
from graphfm.training.runs import loggers
from graphfm.training.runs.loggers import PACKAGES, make_loggers

SMALL: dict[str, Any] = {"epochs": 1, "dim": 4, "progress": False, "accelerator": "cpu"}


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "mlflow"])
def test_a_missing_package_gives_the_line_that_installs_it(
    name: str, ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loggers, "find_spec", lambda package: None)
    with pytest.raises(DataError, match=rf"pip install 'graphfm\[{name}\]'"):
        link_prediction(ring, out=tmp_path / "run", logger=name, **SMALL)
    with pytest.raises(DataError, match=rf"pip install 'graphfm\[{name}\]'"):
        pretrain([ring], out=tmp_path / "run", logger=name)
    assert not (tmp_path / "run").exists()


def test_the_named_logger_stands_beside_the_run_s_own(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[tuple[dict[str, float], int]] = []

    class Recorder(loggers.ContinuedCSVLog):
        """A logger that keeps what Lightning hands it, in the place of the one that its package would bring."""

        def __init__(self, folder: Path, **options: Any) -> None:
            super().__init__(Path(folder) / "other")

        def log_metrics(self, metrics: Any, step: int | None = None) -> None:
            rows.append((dict(metrics), step or 0))

    import lightning.pytorch.loggers as lightning_loggers

    monkeypatch.setattr(loggers, "find_spec", lambda package: sys)
    monkeypatch.setattr(lightning_loggers, "TensorBoardLogger", Recorder)
    link_prediction(ring, out=tmp_path / "run", logger="tensorboard", **SMALL)
    assert (tmp_path / "run" / "log" / "metrics.csv").is_file()
    assert any("val_mrr" in metrics for metrics, _ in rows)


def test_a_logger_that_does_not_start_says_what_it_wants(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLogin(loggers.ContinuedCSVLog):
        """What a package does that has no login."""

        def __init__(self, **_: Any) -> None:
            super().__init__(tmp_path)

        @property
        def experiment(self) -> Any:
            raise RuntimeError("no API key")

    import lightning.pytorch.loggers as lightning_loggers

    monkeypatch.setattr(loggers, "find_spec", lambda package: sys)
    monkeypatch.setattr(lightning_loggers, "WandbLogger", NoLogin)
    with pytest.raises(GraphFMError, match=r"wandb did not start \(no API key\)\. Log in .*WANDB_MODE=offline"):
        link_prediction(ring, out=tmp_path / "run", logger="wandb", **SMALL)


def test_names_and_packages(tmp_path: Path) -> None:
    assert set(PACKAGES) == {"csv", "tensorboard", "wandb", "mlflow"}
    assert [type(made).__name__ for made in make_loggers("csv", tmp_path)] == ["ContinuedCSVLog"]
    with pytest.raises(DataError, match="one of csv, tensorboard, wandb, mlflow"):
        make_loggers("excel", tmp_path)


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "mlflow"])
def test_the_real_loggers_where_they_are_installed(
    name: str, ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(name)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    link_prediction(ring, out=tmp_path / "run", logger=name, **SMALL)
    link_prediction(ring, out=tmp_path / "run", logger=name, **SMALL | {"epochs": 2})
    places = {"tensorboard": "tensorboard/events*", "wandb": "wandb/offline-run-*/*.wandb", "mlflow": "mlflow.db"}
    assert [path for path in (tmp_path / "run").glob(places[name]) if path.stat().st_size]
