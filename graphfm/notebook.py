"""How objects show themselves: a table in a notebook, the same as text elsewhere, and as the frames of other libraries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphfm.printable import escape, printable

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20  # shown of a longer table
_TABLE = "border-collapse:collapse;margin:.4em 0"
_CELL = "padding:.15em .9em .15em 0;text-align:{};border-bottom:1px solid rgba(128,128,128,.35);vertical-align:top"


class Framed:
    """Base of results whose `frame` is a table: shown as one, and given to pandas, polars and Arrow."""

    def frame(self) -> pd.DataFrame:
        """The table."""
        raise NotImplementedError

    def polars(self) -> Any:
        """`frame` as a ``polars.DataFrame``; needs polars."""
        return as_polars(self.frame())

    def arrow(self) -> Any:
        """`frame` as a ``pyarrow.Table``; needs pyarrow (``pip install "graphfm[tables]"``)."""
        return as_arrow(self.frame())

    def _shown(self) -> tuple[str, str]:
        """What stands over the table and under it."""
        return type(self).__name__, ""

    def __repr__(self) -> str:
        return frame_text(self.frame(), *self._shown())

    def _repr_html_(self) -> str:
        return frame_html(self.frame(), *self._shown())


def as_polars(frame: pd.DataFrame) -> Any:
    """A frame as a ``polars.DataFrame``."""
    import polars

    return polars.DataFrame({str(name): column.to_list() for name, column in frame.items()})


def as_arrow(frame: pd.DataFrame) -> Any:
    """A frame as a ``pyarrow.Table``."""
    import pyarrow

    frame = frame.copy(deep=False)
    frame.attrs = {}  # plain words for people, which need not be JSON
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def frame_text(frame: pd.DataFrame, title: str, caption: str = "") -> str:
    """A frame as lines of text, under a title."""
    header, rows = cells(frame)
    widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [header, *rows]]
    return printable("\n".join(line.rstrip() for line in [title, *lines, caption] if line))


def frame_html(frame: pd.DataFrame, title: str, caption: str = "") -> str:
    """A frame as a table of HTML, under a title."""
    return table_html(*cells(frame), title=title, caption=caption)


def cells(frame: pd.DataFrame, *, most: int = ROWS) -> tuple[list[str], list[list[str]]]:
    """The header and the first rows of a frame as text: one form of number a column, nothing for what is missing."""
    columns = {str(name): column.head(most).tolist() for name, column in frame.items()}
    texts = [_column(values) for values in columns.values()]
    rows = [list(row) for row in zip(*texts, strict=True)]
    if len(frame) > most:
        rows.append([f"… {len(frame) - most:,} more", *[""] * (len(columns) - 1)][: len(columns)])
    return list(columns), rows


def table_html(header: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", caption: str = "") -> str:
    """A table as HTML that shows its words and does nothing else; numbers are set right."""
    right = [all(_is_number(row[n]) for row in rows) and bool(rows) for n in range(len(header))]
    style = [_CELL.format("right" if number else "left") for number in right]
    head = "".join(f'<th style="{one}">{escape(name)}</th>' for name, one in zip(header, style, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{one}">{escape(cell)}</td>' for cell, one in zip(row, style, strict=True))
        + "</tr>"
        for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    over = f"<strong>{escape(title)}</strong>" if title else ""
    under = f'<div style="opacity:.75;max-width:52em">{escape(caption)}</div>' if caption else ""
    return f'<div>{over}<table style="{_TABLE}">{top}<tbody>{body}</tbody></table>{under}</div>'


def facts_html(title: str, facts: Mapping[str, Any]) -> str:
    """What is known of one thing: a name and a value a row; what is unknown is left out."""
    rows = [(name, _text(value)) for name, value in facts.items() if value not in (None, "", [], {})]
    return table_html(("", ""), rows, title=title)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value[:12])) + (f", … ({len(value):,})" if len(value) > 12 else "")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _column(values: list[Any]) -> list[str]:
    numbers = [v for v in values if isinstance(v, float) and math.isfinite(v)]
    whole = all(v.is_integer() for v in numbers)
    digits = 0 if whole else 3 if all(abs(v) <= 2 for v in numbers) else 1

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:,.{digits}f}" if math.isfinite(value) else ""
        return "" if value is None else _text(value)

    return [cell(value) for value in values]


def _is_number(text: str) -> bool:
    return not text or (text.lstrip("-").replace(",", "").replace(".", "", 1).isdigit())
