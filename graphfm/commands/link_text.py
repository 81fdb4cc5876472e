"""`graphfm link-text`: held-out edges of a text graph found again, the structure-only and text-only rows beside the model's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import EncoderName, JsonFile, TextData, TextModel
from graphfm.commands.output import Outputs, say_if_seen
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.text_jobs import LinkTextResult


def link_text(
    data: TextData,
    checkpoint: TextModel = None,
    encoder: EncoderName = None,
    share: Annotated[float, typer.Option(help="Share of the undirected edges to hold out.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Of the held-out edges and of the negatives.")] = 0,
    json_file: JsonFile = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for result.json and held_out.csv.")] = None,
) -> None:
    """Link prediction on a text graph with nothing trained on it: `graphfm link-text --data hepth_links`."""
    from graphfm.evaluation.text_jobs import link_text as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    done = run(data, checkpoint=checkpoint, encoder=encoder, share=share, seed=seed)
    say_if_seen(console, done)
    console.print(_table(done))
    outputs.write(done.as_dict(), lambda: {"result.json": done.as_dict(), "held_out.csv": done.edges()})
    written = () if out is None else (out / "result.json", out / "held_out.csv")
    say_end("inspect", "--data", data, wrote=(*written, json_file))


def _table(done: LinkTextResult) -> Any:
    from rich.table import Table

    graph, count = done.graph, done.held_out.edges.size(1)
    caption = f"{count:,} of {count + graph.num_edges:,} edges held out, {graph.num_nodes:,} nodes; {done.encoder}"
    table = Table(title=f"Link prediction on {graph.name}", caption=caption)
    table.add_column("method")
    for column in ("MRR", "Hits@1", "Hits@3", "Hits@10", "AUC"):
        table.add_column(column, justify="right")
    for row in done.rows:
        method, *values = row
        table.add_row(method, *(f"{value:.3f}" for value in values), style="bold" if method == "graphfm" else "")
    return table
