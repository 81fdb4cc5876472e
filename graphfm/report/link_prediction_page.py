"""What link prediction did, for people: a page with the learning curve, ranks by relation, reliability, a map."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.evaluation.links import table
from graphfm.evaluation.shortfall import shortfall
from graphfm.models import LinkModel
from graphfm.models.exporting import vectors
from graphfm.report.images import svg
from graphfm.report.page import Note, Picture, Section, Table, html_page
from graphfm.report.paths_page import gate_section
from graphfm.report.plots import bars, line_curves, scatter_map
from graphfm.report.projection import projection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RELATIONS_SHOWN = 30
METRICS = ("mrr", "hits@1", "hits@3", "hits@10")
LABELLED = 12  # entities whose names stand on the map
APART = np.array([0.2, 0.06])  # of the map's size, between two of them
MAP = (
    "Vectors in two dimensions (t-SNE), by the role an entity has most often in training: the relation, and whether the "
    "entity stands before (head) or behind it (tail). Of entities with many triples some are named."
)
DRILLDOWN = (
    "Seen: whether the training graph has a triple with the entity and relation of the question, and one with those of the "
    "answer. Numbers: training triples that the asked entity, the answer or the relation is in."
)

log = logging.getLogger(__name__)

Curve = tuple[Sequence[float], Sequence[float]]


def learning_curve(path: str | PathLike[str]) -> dict[str, Curve]:
    """Steps and values of the training loss and of all that was validated, from the ``metrics.csv`` of a run."""
    import pandas as pd

    if not Path(path).is_file():
        return {}
    curves = dict[str, Curve]()
    try:
        table = pd.read_csv(path).apply(pd.to_numeric)
        for name in (name for name in table if name.startswith(("train_", "val_"))):
            part = table[table[name].notna()].drop_duplicates("step", keep="last")
            curves[name] = part["step"].tolist(), part[name].tolist()
    except (
        ValueError,
        KeyError,
        TypeError,
    ) as error:  # pandas has several for a damaged table, most of them ValueErrors
        log.warning("%s is damaged (%s): the page is without its curves.", path, error)
        return {}
    return curves


def run_page(model: LinkModel, *, curve: dict[str, Curve]) -> str:
    """One HTML page about a run.

    Args:
        model: with the result of the run in its card, where test triples were ranked.
        curve: of `learning_curve`.
    """
    card = model.card
    result = card.get("result")
    sections = [*(_ranks(result, card) if result else [])]
    figures = {"val_mrr": "Validation MRR", "train_loss": "Training loss"}
    shown = [
        Picture(svg(line_curves({name: curve[name]}, xlabel="step", ylabel=title), title), f"{title} by step.")
        for name, title in figures.items()
        if name in curve
    ]
    if shown:
        sections.append(Section("Learning", shown))
    if result and result["calibration"] is not None:
        sections.append(_reliability(result["calibration"]))
    for what, found in ((result or {}).get("listed") or {}).items():
        sections.append(_listed(what, found))
    gates = gate_section(model)
    if gates is not None:
        sections.append(gates)
    picture = entity_map(model)
    if picture is not None:
        sections.append(Section("Map of the entities", [Picture(svg(picture, "map of the entities"), MAP)]))
    settings = [(name, str(value)) for name, value in card.get("settings", {}).items()]
    sections.append(Section("Settings", [Table(("setting", "value"), settings)]))
    graph = model.graph
    lead = (
        f"{graph.num_entities:,} entities, {graph.num_relations:,} relations; {card.get('steps', 0):,} steps in "
        f"{card.get('train_seconds', 0):,.0f} s, {card.get('parameters', 0):,} parameters."
    )
    return html_page(f"{card.get('model', model.kind)} on {graph.name}", sections, lead=lead)


def evaluation_page(result: dict[str, Any], card: dict[str, Any]) -> str:
    """One HTML page about a ranking.

    Args:
        result: of `graphfm.evaluation.links.judge`.
        card: of the model.
    """
    sections = _ranks(result, card)
    if result["calibration"] is not None:
        sections.append(_reliability(result["calibration"]))
    return html_page(f"{result['model']} on {result['data']}, {result['split']}", sections)


def _ranks(result: dict[str, Any], card: dict[str, Any]) -> list[Section]:
    report = result["report"]
    low, high = report["mrr_interval_95"]
    rows = table(result)
    figure = bars([(name, row["mrr"]) for name, row in rows], xlabel="MRR", highlight=result["model"], digits=3)
    about = (
        f"{report['protocol']}; ties {report['ties']}; {report['queries']:,} queries, {report['queries_unseen']:,} of "
        f"them about an entity unseen in training. 95% interval of the MRR: {low:.3f} to {high:.3f}."
    )
    parts = {**report["direction"], **report.get("category", {})}
    named = sorted(report["relation"].items(), key=lambda item: -item[1]["queries"])[:RELATIONS_SHOWN]
    warnings = [Note(sentence) for sentence in shortfall(result, card=card)]
    return [
        Section("Ranks", [*warnings, Picture(svg(figure, "MRR by method"), about), _table("method", dict(rows))]),
        *_drilldown(result),
        Section("By direction and kind of relation", [_table("part", parts)]),
        Section("By relation", [_table("relation", dict(named), caption=_of_all(len(named), len(report["relation"])))]),
    ]


def _drilldown(result: dict[str, Any]) -> list[Section]:
    divisions = result.get("drilldown", {})
    if not divisions:  # of a run of an earlier version
        return []
    rows = {f"{name}: {part}": row for name, parts in divisions.items() for part, row in parts.items()}
    return [Section("By what was seen, and how often", [_table("part", rows), Note(DRILLDOWN)])]


def _of_all(shown: int, relations: int) -> str:
    return "" if shown == relations else f"The {shown} of {relations} relations with most queries."


def _table(what: str, rows: dict[str, dict[str, Any]], *, caption: str = "") -> Table:
    cells = [
        [name, row.get("queries"), *(float(row[metric]) for metric in METRICS), f"{row['mean_rank']:,.1f}"]
        for name, row in rows.items()
    ]
    header = [what, "queries", *METRICS, "mean rank"]
    if all("frequency_mrr" in row for row in rows.values()):
        header.append("mrr of answer frequency")
        cells = [[*line, float(row["frequency_mrr"])] for line, row in zip(cells, rows.values(), strict=True)]
    return Table(header, cells, caption)


def _reliability(found: dict[str, Any]) -> Section:
    bins = found["bins"]
    figure = line_curves(
        {"this model": (bins["probability"], bins["frequency"]), "perfect": ([0, 1], [0, 1])},
        xlabel="probability foretold",
        ylabel="share that was true",
        reference="perfect",
    )
    text = (
        f"Brier score {found['brier']:.3f}; always saying one half gives {found['brier_constant']:.3f}. Mean distance from "
        f"the diagonal: {found['calibration_error']:.3f}. Half of the triples are true ones of {found['split']}, half are "
        "random wrong ones, so a probability means: true rather than a random wrong triple."
    )
    return Section("Can p_beats_random be believed?", [Picture(svg(figure, "reliability"), "Reliability."), Note(text)])


def _listed(what: str, found: dict[str, Any]) -> Section:
    """Listed answers of a split: the share that is true by their probability."""
    bins = found["bins"]
    figure = line_curves(
        {
            "this model": (bins["probability"], bins["frequency"]),
            "perfect": ([0, 1], [0, 1]),
            "base rate": ([0, 1], [found["base_rate"]] * 2),
        },
        xlabel="p_true",
        ylabel="share that was true",
    )
    text = (
        f"The best {found['shown']} new answers to each of {found['questions']:,} questions that the {found['split']} triples "
        f"answer, {found['answers']:,} in all; an answer is true where it is one of these triples. {found['base_rate']:.1%} are. "
        f"Expected calibration error: {found['calibration_error']:.3f}; Brier score {found['brier']:.3f}, that of always saying "
        f"the base rate {found['brier_constant']:.3f}."
    )
    rows = [
        [f"{band['low']:g} to {band['high']:g}", band["answers"], band["probability"], band["true"]]
        for band in found["bands"]
    ]
    table = Table(["p_true", "answers", "mean p_true", "share that is true"], rows)
    title = f"Can p_true of listed {what} be believed?"
    return Section(title, [Picture(svg(figure, "reliability of lists"), "Reliability."), Note(text), table])


def entity_roles(graph: Triples) -> tuple[Tensor, list[str]]:
    """For each entity the role it has most often in training, -1 without a triple, and the names of the roles.

    Shapes: `-> (V,), 2R names`.
    """
    head, rel, tail = graph.train.unbind(1)
    roles = torch.cat([rel, rel + graph.num_relations])
    keys, counts = torch.unique(torch.cat([head, tail]) * 2 * graph.num_relations + roles, return_counts=True)
    entity, role = keys // (2 * graph.num_relations), keys % (2 * graph.num_relations)
    order = np.lexsort((counts.numpy(), entity.numpy()))  # by entity, its most frequent role last
    last = np.flatnonzero(np.diff(entity[order].numpy(), append=-1))
    found = torch.full((graph.num_entities,), -1)
    found[entity[order][last]] = role[order][last]
    names = [f"{label} ({end})" for end in ("head", "tail") for label in graph.relation_labels]
    return found, names


def entity_map(model: LinkModel) -> Figure | None:
    """Entities in two dimensions, coloured by role; None for a model without vectors, or where there is nothing to see."""
    try:
        table = vectors(model)["entities"]
    except DataError:
        return None
    role, names = entity_roles(model.graph)
    found = projection(table, among=(role >= 0).nonzero().flatten())
    if found is None:
        return None
    count = torch.bincount(model.graph.train[:, [0, 2]].flatten(), minlength=model.graph.num_entities)[found.chosen]
    labels = model.graph.entity_labels
    named = {
        row: textwrap.shorten(labels[int(found.chosen[row])], 28, placeholder=" …")
        for row in _spread(found.points, count.argsort(descending=True, stable=True).tolist())
    }
    return scatter_map(found.points, role[found.chosen].numpy(), names, named=named)


def _spread(points: NDArray[Any], order: Sequence[int]) -> list[int]:
    """The first rows of `order` that stand apart from one another on the map (n, 2), so that their names do."""
    extent = np.ptp(points, axis=0)
    chosen: list[int] = []
    for row in order:
        if len(chosen) == LABELLED:
            break
        if all((abs(points[row] - points[other]) > APART * extent).any() for other in chosen):
            chosen.append(row)
    return chosen
