"""What a model learned of its entities, for other tools and for the eye: `graphfm.export`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from graphfm.files import replacing
from graphfm.models import LinkModel, opening
from graphfm.models.exporting import write_vectors
from graphfm.report.images import png
from graphfm.report.link_prediction_page import entity_map

PICTURE = "entities.png"


def export(checkpoint: LinkModel | str | PathLike[str], *, out: str | PathLike[str]) -> list[Path]:
    """Write the vectors of a model (`graphfm.models.exporting`) and, with entities enough, a map of them.

    Args:
        checkpoint: a `LinkModel`, its file, or the folder of its run.
        out: folder to write into; made where it is missing.

    Returns:
        The files.

    Raises:
        DataError: no such model, or one without vectors of entities.
    """
    model, folder = opening.link_model(checkpoint), Path(out)
    files = write_vectors(model, folder)
    picture = entity_map(model)
    if picture is not None:
        with replacing(folder / PICTURE) as temporary:
            temporary.write_bytes(png(picture))
        files.append(PICTURE)
    return [folder / name for name in files]
