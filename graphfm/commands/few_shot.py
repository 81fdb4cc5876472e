"""`graphfm few-shot`: classification from a few labelled nodes a class, the text-only rows beside the model's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import EncoderName, JsonFile, TextData, TextModel
from graphfm.commands.output import Outputs, say_if_seen
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.text_jobs import FewShotResult


def few_shot(
    data: TextData,
    checkpoint: TextModel = None,
    encoder: EncoderName = None,
    shots: Annotated[
        list[int] | None,
        typer.Option(
            "--shots", "-k", min=1, help="Labelled nodes a class; several numbers may follow (default 1 3 5 10)."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="How often the labelled nodes are drawn, seeds 0, 1, ...")] = 5,
    json_file: JsonFile = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for result.json and shots.csv.")] = None,
) -> None:
    """Classify from a few labelled nodes a class: `graphfm few-shot --data cora --shots 1 3 5 10`."""
    from graphfm.evaluation.text_jobs import few_shot as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    done = run(data, checkpoint=checkpoint, encoder=encoder, shots=shots, draws=draws)
    say_if_seen(console, done)
    console.print(_table(done))
    for k, short in done.short_classes().items():
        words = f"{k} shots: {short} of {done.graph.num_classes} classes have no more labelled nodes; they show all but one."
        console.print(words, highlight=False, soft_wrap=True)
    outputs.write(done.as_dict(), lambda: {"result.json": done.as_dict(), "shots.csv": done.shown_nodes()})
    written = () if out is None else (out / "result.json", out / "shots.csv")
    say_end("pretrain", "--data", data, "--out", "runs/first", wrote=(*written, json_file))


def _table(done: FewShotResult) -> Any:
    from rich.table import Table

    graph = done.graph
    table = Table(
        title=f"Few-shot on {graph.name}",
        caption=f"{int(graph.labelled.sum()):,} labelled nodes, {graph.num_classes} classes, {done.draws} draws; {done.encoder}",
    )
    table.add_column("shots", justify="right")
    table.add_column("method", overflow="fold")
    for column in ("accuracy %", "macro-F1 %", "ECE %", "on nodes"):
        table.add_column(column, justify="right")
    previous = None
    for row in done.rows:
        mean = row.summary()
        cells = [f"{mean[name]:.1f} ± {mean[f'{name}_std']:.1f}" for name in ("accuracy", "macro_f1")]
        cells.append(f"{mean['ece']:.1f}" if row.ece else "")
        if previous not in (None, row.shots):
            table.add_section()
        shown = "" if row.shots == previous else str(row.shots)
        table.add_row(shown, row.method, *cells, f"{row.nodes:,}", style="bold" if row.method == "graphfm" else "")
        previous = row.shots
    return table
