"""Names that try to act: on the terminal, on a page, in a picture, in a line of a log. They are shown, and that is all."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from graphfm.commands.terminal import terminal
from graphfm.printable import printable
from graphfm.report.images import png, svg
from graphfm.report.page import Note, Section, html_page
from graphfm.report.page import Table as PageTable
from graphfm.report.paths_page import heat_map
from graphfm.report.plots import bars, line_curves, scatter_map, stacked_gate_bars

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "user\u202egnp.exe",
    "\u2066x\u2069",
    "a\x00b",
    "a\rb",
    "\x9b31m",
    "\ud800",
    "\ufffe",
    "<script>alert(1)</script>",
    "]]></svg><script>",
    "&lt;&#x1b;",
    "$\\undefined{$",
    "$x$",
    "\\$",
    "_hidden",
    ":warning: [bold]x[/bold]",
    "家族 family العائلة ‍👩‍👧",
    "",
]
ACTS = [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xD800]


def acts(text: str) -> list[str]:
    return [hex(ord(char)) for char in text if ord(char) in ACTS]


@given(st.text(st.characters()))
@example("\ud800")
def test_nothing_acts_and_what_does_not_act_stays(text):
    found = printable(text)
    assert not acts(found)
    assert printable(found) == found
    if not any(char in "\u200b\u200e" or ord(char) in ACTS for char in text) and text.isprintable():
        assert found == text


@pytest.mark.parametrize("name", HOSTILE)
def test_the_terminal_shows_names_and_obeys_none(name):
    console = terminal()
    console.file, console._force_terminal = io.StringIO(), True
    plain = terminal()
    plain.file = io.StringIO()
    for out in (console, plain):
        table = Table(title=f"Zero-shot on {name}")
        table.add_column("method")
        table.add_row(name)
        table.add_row(Text(name))
        out.print(table)
        out.print(f"{name} of 3", highlight=False, soft_wrap=True)
    assert not acts(plain.file.getvalue())
    sequences = console.file.getvalue().split("\x1b")[1:]
    assert all(part.startswith("[") and "]0;" not in part and "]8;" not in part for part in sequences)
    if name.startswith(":"):
        assert name in plain.file.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_pages_and_pictures_are_whole_and_still(name):
    figures = [
        bars([(name, 1.0), ("other", 2.0)], xlabel="accuracy"),
        line_curves({name or "x": ([1, 2], [1, 2]), "b": ([1, 2], [2, 1])}, xlabel="x", ylabel="y"),
        scatter_map([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]], [0, 0, 1], [name, "b"]),
        stacked_gate_bars([[1.0], [1.0]], [name, "b"], experts=["euclidean"]),
        heat_map([[0.5]], rows=[name], columns=[name], xlabel="x"),
    ]
    drawn = [svg(figure, f"alt of {name}") for figure in figures]
    for picture in drawn:
        root = ET.fromstring(picture)
        assert not [element for element in root.iter() if element.tag.endswith("script")]
        assert not acts(picture)
    page = html_page(name, [Section(name, [name, Note(name), PageTable([name], [[name]], name)])], lead=name)
    assert not acts(page)
    assert "<script" not in page
    assert page.encode()


def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is():
    picture = svg(bars([("$x$ and $y$", 1.0)], xlabel="accuracy"), "bars")
    assert "$x$ and $y$" in picture
    assert png(bars([("$\\undefined$", 1.0)], xlabel="accuracy")).startswith(b"\x89PNG")


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(), max_size=8))
def test_any_label_gives_well_formed_xml(name):
    ET.fromstring(svg(bars([(name, 1.0)], xlabel="accuracy"), name))
