"""`graphfm export`: the vectors of a trained model for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.ending import say_end


def export(
    checkpoint: Annotated[
        str, typer.Option("--checkpoint", "-c", help="model.ckpt of a link prediction run, or its folder.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")],
) -> None:
    """Write the vectors as safetensors, NumPy and TSV for projector tools, and a map of the entities."""
    from graphfm.files import check_writable
    from graphfm.report.export import export as run

    check_writable(folder=out)
    files = run(checkpoint, out=out)
    say_end("complete", "--checkpoint", checkpoint, "--head", "NAME", "--relation", "NAME", wrote=files)
