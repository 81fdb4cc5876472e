"""One self-contained HTML page from titles, paragraphs, tables and figures: no scripts, nothing fetched, light and dark."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from graphfm.printable import escape

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2128; --soft: #59636e; --rule: #d8dde3; --shade: #f4f6f8;
        --accent: #0f7469; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15191e; --ink: #dfe4ea; --soft: #9aa5b1; --rule: #333b44; --shade: #1d232a; --accent: #4cc2b3; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 52rem; background: var(--paper); color: var(--ink);
       font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: 1.1rem; border-top: 1px solid var(--rule); }
p { margin: .6rem 0; max-width: 44rem; }
.lead { color: var(--soft); margin-top: 0; }
.note { border-left: 3px solid var(--accent); background: var(--shade); padding: .6rem .9rem; margin: .9rem 0; }
figure { margin: 1.1rem 0; }
figure svg, figure img { display: block; max-width: 100%; height: auto; color: var(--soft); }
figure img { background: #ffffff; }
svg text { font-family: inherit !important; }
figcaption, caption { color: var(--soft); font-size: .88rem; text-align: left; }
caption { padding-bottom: .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; max-width: 100%; }
th, td { padding: .28rem .9rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 600; }
tbody th { color: var(--ink); font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
td, tbody th { overflow-wrap: break-word; }
tbody th { min-width: 6rem; }
@media (max-width: 40rem) {
  body { padding: 1.2rem .8rem 3rem; }
  table { font-size: .74rem; }
  th, td { padding-right: .35rem; }
  figure { overflow-x: auto; }
  figure svg, figure img { min-width: 30rem; }
}
@page { margin: 16mm 14mm; }
@media print {
  :root { --paper: #ffffff; --ink: #1c2128; --soft: #59636e; --rule: #d8dde3; --shade: #f4f6f8; --accent: #0f7469; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3, h2 + p, h3 + p { break-after: avoid; }
  figure, tr, .note { break-inside: avoid; }
  figure svg, figure img { max-height: 21cm; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding-right: .5em; overflow-wrap: anywhere; }
}
"""

Cell = str | int | float | None


class Table(NamedTuple):
    """Rows under a header; numbers are set right, and None is left blank. The first column names the rows."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""


class Picture(NamedTuple):
    """A figure: the text of an `<svg>` element, or the bytes of a PNG file."""

    image: str | bytes
    caption: str


class Note(NamedTuple):
    """A paragraph set apart."""

    text: str


class Section(NamedTuple):
    """A heading and what stands under it; a plain string is a paragraph."""

    title: str
    blocks: Sequence[str | Table | Picture | Note]


def html_page(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """The whole page as text. Everything but the figures is escaped.

    >>> "<p>a &lt; b</p>" in html_page("Title", [Section("One", ["a < b"])])
    True
    """
    body = "\n".join(
        f"<section>\n<h2>{escape(section.title)}</h2>\n" + "\n".join(map(_block, section.blocks)) + "\n</section>"
        for section in sections
    )
    intro = f'<p class="lead">{escape(lead)}</p>\n' if lead else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{intro}{body}\n</main>\n</body>\n</html>\n"
    )


def _block(block: str | Table | Picture | Note) -> str:
    match block:
        case Table():
            return _table(block)
        case Picture(image, caption):
            return f"<figure>\n{_image(image, caption)}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"
        case Note(text):
            return f'<p class="note">{escape(text)}</p>'
        case _:
            return f"<p>{escape(block)}</p>"


def _image(image: str | bytes, caption: str) -> str:
    if isinstance(image, str):
        return image
    data = base64.b64encode(image).decode("ascii")
    return f'<img alt="{escape(caption, quote=True)}" src="data:image/png;base64,{data}">'


def _table(table: Table) -> str:
    numeric = [
        all(_is_number(row[column]) for row in table.rows) and any(row[column] not in ("", None) for row in table.rows)
        for column in range(len(table.header))
    ]
    head = "".join(
        f'<th scope="col"{_number(right)}>{escape(name)}</th>'
        for name, right in zip(table.header, numeric, strict=True)
    )
    columns = [_column([row[column] for row in table.rows]) for column in range(len(table.header))]
    body = "".join(f"<tr>{_row(row, numeric)}</tr>\n" for row in zip(*columns, strict=True))
    caption = f"<caption>{escape(table.caption)}</caption>\n" if table.caption else ""
    return (
        f'<div class="wide"><table>\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>'
    )


def _row(row: Sequence[str], numeric: Sequence[bool]) -> str:
    first, *others = map(escape, row)
    cells = "".join(f"<td{_number(right)}>{text}</td>" for text, right in zip(others, numeric[1:], strict=True))
    return f'<th scope="row"{_number(numeric[0])}>{first}</th>{cells}'


def _column(values: Sequence[Cell]) -> list[str]:
    """The cells of a column as text: numbers in one form, with one number of decimals, thousands apart."""
    numbers = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    largest = max(numbers, default=0.0)
    decimals = 3 if largest < 10 else 1 if largest < 100_000 else 0

    def text(value: Cell) -> str:
        match value:
            case None:
                return ""
            case int():
                return f"{value:,}"
            case float():
                return f"{value:,.{decimals}f}" if math.isfinite(value) else ""
            case _:
                return value

    return [text(value) for value in values]


def _is_number(value: Cell) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"([-+−]?[\d,.]+( ?%)?( ± [\d.]+)?)?", value) is not None


def _number(right: bool) -> str:
    return ' class="number"' if right else ""
