"""`graphfm serve`: a model as a web service with a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.options import Accelerator


def serve(
    checkpoint: Annotated[
        str, typer.Argument(metavar="MODEL", help="File, run folder, `default`, a name, or org/name.")
    ],
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="Graph to answer on; a model that was trained on one has it.")
    ] = None,
    names: Annotated[str | None, typer.Option(help='Of a text graph: classes to choose from, "a,b,c".')] = None,
    classes: Annotated[Path | None, typer.Option(help="The same as a file: a classes.json, or a name a line.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; this machine alone by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    accelerator: Accelerator = "auto",
) -> None:
    """Serve a model over HTTP, with a page: `graphfm serve runs/umls`, then http://127.0.0.1:8000 in a browser."""
    from graphfm.errors import Stopped
    from graphfm.serving.serve import serve as run

    try:
        run(
            checkpoint,
            data=data,
            names=names,
            classes=classes,
            host=host,
            port=port,
            accelerator=accelerator,
        )
    except Stopped as stopped:  # the server has stopped in order by then, and said so
        raise Stopped(stopped.signum, "stopped in order") from None
