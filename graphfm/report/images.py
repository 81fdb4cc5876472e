"""A matplotlib `Figure` as SVG for a page, or as a PNG file; matplotlib's settings and the figure stay as they were."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from graphfm.datasets.tables.notes import DataWarning
from graphfm.printable import printable
from graphfm.report.page import escape
from graphfm.report.palette import INK, PAPER

_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "graphfm", "font.family": "sans-serif"}

#: Families of the usual systems with letters that matplotlib's own has not: Chinese, Japanese, Korean first, then others.
WIDE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "SimHei",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Thai",
    "Noto Sans Ethiopic",
    "Noto Sans",
    "Arial Unicode MS",
)


def svg(figure: Figure, alt: str) -> str:
    """The figure as an `<svg>` element to be placed in HTML, with `alt` for those who cannot see it.

    Text stays text, in the colour and font of the page; figures made alike give the same characters.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        # Text stays text, which the reader's fonts show.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        warnings.filterwarnings("ignore", "Matplotlib currently does not support")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = printable(buffer.getvalue())  # what is no character of XML would break the whole page
    element = text[text.index("<svg") :].replace(INK, "currentColor").replace(PAPER, "var(--paper, #fff)")
    label = escape(alt, quote=True)
    return element.replace("<svg", f'<svg role="img" aria-label="{label}"', 1).strip()


def png(figure: Figure, *, dpi: int = 150) -> bytes:
    """The figure as a PNG file on white paper; names in Chinese, Japanese or Korean need a font of `WIDE_FONTS`.

    Letters that no such font of the system has are drawn as boxes, and a `DataWarning` names them.
    """
    installed = set(font_manager.get_font_names())
    families = ["DejaVu Sans", *(family for family in WIDE_FONTS if family in installed)]
    before = [(text, text.get_fontfamily()) for text in figure.findobj(Text)]
    buffer = io.BytesIO()
    try:
        for text, _ in before:
            text.set_fontfamily(families)  # each letter from the first family that has it
        with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            figure.savefig(buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    finally:
        for text, family in before:
            text.set_fontfamily(family)
    _say_missing([str(warning.message) for warning in said])
    return buffer.getvalue()


def _say_missing(said: list[str]) -> None:
    """One warning for all letters that matplotlib found no font for."""
    codes = sorted({int(code) for line in said for code in re.findall(r"^Glyph (\d+) ", line)})
    if codes:
        letters = ", ".join(f"U+{code:04X}" for code in codes[:5]) + (", ..." if len(codes) > 5 else "")
        warnings.warn(
            f"no font of this system has {letters}: drawn as boxes. Install one that has them, such as Noto Sans, or take the "
            "page (.html), which browsers show with fonts of their own.",
            DataWarning,
            stacklevel=3,
        )
