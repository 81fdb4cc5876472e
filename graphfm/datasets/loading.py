"""One door to every graph: a folder of yours, a set of the catalogue, a corpus made on the spot, OGB."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection
from dataclasses import replace
from os import PathLike
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, TypeVar

from graphfm.datasets import catalog
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.layout import holds_triples
from graphfm.datasets.triples.ntriples import Literals
from graphfm.errors import DataError

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

Graph = TypeVar("Graph", "TextGraph", Triples)


def load(name_or_folder: str | PathLike[str]) -> TextGraph:
    """A text graph, by the name of a data set or the path of a folder in the format of `graphfm.datasets.text_graphs.folder`.

    A folder that holds a graph comes before a data set of the same name. What is odd in your own folder is a
    `DataWarning`; in a set of the catalogue it is known, and kept in ``graph.info["warnings"]`` alone.

    Raises:
        DataError: an unknown name, with the nearest known ones, or what is wrong in the files.
    """
    # Seconds of imports (PyG), of which a knowledge graph needs none.
    from graphfm.datasets.text_graphs.folder import is_text_graph, read_folder
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.datasets.text_graphs.tables import DataWarning

    name, folder = os.fspath(name_or_folder), Path(name_or_folder).expanduser()
    if is_text_graph(folder) or (name not in catalog.names("tag") and _is_path(name_or_folder)):
        return read_folder(folder)
    found = catalog.entry(name, kind="tag")
    if found.origin != "files":
        return _made(found, "tag", TextGraph)
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


def load_triples(
    name_or_folder: str | PathLike[str], *, literals: Literals = "refuse", missing: Collection[str] = ()
) -> Triples:
    """A knowledge graph, by the name of a data set or the path of a folder of triples.

    A folder that holds triples comes before a data set of the same name.

    Args:
        name_or_folder: a name of the catalogue, or a folder as `triples_folder.read` takes it.
        literals: what to do with literals in a folder of N-Triples, see `triples.statements.read_statements`.
        missing: splits that a folder need not have, such as "val" and "test" where nothing is to be ranked.

    Raises:
        DataError: an unknown name, with the nearest known ones, or what is wrong in the files.
    """
    name, path = os.fspath(name_or_folder), Path(name_or_folder).expanduser()
    if path.is_file():
        hint = "Split it by graphfm.datasets.triples.importing.import_triples, or put it into a folder with valid and test."
        raise DataError(f"the file {name}", expected="a folder with train, valid and test files", hint=hint)
    named = isinstance(name_or_folder, str) and name in catalog.names("kg")
    written_as_path = not isinstance(name_or_folder, str) or "/" in name or os.sep in name
    if holds_triples(path) or (not named and (written_as_path or path.is_dir())):
        return triples_folder.read(path, literals=literals, missing=missing)
    entry = catalog.entry(name, kind="kg")
    if entry.origin != "files":
        return _made(entry, "kg", Triples)
    triples = triples_folder.read(catalog.locate(name, kind="kg"), name=name, missing=entry.missing)
    about = {"source": entry.source, "licence": entry.licence, "caveat": entry.caveat}
    return replace(triples, info={**{key: value for key, value in about.items() if value}, **triples.info})


def _made(found: catalog.Entry, kind: catalog.Kind, graph_type: type[Graph]) -> Graph:
    """A set that is no folder, by the function that makes it."""
    graph = resolve_name(found.origin)(found.name, kind)
    if not isinstance(graph, graph_type):
        raise DataError(f"a {type(graph).__name__} from {found.origin}", expected=f"a {graph_type.__name__}")
    return graph


def is_knowledge_graph(source: str | PathLike[str]) -> bool:
    """Whether a path is a folder of triples, or a single file of them."""
    path = Path(source).expanduser()
    endings = {*path.suffixes} - {".gz"}
    return holds_triples(path) if path.is_dir() else path.is_file() and bool(endings & {".nt", ".tsv", ".csv", ".txt"})
