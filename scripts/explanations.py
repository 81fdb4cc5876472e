"""Explain true test facts of a set as a reader would see them: the paths, the gates, and a drawing of each.

    python scripts/explanations.py runs/link_prediction/mokgr_wn18rr_cpu-0 [--facts 3] [--out results/explanations]

The facts are not picked by hand: of each relation the first test triple whose tail the model ranks first, in the order of the
test file, until there are enough.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphfm.models import LinkModel
    from graphfm.models.named_paths import NamedExplanation

ROOT = Path(__file__).parents[1]


def chosen(model: LinkModel, count: int) -> list[NamedExplanation]:
    """One fact a relation, each ranked first."""
    graph, found = model.graph, dict[str, "NamedExplanation"]()
    for head, relation, tail in graph.test.tolist():
        name = graph.relations[relation]
        if name in found:
            continue
        explanation = model.explain(graph.entities[head], name, graph.entities[tail], top=3)
        if explanation.rank == 1 and explanation.paths:
            found[name] = explanation
        if len(found) == count:
            break
    return list(found.values())


def section(found: NamedExplanation, picture: str) -> list[str]:
    """Markdown of one explanation."""
    head, relation, tail = found.triple
    lengths = ", ".join(f"{length}: {weight:.2f}" for length, weight in found.lengths.items() if weight)
    last = ", ".join(f"{name} {weight:.2f}" for name, weight in found.pruning[-1].items()) if found.pruning else "none"
    return [
        f"## {head} — {relation} — {tail}",
        "",
        f"Rank {found.rank:g} of {found.entities:,}. Weight of each path length: {lengths}. "
        f"Pruning experts of the last layer: {last}.",
        "",
        "| weight | path |",
        "|---|---|",
        *(f"| {path.weight:.3g} | {path} |" for path in found.paths),
        "",
        f"![paths]({picture})",
        "",
    ]


def main() -> None:
    """Explain, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--facts", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "explanations")
    options = parser.parse_args()
    from graphfm.files import replacing, write_text
    from graphfm.models import LinkModel
    from graphfm.report.images import png
    from graphfm.report.paths_page import path_drawing

    model = LinkModel.load(options.checkpoint)
    about = "of each relation, the first test fact whose tail the model ranks first; the fact itself is not read"
    lines = [f"# Why: {model.graph.name}, {model.card['model']}", "", f"Chosen by rule: {about}.", ""]
    for number, found in enumerate(chosen(model, options.facts), start=1):
        picture = f"{number}.png"
        options.out.mkdir(parents=True, exist_ok=True)
        with replacing(options.out / picture) as path:
            path.write_bytes(png(path_drawing(found.paths, found.triple[0], found.triple[2])))
        lines += section(found, picture)
    write_text(options.out / "README.md", "\n".join(lines))


if __name__ == "__main__":
    main()
