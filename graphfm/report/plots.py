"""Figures of the reports: functions from numbers to a matplotlib `Figure`, which `graphfm.report.images` turns into SVG or PNG.

No function uses pyplot or leaves matplotlib's settings changed, so a program around graphfm keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from graphfm.errors import DataError
from graphfm.printable import printable
from graphfm.report.map_names import MapName, write_names
from graphfm.report.palette import ACCENT, CATEGORY_COLORS, INK, METHOD_COLORS, MUTED, PAPER, geometry_color

FONT_SIZE = 9
MANY_POINTS = 3000  # scatter plots beyond are stored as pixels inside the SVG


def shown(name: str) -> str:
    r"""A name of the user's as a label: no formula, and no character that acts.

    >>> print(shown("$x$"))
    \$x\$
    """
    return printable(name).replace("$", r"\$")


class Bar(NamedTuple):
    """A row of `bars`; `error` is half the length of its whisker."""

    label: str
    value: float
    error: float = 0.0


def histogram(
    values: ArrayLike,
    *,
    xlabel: str,
    ylabel: str = "nodes",
    bins: int | ArrayLike = 40,
    weights: ArrayLike | None = None,
    colors: Sequence[str] | None = None,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """How often values occur.

    Args:
        values: (n,); or the middles of bins that were counted before, with `bins` their edges and `weights` the
        counts.
        xlabel: what the values are.
        ylabel: what is counted.
        bins: number or edges.
        weights: of the values, (n,).
        colors: one for each bin; all in the accent colour when left out.
        marks: named values, shown as vertical lines.
    """
    counts, edges = np.histogram(np.asarray(values), bins=np.asarray(bins), weights=weights)
    figure, axes = _axes(xlabel, ylabel)
    color = list(colors) if colors else ACCENT
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=color, edgecolor=PAPER, linewidth=0.4)
    axes.margins(y=0.12 if marks else 0.05)  # room for the names of the marks
    _add_marks(axes, marks or {})
    return figure


def overlaid_histograms(
    series: Mapping[str, tuple[ArrayLike, str]], *, edges: ArrayLike, xlabel: str, ylabel: str = "share"
) -> Figure:
    """Histograms (counts, colour) by name over the same bins, each scaled to a sum of one; the range follows the data."""
    figure, axes = _axes(xlabel, ylabel)
    edges = np.asarray(edges, dtype=float)
    used = np.zeros(len(edges) - 1, dtype=bool)
    for name, (counts, color) in series.items():
        share = np.asarray(counts, dtype=float) / max(np.sum(counts), 1)
        axes.stairs(share, edges, fill=True, color=color, alpha=0.55, label=shown(name))
        used |= share > 0
    if used.any():
        axes.set_xlim(edges[:-1][used].min(), edges[1:][used].max())
    _add_legend(axes, columns=len(series))
    return figure


def line_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    xscale: str = "linear",
    yscale: str = "linear",
    marks: Mapping[str, float] | None = None,
    reference: str | None = None,
) -> Figure:
    """Curves (x, y) by name; experts keep the colour of their geometry, and the curve `reference` is grey and dashed."""
    figure, axes = _axes(xlabel, ylabel)
    axes.set(xscale=xscale, yscale=yscale)
    if xscale == "linear" and all(np.issubdtype(np.asarray(x).dtype, np.integer) for x, _ in curves.values()):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    free = cycle(zip(METHOD_COLORS, "osD^vX", strict=True))
    for name, (x, y) in curves.items():
        if name == reference:
            axes.plot(x, y, label=shown(name), color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
            continue
        color, marker = next(free)
        axes.plot(
            x, y, label=shown(name), color=geometry_color(name) or color, linewidth=1.6, markersize=4,
            marker=marker if np.size(x) < 25 else None,
        )  # fmt: skip
    if len(curves) > 1:
        _add_legend(axes, columns=min(len(curves), 4))
    _add_marks(axes, marks or {})
    return figure


def bars(
    rows: Sequence[Bar | tuple[str, float]], *, xlabel: str, highlight: str | None = None, digits: int = 1
) -> Figure:
    """One horizontal bar a row, in the order given, with its value beside it; `highlight` names the row that stands out."""
    named = [Bar(*row) for row in rows]
    figure, axes = _axes(xlabel, "", height=0.7 + 0.32 * max(len(named), 1))
    place = np.arange(len(named))[::-1]
    values = [row.value for row in named]
    colors = [geometry_color(row.label) or (ACCENT if row.label == highlight else MUTED) for row in named]
    axes.barh(place, values, height=0.66, color=colors)
    for y, row in zip(place, named, strict=True):
        if row.error:
            axes.plot([row.value - row.error, row.value + row.error], [y, y], color=INK, linewidth=1.2)
        value = f"{row.value:.{digits}f}" + (f" ± {row.error:.{digits}f}" if row.error else "")
        weight = "bold" if row.label == highlight else "normal"
        beyond = max(row.value, 0) + row.error
        axes.annotate(
            value, (beyond, y), (4, 0), textcoords="offset points", va="center", color=INK, fontweight=weight,
            fontsize=FONT_SIZE,
        )  # fmt: skip
    axes.set_yticks(place, [shown(row.label) for row in named])
    axes.margins(x=0.12)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    return figure


def stacked_gate_bars(
    weights: ArrayLike, groups: Sequence[str], *, experts: Sequence[str] = ("hyperbolic", "euclidean", "spherical")
) -> Figure:
    """Mean gate weights of each group of nodes, one stacked bar a group, in order of first appearance.

    Args:
        weights: rows sum to one.
        groups: the group of each node.
        experts: names of the columns of `weights`; a geometry in the name gives the colour.

    Shapes:
        weights (n, K), groups n

    Raises:
        DataError: the shapes do not fit.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (len(groups), len(experts)):
        raise DataError(f"weights of shape {weights.shape}", expected=f"({len(groups)}, {len(experts)})")
    names = list(dict.fromkeys(groups))
    member = np.array([names.index(group) for group in groups])
    means = np.stack([weights[member == i].mean(0) for i in range(len(names))]) if names else weights
    figure, axes = _axes("mean gate weight", "", height=0.95 + 0.32 * max(len(names), 1))
    place = np.arange(len(names))[::-1]
    left = np.zeros(len(names))
    for column, expert in enumerate(experts):
        color = geometry_color(expert) or CATEGORY_COLORS[column % len(CATEGORY_COLORS)]
        axes.barh(
            place, means[:, column], left=left, height=0.66, color=color, label=expert, edgecolor=PAPER, linewidth=0.6
        )
        for y, start, share in zip(place, left, means[:, column], strict=True):
            if share >= 0.08:
                axes.text(start + share / 2, y, f"{share:.2f}", ha="center", va="center", color="white", fontsize=8)
        left = left + means[:, column]
    axes.set_yticks(place, [shown(name) for name in names])
    axes.set_xlim(0, 1)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    _add_legend(axes, columns=len(experts))
    return figure


def scatter_map(
    points: ArrayLike, labels: ArrayLike, class_names: Sequence[str], *, named: Mapping[int, str] | None = None
) -> Figure:
    """A map of nodes coloured by class; the ten largest classes are named at their middles, or in a legend beside `named`.

    Args:
        points: positions.
        labels: classes, -1 for none; those and the classes beyond ten are grey.
        class_names: C names.
        named: points with a name of their own, by their row.

    Shapes:
        points (n, 2), labels (n,)

    Raises:
        DataError: the shapes do not fit.
    """
    points, labels = np.asarray(points, dtype=float), np.asarray(labels)
    if points.shape != (len(labels), 2):
        raise DataError(f"points of shape {points.shape}", expected=f"({len(labels)}, 2)")
    figure, axes = _axes("", "", height=4.6)
    sizes = np.bincount(labels[labels >= 0], minlength=len(class_names))
    largest = [c for c in np.argsort(-sizes, kind="stable")[: len(CATEGORY_COLORS)] if sizes[c]]
    size = float(np.clip(9000 / max(len(points), 1), 2.5, 28))
    style: dict[str, Any] = {"s": size, "linewidths": 0, "rasterized": len(points) > MANY_POINTS}
    rest = ~np.isin(labels, largest)
    axes.scatter(*points[rest].T, color=MUTED, alpha=0.45, label="others" if rest.any() else None, **style)
    for c, color in zip(largest, CATEGORY_COLORS, strict=False):
        axes.scatter(*points[labels == c].T, color=color, alpha=0.75, label=shown(class_names[c]), **style)
    axes.set_axis_off()
    if named:
        _add_legend(axes, columns=2, place="upper left", at=(0, 0), markers=18)
        names = [MapName(shown(word), points[row], INK) for row, word in named.items() if 0 <= row < len(points)]
        write_names(axes, names, lines=True, fontsize=FONT_SIZE - 1)
        return figure
    names = [
        MapName(shown(class_names[c].replace("_", " ")), np.median(points[labels == c], axis=0), color)
        for c, color in zip(largest, CATEGORY_COLORS, strict=False)
    ]
    write_names(axes, names, fontsize=FONT_SIZE, fontweight="bold")
    return figure


def _axes(xlabel: str, ylabel: str, *, width: float = 8.2, height: float = 2.9) -> tuple[Figure, Axes]:
    """An empty figure in the style of all."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(xlabel, color=INK, fontsize=FONT_SIZE)
    axes.set_ylabel(ylabel, color=INK, fontsize=FONT_SIZE)
    axes.tick_params(colors=INK, labelsize=FONT_SIZE, length=3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.grid(color=INK, alpha=0.18, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _add_marks(axes: Axes, marks: Mapping[str, float]) -> None:
    """Vertical lines with their names above the axes; names step down where they would touch."""
    for i, (name, value) in enumerate(sorted(marks.items(), key=lambda mark: mark[1])):
        axes.axvline(value, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            name, (value, 1), (3, -9 - 12 * (i % 3)), xycoords=("data", "axes fraction"), textcoords="offset points",
            color=INK, fontsize=8, path_effects=[withStroke(linewidth=3, foreground=PAPER)],
        )  # fmt: skip


def _add_legend(
    axes: Axes,
    *,
    columns: int,
    place: Literal["lower left", "upper left"] = "lower left",
    at: tuple[float, float] = (0, 1),
    markers: float | None = None,
) -> None:
    legend = axes.legend(
        loc=place, bbox_to_anchor=at, ncols=columns, frameon=False, fontsize=FONT_SIZE, labelcolor=INK,
        handlelength=1.4, handleheight=1, borderaxespad=0.2,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if markers is not None and isinstance(handle, PathCollection):
            handle.set_sizes([markers])
