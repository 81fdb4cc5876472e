"""Files that hold graphs and are not read here: what they seem to be, and how to make of them what is read."""

from __future__ import annotations

import re
from pathlib import Path

_CSV = "Save the sheet as CSV (UTF-8), and give that."
_GML = "Convert it to GML, with Graphviz: gv2gml NAME -o FILE.gml; or read it in Python, and give the graph to from_networkx."
_RDF = "Convert it to N-Triples or Turtle, with the tool that wrote it."
_IGRAPH = "Read it with igraph (Graph.Read) or NetworkX and write GraphML."
_PICKLE = "It may run code when it is opened, so it is not: write the table as CSV or Parquet, the graph as GraphML."
_DGL = (
    "Read it with dgl.load_graphs, and save edge_index, the texts and the classes: "
    "torch.save({'edge_index': ..., 'text': [...], 'y': ...}, 'FILE.pt')."
)
_ROWS = "Write its triples as CSV, TSV or Parquet: head, relation, tail; a text graph as nodes.csv and edges.csv in a folder."
_GAF = "Say --kind kg --no-header --columns head=2,relation=4,tail=5."
_GPAD = "Say --kind kg --no-header --columns head=2,relation=3,tail=4 (of version 2: head=1,relation=3,tail=4)."
_YED = "Open it in yEd and save it as GraphML, or write nodes.csv and edges.csv."
_GREMLIN = "Write GraphML instead: g.io('FILE.graphml').with(IO.writer, IO.graphml).write()."
_RRF = "Name it FILE.txt, and say which columns count; of MRREL: --sep pipe --no-header --columns head=5,relation=4,tail=1."
_XML = "Write its records as tables: nodes.csv and edges.csv in a folder; triples as head, relation, tail. GraphML: .graphml."
_TAR = "Unpack it (tar -xf NAME), and give the file or the folder."

#: What a file is, by its ending, and what to do.
_ENDINGS: dict[tuple[str, ...], tuple[str, str]] = {
    (".xlsx", ".xls", ".xlsm", ".ods"): ("a spreadsheet", _CSV),
    (".dot", ".gv"): ("a graph of Graphviz", _GML),
    (".gdf", ".tlp", ".vna", ".dl"): (
        "a graph file of another program",
        "Open it in Gephi and export GEXF or GraphML.",
    ),
    (".ncol", ".lgl", ".graph", ".graph6", ".g6", ".sparse6", ".s6"): ("a graph without texts", _IGRAPH),
    (".cx", ".cx2", ".cys"): ("a network of Cytoscape", "Export it from Cytoscape as GraphML or Cytoscape.js JSON."),
    (".graphmlz",): ("packed GraphML", "Name it .graphml.gz where it is gzip, or unpack it."),
    (".mtx", ".mat", ".npz", ".npy"): ("a matrix, which holds no texts", _ROWS),
    (".bin", ".dgl"): ("a graph of DGL, or another binary file", _DGL),
    (".pickle", ".pkl", ".gpickle", ".p"): ("a pickle of Python", _PICKLE),
    (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".rar", ".7z"): ("an archive of files", _TAR),
    (".db", ".sqlite", ".sqlite3", ".duckdb", ".sql", ".dump"): ("a database", _ROWS),
    (".cypher", ".cql", ".pl", ".kgx", ".html", ".htm", ".md", ".pdf", ".docx"): ("no table and no graph file", _ROWS),
    (".pt", ".pth"): (
        "a file of PyTorch",
        "Leave --kind kg out; graphfm.datasets.triples.convert.from_hetero makes triples of a HeteroData.",
    ),
    (".h5", ".hdf5", ".hdf", ".jld2", ".rds", ".rdata"): ("a file of arrays", _ROWS),
    (".orc", ".avro"): ("a table in columns of another form", "Write it as Parquet: pandas.DataFrame.to_parquet."),
    (".lz4", ".sz", ".snappy", ".z", ".lzma", ".br"): ("a packed file", "Unpack it, or pack it with gzip, xz or zstd."),
    (".adjlist", ".lgr", ".gw", ".leda"): ("a graph without texts", _IGRAPH),
    ("twice",): ("a packed file in a packed file", "Unpack it once."),
    ("a Parquet file",): ("a Parquet file", "Name it FILE.parquet."),
    ("an Arrow file",): ("an Arrow file", "Name it FILE.arrow."),
    ("lfs",): (
        "a pointer of Git LFS and not the file",
        "Get the file itself: `git lfs pull` in its repository, or a download of the raw file.",
    ),
    (".tgf",): ("a graph in TGF", _YED),
    (".canvas", ".mmd", ".mermaid", ".puml", ".plantuml", ".drawio", ".mm", ".xmind"): (
        "a drawing and no graph file",
        _ROWS,
    ),
    (".graphson",): ("GraphSON of TinkerPop", _GREMLIN),
    (".gpad", ".gpa"): ("annotations of the Gene Ontology", _GPAD),
    (".gmt",): ("sets of genes", "Write a row for each gene: set, relation, gene."),
    (".gaf",): ("annotations of the Gene Ontology", _GAF),
    (".rrf",): ("a table of UMLS", _RRF),
    (".xml",): ("XML of another kind than RDF and GraphML", _XML),
    (".hdt",): ("RDF in HDT", "Unpack it: hdt2rdf FILE.hdt FILE.nt"),
    (".srx", ".brf", ".trix", ".rj"): ("RDF, or results of SPARQL, in a form that is not read", _RDF),
}
_ENDINGS_OF_ARCHIVES = next(endings for endings in _ENDINGS if ".tar" in endings)
_ZIPS = (".npz", ".xlsx", ".xlsm", ".ods", ".docx", ".graphmlz", ".cys", ".pt", ".pth")
_STARTS = (
    (b"\xd0\xcf\x11\xe0", ".xls"), (b"SQLite format 3", ".db"), (b"\x89HDF", ".h5"), (b"%PDF", ".pdf"), (b"$HDT", ".hdt"),
    (b"\x80\x02", ".pkl"), (b"\x80\x03", ".pkl"), (b"\x80\x04", ".pkl"), (b"\x80\x05", ".pkl"), (b"7z\xbc\xaf", ".7z"),
    (b"Rar!", ".rar"), (b"PAR1", "a Parquet file"), (b"ARROW1", "an Arrow file"), (b"ORC", ".orc"), (b"Obj\x01", ".orc"),
    (b"\x04\x22\x4d\x18", ".lz4"), (b"\x1f\x9d", ".lz4"), (b"\xff\x06\x00\x00sNaPpY", ".lz4"), (b"]\x00\x00", ".lz4"),
    (b"\x1f\x8b", "twice"), (b"BZh", "twice"), (b"\xfd7zXZ", "twice"), (b"\x28\xb5\x2f\xfd", "twice"),
    (b"version https://git-lfs", "lfs"), (b"PK\x03\x04", "twice"),
)  # fmt: skip


def foreign(path: Path, start: bytes = b"") -> tuple[str, str] | None:
    """What a file is that is not read, and what to do; None for others.

    Args:
        path: the file, judged by its ending.
        start: its first bytes, which tell more than a wrong ending.

    >>> foreign(Path("facts.xlsx"))
    ('a spreadsheet', 'Save the sheet as CSV (UTF-8), and give that.')
    """
    seen = next((ending for first, ending in _STARTS if start.startswith(first)), "")
    name = path.name.lower()
    if seen == "twice" and name.endswith(_ZIPS):  # a zip by nature
        seen = ""
    plain = name if name.endswith(_ENDINGS_OF_ARCHIVES) else re.sub(r"\.(gz|bz2|xz|zip|zstd?)$", "", name)
    for endings, said in _ENDINGS.items():
        if seen in endings or (not seen and plain.endswith(endings)):
            return said[0], said[1].replace("FILE", Path(path.name[: len(plain)]).stem).replace("NAME", path.name)
    return None
