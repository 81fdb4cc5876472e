"""A table with a header, read whole: CSV, TSV and the like by their text, Parquet, Feather and Arrow through pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas

from graphfm.datasets.tables.cells import Block, QuotesMetError, bare, read_blocks
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.foreign import foreign
from graphfm.datasets.tables.json_rows import first_names, read_json_rows
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import PACKED, plain_name, unpacked
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
        from pyarrow import parquet
    except ImportError as error:
        hint = "Install it: pip install 'graphfm[tables]', or save the table as CSV."
        raise DataError(
            f"a file ending in {path.suffix}", expected="pyarrow, which reads it", hint=hint, path=path
        ) from error
    try:
        table = parquet.read_table(path) if path.suffix.lower() in (".parquet", ".pq") else _of_arrow(path)
        return _as_frame(table, path)
    except (pyarrow.ArrowException, OSError, LookupError, ValueError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        with unpacked(path) as stream:
            other = foreign(path, stream.read(32))
        if path.suffix.lower() in PACKED:
            other = "a table in columns within a packed file", f"Unpack it, and give {plain_name(path)}."
        if other is not None:
            raise DataError(other[0], expected=f"a whole {path.suffix} file", hint=other[1], path=path) from error
        found = f"a damaged or other file ({' '.join(str(error).split())[:120]})"
        hint = "Where it is text, name it by what is in it: .csv, .tsv or .jsonl."
        raise DataError(found, expected=f"a whole {path.suffix} file", hint=hint, path=path) from error


def column_names(path: Path) -> list[str]:
    """The names of the columns of a Parquet file, none of another or a damaged one."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return []
    try:
        return list(parquet.read_schema(path).names) if path.suffix.lower() in (".parquet", ".pq") else []
    except (pyarrow.ArrowException, OSError):
        return []


def _of_arrow(path: Path) -> Any:
    """A file of Arrow: as a file, or as a stream, which has no magic number."""
    import pyarrow
    from pyarrow import feather, ipc

    try:
        return feather.read_table(path)
    except pyarrow.ArrowInvalid:
        with path.open("rb") as file:
            return ipc.open_stream(file).read_all()


def _as_frame(table: Any, path: Path) -> pandas.DataFrame:
    """A table of Arrow as a frame, whose index has a column of its own where it has a name; bytes are text.

    Raises:
        DataError: bytes that are not UTF-8.
    """
    import pyarrow
    from pyarrow import types

    for place, column in enumerate(table.schema):
        if types.is_binary(column.type) or types.is_large_binary(column.type):
            try:
                table = table.set_column(place, column.name, table.column(place).cast(pyarrow.string()))
            except pyarrow.ArrowInvalid as error:
                hint = "Write it as strings."
                raise DataError(
                    f"bytes that are not UTF-8 in the column {column.name!r}", expected="text", hint=hint, path=path
                ) from error
    return with_index(table.to_pandas())


def with_index(frame: pandas.DataFrame) -> pandas.DataFrame:
    """A frame with the levels of its index that have a name as its first columns."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named) if named else frame


def as_pandas(frame: Any) -> pandas.DataFrame:
    """A frame of pandas, polars or pyarrow as one of pandas.

    Raises:
        DataError: something else.
    """
    if isinstance(frame, pandas.DataFrame):
        return with_index(frame)
    if hasattr(frame, "iter_rows") and hasattr(frame, "to_dict"):  # polars, without pyarrow
        return pandas.DataFrame(frame.to_dict(as_series=False))
    if hasattr(frame, "to_pandas"):
        return frame.to_pandas()
    hint = "Make one: pandas.DataFrame(rows, columns=['head', 'relation', 'tail']); of a lazy frame, its collect()."
    raise DataError(f"a {type(frame).__name__}", expected="a frame of pandas, polars or pyarrow", hint=hint)


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
    if first_names(path):
        frame, numbers = read_json_rows(path, reading.encoding)
        return WholeTable(
            path, [*map(str, frame.columns)], {str(n): frame[n].tolist() for n in frame}, numbers.tolist()
        )
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
            skip = int(named and not dialect.above)
            blocks = [*read_blocks(
                path, dialect, range(width), width=width, skip=skip, encoding=reading.encoding, progress=True
            )]  # fmt: skip
            break
        except QuotesMetError:
            dialect = dialect._replace(quoted=True)
    return WholeTable(path, header, {name: _column(blocks, i) for i, name in enumerate(header)}, _lines(blocks))


def _column(blocks: list[Block], place: int) -> list[str]:
    cells: list[str] = [cell for block in blocks for cell in block.columns[place].tolist()]
    if any(block.padded for block in blocks):
        cells = [cell.strip(" ") for cell in cells]
    # No-break blanks look like others; an id with one is not the id without.
    return [bare(cell) for cell in cells] if not all(map(str.isascii, cells)) else cells


def _lines(blocks: list[Block]) -> list[int]:
    return np.concatenate([block.lines for block in blocks]).tolist() if blocks else []
