"""`graphfm zero-shot`: the baseline rows on any text graph, and a model's row beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.options import Encoder, JsonFile, TextData, TextModel
from graphfm.commands.output import Outputs, say_if_seen
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.text_jobs import ZeroShotResult


def zero_shot(
    data: TextData,
    checkpoint: TextModel = None,
    encoder: Encoder = None,
    json_file: JsonFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the page, predictions.csv and result.json.")
    ] = None,
) -> None:
    """Classify all nodes of a graph with no labels; labels are read only to count hits."""
    from graphfm.evaluation.text_jobs import zero_shot as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    done = run(data, checkpoint=checkpoint, encoder=encoder)
    say_if_seen(console, done)
    console.print(show_table(done))
    show_structure(console, done)
    outputs.write(done.as_dict(), lambda: files(done))
    if out is not None:
        console.print(f"Page: {out / 'index.html'}", soft_wrap=True, highlight=False)


def files(done: ZeroShotResult) -> dict[str, Any]:
    """What `--out` holds: the result with its structural boundaries, the predictions, the page."""
    from graphfm.report.zero_shot_page import boundary, result_page

    gaps = boundary(done.graph, done.found)
    experts = () if done.model is None else done.model.settings["experts"]
    return {
        "result.json": done.as_dict() | {"boundary": [gap._asdict() for gap in gaps]},
        "predictions.csv": done.predictions(),
        "index.html": result_page(done.graph, done.x, done.found, gaps, experts=experts),
    }


def show_structure(console: Any, done: ZeroShotResult) -> None:
    """How structure was used, in words, and what the experts of a model add."""
    found = done.found
    console.print(found.decisions[found.answer].words(done.graph.class_names), highlight=False)
    for method, without, points in found.contributions():
        console.print(f"Experts: {method} is {points:+.1f} points of accuracy from {without}.", highlight=False)


def show_table(done: ZeroShotResult) -> Any:
    """The result as a table for the terminal."""
    from rich.table import Table

    graph = done.graph
    table = Table(
        title=f"Zero-shot on {graph.name}",
        caption=f"{int(graph.labelled.sum()):,} labelled nodes, {graph.num_classes} classes; {done.encoder}",
    )
    table.add_column("method")
    for column in ("accuracy %", "macro-F1 %"):
        table.add_column(column, justify="right")
    for row in done.rows:
        style = "bold" if row.method == done.found.answer else ""
        table.add_row(row.method, f"{row.accuracy:.1f}", f"{row.macro_f1:.1f}", style=style)
    return table
