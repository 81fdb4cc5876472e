"""Tables of the nested zero-shot study, from its records alone: OUT/README.md.

python scripts/zero_shot_tables.py [--out results/zero_shot_nested]
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from records import Records, cell
from zero_shot_nested import DOMAINS, KEY

ROWS = [
    "majority", "name", "description", "description+smooth", "text+decide", "text+refine", "graphfm+decide",
    "graphfm+refine", "text+pool", "graphfm",
]  # fmt: skip
#: The graphs whose mean is followed from version to version; all but polbooks, of 105 nodes.
NINE = [*DOMAINS["citation"], *DOMAINS["web pages"], "wikispeedia", "facebook_pages"]
GRAPHS = [name for names in DOMAINS.values() for name in names]
Values = dict[tuple[str, str], list[dict[str, Any]]]  # records by graph and row


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/zero_shot_nested"))
    out = parser.parse_args().out
    from graphfm.files import write_text

    write_text(out / "README.md", page(Records(out, KEY).read()))


def page(records: list[dict[str, Any]]) -> str:
    """All tables as Markdown."""
    rows = grouped(records, "row")
    parts = [
        "# Zero-shot, nested",
        "Accuracy / macro-F1 / expected calibration error (15 bins), in percent, all labelled nodes; all-MiniLM-L6-v2, CPU. The "
        "temperature of the pool is the likeliest on the labelled graphs of the other domains, each domain one vote; weights "
        "are trained on the other domains; the domain left out chooses nothing. "
        "This is the second run, after a first one with a coarser grid. "
        "The members were found with these graphs in sight. ± is the "
        "standard deviation over training seeds.",
        table(rows, ROWS, lambda found: "/".join(value(found, k) for k in ("accuracy", "macro_f1", "ece"))),
        "95% bootstrap interval over nodes of the accuracy, and the accuracy on the surer half of the nodes:",
        table(rows, ["description", "text+pool", "graphfm"], interval),
        "## Regret",
        "Points of accuracy below the better of `description` and `description+smooth`:",
        regret(rows),
        "## What each reading is worth",
        "The pool with one member left out or one more, each with its own nested temperature; difference of the mean accuracy, "
        "macro-F1 and calibration error from the pool of the nine graphs, and of all. `members chosen` is the pool whose "
        "members too were chosen on the other domains.",
        worth(grouped(records, "pool"), rows),
        "## What was chosen",
        choices(records),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def grouped(records: list[dict[str, Any]], kind: str) -> Values:
    """The records of one kind by graph and row."""
    found: Values = {}
    for record in records:
        if record["kind"] == kind:
            found.setdefault((record["graph"], record["row"]), []).append(record)
    return found


def value(found: list[dict[str, Any]], key: str) -> str:
    """Mean over seeds, the spread of the accuracy beside it; "" where there is none."""
    values = [record[key] for record in found if key in record]
    return cell(values, 1, bare=True) if key == "accuracy" else f"{statistics.mean(values):.1f}" if values else ""


def interval(found: list[dict[str, Any]]) -> str:
    """Bounds of the first seed, and its surest half."""
    low, high = found[0]["interval"]
    return f"{low:.1f} to {high:.1f}; {found[0].get('surest_half', float('nan')):.1f}"


def table(rows: Values, names: list[str], show: Callable[[list[dict[str, Any]]], str]) -> str:
    """A line a graph, a column a row, and the mean of the nine and of all where every graph is there."""
    names = [name for name in names if any(row == name for _, row in rows)]
    lines = ["| graph | nodes | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    graphs = [graph for graph in GRAPHS if (graph, "description") in rows]
    for graph in graphs:
        cells = [show(rows[graph, name]).rstrip("/") if (graph, name) in rows else "" for name in names]
        lines.append(f"| {graph} | {rows[graph, 'description'][0]['nodes']:,} | " + " | ".join(cells) + " |")
    for title, of in (("mean of nine", NINE), ("mean of all", graphs)):
        if show is not interval and set(of) <= set(graphs):
            lines.append(f"| {title} | | " + " | ".join(means(rows, name, of) for name in names) + " |")
    return "\n".join(lines)


def means(rows: Values, name: str, graphs: list[str]) -> str:
    """Means over graphs; "" where one lacks the row."""
    if any((graph, name) not in rows for graph in graphs):
        return ""
    return "/".join(
        f"{mean(rows, name, graphs, key):.1f}" for key in ("accuracy", "macro_f1", "ece") if has(rows, name, key)
    )


def has(rows: Values, name: str, key: str) -> bool:
    """Whether a row has a number."""
    return any(key in found[0] for (_, row), found in rows.items() if row == name)


def mean(rows: Values, name: str, graphs: list[str], key: str) -> float:
    """Mean over graphs of the mean over seeds."""
    return statistics.mean(statistics.mean(record[key] for record in rows[graph, name]) for graph in graphs)


def regret(rows: Values) -> str:
    """A line a recommended row."""
    graphs = [graph for graph in GRAPHS if (graph, "text+pool") in rows]
    lines = ["| row | " + " | ".join(graphs) + " |", "|---" * (len(graphs) + 1) + "|"]
    for name in ("text+refine", "text+pool", "graphfm"):
        cells = []
        for graph in graphs:
            best = max(rows[graph, plain][0]["accuracy"] for plain in ("description", "description+smooth"))
            ours = [record["accuracy"] for record in rows.get((graph, name), [])]
            cells.append(f"{best - statistics.mean(ours):+.1f}" if ours else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def worth(pools: Values, rows: Values) -> str:
    """A line a pool: differences from the default one."""
    graphs = [graph for graph in GRAPHS if (graph, "default") in pools]
    names = list(dict.fromkeys(row for _, row in pools))
    lines = [
        "| pool | nine: accuracy | macro-F1 | ECE | all: accuracy | macro-F1 | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    many = {**pools, **{(graph, "members chosen"): rows[graph, "text+pool, members chosen"] for graph in graphs}}
    for name in ["default", *sorted(set(names) - {"default"}), "members chosen"]:
        cells = []
        for of in (NINE, graphs):
            for key in ("accuracy", "macro_f1", "ece"):
                base = mean(many, "default", of, key)
                cells.append(f"{base:.1f}" if name == "default" else f"{mean(many, name, of, key) - base:+.1f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def choices(records: list[dict[str, Any]]) -> str:
    """What each domain was given, and when."""
    lines = ["| domain left out | temperature | members | when |", "|---|---|---|---|"]
    for record in records:
        if record["kind"] == "choice":
            told = (record["domain"], f"{record['temperature']:g}", record["members"], record["when"])
            lines.append("| " + " | ".join(told) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
