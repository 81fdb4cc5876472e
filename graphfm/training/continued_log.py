"""A CSV log that goes on where a killed run left it."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.loggers.csv_logs import ExperimentWriter


class ContinuedCSVLog(CSVLogger):
    """Lightning's `CSVLogger`, which would delete the log of the run that it resumes.

    Steps between the last checkpoint and the kill are done again and stand there twice; of equal steps the last one counts.

    Args:
        folder: of the run; the log is ``FOLDER/log/metrics.csv``.
    """

    def __init__(self, folder: Path) -> None:
        # Written at once: a kill must not take with it what the last checkpoint still knows.
        super().__init__(folder, name="", version="log", flush_logs_every_n_steps=1)

    @property
    def experiment(self) -> Any:
        """The writer; before its first use the old rows are read, for making it deletes them."""
        if self._experiment is not None:
            return self._experiment
        path = Path(self.log_dir) / ExperimentWriter.NAME_METRICS_FILE
        rows: list[dict[str, Any]] = []
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*Experiment logs directory .* exists")
            writer: Any = CSVLogger.experiment.fget(self)  # type: ignore[attr-defined]
        if rows and isinstance(writer, ExperimentWriter):
            writer.metrics = rows
            writer.save()
        return writer
