"""The page of `graphfm inspect`: the facts of `inspect_graph` as tables, plots and hints."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.report.hints import FLAT
from graphfm.report.images import svg
from graphfm.report.page import Note, Picture, Section, Table, html_page
from graphfm.report.palette import ACCENT, CURVATURE_COLORS, MUTED
from graphfm.report.plots import histogram, line_curves, overlaid_histograms

Rows = list[tuple[str, str]]

SUMMARY = ("mean", "std", "min", "median", "max")
SIGNS = ("negative", "flat", "positive")
CLASSES_SHOWN = 20
CLASSES_CROSSED = 15


def inspect_page(graph: TextGraph, facts: dict[str, Any]) -> str:
    """The facts of `graph` as one self-contained HTML page."""
    kind = "directed in the source, here undirected" if facts["directed"] else "undirected"
    lead = f"{facts['nodes']:,} nodes, {facts['edges']:,} edges ({kind}), {facts['classes']} classes."
    sections = [
        Section("Hints", ["What the numbers below suggest. No task was tried.", *map(Note, facts["hints"])]),
        Section("Texts and classes", _texts(graph, facts["texts"])),
        Section("Use of structure", _structure_use(graph, facts["structure_use"])),
        Section("Homophily", _text_homophily(facts["text_homophily"]) + _label_homophily(facts["label_homophily"])),
        Section("Degrees and components", _degrees(facts)),
        Section("Geometry", _geometry(facts)),
        Section("Structural descriptors", _descriptors(facts["descriptors"])),
    ]
    return html_page(f"{facts['data']} before training", sections, lead=lead)


def overview(facts: dict[str, Any]) -> Rows:
    """The main numbers with their names, as text; for the terminal."""
    degree, components = facts["degree"], facts["components"]
    rows = [
        ("nodes", f"{facts['nodes']:,}"),
        ("undirected edges", f"{facts['edges']:,}"),
        ("classes, labelled nodes", f"{facts['classes']}, {facts['labelled']:,}"),
        ("degree: mean, median, largest", f"{degree['mean']:.2f}, {degree['median']:g}, {degree['max']:,}"),
        ("isolated nodes", f"{degree['isolated']:,}"),
        ("components, share of the largest", f"{components['count']:,}, {components['largest_share']:.1%}"),
        ("repeated texts, empty texts", f"{facts['texts']['repeated_texts']:,}, {facts['texts']['empty_texts']:,}"),
    ]
    if texts := facts["text_homophily"]:
        cosines = ", ".join(f"{texts[key]:.3f}" for key in ("edges", "random_pairs", "rewired"))
        rows += [
            ("text cosine over edges, all pairs, rewired edges", cosines),
            ("adjusted text homophily, no labels read", f"{texts['adjusted']:+.2f}"),
        ]
    if use := facts["structure_use"]:
        rows.append(("use of structure: kind, strength", f"{use['kind']}, {use['strength']:g}"))
    if labels := facts["label_homophily"]:
        values = ", ".join(f"{labels[key]:.2f}" for key in ("edge", "node", "adjusted", "class_insensitive"))
        rows.append(("label homophily: edge, node, adjusted, class-insensitive", values))
    curvature, delta = facts["curvature"]["ollivier"], facts["gromov_delta"]
    signs = ", ".join(f"{curvature[sign]:.0%}" for sign in SIGNS)
    return [
        *rows,
        (f"negative, no, positive curvature of {curvature['edges']} edges", signs),
        ("Gromov delta: mean, largest", f"{delta['mean']:.2f}, {delta['max']:g}"),
        ("longest distance met", f"{delta['diameter']}"),
        ("share of edges in a spanning forest", f"{facts['tree_likeness']['forest_share']:.0%}"),
    ]


def _texts(graph: TextGraph, texts: dict[str, Any]) -> list[Any]:
    rows = [
        ("words, median", f"{texts['words_median']:,.0f}"),
        ("words, 95th percentile", f"{texts['words_95']:,.0f}"),
        ("repeated texts", f"{texts['repeated_texts']:,}"),
        ("empty texts", f"{texts['empty_texts']:,}"),
    ]
    sizes = [(name, int((graph.y == c).sum())) for c, name in enumerate(graph.class_names)]
    largest = sorted(sizes, key=lambda size: -size[1])[:CLASSES_SHOWN]
    caption = f"The {CLASSES_SHOWN} largest of {len(sizes)} classes" if len(sizes) > CLASSES_SHOWN else ""
    return [Table(("texts", "value"), rows), *([Table(("class", "nodes"), largest, caption)] if sizes else [])]


def _structure_use(graph: TextGraph, use: dict[str, Any] | None) -> list[Any]:
    if use is None:
        return ["Not decided: this takes edges, texts, and at least two classes with names."]
    rows = [
        ("propagation does", use["kind"]),
        ("strength", f"{use['strength']:g}"),
        ("what neighbours tell of a held-out text, nats a node", f"{use['evidence']:.3f} ± {use['error']:.3f}"),
        ("neighbours share a class, times chance", f"{use['agreement']:.2f}"),
    ]
    blocks: list[Any] = [Note(use["words"]), Table(("zero-shot classification", "value"), rows)]
    if len(graph.class_names) <= CLASSES_CROSSED:
        crossed = [(name, *row) for name, row in zip(graph.class_names, use["compatibility"], strict=True)]
        caption = "How often two classes meet on an edge, times chance; by the texts alone. 1: as in a rewired graph."
        blocks.append(Table(("class", *graph.class_names), crossed, caption))
    return blocks


def _text_homophily(texts: dict[str, Any] | None) -> list[Any]:
    if texts is None:
        return ["Texts were not encoded, or there are no edges."]
    figure = overlaid_histograms(
        {"edges": (texts["histogram"]["counts"], ACCENT), "random pairs": (texts["random_histogram"]["counts"], MUTED)},
        edges=texts["histogram"]["edges"],
        xlabel="cosine of two texts",
    )
    rows = [
        ("mean cosine over edges", f"{texts['edges']:.3f}"),
        ("over all pairs of nodes", f"{texts['random_pairs']:.3f}"),
        ("over edges rewired at random, degrees kept", f"{texts['rewired']:.3f}"),
        ("adjusted: (edges - rewired) / (1 - rewired)", f"{texts['adjusted']:.3f}"),
    ]
    return [
        "Are neighbours' texts alike? No label is read for this.",
        Picture(svg(figure, "Cosines of texts over edges and over random pairs"), "Cosines of the text embeddings."),
        Table(("texts", "value"), rows),
    ]


def _label_homophily(labels: dict[str, Any] | None) -> list[Any]:
    if labels is None:
        return ["No edge joins two labelled nodes."]
    rows = [
        ("edge: share of edges within a class", f"{labels['edge']:.3f}"),
        ("node: mean share of neighbours of the same class", f"{labels['node']:.3f}"),
        ("adjusted: beyond what the degrees of the classes give by chance", f"{labels['adjusted']:.3f}"),
        ("class-insensitive: mean excess over the sizes of the classes", f"{labels['class_insensitive']:.3f}"),
    ]
    return [Table(("labels", "value"), rows, f"{labels['labelled_edges']:,} edges join two labelled nodes.")]


def _degrees(facts: dict[str, Any]) -> list[Any]:
    if not facts["edges"]:
        return ["There are no edges."]
    degree, components = facts["degree"], facts["components"]
    value, nodes = np.array(degree["counts"]["degree"]), np.array(degree["counts"]["nodes"])
    at_least = nodes[::-1].cumsum()[::-1] / facts["nodes"]
    figure = line_curves(
        {"nodes": (value[value > 0], at_least[value > 0])},
        xlabel="degree",
        ylabel="share of nodes\nof at least this degree",
        xscale="log",
        yscale="log",
    )
    rows = [
        ("mean degree", f"{degree['mean']:.2f}"),
        ("median degree", f"{degree['median']:g}"),
        ("largest degree", f"{degree['max']:,}"),
        ("isolated nodes", f"{degree['isolated']:,}"),
        ("components", f"{components['count']:,}"),
        ("nodes in the largest component", f"{components['largest']:,}"),
        ("their share", f"{components['largest_share']:.1%}"),
    ]
    caption = "On two logarithmic axes a power law is a straight line."
    return [Picture(svg(figure, "Degree distribution"), caption), Table(("degrees", "value"), rows)]


def _geometry(facts: dict[str, Any]) -> list[Any]:
    if not facts["edges"]:
        return ["There are no edges."]
    curvature, delta, tree = facts["curvature"], facts["gromov_delta"], facts["tree_likeness"]
    ollivier, bound = curvature["ollivier"], curvature["jost_liu"]
    names = ("Ollivier curvature, sample", "Jost-Liu bound, all edges")
    signs = [
        (name, f"{values['mean']:.2f}", *(f"{values[sign]:.0%}" for sign in SIGNS))
        for name, values in zip(names, (ollivier, bound), strict=True)
        if values["mean"] is not None
    ]
    rows = [
        ("augmented Forman curvature, median", f"{curvature['forman']['median']:.0f}"),
        (f"Gromov delta, mean of {delta['quadruples']:,} quadruples", f"{delta['mean']:.3f}"),
        ("Gromov delta, largest", f"{delta['max']:g}"),
        ("longest distance met", f"{delta['diameter']}"),
        ("2 delta / distance (0 in a tree, at most 1)", f"{delta['relative']:.2f}"),
        ("share of edges in a spanning forest", f"{tree['forest_share']:.1%}"),
        ("independent cycles", f"{tree['cyclomatic_number']:,}"),
    ]
    return [
        "Curvature of edges: negative, in blue, where a graph branches like a tree; none, in grey, as in a grid; positive, "
        "in orange, where the neighbours of two nodes are the same or joined.",
        Picture(_curvature_svg(ollivier), f"Ollivier curvature of {ollivier['edges']} random edges."),
        Picture(_curvature_svg(bound), "Its Jost-Liu lower bound for every edge; pessimistic where degrees are large."),
        Table(("curvature", "mean", *SIGNS), signs, _sample(ollivier)),
        Table(("geometry", "value"), rows),
    ]


def _sample(ollivier: dict[str, Any]) -> str:
    left_out = (
        f", leaving out the {100 * (1 - ollivier['eligible']):.2g}% between hubs" if ollivier["eligible"] < 1 else ""
    )
    return f"Sample: {ollivier['edges']} random edges{left_out}. Flat: at most {FLAT} from 0."


def _curvature_svg(curvature: dict[str, Any]) -> str:
    edges = np.array(curvature["histogram"]["edges"])
    middles = (edges[:-1] + edges[1:]) / 2
    figure = histogram(
        middles,
        bins=edges,
        weights=curvature["histogram"]["counts"],
        colors=[_curvature_color(middle) for middle in middles],
        xlabel="curvature",
        ylabel="edges",
        marks={"mean": curvature["mean"]} if curvature["mean"] is not None else {},
    )
    return svg(figure, "Histogram of the curvature of edges")


def _descriptors(descriptors: list[dict[str, Any]]) -> list[Any]:
    rows = [(row["name"], *(f"{row[key]:.3f}" for key in SUMMARY), _exactness(row)) for row in descriptors]
    return ["What a structure gate sees of a node, over all nodes.", Table(("descriptor", *SUMMARY, "computed"), rows)]


def _exactness(row: dict[str, Any]) -> str:
    if not row["estimated"]:
        return "exactly"
    return f"by sampling for {row['estimated']:.0%}, mean error {row['error']:.2g}"


def _curvature_color(value: float) -> str:
    return CURVATURE_COLORS[0 if abs(value) <= FLAT else -1 if value < 0 else 1]
