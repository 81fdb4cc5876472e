"""What pretraining did, for people: a page with what was held out beside its baseline, the learning curves, the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphfm.report.images import svg
from graphfm.report.link_prediction_page import Curve
from graphfm.report.page import Note, Picture, Section, Table, html_page
from graphfm.report.plots import line_curves

GRAPHS_SHOWN = 12  # curves of one figure
TITLES = {"train_loss": "Training loss", "val_mrr": "Validation MRR"}
TEXTS = {"val_own": "its own text", "val_neighbor": "a neighbour's text", "val_chance": "chance"}
MADE = "Validation triples of each source, ranked on its training triples: filtered, all entities, realistic ties."


def pretraining_page(card: Mapping[str, Any], *, curves: Mapping[str, Curve]) -> str:
    """One HTML page about a run of `graphfm.pretrain`.

    Args:
        card: of the model.
        curves: of `graphfm.report.link_prediction_page.learning_curve`.
    """
    sections = []
    if held := card.get("held_out"):
        rows = [(one["graph"], one["triples"], float(one["mrr"]), float(one["frequency"])) for one in held]
        notes = [Note(sentence) for sentence in below_baseline(held)]
        table = Table(("graph", "triples", "MRR", "answer frequency"), rows, MADE)
        sections.append(Section("Held-out triples", [*notes, table]))
    shown = [
        Picture(svg(line_curves({name: curves[name]}, xlabel="step", ylabel=title), title), f"{title} by step.")
        for name, title in TITLES.items()
        if name in curves
    ]
    texts = {TEXTS[name]: curves[name] for name in TEXTS if name in curves}
    if texts:
        figure = line_curves(texts, xlabel="step", ylabel="Validation loss", reference=TEXTS["val_chance"])
        words = (
            "Cross-entropy of finding a node's text among those of a batch, by step; lower is better, chance is dashed."
        )
        shown.append(Picture(svg(figure, "Validation loss"), words))
    each = {name.removeprefix("val_mrr_"): curve for name, curve in curves.items() if name.startswith("val_mrr_")}
    if 1 < len(each) <= GRAPHS_SHOWN:
        figure = line_curves(each, xlabel="step", ylabel="Validation MRR")
        shown.append(Picture(svg(figure, "Validation MRR by graph"), "Validation MRR of each source by step."))
    if shown:
        sections.append(Section("Learning", shown))
    settings = [(name, str(value)) for name, value in card.get("settings", {}).items()]
    sections.append(Section("Settings", [Table(("setting", "value"), settings)]))
    return html_page(f"Pretrained on {', '.join(map(str, card['sources']))}", sections)


def below_baseline(held: list[dict[str, Any]]) -> list[str]:
    """A sentence where the model is below the frequency of answers on graphs that it was trained on; none where it is not."""
    below = [str(one["graph"]) for one in held if one["mrr"] < one["frequency"]]
    if not below:
        return []
    return [
        f"Below the frequency of answers on {', '.join(below)}, a source of its own: train longer (--epochs) before any use."
    ]
