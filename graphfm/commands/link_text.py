"""`graphfm link-text`: held-out edges of a text graph found again, the structure-only and text-only rows beside the model's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from graphfm.commands.checkpoint import Checkpoint, described, load_model
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.held_out import HeldOut
    from graphfm.evaluation.link_text import Row


def link_text(
    data: Annotated[str, typer.Option("--data", "-d", help="Name of the catalogue or folder of a text graph.")],
    checkpoint: Checkpoint = None,
    encoder: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Text encoder: minilm (default), lsa, a hub id or a model folder; a checkpoint brings its own."
        ),
    ] = None,
    share: Annotated[float, typer.Option(help="Share of the undirected edges to hold out.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Of the held-out edges and of the negatives.")] = 0,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the table as JSON.")] = None,  # noqa: UP045
    out: Annotated[Optional[Path], typer.Option(help="Folder for result.json and held_out.csv.")] = None,  # noqa: UP045
) -> None:
    """Link prediction on a text graph with nothing trained on it: `graphfm link-text --data hepth_links`."""

    from graphfm.datasets import load
    from graphfm.evaluation.held_out import hold_out
    from graphfm.evaluation.link_text import as_json, held_out_frame
    from graphfm.evaluation.link_text import link_text as run
    from graphfm.evaluation.zero_shot import text_side
    from graphfm.files import check_writable, write_json, write_table

    check_writable(file=json_file, folder=out)
    console, held_out = terminal(), hold_out(load(data), share=share, seed=seed)
    model = load_model(checkpoint, held_out.graph, console)
    x, _, name = text_side(held_out.graph, encoder, model=model)
    rows = run(held_out, x, model=model, seed=seed)

    console.print(_table(held_out, rows, name))
    content = as_json(held_out, name, rows, share=share, seed=seed, **described(checkpoint, model, held_out.graph))
    if json_file is not None:
        write_json(json_file, content)
    if out is not None:
        write_json(out / "result.json", content)
        write_table(out / "held_out.csv", held_out_frame(held_out))


def _table(held_out: HeldOut, rows: list[Row], encoder: str) -> Any:
    from rich.table import Table

    graph, count = held_out.graph, held_out.edges.size(1)
    caption = f"{count:,} of {count + graph.num_edges:,} edges held out, {graph.num_nodes:,} nodes; {encoder}"
    table = Table(title=f"Link prediction on {graph.name}", caption=caption)
    table.add_column("method")
    for column in ("MRR", "Hits@1", "Hits@3", "Hits@10", "AUC"):
        table.add_column(column, justify="right")
    for row in rows:
        method, *values = row
        table.add_row(method, *(f"{value:.3f}" for value in values), style="bold" if method == "graphfm" else "")
    return table
