"""What zero-shot classification did, for people: a page with plots, and a few nodes in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from graphfm.report.answers_section import baseline_note, classes_section, confidence_section
from graphfm.report.boundary import (
    LEAST_DEGREE,
    QUARTILES,
    Gap,
    boundary_gaps,
    curvature_heterogeneity,
    gate_disagreement,
    participation,
)
from graphfm.report.images import svg
from graphfm.report.page import Note, Picture, Section, Table, html_page
from graphfm.report.plots import bars, histogram, line_curves, scatter_map, stacked_gate_bars
from graphfm.report.projection import projection

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph

TEXT = "description"
EVEN = 1.5  # how much larger than the smallest a group may be, to be called a quartile
BOUNDARY = (
    "Boundaries are found without labels: participation is high where neighbours belong to different communities, curvature "
    "heterogeneity where a node's edges bend differently, gate disagreement where its neighbours' gates differ from its own. "
    "Nodes there are often harder from their texts alone; the last column is what a method loses (-) or gains (+) at the "
    "boundary beyond that, ± its standard error."
)
GATE = "Mean weight of each expert over the nodes of a class. The gate sees local structure alone, neither texts nor classes."


def examples(graph: TextGraph, predictions: pd.DataFrame, *, count: int = 6) -> Iterator[str]:
    """Some nodes in words, right and wrong ones: text, prediction, and the class it has.

    Args:
        graph: the classified graph.
        predictions: as `graphfm.evaluation.zero_shot.predictions` gives it, one row a node.
        count: how many.
    """
    labelled = predictions[predictions["label"] != ""]
    right = labelled[labelled["predicted"] == labelled["label"]].drop_duplicates("label").nlargest(count // 2, "score")
    wrong = labelled[labelled["predicted"] != labelled["label"]].nlargest(count - len(right), "score")
    for kind, rows in (("right", right), ("wrong", wrong)):
        for node, (_, row) in zip(rows.index.tolist(), rows.iterrows(), strict=True):
            text = " ".join(graph.text[node].split())
            note = "" if kind == "right" else f"   (it is: {row['label']})"
            yield f"  {kind}: {text[:90]}{'...' if len(text) > 90 else ''}\n         -> {row['predicted']}{note}"


def boundary(graph: TextGraph, result: Any) -> list[Gap]:
    """Accuracy by quartile of label-free boundary scores: of the texts alone, smoothing, and the rows that decide.

    Args:
        graph: the classified graph.
        result: what `graphfm.evaluation.zero_shot.zero_shot` gave.
    """
    edges, n, adj = graph.undirected_edge_index(), graph.num_nodes, graph.adjacency()
    scores = {"participation": participation(edges, n), "curvature heterogeneity": curvature_heterogeneity(edges, n)}
    if result.weights is not None:
        scores["gate disagreement"] = gate_disagreement(result.weights, adj)
    methods = [TEXT, "description+smooth", *result.decisions, result.answer]
    hits = {method: result.scores[method].argmax(-1) == graph.y for method in methods}
    return boundary_gaps(scores, hits, graph.labelled & (adj.degree >= LEAST_DEGREE), text=TEXT)


def result_page(
    graph: TextGraph, x: Tensor, result: Any, gaps: Sequence[Gap] = (), *, experts: Sequence[str] = ()
) -> str:
    """One HTML page: accuracy by method, how structure was used, boundaries, a map of the embedding, the gate by class.

    Args:
        graph: the classified graph.
        x: (N, D) unit rows of the texts; the map shows the model's where there is one.
        result: what `graphfm.evaluation.zero_shot.zero_shot` gave.
        gaps: what `boundary` found.
        experts: names of the columns of the gate weights.
    """
    features, whose = (x, "text encoder") if result.features is None else (result.features, "model")
    sections = [
        Section("Accuracy by method", _accuracy(result)),
        classes_section(graph, result),
        confidence_section(graph, result),
        Section("How the answers came about", _structure(graph, result)),
        Section("At structural boundaries", _boundary(graph, result, gaps)),
    ]
    sections.append(Section("Map of the nodes", [_map(graph, features, whose)]))
    if result.weights is not None:
        sections.append(
            Section("Which geometry is used where", [Picture(svg(_gate(graph, result.weights, experts), "gate"), GATE)])
        )
    lead = f"{graph.num_nodes:,} nodes, {graph.num_classes} classes, no labels used."
    return html_page(f"Zero-shot on {graph.name}", sections, lead=lead)


def _accuracy(result: Any) -> list[Any]:
    figure = bars([(row.method, row.accuracy) for row in result.rows], xlabel="accuracy, %", highlight=result.answer)
    rows = [[row.method, *("" if value is None else f"{value:.1f}" for value in row[1:])] for row in result.rows]
    return [
        Picture(svg(figure, "accuracy by method"), "All counted nodes; no method has seen a label."),
        *baseline_note(result),
        Table(["method", "accuracy %", "macro-F1 %", "calibration error %", "surest half %"], rows),
    ]


def _structure(graph: TextGraph, result: Any) -> list[Any]:
    rows = [
        [method, decision.kind, f"{decision.strength:g}", f"{decision.evidence:.3f} ± {decision.error:.3f}"]
        for method, decision in result.decisions.items()
    ]
    blocks: list[Any] = [
        Note(result.read.words()),
        Table(["method", "use of structure", "strength", "evidence, nats a node"], rows),
    ]
    if added := result.contributions():
        header = ["with experts", "without", "experts add, points of accuracy"]
        blocks.append(Table(header, [[c.method, c.without, f"{c.points:+.1f}"] for c in added]))
    return blocks


def _boundary(graph: TextGraph, result: Any, gaps: Sequence[Gap]) -> list[Any]:
    if not gaps:
        return ["No node has neighbours enough to stand between anything."]
    blocks: list[Any] = [BOUNDARY]
    for score in dict.fromkeys(gap.score for gap in gaps):
        rows = [gap for gap in gaps if gap.score == score]
        used = [q for q, size in enumerate(rows[0].sizes) if size]
        drawn = (TEXT, "description+smooth", "text+decide", result.answer)  # all others are in the table
        places = np.arange(1, len(used) + 1)
        curves = {
            row.method: (places, np.array(row.accuracy, dtype=float)[used]) for row in rows if row.method in drawn
        }
        sizes = [rows[0].sizes[q] for q in used]
        even = len(sizes) == QUARTILES and max(sizes) <= EVEN * min(sizes)
        group = "quartile" if even else "group"
        figure = line_curves(curves, xlabel=f"{group} of {score}, interior to boundary", ylabel="accuracy, %")
        about = f"Accuracy by {score}; nodes a {group}: {', '.join(f'{size:,}' for size in sizes)}."
        if not even:
            about += " Many nodes have the same score, so that the groups are no quartiles."
        blocks.append(Picture(svg(figure, f"accuracy by {score}"), about))
        blocks.append(
            Table(
                ["method", "interior %", "boundary %", "difference", "beyond the text's own, points"],
                [
                    [
                        row.method,
                        f"{row.accuracy[used[0]]:.1f}",
                        f"{row.accuracy[used[-1]]:.1f}",
                        f"{row.gap:+.1f}",
                        "" if row.method == TEXT else f"{row.difference:+.1f} ± {row.error:.1f}",
                    ]
                    for row in rows
                ],
            )
        )
    if result.weights is not None:
        disagreement = gate_disagreement(result.weights, graph.adjacency())
        figure = histogram(disagreement.numpy(), xlabel="gate disagreement, nats")
        blocks.append(
            Picture(svg(figure, "gate disagreement"), "How far a node's gate weights are from its neighbours' mean.")
        )
    return blocks


def _map(graph: TextGraph, features: Tensor, whose: str) -> Picture | str:
    found = projection(features)
    if found is None:
        return f"No map: the rows of the {whose} are too few, or do not vary."
    shown = "" if len(found.chosen) == graph.num_nodes else f" of {len(found.chosen):,} nodes drawn at random"
    figure = scatter_map(found.points, graph.y[found.chosen].numpy(), graph.class_names)
    return Picture(
        svg(figure, "map of the nodes"), f"Rows of the {whose}{shown} in two dimensions (t-SNE), by true class."
    )


def _gate(graph: TextGraph, weights: Tensor, experts: Sequence[str]) -> Any:
    known = graph.labelled.nonzero().flatten()
    groups = [graph.class_names[c] for c in graph.y[known].tolist()]
    return stacked_gate_bars(weights[known].numpy(), groups, experts=experts)
