"""One door for models of either kind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch

from graphfm.models.checkpoint import DEFAULT, LINK, read

if TYPE_CHECKING:
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.link_model import LinkModel


def load_model(
    path: str | os.PathLike[str] = DEFAULT, *, device: torch.device | str | None = None
) -> GraphFM | LinkModel:
    """A model from its file: `GraphFM` for text graphs, `LinkModel` for knowledge graphs. Nothing in the file is executed.

    Args:
        path: of the file, of a run's folder, or "default" for the model of the package ("./default" is a folder).
        device: where to put the model.

    Raises:
        DataError: no such file, or no model.

    >>> load_model("default").card["sources"][0]
    'python-stdlib'
    """
    found = read(path)
    # Each world's imports take a second that the other one can do without.
    if found.kind is LINK:
        from graphfm.models.link_model import LinkModel

        return LinkModel.from_content(found.content, device=device)
    from graphfm.models.graph_model import GraphFM

    return GraphFM.from_content(found.content, device=device)
