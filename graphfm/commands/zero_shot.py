"""`graphfm zero-shot`: the baseline rows on any text graph, and a model's row beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from graphfm.commands.checkpoint import Checkpoint, load_model
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.evaluation.zero_shot import ZeroShot


def zero_shot(
    data: Annotated[str, typer.Option("--data", "-d", help="Name of the catalogue or folder of a text graph.")],
    checkpoint: Checkpoint = None,
    encoder: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Text encoder: minilm (default), minilm:bf16, lsa, a hub id or a model folder; a checkpoint brings its own."
        ),
    ] = None,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the table as JSON.")] = None,  # noqa: UP045
    out: Annotated[Optional[Path], typer.Option(help="Folder for the page, predictions.csv and result.json.")] = None,  # noqa: UP045
) -> None:
    """Classify all nodes of a graph with no labels; labels are read only to count hits."""

    from graphfm.datasets import load
    from graphfm.evaluation.zero_shot import as_json, predictions, text_side
    from graphfm.evaluation.zero_shot import zero_shot as run
    from graphfm.files import check_writable, write_json

    check_writable(file=json_file, folder=out)
    console, graph = terminal(), load(data)
    model = load_model(checkpoint, graph, console)
    x, encode_text, name = text_side(graph, encoder, model=model)
    result = run(graph, x, encode_text, model=model)

    console.print(show_table(graph, result, name))
    show_structure(console, graph, result)
    content = as_json(graph, name, result, model=model, checkpoint=checkpoint and str(checkpoint))
    if json_file is not None:
        write_json(json_file, content)
    if out is not None:
        from graphfm.files import write_table, write_text
        from graphfm.report.zero_shot_page import boundary, result_page

        gaps = boundary(graph, result)
        write_json(out / "result.json", content | {"boundary": [gap._asdict() for gap in gaps]})
        write_table(out / "predictions.csv", predictions(graph, result, model=model))
        experts = () if model is None else model.settings["experts"]
        write_text(out / "index.html", result_page(graph, x, result, gaps, experts=experts))
        console.print(f"Page: {out / 'index.html'}", soft_wrap=True, highlight=False)


def show_structure(console: Any, graph: TextGraph, result: ZeroShot) -> None:
    """How structure was used, in words, and what the experts of a model add."""
    console.print(result.decisions[result.answer].words(graph.class_names), highlight=False)
    for method, without, points in result.contributions():
        console.print(f"Experts: {method} is {points:+.1f} points of accuracy from {without}.", highlight=False)


def show_table(graph: TextGraph, result: ZeroShot, encoder: str) -> Any:
    """The result as a table for the terminal."""
    from rich.table import Table

    table = Table(
        title=f"Zero-shot on {graph.name}",
        caption=f"{int(graph.labelled.sum()):,} labelled nodes, {graph.num_classes} classes; {encoder}",
    )
    table.add_column("method")
    for column in ("accuracy %", "macro-F1 %"):
        table.add_column(column, justify="right")
    for row in result.rows:
        style = "bold" if row.method == result.answer else ""
        table.add_row(row.method, f"{row.accuracy:.1f}", f"{row.macro_f1:.1f}", style=style)
    return table
