"""A data frame as text, a row a line: CSV and TSV that are safe to open in a spreadsheet, JSON Lines. What repeats is made once.

Most cells of a long table say again what cells above them said. So each column is taken apart into its different values and
which of them each row holds, and the values alone are turned into text; columns side by side that make few different pairs
become one; the lines are put together last.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from os import PathLike
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphfm.files import finite, write_parts

if TYPE_CHECKING:
    import pandas as pd

WRITTEN_AT_ONCE = 1 << 16  # rows of a piece of text
FEW = 0.25  # different pairs a row up to which two columns become one


class _Column(NamedTuple):
    """A column of n rows and d different cells."""

    place: np.ndarray  # (n,) of int: which of the cells a row holds
    cells: np.ndarray  # (d,) values, or their text as objects


def write_table(path: str | PathLike[str], frame: pd.DataFrame) -> None:
    """Write a data frame as CSV that people open, see `csv_parts`; whole or not at all."""
    write_parts(path, csv_parts(frame))


def csv_parts(frame: pd.DataFrame, *, sep: str = ",") -> Iterator[str]:
    """A frame as CSV, in pieces of whole lines: as `pandas.DataFrame.to_csv` has it, but no cell is a formula to a spreadsheet.

    A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line end, and is no number, gets an apostrophe in front, which
    spreadsheets take for "text follows".

    Args:
        frame: its index is left out.
        sep: the character between two cells.
    """
    columns = _columns(frame)
    if columns is None:
        yield _through_pandas(frame, sep)
        return
    yield str(frame.iloc[:0].to_csv(index=False, sep=sep, lineterminator="\n"))
    ends = [sep] * (len(columns) - 1) + ["\n"]
    texts = [_csv_cells(column.cells, sep, alone=len(columns) == 1) for column in columns]
    yield from _lines(_Column(column.place, text + end) for column, text, end in zip(columns, texts, ends, strict=True))


def json_parts(frame: pd.DataFrame) -> Iterator[str]:
    """A frame as JSON Lines, in pieces of whole lines; what is missing or not finite, which JSON has not, is null."""
    columns = _columns(frame)
    if columns is None:
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        yield from (json.dumps(finite(row), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        return
    names = [json.dumps(name, ensure_ascii=False) for name in frame.columns]
    starts = [f"{'{' if i == 0 else ', '}{name}: " for i, name in enumerate(names)]
    ends = [""] * (len(columns) - 1) + ["}\n"]
    texts = [_json_cells(column.cells) for column in columns]
    yield from _lines(
        _Column(column.place, start + text + end)
        for column, start, text, end in zip(columns, starts, texts, ends, strict=True)
    )


def _columns(frame: pd.DataFrame) -> list[_Column] | None:
    """The columns of a frame; None where one holds what is neither text nor a plain number, or its name is none of its own."""
    names = list(frame.columns)
    if not names or len({*names}) < len(names) or not all(isinstance(name, str) for name in names):
        return None
    found = [_column(column) for _, column in frame.items()]
    plain = [column for column in found if column is not None]
    return plain if len(plain) == len(found) else None


def _column(column: pd.Series[Any]) -> _Column | None:
    import pandas as pd

    kind = column.dtype
    if kind in (np.float32, np.float64):
        # By their bits: 0.0 and -0.0 are equal and are written apart.
        bits = column.to_numpy().view(f"i{kind.itemsize}")
        place, cells = pd.factorize(bits)
        return _Column(place, cells.view(kind))
    is_text = pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(column, skipna=True) in (
        "string",
        "empty",
    )
    texts = is_text or isinstance(kind, pd.StringDtype)
    nullable = isinstance(kind, pd.BooleanDtype) or (pd.api.types.is_extension_array_dtype(kind) and kind.kind in "iu")
    if not (texts or nullable or (isinstance(kind, np.dtype) and kind.kind in "iub")):
        return None
    place, different = pd.factorize(column, use_na_sentinel=False)
    return _Column(place, np.asarray(different, dtype=object) if texts or nullable else np.asarray(different))


def _csv_cells(cells: np.ndarray, sep: str, *, alone: bool) -> np.ndarray:
    """The cells as CSV has them, quoted where they must be; `alone`: they have no neighbours, and an empty one is quoted."""
    import pandas as pd

    missing = pd.isna(cells)
    texts: np.ndarray = cells.astype(str).astype(object)
    if cells.dtype == object:
        texts[:] = [_no_formula(cell) if isinstance(cell, str) else str(cell) for cell in cells.tolist()]
    texts[missing] = ""
    if cells.dtype != object and not alone:
        return texts
    found: list[str] = []
    writer = csv.writer(SimpleNamespace(write=found.append), delimiter=sep, lineterminator="\n")
    writer.writerows(([text] for text in texts) if alone else zip(texts, repeat("")))
    end = "\n" if alone else f"{sep}\n"
    quoted = (line.removesuffix(end) for line in found)
    # To most readers a bare carriage return ends a line; Python before 3.13 does not quote it.
    return _as_objects(f'"{cell}"' if "\r" in cell and not cell.startswith('"') else cell for cell in quoted)


def _json_cells(cells: np.ndarray) -> np.ndarray:
    """The cells as JSON values."""
    import pandas as pd

    if cells.dtype.kind == "f":
        return np.where(np.isfinite(cells), _as_objects(map(repr, cells.tolist())), "null")
    if cells.dtype.kind in "iu":
        return cells.astype(str).astype(object)
    encode = json.JSONEncoder(ensure_ascii=False).encode
    listed = zip(cells.tolist(), pd.isna(cells).tolist(), strict=True)
    return _as_objects("null" if missing else encode(cell) for cell, missing in listed)


def _lines(columns: Iterable[_Column]) -> Iterator[str]:
    """The rows of columns whose cells are text with all that stands around it."""
    few = _merged(list(columns))
    for start in range(0, len(few[0].place), WRITTEN_AT_ONCE):
        pieces = [column.cells[column.place[start : start + WRITTEN_AT_ONCE]].tolist() for column in few]
        yield "".join(chain.from_iterable(zip(*pieces, strict=True)))


def _merged(columns: list[_Column]) -> list[_Column]:
    """Columns that say the same line by line, fewer where neighbours make few different pairs."""
    import pandas as pd

    few = [columns[-1]]
    for column in reversed(columns[:-1]):
        right = few[-1]
        most = FEW * len(column.place)
        if max(len(column.cells), len(right.cells)) <= most:
            place, pairs = pd.factorize(column.place * len(right.cells) + right.place)
            if len(pairs) <= most:
                left, other = np.divmod(pairs, len(right.cells))
                few[-1] = _Column(place, column.cells[left] + right.cells[other])
                continue
        few.append(column)
    return few[::-1]


def _through_pandas(frame: pd.DataFrame, sep: str) -> str:
    """CSV of a frame of any content."""
    import pandas as pd

    shown = frame.copy()
    for name in shown.select_dtypes(exclude=["number", "bool"]):
        texts = {cell for cell in shown[name] if isinstance(cell, str)}
        changed = {text: safe for text in texts if (safe := _no_formula(text)) != text}
        if changed:
            cells = [changed.get(cell, cell) if isinstance(cell, str) else cell for cell in shown[name]]
            shown[name] = pd.Series(cells, index=shown.index, dtype=object)
    return str(shown.to_csv(index=False, sep=sep, lineterminator="\n"))


def _no_formula(cell: str) -> str:
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return cell
    return cell if re.fullmatch(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", cell, re.IGNORECASE | re.ASCII) else f"'{cell}"


def _as_objects(texts: Iterable[str]) -> np.ndarray:
    """Strings as an array that adds and picks them one by one."""
    listed = list(texts)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found
