"""One door to every text graph: a folder of yours, a set of the catalogue, a corpus made on the spot."""

from __future__ import annotations

import os
import warnings
from os import PathLike
from pathlib import Path

from graphfm.datasets import catalog
from graphfm.datasets.folder import is_text_graph, read_folder
from graphfm.datasets.tables import DataWarning
from graphfm.datasets.text_graph import TextGraph


def load(name_or_folder: str | PathLike[str]) -> TextGraph:
    """A text graph, by the name of a data set or the path of a folder in the format of `graphfm.datasets.folder`.

    A folder that holds a graph comes before a data set of the same name. What is odd in your own folder is a
    `DataWarning`; in a set of the catalogue it is known, and kept in ``graph.info["warnings"]`` alone.

    Raises:
        DataError: an unknown name, with the nearest known ones, or what is wrong in the files.
    """
    name, folder = os.fspath(name_or_folder), Path(name_or_folder).expanduser()
    if is_text_graph(folder) or (name not in catalog.names("tag") and _is_path(name_or_folder)):
        return read_folder(folder)
    found = catalog.entry(name, kind="tag")
    if found.origin == "interpreter":
        from graphfm.datasets import python_stdlib

        return python_stdlib.text_graph()
    if found.origin == "ogb":
        from graphfm.datasets import ogb

        return ogb.text_graph(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        graph = read_folder(catalog.locate(name, kind="tag"), directed=found.directed, name=name)
    about = {"source": found.source, "licence": found.licence, "caveat": found.caveat}
    graph.info = {key: value for key, value in about.items() if value} | graph.info
    return graph


def _is_path(name_or_folder: str | PathLike[str]) -> bool:
    """Whether a path is meant: it is a folder, or it is written as a path."""
    written = not isinstance(name_or_folder, str) or "/" in name_or_folder or os.sep in name_or_folder
    return written or Path(name_or_folder).is_dir()
