"""The tables of what each part of the zero-shot pool is worth, from the records of `scripts/zero_shot_worth.py` alone.

python scripts/zero_shot_worth_table.py [--out results/zero_shot_worth]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from records import Records
from zero_shot_worth import GRAPHS, KEY, VARIANTS

MEANS = ["mean of nine", "mean of all"]
Found = dict[tuple[str, str, str], dict[str, Any]]
ABOUT = """Points of accuracy by which a pool exceeds the one it differs from by one part, with the 95% bootstrap interval of the
paired difference over nodes (2,000 draws; for a mean of graphs, of the mean of independent draws), all labelled nodes. Where
something is trained, a node counts as the mean over the training seeds (column seeds), each of models that have not seen the
domain. ECE: difference of the expected calibration error in points, each pool at its own nested temperature, which no accuracy
depends on. Nine: the graphs of the README but polbooks; all: 14. An interval is of the nodes, not of the choice of graphs."""
PARTS: list[tuple[str, str, str]] = [
    ("Members of `text+pool`, left out one at a time", "text+pool without ", "text+pool"),
    ("Readings tried as one more member", "text+pool with ", "text+pool"),
    ("The pool of other rows: long texts in averaged chunks, a second encoder", "text+pool of ", "text+pool"),
    ("A learned combination, nested, in place of the pool", "text+pool, learned", "text+pool"),
    ("Members of `graphfm`, left out one at a time; `text+pool` is without the experts", "graphfm without ", "graphfm"),
    ("Geometries and gate in `graphfm`, no training anew", "graphfm, ", "graphfm"),
    ("The same in the experts' reading by itself", "experts' reading, ", "experts' reading, as trained"),
]


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/zero_shot_worth"))
    out = parser.parse_args().out
    from graphfm.files import write_text

    write_text(out / "README.md", page(Records(out, KEY).read()))


def page(records: list[dict[str, Any]]) -> str:
    """All tables as Markdown."""
    found = {(r["row"], r["against"], r["graph"]): r for r in records}
    trained = [(row, against) for row, against, _ in found if row.rpartition(", ")[2] in VARIANTS]
    parts = ["# What each part of the zero-shot pool is worth", ABOUT]
    for title, start, against in PARTS:
        pairs = [(r, a) for r, a, _ in found if r.startswith(start) and a == against and (r, a) not in trained]
        parts += [f"## {title}", overview(found, list(dict.fromkeys(pairs)))] if pairs else []
    experts = [(r, a) for r, a, _ in found if r == "graphfm"]
    parts += ["## The experts: what their reading and its training add", overview(found, list(dict.fromkeys(experts)))]
    parts += ["## Other training, on the same graphs and seeds", details(found, list(dict.fromkeys(trained)))]
    parts += ["## Graph by graph", details(found, [p for p in _pairs(found) if p not in trained])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pairs(found: Found) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row, against) for row, against, _ in found))


def overview(found: Found, pairs: list[tuple[str, str]]) -> str:
    """A line a pair: the two means, and on how many graphs the interval lies above or below zero."""
    lines = [
        "| row | beside | seeds | nine | all | ECE nine | ECE all | surely better / worse on |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row, against in pairs:
        nine, every = (found.get((row, against, mean)) for mean in MEANS)
        graphs = [found[row, against, graph] for graph in GRAPHS if (row, against, graph) in found]
        better = sum(record["interval"][0] > 0 for record in graphs)
        worse = sum(record["interval"][1] < 0 for record in graphs)
        errors = [f"{record['ece']:+.1f}" if record else "" for record in (nine, every)]
        seeds = "" if row.startswith("text+pool") else str(min(record["seeds"] for record in graphs))
        cells = [row, against, seeds, _cell(nine), _cell(every), *errors, f"{better} / {worse} of {len(graphs)}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def details(found: Found, pairs: list[tuple[str, str]]) -> str:
    """A line a pair, a column a graph."""
    graphs = [g for g in [*GRAPHS, *MEANS, "mean of these"] if any((*pair, g) in found for pair in pairs)]
    if {"mean of all", "mean of these"} <= set(graphs) and not any((*p, "mean of all") not in found for p in pairs):
        graphs.remove("mean of these")
    lines = ["| row | beside | " + " | ".join(graphs) + " |", "|---" * (len(graphs) + 2) + "|"]
    for pair in pairs:
        lines.append("| " + " | ".join([*pair, *(_cell(found.get((*pair, graph))) for graph in graphs)]) + " |")
    return "\n".join(lines) if pairs else ""


def _cell(record: dict[str, Any] | None) -> str:
    if record is None:
        return ""
    low, high = record["interval"]
    return f"{record['points']:+.1f} [{low:+.1f}, {high:+.1f}]"


if __name__ == "__main__":
    main()
