"""Bring a graph of yours into the plain format, from whatever file or folder holds it.

The kind of the source is seen from its files. Everything is read and checked before anything is written.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.foreign import foreign
from graphfm.datasets.tables.unpacking import plain_name
from graphfm.datasets.tables.whole import is_columnar
from graphfm.datasets.text_graphs import network_files
from graphfm.datasets.text_graphs.folder import check_writable, read_classes, read_folder, write_folder
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.text_graphs.markup import plain_text
from graphfm.datasets.text_graphs.ogb_classes import class_table
from graphfm.datasets.text_graphs.published_layouts import find_planetoid, is_ogb, read_ogb, read_planetoid, refusal
from graphfm.datasets.text_graphs.pyg import from_pyg
from graphfm.datasets.text_graphs.pyg_files import read_pt
from graphfm.datasets.text_graphs.records import plain_value
from graphfm.datasets.text_graphs.sources import Chosen, Source, graph_of
from graphfm.datasets.text_graphs.table_pairs import find_tables, others, read_pair
from graphfm.datasets.text_graphs.tables import choose
from graphfm.errors import DataError
from graphfm.files import find

IMPORTABLE = (
    "a folder with nodes.jsonl or with tables of nodes and edges (CSV, TSV, Parquet; Gephi, Neo4j), a .graphml, .gexf, .gml, "
    ".net, .json (node-link), .cyjs, .edgelist or .pt file, or Planetoid's or OGB's folder"
)


def import_text_graph(
    source: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    text: str | None = None,
    label: str | None = None,
    node_id: str | None = None,
    src: str | None = None,
    dst: str | None = None,
    kind: str | None = None,
    weight: str | None = None,
    edge_text: str | None = None,
    directed: bool | None = None,
    name: str | None = None,
    reading: Reading | None = None,
    strip_html: bool = False,
    fill_texts: bool = False,
    overwrite: bool = False,
) -> TextGraph:
    """Reads a graph from any supported source, checks it and writes it as a folder that `load` reads.

    Args:
        source: a folder in the format; a folder with a table of nodes and one of edges; a GraphML, GEXF, GML, Pajek,
            node-link JSON or edge list file; a ``.pt`` file with a PyG `Data` or a dictionary of tensors and lists, read
            without running its code; the folders of Planetoid and OGB.
        out: folder to write; None to write nothing.
        text: column or attribute with the texts; ``id`` makes the ids the texts, ``title+abstract`` joins two. Where left
            out, "text", or another name that only texts have.
        label: column or attribute with the classes; "label" or "class" (PyG: "y") where there is one. What names each node
            (GML's and Gephi's label) is no class unless asked for. "" for none.
        node_id: column of the nodes with the ids; "id" and the like where left out.
        src: column of the edges with the sources; "src", "source" and the like where left out.
        dst: column of the edges with the destinations.
        kind: column or attribute with the type of an edge; "type" (PyG: "edge_type") where there is one. "" for none.
        weight: column or attribute with the weight of an edge; "weight" (PyG: "edge_weight") where there is one. "" for none.
        edge_text: column or attribute with the text of an edge; "text" or the like (PyG: "edge_text") where there is one.
        directed: whether edges have a direction; what the source says when left out.
        name: name of the graph; that of the source when left out.
        reading: separator and encoding of tables, where they do not show.
        strip_html: leave the words of texts that are HTML.
        fill_texts: give nodes without a text an empty one.
        overwrite: replace a folder that holds a graph.

    Raises:
        DataError: what is wrong, with file and, in text files, line. Nothing is written then.

    Warns:
        DataWarning: empty texts, repeated edges, unused columns and other oddities.
    """
    source = Path(source).expanduser()
    if out is not None:
        check_writable(Path(out).expanduser(), overwrite=overwrite)
    if not source.exists():
        raise DataError("nothing", expected=IMPORTABLE, path=source)
    chosen = Chosen(
        text, label, kind, directed, name, weight=weight, edge_text=edge_text, strip_html=strip_html, fill_texts=fill_texts
    )  # fmt: skip
    columns = {role: column for role, column in (("id", node_id), ("src", src), ("dst", dst)) if column is not None}
    with _naming(source):
        graph = _read(source, chosen, (reading or Reading()).at(**columns))
    if out is not None:
        write_folder(graph, Path(out).expanduser(), overwrite=overwrite)
    return graph


def _read(source: Path, chosen: Chosen, reading: Reading) -> TextGraph:
    if find(source, "nodes.jsonl"):
        graph = read_folder(source, directed=chosen.directed, name=chosen.name)
        if chosen.strip_html:
            graph.text = [plain_text(text) for text in graph.text]
        return graph
    if source.is_dir():
        return _graph_of_folder(source, reading, _with_classes(source, chosen))
    if source.suffix == ".pt":
        data = read_pt(source)
        return from_pyg(
            data,
            text=chosen.text,
            label=chosen.label,
            kind=chosen.kind,
            weight=chosen.weight,
            edge_text=chosen.edge_text,
            directed=chosen.directed,
            name=chosen.name or data.to_dict().get("name") or source.stem,
        )
    ending = network_files.kind_of(source)
    if not ending:
        raise _other_file(source)
    read = _with_ids(network_files.read_network(source, reading.encoding), reading)
    if ending in (".edgelist", ".edges", ".el") and chosen.text is None:
        hint = "Say --text id where the ids are the texts, or give a table of nodes beside it (nodes.csv, edges.csv)."
        raise DataError("a list of edges, which has no texts", expected="a text for every node", hint=hint, path=source)
    return graph_of(read, chosen)


def _with_ids(source: Source, reading: Reading) -> Source:
    """The nodes of a graph file by another attribute, where the user named one for their ids.

    Raises:
        DataError: no such attribute, or one that is not there on every node and different.
    """
    if ends := [f"--{end}" for end in ("src", "dst") if end in reading.columns]:
        hint = "Leave it out: a graph file says which ends are which."
        raise DataError(f"{' and '.join(ends)} for a graph file", expected="tables of nodes and edges", hint=hint)
    asked = reading.columns.get("id")
    if asked is None or (asked == source.id_name and asked not in source.fields):
        return source
    name = choose(source.fields, str(asked), None, what="id of a node")
    ids = [plain_value(value) for value in source.fields[str(name)]]
    if None in ids or len({*map(str, ids)}) < len(ids):
        twice = "none on some nodes" if None in ids else "the same on two nodes"
        raise DataError(f"{name!r}, which is {twice}", expected="an id of its own for every node")
    new = dict(zip(source.ids, ids, strict=True))
    fields = {key: values for key, values in source.fields.items() if key != name}
    return replace(
        source, ids=ids, fields=fields, src=[new[key] for key in source.src], dst=[new[key] for key in source.dst],
        id_name=str(name),
    )  # fmt: skip


def _other_file(source: Path) -> DataError:
    """The refusal of a file that is no graph by its name, with what to do."""
    pair = (
        "Put a table of nodes and a table of edges into a folder (nodes.csv, edges.csv, or .parquet), "
        "or make a graph by graphfm.datasets.from_frames or from_pyg."
    )
    if (other := foreign(source)) is not None and source.suffix.lower() not in (".npz", ".npy"):
        return DataError(other[0], expected=IMPORTABLE, hint=other[1], path=source)
    if source.suffix.lower() == ".zip":
        hint = f"Unpack it (unzip {shlex.quote(source.name)}), and give the file or the folder."
        return DataError("an archive of files", expected=IMPORTABLE, hint=hint, path=source)
    table = is_columnar(source) or source.suffix.lower() in (".csv", ".tsv", ".npz", ".npy")
    hint = pair if table else "Where it holds triples, say --kind kg."
    if plain_name(source).lower().endswith((".jsonl", ".ndjson")):
        hint = (
            "Triples a line need the keys head, relation and tail, or those of another convention. Nodes of a text graph a "
            "line are nodes.jsonl, in a folder with edges.csv (source,target): who links to whom, as OpenAlex's "
            "referenced_works say, is a row each there."
        )
    return DataError(f"a file ending in {source.suffix or 'nothing'}", expected=IMPORTABLE, hint=hint, path=source)


def _graph_of_folder(folder: Path, reading: Reading, chosen: Chosen) -> TextGraph:
    """The graph, its classes by their names where a table of OGB has them."""
    read = _folder(folder, reading, chosen)
    named = is_ogb(folder) and chosen.classes is None and chosen.label in (None, "label")
    names = class_table(folder, read.fields.get("label", ())) if named else None
    if names is None:
        return graph_of(read, chosen)
    graph = graph_of(read, replace(chosen, classes=names[1]))
    graph.info["columns"] += f", names of classes = {names[0].relative_to(folder)}"
    return graph


def _folder(folder: Path, reading: Reading, chosen: Chosen) -> Source:
    """The nodes and edges of a folder of any layout but our own."""
    if tables := find_tables(folder):
        source = read_pair(*tables, reading, name=folder.resolve().name)
        source.beside = others(folder, tables)
        return source
    if is_ogb(folder):
        return read_ogb(folder)
    if content := find_planetoid(folder):
        if chosen.text is None:
            hint = (
                "Say --text id where the ids are texts, or put the texts into a table of nodes (nodes.csv, edges.csv)."
            )
            raise DataError("counts of words and no texts", expected="a text for every node", hint=hint, path=content)
        return read_planetoid(content)
    raise DataError("a folder without a nodes file", expected=IMPORTABLE, path=folder, hint=refusal(folder))


def _with_classes(folder: Path, chosen: Chosen) -> Chosen:
    return replace(chosen, classes=read_classes(folder))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Puts the file in front of errors that know none."""
    try:
        yield
    except DataError as error:
        if error.path is None:
            error.path, error.args = path, (f"{path}: {error}",)
        raise
