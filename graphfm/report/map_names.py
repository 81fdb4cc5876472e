"""Names on a map: each beside its point, none upon another and none beyond the picture."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from graphfm.report.palette import INK, PAPER

#: Where a name is tried, in widths and heights of its own: on its point, then in rings around it.
MOVES = sorted(
    ((right, up) for right in (-1.1, -0.55, 0.0, 0.55, 1.1) for up in range(-8, 9)),
    key=lambda move: (abs(4 * move[0]) + abs(move[1]), move[1] < 0, move[0] < 0),
)
WIDER = 1.15  # a browser's letters may be wider than those that are measured
BETWEEN = 2.0  # pixels of a figure


class MapName(NamedTuple):
    """A name and the point that it belongs to, in coordinates of the map (2,)."""

    words: str
    point: NDArray[np.float64]
    color: str


def write_names(axes: Axes, names: Sequence[MapName], *, lines: bool = False, **style: Any) -> list[int]:
    """Write each name as near to its point as those before it leave room for; returns which were left out, having none.

    All else of the figure, a legend say, has to be in it already: it decides where on the picture a point lies.

    Args:
        axes: of the map; its limits stay as they are from here on.
        names: the more important first.
        lines: keep names off their points, and draw a thin line from each to its own.
        style: of matplotlib's text.
    """
    left: list[int] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # text stays text, which the reader's fonts show
        warnings.filterwarnings("ignore", "Matplotlib currently does not support")
        axes.get_figure().draw_without_rendering()  # type: ignore[union-attr]
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
        frame = axes.get_window_extent()
        taken: list[Bbox] = []
        for row, name in enumerate(names):
            label = axes.text(
                name.point[0], name.point[1], name.words, ha="center", va="center", color=name.color, in_layout=False,
                path_effects=[withStroke(linewidth=3, foreground=PAPER)], **style,
            )  # fmt: skip
            box = _free(label, frame, taken, off_point=lines)
            if box is None:
                label.remove()
                left.append(row)
                continue
            taken.append(box)
            label.set_position(_middle(axes, box))
            if lines:
                _line(axes, name.point, box)
    return left


def _free(label: Text, frame: Bbox, taken: Sequence[Bbox], *, off_point: bool) -> Bbox | None:
    """The first place of `MOVES` within the frame where the label's box meets none of `taken`."""
    measured = label.get_window_extent()
    box = measured.expanded(WIDER, 1.0).padded(BETWEEN)
    point = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    for right, up in MOVES:
        moved = _within(box.translated(right * box.width, up * box.height), frame)
        if off_point and moved.contains(*point):
            continue
        if not any(moved.overlaps(other) for other in taken):
            return moved
    return None


def _within(box: Bbox, frame: Bbox) -> Bbox:
    """The box moved into the frame; one that is larger begins where the frame does."""
    right = max(frame.x0 - box.x0, min(0.0, frame.x1 - box.x1))
    up = max(frame.y0 - box.y0, min(0.0, frame.y1 - box.y1))
    return box.translated(right, up)


def _middle(axes: Axes, box: Bbox) -> tuple[float, float]:
    x, y = axes.transData.inverted().transform(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
    return float(x), float(y)


def _line(axes: Axes, point: NDArray[np.float64], box: Bbox) -> None:
    """From a point to the nearest of its name's box."""
    start = axes.transData.transform(point)
    end = np.clip(start, (box.x0 + BETWEEN, box.y0 + BETWEEN), (box.x1 - BETWEEN, box.y1 - BETWEEN))
    xs, ys = zip(point, axes.transData.inverted().transform(end), strict=True)
    axes.plot(xs, ys, color=INK, linewidth=0.5, scalex=False, scaley=False)
