"""Colours with fixed meanings, readable on light and dark paper and with the common kinds of colour blindness.

The geometries are a scale: blue for negative curvature, grey for none, orange for positive.
"""

from __future__ import annotations

GEOMETRY_COLORS = {"hyperbolic": "#2b6cb0", "euclidean": "#7a818b", "spherical": "#dd6b20"}

ACCENT = "#13857a"  # what a figure is about
MUTED = "#9aa1ab"  # what it is compared with
INK = "#6b7280"  # text and axes; pages replace it by their own text colour
PAPER = "#fefefe"  # halos of labels; pages replace it by their own background

# Classes, in the order of their size; those beyond are MUTED.
CATEGORY_COLORS = (
    "#2b6cb0", "#dd6b20", "#2f9e5b", "#c0392b", "#8e5bb5", "#a0734c", "#d45ba0", "#7f8c1f", "#1aa3b8", "#5a6fd8",
)  # fmt: skip


def geometry_color(name: str) -> str | None:
    """The fixed colour of an expert whose name holds that of a geometry, else None.

    >>> geometry_color("HyperbolicExpert") == GEOMETRY_COLORS["hyperbolic"]
    True
    """
    return next((color for geometry, color in GEOMETRY_COLORS.items() if geometry in name.lower()), None)
