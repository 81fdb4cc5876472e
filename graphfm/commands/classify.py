"""`graphfm classify`: classes for the nodes of a graph without labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import Abstain, Chunks, EncoderName, JsonFile, TextData, TextModel, Top
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.models.classifying import Classified


def classify(
    data: TextData,
    checkpoint: TextModel = None,
    encoder: EncoderName = None,
    names: Annotated[
        str | None, typer.Option(help='Classes to choose from, "a,b,c"; by default those of the graph.')
    ] = None,
    classes: Annotated[Path | None, typer.Option(help="The same as a file: a classes.json, or a name a line.")] = None,
    top: Top = 1,
    abstain: Abstain = 0.0,
    chunks: Chunks = False,
    json_file: JsonFile = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File of the predictions, .csv or .parquet.")] = None,
) -> None:
    """Give every node a class, no labels needed: `graphfm classify --data ./mine --names "cats,dogs" --out predictions.csv`."""
    from graphfm.commands.output import Outputs, check_table, write_table
    from graphfm.models.classifying import classify as run

    outputs, console = Outputs(json_file=json_file), terminal()
    check_table(out)
    done = run(
        data,
        checkpoint=checkpoint,
        encoder=encoder,
        names=names,
        classes=classes,
        top=top,
        abstain=abstain,
        chunks=chunks,
    )
    console.print(_table(done))
    console.print(done.words, highlight=False)
    for note in done.notes:
        console.print(note, style="yellow", highlight=False)
    if len(done.answer.class_names) == 1:
        console.print(
            'One class alone: every node gets it. Several are separated by commas: --names "a,b".', style="yellow"
        )
    outputs.write(done.as_dict())
    if out is not None:
        write_table(out, done.frame())
        then = "zero-shot" if done.graph.labelled.any() else "inspect"
        say_end(then, "--data", data, "--out", "page", wrote=(out, json_file))
    else:
        say_end("classify", "--data", data, "--out", "predictions.csv", wrote=(json_file,))


def _table(done: Classified) -> Any:
    from rich.table import Table

    about = done.as_dict()
    sure = f"mean probability {about['mean_probability']:.2f}"
    if done.abstain:
        sure += f", {about['abstained']:,} nodes below {done.abstain:g}"
    caption = f"{done.graph.num_nodes:,} nodes, {len(done.answer.class_names)} classes, {sure}; {done.encoder}"
    table = Table(title=f"Classes of {done.graph.name}", caption=caption)
    table.add_column("class")
    table.add_column("nodes", justify="right")
    table.add_column("words that speak for it")
    table.add_column("classes of its neighbours")
    for reason in done.rows:
        joined = ", ".join(f"{name} {share:.0%}" for name, share in reason.neighbours)
        table.add_row(reason.name, f"{reason.nodes:,}", ", ".join(reason.words), joined)
    return table
