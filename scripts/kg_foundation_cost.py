"""What a question costs and how well it is answered: the same weights asked in several ways, as a table and a picture."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SETS = ("nell_v2", "nell_v4", "ingram_nl-50", "wikitopics_infra", "wikitopics_sci")
#: (model, setting): its name, and the group whose points a line joins.
WAYS = {
    ("rules", "width 50"): ("width 50", "universal"),
    ("rules", ""): ("width 200, as trained", "universal"),
    ("rules", "width 1000"): ("width 1,000", "universal"),
    ("rules", "unpruned"): ("all nodes", "universal"),
    ("one-length", ""): ("trained with the last length alone", "one length"),
    ("one-expert", ""): ("trained with one pruning expert", "one expert"),
    ("ultra-3g", ""): ("ULTRA 3g, run by graphfm", "ULTRA 3g"),
}


#: Where the name of a point stands that has others beside it: points to the right and up; the others', (6, 5).
PLACED = {"width 50": (-8, -14), "all nodes": (-30, 8), "width 200, as trained": (-6, -14), "width 1,000": (8, -3)}


class Point(NamedTuple):
    """A way to ask: means over the sets, and which set it has which MRR on."""

    name: str
    group: str
    mrr: float
    milliseconds: float
    each: list[float]


def points(records: list[dict[str, Any]]) -> list[Point]:
    """Those ways that have ranked all the sets, seed 0."""
    found = []
    for (model, setting), (name, group) in WAYS.items():
        rows = [r for r in records if (r["model"], r["setting"], r["seed"]) == (model, setting, 0) and r["set"] in SETS]
        if len(rows) == len(SETS):
            each = {row["set"]: row["mrr"] for row in rows}
            mean, spent = (statistics.mean(row[what] for row in rows) for what in ("mrr", "milliseconds"))
            found.append(Point(name, group, mean, spent, [each[data] for data in SETS]))
    return found


def table(records: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [f"| | | MRR | ms a query | {' | '.join(SETS)} |", "|---" * (4 + len(SETS)) + "|"]
    for point in points(records):
        each = " | ".join(f"{mrr:.3f}" for mrr in point.each)
        lines.append(f"| {point.group} | {point.name} | {point.mrr:.3f} | {point.milliseconds:.1f} | {each} |")
    return "\n".join(lines) + "\n"


def picture(records: list[dict[str, Any]]) -> Figure:
    """MRR by milliseconds a query, a mark for each way."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    found = points(records)
    for group, mark in zip(dict.fromkeys(point.group for point in found), "osD^", strict=False):
        own = [point for point in found if point.group == group]
        axes.plot([p.milliseconds for p in own], [p.mrr for p in own], marker=mark, label=group)
        for point in own:
            near = (point.milliseconds, point.mrr)
            aside = PLACED.get(point.name, (6, 5))
            axes.annotate(point.name, near, textcoords="offset points", xytext=aside, fontsize=8)
    axes.set_xlabel("CPU milliseconds a query")
    axes.set_ylabel("MRR, zero-shot")
    axes.margins(x=0.25, y=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
