"""Graph files that NetworkX reads: GraphML, GML, GEXF, Pajek, JSON, and lists of edges.

XML is refused where it declares entities or a document type, which no program of the trade writes and which make a small
file large or reach for other files, and where it is larger than a limit.
"""

from __future__ import annotations

import ast
import io
import json
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from graphfm.datasets.tables.unpacking import begins, encoding_of, plain_name, read_text, unpacked
from graphfm.datasets.text_graphs.json_graphs import GRAPHSON, SHAPES, graph_of_json, other_shape
from graphfm.datasets.text_graphs.pajek import graph_of_pajek
from graphfm.datasets.text_graphs.records import ENDS, plain_value, whole_numbers
from graphfm.datasets.text_graphs.sources import Source
from graphfm.errors import DataError

if TYPE_CHECKING:
    import networkx

#: What each ending is called.
FILE_KINDS = {
    ".graphml": "GraphML", ".gml": "GML", ".gexf": "GEXF", ".net": "Pajek", ".paj": "Pajek", ".json": "node-link JSON",
    ".cyjs": "JSON of Cytoscape",
    ".edgelist": "a list of edges", ".edges": "a list of edges", ".el": "a list of edges",
}  # fmt: skip
_HINTS = {
    ".gexf": "Where its attributes change in time, save it from Gephi as one point in time.",
    ".json": "Nodes have an id each; links have source and target (or from and to), an id or the number of a node each.",
}
_LARGEST = 1 << 31  # bytes of XML or JSON
_END = r'(?:"([^"]*)"|([^\s",;]+))'
_QUOTED = re.compile(rf'(?=.*"){_END}[\s,;]+{_END}[\s,;]*(.*)')  # two ids, one of which at least is in quotes
_GEXF = re.compile(rb'xmlns="http://(?:www\.)?(?:gexf\.net|gephi\.org)[^"]*"')
_GEXF_NOW = b'xmlns="http://www.gexf.net/1.2draft"'


def kind_of(path: Path) -> str:
    """The ending of a graph file without that of its compression, "" for another file."""
    ending = Path(plain_name(path)).suffix.lower()
    if ending == ".xml" and path.is_file():  # as Gremlin's documentation calls its GraphML
        root = re.match(r"\s*(?:<\?.*?\?>|<!--.*?-->|\s)*<(?:\w+:)?(graphml|gexf)\b", begins(path), re.DOTALL)
        return f".{root[1]}" if root else ""
    return ending if ending in FILE_KINDS else ""


def read_network(path: Path, encoding: str | None = None) -> Source:
    """The nodes and edges of a graph file.

    Args:
        encoding: of its text; XML says its own.

    Raises:
        DataError: what NetworkX cannot read, entities in XML, or a file larger than the limit.
    """
    import networkx

    ending = kind_of(path)
    try:
        if ending in (".edgelist", ".edges", ".el"):
            return _edge_list(path, encoding)
        if ending in (".graphml", ".gexf"):
            network = _graphml(path) if ending == ".graphml" else _gexf(path)
        else:
            read = {".gml": _gml, ".net": _pajek, ".paj": _pajek, ".json": _node_link, ".cyjs": _node_link}[ending]
            network = read(path, encoding)
    except (
        networkx.NetworkXError,
        ParseError,
        SyntaxError,
        AttributeError,
        LookupError,
        RuntimeError,
        ValueError,
        TypeError,
        EOFError,
        OSError,
        zlib.error,
    ) as error:
        if isinstance(error, DataError):
            raise
        found, hint = f"what cannot be read ({error})", _HINTS.get(ending, "")
        if "directed" in str(error).lower():
            found = "edges with a direction beside others without"
            hint = "Save the graph as directed, each edge without a direction as two."
        raise DataError(found, expected=f"a whole {ending} file", hint=hint, path=path) from error
    source = source_of(network, name=network.name or Path(plain_name(path)).stem)
    source.path = path
    if ending in (".gml", ".gexf", ".net", ".paj"):
        source.display = ("label", "shape", "x", "y")
    return source


def source_of(network: networkx.Graph, *, name: str) -> Source:
    """Nodes and edges of a NetworkX graph, with all their attributes."""
    # GraphML and GEXF say once what an attribute is where a node or an edge says nothing.
    usual = {kind: network.graph.get(f"{kind}_default") or {} for kind in ("node", "edge")}
    nodes = {node: usual["node"] | values for node, values in network.nodes(data=True)}
    edges = [(src, dst, usual["edge"] | values) for src, dst, values in network.edges(data=True)]
    fields = dict.fromkeys(key for values in nodes.values() for key in values)
    edge_fields = dict.fromkeys(key for *_, values in edges for key in values)
    return Source(
        [node_id(node) for node in nodes],
        {key: [values.get(key) for values in nodes.values()] for key in fields},
        [node_id(src) for src, *_ in edges],
        [node_id(dst) for _, dst, _ in edges],
        {key: [values.get(key) for *_, values in edges] for key in edge_fields},
        directed=network.is_directed(),
        name=name,
    )


def node_id(node: object) -> int | str:
    """NetworkX nodes may be anything; what is no whole number goes by its written form."""
    value = plain_value(node) if not isinstance(node, tuple) else node
    return value if type(value) is int else str(node)


def _content(path: Path) -> bytes:
    with unpacked(path, progress=True) as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise DataError(
            f"more than {_LARGEST >> 30} GiB",
            expected="a smaller file",
            hint="Give tables of nodes and edges.",
            path=path,
        )
    return content


def _xml(path: Path) -> io.BytesIO:
    """The content of an XML file without entities and document types of its own."""
    content = _content(path)
    head = content[: 1 << 16].decode(
        "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="ignore"
    )
    if match := re.search(r"<!(ENTITY|DOCTYPE)", head):
        hint = "Remove the declaration: graph files need none."
        raise DataError(f"a {match[1]} declaration", expected="plain XML", hint=hint, path=path)
    return io.BytesIO(content)


def _graphml(path: Path) -> networkx.Graph:
    import networkx

    content = _xml(path)
    if len(re.findall(rb"<graph[\s>]", content.getvalue())) > 1:
        hint = "Ungroup the nodes (yEd: Edit, Ungroup), or save each graph in a file of its own."
        raise DataError("graphs within nodes", expected="one graph", hint=hint, path=path)
    return _numbered(networkx.read_graphml(content))


def _gexf(path: Path) -> networkx.Graph:
    import networkx

    content = _xml(path).getvalue()
    # The elements are the same in all versions; NetworkX knows the names of two of them.
    content = _GEXF.sub(_GEXF_NOW, content, count=1)
    content = re.sub(rb"<viz:[^>]*/>", b"", content)
    content = re.sub(rb"(<edge\b(?![^>]*\slabel=)[^>]*\s)kind=", rb"\1label=", content)  # which NetworkX does not know
    content = _without_times(content, path)
    return _numbered(networkx.read_gexf(io.BytesIO(content)))


def _without_times(content: bytes, path: Path) -> bytes:
    """GEXF without the times at which its nodes and edges are there and its values hold.

    Raises:
        DataError: a node or an edge has two values of one attribute, at two times.
    """
    content = re.sub(rb"(?s)<spells>.*?</spells>|<spells\s*/>", b"", content)
    if not re.search(rb"<attributes\b[^>]*mode=[\"']dynamic", content):
        return content
    for values in re.finditer(rb"(?s)<attvalues>.*?</attvalues>", content):
        names = re.findall(rb"\bfor=[\"']([^\"']*)", values[0])
        if len({*names}) < len(names):
            raise DataError(
                "values that change in time", expected="one of each attribute", hint=_HINTS[".gexf"], path=path
            )
    return re.sub(rb"(<attributes\b[^>]*?)\s+mode=[\"']dynamic[\"']", rb"\1", content)


def _gml(path: Path, encoding: str | None) -> networkx.Graph:
    import networkx

    # A text of several lines is one line to the parser, and a pair of nodes may be linked more than once.
    text = re.sub(
        r'"[^"]*"',
        lambda match: match[0].replace("\n", "&#10;"),
        read_text(path, encoding=encoding).replace("\r\n", "\n"),
    )
    # igraph writes NaN for a number that is not there, which GML has no word for.
    text = re.sub(r"(?im)^\s*[a-z]\w*\s+[+-]?(nan|inf(inity)?)\s*$", "", text)
    if not re.search(r"\bmultigraph\s+1", text):
        text = re.sub(r"\bgraph\s*\[", "graph [ multigraph 1 ", text, count=1)
    return networkx.parse_gml(text.splitlines(), label="id")


def _pajek(path: Path, encoding: str | None) -> networkx.Graph:
    return graph_of_pajek(read_text(path, encoding=encoding))


def _node_link(path: Path, encoding: str | None) -> networkx.Graph:
    """JSON of one of the shapes that are known."""
    try:
        raw = _content(path)
        name, skip = encoding_of(raw[: 1 << 16], encoding, path)
        content: Any = json.loads(raw[skip:].decode(name))
    except (json.JSONDecodeError, RecursionError) as error:
        more = isinstance(error, json.JSONDecodeError) and error.msg == "Extra data"
        if more and re.match(r'\{.*"(in|out)E"', begins(path)):
            raise DataError(
                GRAPHSON[0], expected=SHAPES, hint=GRAPHSON[1].replace("FILE", path.stem), path=path
            ) from error
        hint = f"Where it is an object a line (JSON Lines), name it {path.stem}.jsonl." * more
        raise DataError(f"broken JSON ({error})", expected="node-link JSON", hint=hint, path=path) from error
    graph = graph_of_json(content)
    if graph is None:
        hint = (
            "As networkx.node_link_data writes it: an object with nodes, and links or edges. Triples are a list of objects, or "
            "one a line, with the keys head, relation and tail."
        )
        found, hint = other_shape(content) or ("other JSON", hint)
        raise DataError(found, expected=SHAPES, hint=hint.replace("FILE", path.stem), path=path)
    return graph


def _numbered(network: networkx.Graph) -> networkx.Graph:
    """XML writes every id as text: numbers become numbers again, so that they meet those of other files."""
    import networkx

    if whole_numbers([str(node) for node in network]):
        return networkx.relabel_nodes(network, {node: int(node) for node in network})
    return network


def _edge_list(path: Path, encoding: str | None) -> Source:
    """Two ids a line, then a weight or, as NetworkX writes them, attributes; lines that begin with # or % are comments."""
    src: list[str] = []
    dst: list[str] = []
    further: list[dict[str, Any]] = []
    where: list[int] = []
    for number, line in enumerate(read_text(path, encoding=encoding).splitlines(), start=1):
        if not line.strip() or line.lstrip()[0] in "#%":
            continue
        cells = _cut(line)
        if len(cells) < 2:
            raise DataError(f"{line[:60]!r}", expected="two ids", path=path, line=number)
        if not src and not where and (cells[0].casefold(), cells[1].casefold()) in ENDS:
            continue  # a header
        src.append(cells[0])
        dst.append(cells[1])
        further.append(_attributes(line, cells[2]) if len(cells) > 2 else {})
        where.append(number)
    numbers = whole_numbers(src, dst)
    first, second = ([int(key) if numbers else key for key in end] for end in (src, dst))
    ids = [*dict.fromkeys(key for pair in zip(first, second, strict=True) for key in pair)]
    names = dict.fromkeys(name for values in further for name in values)
    extra: dict[str, Sequence[Any]] = {str(name): [values.get(name) for values in further] for name in names}
    title = Path(plain_name(path)).stem
    return Source(ids, {}, first, second, extra, directed=False, name=title, path=path, edge_lines=where)


def _cut(line: str) -> list[str]:
    """Two ids, in double quotes where they hold blanks, and the rest of a line of edges."""
    if match := _QUOTED.match(line):
        return [match[1] or match[2], match[3] or match[4], *([rest] if (rest := match[5].strip()) else [])]
    return line.replace(",", " ").replace(";", " ").split(maxsplit=2)


def _attributes(line: str, third: str) -> dict[str, Any]:
    """What stands after the two ids of an edge: a dictionary as Python writes it, or a weight."""
    _, brace, rest = line.partition("{")
    if brace:
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            written = ast.literal_eval(brace + rest.strip())
            if isinstance(written, dict):
                return written
    return {"weight": third}
