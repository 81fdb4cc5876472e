"""Sections of the zero-shot page: the classes and what speaks for them, and what a probability is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from graphfm.classification.why import reasons
from graphfm.evaluation.accuracy import per_class
from graphfm.report.images import svg
from graphfm.report.page import Note, Picture, Section, Table
from graphfm.report.plots import line_curves

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

CONFUSED = 12  # classes up to which the whole confusion matrix is shown: more are wider than a page
LARGEST = 15  # confusions that are listed where there are more classes


def classes_section(graph: TextGraph, result: Any) -> Section:
    """Each class: how often it is found and wrongly given, its words, its neighbours, its surest nodes.

    Args:
        graph: the classified graph.
        result: what `graphfm.evaluation.zero_shot.zero_shot_rows` gave.
    """
    matrix = result.confusion(graph)
    found: list[list[str | int | float | None]] = []
    speaks: list[list[str | int | float | None]] = []
    for row, reason in zip(per_class(matrix, graph.class_names), reasons(result.read), strict=True):
        shares = ["" if share is None else f"{share:.0f}" for share in (row.precision, row.recall, row.f1)]
        found.append([row.name, row.nodes, *shares, row.taken_for])
        joined = ", ".join(f"{name} {share:.0%}" for name, share in reason.neighbours)
        surest = "; ".join(" ".join(graph.text[node].split())[:60] for node in reason.examples)
        speaks.append([row.name, ", ".join(reason.words), joined, surest])
    blocks: list[Any] = [
        f"As {result.answer} has them. Words and neighbours are found without labels.",
        Table(["class", "nodes", "precision %", "recall %", "F1 %", "mostly taken for"], found),
        Table(["class", "words", "neighbours", "surest nodes"], speaks),
    ]
    if graph.num_classes <= CONFUSED:
        counts = [
            [f"{n}. {name}", *row]
            for n, (name, row) in enumerate(zip(graph.class_names, matrix.tolist(), strict=True), 1)
        ]
        blocks.append(Table(["true class, taken for", *(f"{n}." for n in range(1, len(counts) + 1))], counts, "Nodes."))
    else:
        blocks.append(
            Table(
                ["true class", "taken for", "nodes"],
                _confusions(graph.class_names, matrix),
                "The most frequent mistakes.",
            )
        )
    return Section("Classes, and what speaks for them", blocks)


def _confusions(names: Sequence[str], matrix: Tensor) -> list[list[str | int | float | None]]:
    """The largest numbers of nodes (C, C) beside the diagonal: true class, class it was taken for, nodes."""
    wrong = matrix.clone().fill_diagonal_(0)
    found = wrong.flatten().topk(min(LARGEST, wrong.numel()))
    places = [divmod(place, len(names)) for place in found.indices.tolist()]
    return [[names[i], names[j], n] for (i, j), n in zip(places, found.values.tolist(), strict=True) if n]


def confidence_section(graph: TextGraph, result: Any) -> Section:
    """Accuracy by probability of the recommended row, and its expected calibration error."""
    judged = result.confidence(graph)
    sure = np.array([b.confidence for b in judged.bins])
    right = np.array([b.accuracy for b in judged.bins])
    curves = {result.answer: (sure, right), "as it should be": (np.array([0, 100]), np.array([0.0, 100.0]))}
    figure = line_curves(curves, xlabel="probability of the answer, %", ylabel="right, %", reference="as it should be")
    rows = [[f"{b.low:.2f} to {b.high:.2f}", b.nodes, f"{b.confidence:.1f}", f"{b.accuracy:.1f}"] for b in judged.bins]
    about = f"Expected calibration error {judged.ece:.1f}%. On the surer half of the nodes {judged.surest_half:.1f}% are right."
    table = Table(["probability", "nodes", "mean probability %", "right %"], rows)
    return Section("What the probability is worth", [Picture(svg(figure, "accuracy by probability"), about), table])


def baseline_note(result: Any) -> list[Note]:
    """That a plain row did better, where the labels show it."""
    best = result.better_baseline()
    if best is None:
        return []
    return [
        Note(
            f"Here the plain row {best.method} did better, as the labels show: {best.accuracy:.1f}%. Without labels one cannot "
            "know; the recommended row is the same for all graphs."
        )
    ]
