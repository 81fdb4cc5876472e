"""Colours with fixed meanings, readable on light and dark paper and with the common kinds of colour blindness.

The geometries are a scale: blue for negative curvature, grey for none, orange for positive.
"""

from __future__ import annotations

CURVATURE_COLORS = {-1: "#2b6cb0", 0: "#7a818b", 1: "#dd6b20"}  # by the sign of the curvature

ACCENT = "#13857a"  # what a figure is about
MUTED = "#9aa1ab"  # what it is compared with
INK = "#6b7280"  # text and axes; pages replace it by their own text colour
PAPER = "#fefefe"  # halos of labels; pages replace it by their own background

# Classes, in the order of their size; those beyond are MUTED.
CATEGORY_COLORS = (
    "#2b6cb0", "#dd6b20", "#2f9e5b", "#c0392b", "#8e5bb5", "#a0734c", "#d45ba0", "#7f8c1f", "#1aa3b8", "#5a6fd8",
)  # fmt: skip

# Methods and measurements side by side: none looks like another, or like a geometry, to common kinds of colour blindness.
METHOD_COLORS = (ACCENT, "#cb0acb", "#919107", "#2424f3", "#600505", "#051c60")


def geometry_color(name: str) -> str | None:
    """The fixed colour of the curvature of the expert whose name is part of this one, else None.

    >>> geometry_color("HyperbolicExpert") == CURVATURE_COLORS[-1]
    True
    """
    from graphfm.geometry.parts import experts  # geoopt takes half a second, and not every figure needs it

    found = (expert for part, expert in experts().items() if part in name.lower())
    return next((CURVATURE_COLORS[expert.sign] for expert in found), None)
