"""`graphfm export`: the vectors of a trained model for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.terminal import terminal


def export(
    checkpoint: Annotated[Path, typer.Argument(help="model.ckpt of a link prediction run, or its folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into.")],
) -> None:
    """Write the vectors as safetensors, NumPy and TSV for projector tools, and a map of the entities."""

    from graphfm.files import check_writable, replacing
    from graphfm.models import LinkModel
    from graphfm.models.exporting import export as run
    from graphfm.report.images import png
    from graphfm.report.link_prediction_page import entity_map

    check_writable(folder=out)
    model = LinkModel.load(checkpoint)
    files = run(model, out)
    picture = entity_map(model)
    if picture is not None:
        with replacing(out / "entities.png") as temporary:
            temporary.write_bytes(png(picture))
        files.append("entities.png")
    terminal().print(f"{out}: {', '.join(files)}", soft_wrap=True, highlight=False)
