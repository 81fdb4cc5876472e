"""Bring a graph of yours into the plain format: CSV pairs, GraphML, GML, PyG files and folders already in the format.

The kind of the source is seen from its files. Everything is read and checked before anything is written.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import torch
from torch_geometric.data import Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage

from graphfm.datasets.text_graphs.convert import from_networkx
from graphfm.datasets.text_graphs.csv_files import read_edges, read_nodes
from graphfm.datasets.text_graphs.folder import check_writable, is_text_graph, read_classes, read_folder, write_folder
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.text_graphs.pyg import from_pyg
from graphfm.datasets.text_graphs.tables import assemble
from graphfm.errors import DataError
from graphfm.files import find, require

if TYPE_CHECKING:
    import networkx

KINDS = "a folder with nodes.jsonl or nodes.csv (and edges.csv), or a .graphml, .gml or .pt file"


def import_text_graph(
    source: str | PathLike[str],
    out: str | PathLike[str],
    *,
    text: str = "text",
    label: str | None = None,
    node_id: str = "id",
    src: str = "src",
    dst: str = "dst",
    kind: str | None = None,
    directed: bool | None = None,
    name: str | None = None,
    overwrite: bool = False,
) -> TextGraph:
    """Reads a graph from any supported source, checks it and writes it as a folder that `load` reads.

    Args:
        source: a folder in the format; a folder with ``nodes.csv`` and ``edges.csv``; a ``.graphml`` or ``.gml`` file;
            a ``.pt`` file with a PyG `Data` or a dictionary of tensors and lists, read without running its code.
        out: folder to write.
        text: column or attribute with the texts.
        label: column or attribute with the labels; "label" (PyG: "y") where there is one. In GML "label" is the display
            name of a node and no class unless asked for.
        node_id: column of ``nodes.csv`` with the ids.
        src: column of ``edges.csv`` with the sources.
        dst: column of ``edges.csv`` with the destinations.
        kind: column or attribute with the type of an edge; "type" (PyG: "edge_type") where there is one.
        directed: whether edges have a direction; what the source says when left out.
        name: name of the graph; that of the source when left out.
        overwrite: replace a folder that holds a graph.

    Raises:
        DataError: what is wrong, with file and, in text files, line. Nothing is written then.

    Warns:
        DataWarning: empty texts, repeated edges, unused columns and other oddities.
    """
    source, out = Path(source).expanduser(), Path(out).expanduser()
    check_writable(out, overwrite=overwrite)
    if not source.exists():
        raise DataError("nothing", expected=KINDS, path=source)
    if is_text_graph(source):
        graph = read_folder(source, directed=directed, name=name)
    elif source.is_dir() and find(source, "nodes.csv"):
        graph = _read_csv(
            source, node_id=node_id, text=text, label=label, src=src, dst=dst, kind=kind, directed=directed, name=name
        )
    elif source.is_dir():
        hint = "For triples there is graphfm.datasets.load_triples." if any(source.glob("train.*")) else ""
        raise DataError("a folder without a nodes file", expected=KINDS, path=source, hint=hint)
    elif source.suffix == ".pt":
        with _naming(source):
            data = _rename(_read_pt(source), {label: "y", kind: "edge_type"})
            graph = from_pyg(data, text=text, directed=directed, name=name or data.get("name") or source.stem)
    else:
        network = _read_network(source)
        if ".gml" in source.suffixes and "label" not in (text, label):
            for values in network.nodes.values():
                values.pop("label", None)
        with _naming(source):
            title = name or network.name or source.stem
            graph = from_networkx(network, text=text, label=label, kind=kind, directed=directed, name=title)
    write_folder(graph, out, overwrite=overwrite)
    return graph


def _read_csv(
    folder: Path,
    *,
    node_id: str,
    text: str,
    label: str | None,
    src: str,
    dst: str,
    kind: str | None,
    directed: bool | None,
    name: str | None,
) -> TextGraph:
    nodes = read_nodes(require(folder, "nodes.csv"), node_id=node_id, text=text, label=label)
    edges, remarks = read_edges(require(folder, "edges.csv"), src=src, dst=dst, kind=kind)
    return assemble(
        nodes,
        edges,
        name=name or folder.resolve().name,
        directed=True if directed is None else directed,
        classes=read_classes(folder),
        remarks=remarks,
    )


def _read_pt(path: Path) -> Data:
    """A PyG `Data`, or the first part of what PyG's in-memory sets store, unpickled with nothing but plain classes."""
    plain = [Data, DataEdgeAttr, DataTensorAttr, GlobalStorage, TextGraph]
    try:
        with torch.serialization.safe_globals(plain):
            stored = torch.load(path, weights_only=True, map_location="cpu")
    except (UnpicklingError, EOFError, RuntimeError) as error:
        raise DataError(
            "a file that holds more than tensors, lists and strings, or a damaged one",
            expected="a PyG `Data` or a dictionary of them",
            path=path,
            hint="Save it again with torch.save(data.to_dict(), path), arrays as tensors.",
        ) from error
    if isinstance(stored, tuple) and len(stored) > 1 and stored[1] is None:
        stored = stored[0]
    if isinstance(stored, dict):
        stored = Data.from_dict(stored)
    if not isinstance(stored, Data):
        raise DataError(f"a {type(stored).__name__}", expected="one PyG `Data` or a dictionary", path=path)
    return stored


def _rename(data: Data, names: dict[str | None, str]) -> Data:
    for asked, usual in names.items():
        if asked is not None:
            if asked not in data:
                raise DataError(f"no {asked!r} among {', '.join(data.keys())}", expected=f"what to read as {usual!r}")
            data[usual] = data[asked]
    return data


def _read_network(path: Path) -> networkx.Graph:
    import networkx

    kind = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    readers: dict[str, Any] = {
        ".graphml": networkx.read_graphml,
        ".gml": lambda file: networkx.read_gml(file, label="id"),
    }
    if kind not in readers:
        raise DataError(f"a file ending in {kind or 'nothing'}", expected=KINDS, path=path)
    try:
        return readers[kind](path)
    except (networkx.NetworkXError, SyntaxError, ValueError, EOFError, OSError, zlib.error) as error:
        found = f"what NetworkX cannot read ({error})"
        raise DataError(found, expected=f"a whole {kind} file", path=path) from error


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Puts the file in front of errors that know none."""
    try:
        yield
    except DataError as error:
        if error.path is None:
            error.path, error.args = path, (f"{path}: {error}",)
        raise
