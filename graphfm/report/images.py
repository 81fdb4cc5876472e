"""A matplotlib `Figure` as SVG for a page, or as a PNG file; matplotlib's settings and the figure stay as they were."""

from __future__ import annotations

import io
import warnings
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from graphfm.printable import printable
from graphfm.report.page import escape
from graphfm.report.palette import INK, PAPER

_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "graphfm", "font.family": "sans-serif"}

#: Families of the usual systems with the letters that matplotlib's own has not.
WIDE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "SimHei",
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
    """The figure as a PNG file on white paper; names in Chinese, Japanese or Korean need a font of `WIDE_FONTS`."""
    installed = set(font_manager.get_font_names())
    families = ["DejaVu Sans", *(family for family in WIDE_FONTS if family in installed)]
    before = [(text, text.get_fontfamily()) for text in figure.findobj(Text)]
    buffer = io.BytesIO()
    try:
        for text, _ in before:
            text.set_fontfamily(families)  # each letter from the first family that has it
        with matplotlib.rc_context(_SETTINGS):
            figure.savefig(buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    finally:
        for text, family in before:
            text.set_fontfamily(family)
    return buffer.getvalue()
