"""One door to every graph: a folder of yours, a set of the catalogue, a corpus made on the spot, OGB."""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeVar

from graphfm.datasets import catalog
from graphfm.datasets.rdf import resources as rdf
from graphfm.datasets.rdf.results import is_results
from graphfm.datasets.rdf.terms import Literals
from graphfm.datasets.tables.conventions import known
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.json_rows import first_names
from graphfm.datasets.tables.unpacking import plain_name
from graphfm.datasets.tables.whole import COLUMNAR
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.apoc import is_apoc_json
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.hetionet import is_hetionet
from graphfm.datasets.triples.importing import TABLE_ENDINGS, edge_files, import_triples
from graphfm.datasets.triples.kgx import is_kgx
from graphfm.datasets.triples.layout import holds_triples
from graphfm.errors import DataError
from graphfm.files import find

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
    from graphfm.datasets.tables.notes import DataWarning
    from graphfm.datasets.text_graphs.folder import read_folder
    from graphfm.datasets.text_graphs.graph import TextGraph

    name, folder = os.fspath(name_or_folder), Path(name_or_folder).expanduser()
    known = _holds_text_graph(folder)
    if folder.is_file() or (not known and is_knowledge_graph(folder)):
        raise _not_a_text_graph(folder)
    if folder.is_dir() and not known and (name not in catalog.names("tag")):
        hint = f"`graphfm datasets import {shlex.quote(name)} --out FOLDER` makes one of tables and graph files."
        raise DataError(
            "no nodes.jsonl or nodes.jsonl.gz", expected="one of them in this folder", hint=hint, path=folder
        )
    if known or (name not in catalog.names("tag") and _is_path(name_or_folder)):
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


def _not_a_text_graph(path: Path) -> DataError:
    expected = "the folder of a text graph: nodes.jsonl, edges.csv, classes.json"
    if is_knowledge_graph(path):
        return DataError("triples", expected=expected, hint=catalog.TAKEN_BY["kg"], path=path)
    hint = f"`graphfm datasets import {shlex.quote(str(path))} --out FOLDER` makes one of tables and graph files."
    return DataError("a file", expected=expected, hint=hint, path=path)


def _is_path(name_or_folder: str | PathLike[str]) -> bool:
    """Whether a path is meant: it is a folder, or it is written as a path."""
    written = not isinstance(name_or_folder, str) or "/" in name_or_folder or os.sep in name_or_folder
    return written or Path(name_or_folder).is_dir()


def load_triples(
    source: Any, *, literals: Literals = "drop", reading: Reading | None = None, missing: Collection[str] = ()
) -> Triples:
    """A knowledge graph, by the name of a data set, the path of a folder, or that of a file of triples, or from a frame.

    A folder that holds triples comes before a data set of the same name. A file, a frame, or a folder with tables of nodes and
    edges or with a training graph alone, is imported as `triples.importing.import_triples` does by default: a tenth of its
    triples becomes validation and a tenth test, the same ones each time. Of a folder with one of the two the other stays empty.

    Args:
        source: a name of the catalogue, a file or folder of triples, or a frame of pandas, polars or pyarrow.
        literals, reading: see `triples.statements.read_statements`.
        missing: splits that are not made where a set has none, such as "val" and "test" where all of it are facts to ask about.

    Raises:
        DataError: an unknown name, with the nearest known ones, or what is wrong in the files.
    """
    how: dict[str, Any] = {"literals": literals, "reading": reading, **dict.fromkeys(missing, 0.0)}
    if not isinstance(source, str | PathLike):
        return import_triples(source, **how)
    name, path = os.fspath(source), Path(source).expanduser()
    named = isinstance(source, str) and name in catalog.names("kg")
    written_as_path = not isinstance(source, str) or "/" in name or os.sep in name
    lists = path.is_file() or (path.is_dir() and not holds_triples(path) and edge_files(path))
    if lists and literals == "drop" and reading is None:
        return _imported(path.resolve(), path.stat().st_mtime_ns, frozenset(missing))
    if lists or holds_triples(path):
        return import_triples(path, progress=bool(lists), **how)
    if _holds_text_graph(path):
        raise DataError("a text graph", expected="triples", hint=catalog.TAKEN_BY["tag"], path=path)
    if not named and (written_as_path or path.is_dir()):
        return triples_folder.read(path)  # which says what it lacks
    return _of_catalogue(name)


def _of_catalogue(name: str) -> Triples:
    """A set by its name."""
    entry = catalog.entry(name, kind="kg")
    if entry.origin != "files":
        return _made(entry, "kg", Triples)
    folder, reading = catalog.locate(name, kind="kg"), Reading(**entry.reading)
    if entry.split:
        triples = import_triples(folder, name=name, reading=reading, progress=True)
    else:
        triples = triples_folder.read(folder, name=name, missing=entry.missing, reading=reading)
    about = {"source": entry.source, "licence": entry.licence, "caveat": entry.caveat}
    return replace(triples, info={**{key: value for key, value in about.items() if value}, **triples.info})


@lru_cache(maxsize=1)
def _imported(path: Path, _changed: int, missing: frozenset[str]) -> Triples:
    """The set of a file; kept, since a command that shows how it is read then trains on it."""
    shares: dict[str, Any] = dict.fromkeys(missing, 0.0)
    return import_triples(path, progress=True, **shares)


def _made(found: catalog.Entry, kind: catalog.Kind, graph_type: type[Graph]) -> Graph:
    """A set that is no folder, by the function that makes it."""
    graph = resolve_name(found.origin)(found.name, kind)
    if not isinstance(graph, graph_type):
        raise DataError(f"a {type(graph).__name__} from {found.origin}", expected=f"a {graph_type.__name__}")
    return graph


def _holds_text_graph(folder: Path) -> bool:
    """Whether a folder has the nodes of a text graph in our format."""
    return find(folder, "nodes.jsonl") is not None


def is_knowledge_graph(source: str | PathLike[str]) -> bool:
    """Whether a path is a file of triples, or a folder of them: with splits, or with tables of nodes and edges."""
    path = Path(source).expanduser()
    if path.is_dir():
        return not _holds_text_graph(path) and (holds_triples(path) or bool(edge_files(path)))
    if not path.is_file():
        return False
    table = plain_name(path).lower().endswith((*TABLE_ENDINGS, *COLUMNAR, *rdf.RDF_ENDINGS))
    if table or known(first_names(path)) is not None:
        return True
    return any(fits(path) for fits in (is_kgx, is_apoc_json, is_results, is_hetionet))
