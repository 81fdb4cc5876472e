"""What path reasoners did, for people: the paths behind an answer, and which gates serve which relation."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from graphfm.kg.paths.gate_use import gate_use
from graphfm.models import LinkModel
from graphfm.models.named_paths import NamedExplanation, NamedPath, expert_names
from graphfm.printable import amount
from graphfm.report.images import svg
from graphfm.report.page import Picture, Section, Table, html_page
from graphfm.report.palette import ACCENT, INK, MUTED, PAPER
from graphfm.report.plots import FONT_SIZE, shown

GATES_SHOWN = 40
LABEL = 36  # characters of a relation in a heat map
ASKED = 500  # training triples whose gates are shown where there are no validation triples


def path_drawing(paths: Sequence[NamedPath], head: str, tail: str) -> Figure:
    """The subgraph of some paths, from the head at the left to the tail at the right; wider edges carry more weight."""
    place = _places(paths, head, tail)
    low, high = (bound(y for _, y in place.values()) for bound in (min, max))
    reach = (high - low) / 2 + 0.6
    end_x = max(x for x, _ in place.values())
    figure = Figure(figsize=(max(9.2, 0.8 * (end_x + 3.0)), max(2.2, 1.7 * reach)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(-1.2, end_x + 1.2)
    axes.set_ylim(low - 0.6, high + 0.6)
    facts: dict[tuple[str, str, str], float] = {}  # walked along or against their direction
    for path in paths:
        for x, relation, y, forwards in path.edges:
            fact = (x, relation, y) if forwards else (y, relation, x)
            facts[fact] = max(facts.get(fact, 0.0), path.weight)
    largest = max(facts.values(), default=1.0)
    drawn: dict[frozenset[str], int] = {}  # edges between two nodes so far
    for (x, relation, y), weight in facts.items():
        start, end = place[x], place[y]
        nth = drawn[frozenset((x, y))] = drawn.get(frozenset((x, y)), 0) + 1
        bend = 0.16 * (nth // 2) * (-1) ** nth  # the first is straight, others bend to either side
        arrow = {"arrowstyle": "-|>", "color": MUTED, "lw": 0.8 + 2.2 * weight / largest, "shrinkA": 8, "shrinkB": 8}
        axes.annotate("", end, start, arrowprops=arrow | {"connectionstyle": f"arc3,rad={bend}"})
        _along(axes, relation, *sorted((start, end)), bend=bend if start < end else -bend)
    for name, (right, up) in place.items():
        color = ACCENT if name in (head, tail) else INK
        axes.scatter([right], [up], s=60, color=color, zorder=3)
        # Under the node; over it, or beside it, where an edge comes from there.
        joined = [place[y] if x == name else place[x] for x, _, y in facts if name in (x, y)]
        over, under = (any(x == right and sign * (y - up) > 0 for x, y in joined) for sign in (1, -1))
        if over and under:
            _write(axes, _short(name), (right + 0.1, up), color=color, size=FONT_SIZE, ha="left")
        else:
            at = (right, up + (0.14 if under else -0.14))
            _write(axes, _short(name), at, color=color, size=FONT_SIZE, va="bottom" if under else "top")
    return figure


def _places(paths: Sequence[NamedPath], head: str, tail: str) -> dict[str, tuple[float, float]]:
    """A column for each distance from the head, the tail in the last.

    Columns between them step up and down, so that an edge over two columns misses the node between.
    """
    depth = {head: 0}
    for path in paths:
        for number, (_, _, y, _) in enumerate(path.edges, start=1):
            depth[y] = min(depth.get(y, number), number)
    if tail != head:
        depth[tail] = 1 + max(column for name, column in depth.items() if name != tail)
    columns: dict[int, list[str]] = {}
    for name, column in depth.items():
        columns.setdefault(column, []).append(name)
    last = max(columns)
    places = {}
    for column, names in columns.items():
        step = 0.0 if column in (0, last) else 0.3 * (-1) ** column
        for i, name in enumerate(names):
            places[name] = (column * 3.0, i - (len(names) - 1) / 2 + step)
    return places


def _along(axes: Axes, text: str, left: tuple[float, float], right: tuple[float, float], *, bend: float) -> None:
    """Write along an edge: in its middle, or before it where the edge spans columns and may cross a node there.

    Beside an edge within a column, which is too short to be written on.
    """
    (x0, y0), (x1, y1) = left, right
    if x0 == x1:
        _write(axes, text, (x0 + 0.08 + abs(bend), (y0 + y1) / 2), color=INK, size=FONT_SIZE - 1, ha="left")
        return
    share = 0.5 if x1 - x0 <= 3.0 else 0.38
    at = x0 + share * (x1 - x0) + bend * (y1 - y0) / 2, y0 + share * (y1 - y0) - bend * (x1 - x0) / 2
    turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
    _write(axes, text, at, color=INK, size=FONT_SIZE - 1, rotation=turn, transform_rotates_text=True)


def _write(axes: Axes, text: str, at: tuple[float, float], *, color: str, size: float, **more: Any) -> None:
    paper = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
    how = {"ha": "center", "va": "center"} | more
    axes.text(*at, shown(text), color=color, fontsize=size, bbox=paper, **how)


def _short(name: str, *, line: int = 20) -> str:
    """At most two lines."""
    return "\n".join(textwrap.wrap(name, line, max_lines=2, placeholder=" …")) or name


def explanation_page(found: NamedExplanation, model: str) -> str:
    """One HTML page about one answer."""
    head, relation, tail = found.triple
    drawing = svg(path_drawing(found.paths, head, tail), f"paths from {head} to {tail}")
    about = "The paths with most weight. Wider edges carry more weight; arrows follow the facts."
    paths = Table(("path", "weight"), [(str(path), path.weight) for path in found.paths])
    sections = [Section("Paths", [Picture(drawing, about), paths])]
    if found.lengths:
        rows = [(str(n), f"{weight:.3f}") for n, weight in found.lengths.items()]
        sections.append(Section("Lengths", [Table(("path length", "gate weight"), rows)]))
    if found.pruning:
        header = ("layer", *found.pruning[0])
        layers = [(str(n), *(f"{w:.3f}" for w in layer.values())) for n, layer in enumerate(found.pruning, start=1)]
        sections.append(Section("Pruning", [Table(header, layers, "Weights of the experts that choose what is kept.")]))
    lead = f"Rank {amount(found.rank)} of {found.entities:,}, score {found.score:.3f}; {model}."
    return html_page(f"{head} · {relation} · {tail}", sections, lead=lead)


def heat_map(values: ArrayLike, *, rows: Sequence[str], columns: Sequence[str], xlabel: str) -> Figure:
    """Numbers between 0 and 1 as shades, one row a name.

    Shapes: values (rows, columns).
    """
    table = np.asarray(values, dtype=float)
    height = 0.8 + 0.2 * len(rows)  # a line of text each
    figure = Figure(figsize=(min(9.0, 3.4 + 0.55 * len(columns)), height), layout="constrained")
    axes = figure.add_subplot()
    shades = axes.pcolormesh(table, cmap="viridis", vmin=0, vmax=max(float(table.max(initial=0.0)), 1e-9))
    axes.invert_yaxis()
    axes.set_yticks(np.arange(len(rows)) + 0.5, [shown(row) for row in rows])
    axes.set_xticks(np.arange(len(columns)) + 0.5, [shown(column) for column in columns])
    axes.set_xlabel(xlabel, color=INK, fontsize=FONT_SIZE)
    axes.tick_params(colors=INK, labelsize=FONT_SIZE - 1, length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(shades, ax=axes, fraction=0.05)
    bar.ax.tick_params(colors=INK, labelsize=FONT_SIZE - 1)
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


def gate_section(model: LinkModel) -> Section | None:
    """Which lengths and which pruning experts serve which relation; None for a model without gates."""
    reasoner, graph = model.reasoner, model.graph
    if reasoner is None or not len(graph.train):
        return None
    facts, asked, kind = model.facts, graph.val, "validation"
    if not len(asked):  # a sample of the training triples, which the graph then lacks
        asked, kind = graph.train[:: max(10, len(graph.train) // ASKED)], "training"
        facts = facts.without(asked.to(model.device))
    use = gate_use(reasoner, facts, asked)
    most = use.queries.argsort(descending=True, stable=True)[:GATES_SHOWN].sort().values
    labels = [name if len(name) <= LABEL else f"{name[: LABEL - 1]}…" for name in graph.relation_labels]
    names = [*labels, *(f"{name}, inverse" for name in labels)]
    rows = [f"{names[r]} ({n})" for r, n in zip(use.relation[most].tolist(), use.queries[most].tolist(), strict=True)]
    blocks: list[str | Picture] = [
        f"Mean gate weights of {kind} queries, by the relation asked for; in brackets, how many queries."
    ]
    if use.lengths.size(1) > 1:
        lengths = [str(n) for n in range(reasoner.lengths.last - use.lengths.size(1) + 1, reasoner.lengths.last + 1)]
        figure = heat_map(use.lengths[most].cpu().numpy(), rows=rows, columns=lengths, xlabel="path length")
        blocks.append(Picture(svg(figure, "weights of path lengths by relation"), "Path lengths."))
    if use.pruning.size(1) and use.pruning.size(2) > 1:
        figure = heat_map(
            use.pruning[most].mean(1).cpu().numpy(),
            rows=rows,
            columns=expert_names(reasoner.pruning[0]),
            xlabel="pruning expert",
        )
        blocks.append(Picture(svg(figure, "weights of pruning experts by relation"), "Pruning experts, all layers."))
    return Section("Which gates serve which relation", blocks) if len(blocks) > 1 else None
