"""A CSV log that goes on where a stopped run's last checkpoint left it."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from graphfm import durable
from graphfm.errors import DataError
from graphfm.files import write_text

log = logging.getLogger(__name__)

Line = dict[str, str]


class ContinuedCSVLog(Logger):
    """Rows of ``FOLDER/log/metrics.csv``, written at once; a new column makes a new file, which takes the old one's place.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "log" / "metrics.csv"
        self._columns: list[str] = []

    @property
    def name(self) -> str:
        return ""

    @property
    def version(self) -> str:
        return "log"

    @property
    def save_dir(self) -> str:
        return str(self.path.parents[1])

    @rank_zero_only
    def log_hyperparams(self, params: Any, *_: Any, **__: Any) -> None:
        """Nothing: the settings of a run are in its settings.json."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        row = {name: str(value.item() if hasattr(value, "item") else value) for name, value in metrics.items()}
        row["step"] = str(step or 0)
        if not set(row) <= set(self._columns):
            rows = _read(self.path) if self.path.exists() else []
            self._write([*rows, row])
            return
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(_text(self._columns, [row]))

    @rank_zero_only
    def rewind(self, step: int, row: Mapping[str, Any] | None = None) -> None:
        """Leave the rows that were logged before `step` batches were done; what came after will come again.

        Args:
            step: number of batches.
            row: the last of these rows, which may be missing in the file.
        """
        try:
            rows = [found for found in _read(self.path) if int(found["step"]) < step] if self.path.exists() else []
        except DataError as error:
            aside = self.path.with_name("metrics.damaged.csv")
            self.path.replace(aside)
            log.warning("%s It is kept as %s, and a new log begins.", error, aside.name)
            rows = []
        if row is not None:
            last = {name: str(value) for name, value in row.items()}
            if last not in rows:
                rows.append(last)
        if rows:
            self._write(rows)
        else:
            self._columns = []
            self.path.unlink(missing_ok=True)

    @rank_zero_only
    def flush(self) -> None:
        """Bring all rows to the disk."""
        if self.path.exists():
            durable.flush(self.path)

    def _write(self, rows: Sequence[Line]) -> None:
        self._columns = sorted(set().union(*rows))
        header = {name: name for name in self._columns}
        write_text(self.path, _text(self._columns, [header, *rows]))


def _text(columns: Sequence[str], rows: Sequence[Line]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, columns, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _read(path: Path) -> list[Line]:
    """The rows of a log, each with the cells it has; a last line that a kill has cut is left out.

    Raises:
        DataError: no log of a run.
    """
    try:
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        header, *lines = list(csv.reader(io.StringIO(whole.decode("utf-8")))) or [[]]
        if lines and ("step" not in header or len(set(header)) < len(header)):
            raise ValueError("odd columns")
        rows = [dict(zip(header, line, strict=True)) for line in lines]
        [int(row["step"]) for row in rows]
    except (ValueError, csv.Error) as error:
        raise DataError(f"a damaged log ({error})", expected="rows of numbers with a step", path=path) from error
    return [{name: cell for name, cell in row.items() if cell} for row in rows]
