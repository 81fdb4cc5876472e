"""`graphfm few-shot`: classification from a few labelled nodes a class, the text-only rows beside the model's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from graphfm.commands.checkpoint import Checkpoint, described, load_model
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.evaluation.few_shot import Row


def few_shot(
    data: Annotated[str, typer.Option("--data", "-d", help="Name of the catalogue or folder of a text graph.")],
    checkpoint: Checkpoint = None,
    encoder: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Text encoder: minilm (default), lsa, a hub id or a model folder; a checkpoint brings its own."
        ),
    ] = None,
    shots: Annotated[
        Optional[list[int]],  # noqa: UP045
        typer.Option("--shots", "-k", min=1, help="Labelled nodes a class; more may follow (default 1 3 5 10)."),
    ] = None,
    more: Annotated[Optional[list[int]], typer.Argument(metavar="[K]...", help="Further numbers of shots.")] = None,  # noqa: UP045
    draws: Annotated[int, typer.Option(min=1, help="How often the labelled nodes are drawn, seeds 0, 1, ...")] = 5,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the table as JSON.")] = None,  # noqa: UP045
    out: Annotated[Optional[Path], typer.Option(help="Folder for result.json and shots.csv.")] = None,  # noqa: UP045
) -> None:
    """Classify from a few labelled nodes a class: `graphfm few-shot --data cora --shots 1 3 5 10`."""

    from graphfm.datasets import load
    from graphfm.evaluation.few_shot import as_json, check, short_classes, shown_nodes, usual_shots
    from graphfm.evaluation.few_shot import few_shot as run
    from graphfm.evaluation.zero_shot import text_side
    from graphfm.files import check_writable, write_json, write_table

    check_writable(file=json_file, folder=out)
    console, graph = terminal(), load(data)
    asked = sorted({*(shots or []), *(more or [])}) or usual_shots(graph)
    check(graph, shots=asked, draws=draws)
    model = load_model(checkpoint, graph, console)
    x, encode_text, name = text_side(graph, encoder, model=model)
    rows = run(graph, x, encode_text, model=model, shots=asked, draws=draws)

    console.print(_table(graph, rows, name, draws))
    for k in asked:
        if short := short_classes(graph, k):
            words = (
                f"{k} shots: {short} of {graph.num_classes} classes have no more labelled nodes; they show all but one."
            )
            console.print(words, highlight=False, soft_wrap=True)
    content = as_json(graph, name, rows, shots=asked, draws=draws, **described(checkpoint, model, graph))
    if json_file is not None:
        write_json(json_file, content)
    if out is not None:
        write_json(out / "result.json", content)
        write_table(out / "shots.csv", shown_nodes(graph, shots=asked, draws=draws))


def _table(graph: TextGraph, rows: list[Row], encoder: str, draws: int) -> Any:
    from rich.table import Table

    table = Table(
        title=f"Few-shot on {graph.name}",
        caption=f"{int(graph.labelled.sum()):,} labelled nodes, {graph.num_classes} classes, {draws} draws; {encoder}",
    )
    table.add_column("shots", justify="right")
    table.add_column("method")
    for column in ("accuracy %", "macro-F1 %"):
        table.add_column(column, justify="right")
    previous = None
    for row in rows:
        mean = row.summary()
        cells = [f"{mean[name]:.1f} ± {mean[f'{name}_std']:.1f}" for name in ("accuracy", "macro_f1")]
        if previous not in (None, row.shots):
            table.add_section()
        shown = "" if row.shots == previous else str(row.shots)
        table.add_row(shown, row.method, *cells, style="bold" if row.method == "graphfm" else "")
        previous = row.shots
    return table
