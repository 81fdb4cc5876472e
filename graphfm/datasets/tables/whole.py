"""A table with a header, read whole: CSV, TSV and the like by their text, Parquet, Feather and Arrow through pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas

from graphfm.datasets.tables.cells import Block, QuotesMetError, read_blocks
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import plain_name
from graphfm.errors import DataError

#: Endings of tables in columns, which know the names and types of theirs.
COLUMNAR = (".parquet", ".pq", ".feather", ".arrow", ".ipc")


class WholeTable(NamedTuple):
    """The columns of a table by name, strings as they are written or values of columnar files, and the line of each row."""

    path: Path
    header: list[str]
    columns: dict[str, list[Any]]
    lines: list[int] | None


def is_columnar(path: Path) -> bool:
    return plain_name(path).lower().endswith(COLUMNAR)


def read_frame(path: Path) -> pandas.DataFrame:
    """A Parquet, Feather or Arrow file.

    Raises:
        DataError: damaged, or pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import feather, parquet
    except ImportError as error:
        hint = "Install it: pip install 'graphfm[tables]', or save the table as CSV."
        raise DataError(
            f"a file ending in {path.suffix}", expected="pyarrow, which reads it", hint=hint, path=path
        ) from error
    try:
        read = parquet.read_table if path.suffix.lower() in (".parquet", ".pq") else feather.read_table
        return read(path).to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        found = f"a damaged or other file ({' '.join(str(error).split())[:120]})"
        raise DataError(found, expected=f"a whole {path.suffix} file", path=path) from error


def as_pandas(frame: Any) -> pandas.DataFrame:
    """A frame of pandas, polars or pyarrow as one of pandas.

    Raises:
        DataError: something else.
    """
    if isinstance(frame, pandas.DataFrame):
        return frame
    if hasattr(frame, "iter_rows") and hasattr(frame, "to_dict"):  # polars, without pyarrow
        return pandas.DataFrame(frame.to_dict(as_series=False))
    if hasattr(frame, "to_pandas"):
        return frame.to_pandas()
    raise DataError(f"a {type(frame).__name__}", expected="a frame of pandas, polars or pyarrow")


def read_table(path: Path, reading: Reading | None = None, *, least: int = 2) -> WholeTable:
    """All columns of a table whose first line names them.

    Raises:
        DataError: two columns of one name, rows of other widths, bytes that are no text.
    """
    reading = reading or Reading()
    if is_columnar(path):
        frame = read_frame(path)
        header = [str(column) for column in frame.columns]
        columns = {name: frame.iloc[:, i].tolist() for i, name in enumerate(header)}
        return WholeTable(path, header, columns, None)
    found = sample(path, reading, least=least)
    if not found.rows:
        raise DataError("an empty file", expected="at least one line", path=path)
    width = len(found.rows[0])
    named = reading.header is not False
    header = found.rows[0] if named else [str(i + 1) for i in range(width)]
    if len({*header}) < width:
        twice = next(name for name in header if header.count(name) > 1)
        if twice:
            raise DataError(f"the column {twice!r} twice", expected="a name of its own for each", path=path, line=1)
    dialect = found.dialect
    while True:
        try:
            blocks = [*read_blocks(
                path, dialect, range(width), width=width, skip=int(named), encoding=reading.encoding, progress=True
            )]  # fmt: skip
            break
        except QuotesMetError:
            dialect = dialect._replace(quoted=True)
    return WholeTable(path, header, {name: _column(blocks, i) for i, name in enumerate(header)}, _lines(blocks))


def _column(blocks: list[Block], place: int) -> list[str]:
    cells: list[str] = [cell for block in blocks for cell in block.columns[place].tolist()]
    return [cell.strip(" ") for cell in cells] if any(block.padded for block in blocks) else cells


def _lines(blocks: list[Block]) -> list[int]:
    return np.concatenate([block.lines for block in blocks]).tolist() if blocks else []
