"""`graphfm inspect`: what a text graph looks like, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import JsonFile, TextData
from graphfm.commands.output import Outputs
from graphfm.commands.terminal import terminal


def inspect(
    data: TextData,
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id, a model folder; none for no texts.")
    ] = "minilm",
    json_file: JsonFile = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for inspect.html and inspect.json.")] = None,
) -> None:
    """Homophily with and without labels, how to use structure, curvature, trees; a page: `graphfm inspect --data cora`."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.report.inspect import inspect as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    done = run(data, encoder=encoder)
    table = Table(title=done.graph.name, show_header=False)
    for name, value in done.rows:
        table.add_row(name, value)
    console.print(table)
    for hint in done.hints:
        console.print(Text.assemble(("hint", "dim"), f" {hint}"))
    outputs.write(done.as_dict(), lambda: {"inspect.json": done.as_dict(), "inspect.html": done.page()})
    then = "zero-shot" if done.graph.labelled.any() else "classify"
    written = () if out is None else (out / "inspect.html", out / "inspect.json")
    say_end(then, "--data", data, wrote=(*written, json_file))
