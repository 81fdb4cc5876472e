"""Sections of the zero-shot page: the classes and what speaks for them, and what a probability is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphfm.classification.why import reasons
from graphfm.evaluation.accuracy import per_class
from graphfm.report.images import svg
from graphfm.report.page import Note, Picture, Section, Table
from graphfm.report.plots import line_curves

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

CONFUSED = 30  # classes up to which the whole confusion matrix is shown


def classes_section(graph: TextGraph, result: Any) -> Section:
    """Each class: how often it is found and wrongly given, its words, its neighbours, its surest nodes.

    Args:
        graph: the classified graph.
        result: what `graphfm.evaluation.zero_shot.zero_shot_rows` gave.
    """
    matrix = result.confusion(graph)
    rows: list[list[str | int | float | None]] = []
    for row, reason in zip(per_class(matrix, graph.class_names), reasons(result.read), strict=True):
        shares = ["" if share is None else f"{share:.0f}" for share in (row.precision, row.recall, row.f1)]
        joined = ", ".join(f"{name} {share:.0%}" for name, share in reason.neighbours)
        surest = "; ".join(" ".join(graph.text[node].split())[:60] for node in reason.examples)
        rows.append([row.name, row.nodes, *shares, row.taken_for, ", ".join(reason.words), joined, surest])
    header = [
        "class",
        "nodes",
        "precision %",
        "recall %",
        "F1 %",
        "mostly taken for",
        "words",
        "neighbours",
        "surest nodes",
    ]
    blocks: list[Any] = [
        f"As {result.answer} has them. Words and neighbours are found without labels.",
        Table(header, rows),
    ]
    if graph.num_classes <= CONFUSED:
        counts = [[name, *row] for name, row in zip(graph.class_names, matrix.tolist(), strict=True)]
        blocks.append(Table(["true class, taken for", *graph.class_names], counts))
    return Section("Classes, and what speaks for them", blocks)


def confidence_section(graph: TextGraph, result: Any) -> Section:
    """Accuracy by probability of the recommended row, and its expected calibration error."""
    judged = result.confidence(graph)
    sure = np.array([b.confidence for b in judged.bins])
    right = np.array([b.accuracy for b in judged.bins])
    curves = {result.answer: (sure, right), "as it should be": (np.array([0, 100]), np.array([0.0, 100.0]))}
    figure = line_curves(curves, xlabel="probability of the answer, %", ylabel="right, %")
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
