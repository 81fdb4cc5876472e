"""Text that would be cut into columns and is no table: other notations of facts, programs, rows that are drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from graphfm.errors import DataError

_CSV = "Export the table as CSV or TSV, with a header (head, relation, tail), and give that."
_RENAME = "Name the file by what is in it: {}"
_LINES = "Save the table as CSV or TSV, without the lines that are drawn and the bars at both ends."
_EDGES = (
    "Its numbers are nodes and, in a third column, weights or times: edges of a text graph are edges.csv (source,target) beside "
    "nodes.csv (id,text); triples are head, relation, tail."
)
_TERM, _IRI = r"(<[^<>\s]+:[^<>\s]*>|_:\S+)", r"<[^<>\s]+:[^<>\s]*>"

#: What the first line that is not blank shows: a pattern, what it is, what to do.
_FIRST = [
    (r"(?i)(<table\b|.*<html\b.*(<table|office:excel))", "a table of HTML, as a web page or a spreadsheet has it",
     "Open it in a browser or spreadsheet and save it as CSV (UTF-8), or: pandas.read_html(FILE)[0].to_csv('FILE.csv')."),
    (r"(?i)<(!doctype html|html)\b", "a web page and not the file",
     "A download that failed leaves such a page: open it in a browser, and save the file itself."),
    (r"(?i)%%MatrixMarket", "a matrix in Matrix Market's form", _EDGES),
    (r"(?i)%\s*(sym|asym|bip)\b", "a list of edges of KONECT", _EDGES),
    (r"#(\*|index)", "papers in AMiner's form",
     "Make a table of the papers (nodes.csv: id,text) and one of what they cite (edges.csv: source,target) in a folder."),
    (r"LEDA\.GRAPH|(?i:dl\s+n\s*=)", "a graph of LEDA or UCINET",
     "Open it in NetworkX, Gephi or yEd, and save it as GraphML."),
    (r'\{\s*"(@type"\s*:\s*"tinker|id"\s*:.*"(in|out)E"|mode"\s*:.*"vertices")', "GraphSON of TinkerPop",
     "Write GraphML instead: g.io('FILE.graphml').with(IO.writer, IO.graphml).write()."),
    (r"(?i)(insert into|create table|drop table|copy \S+ \(|-- (mysql|postgresql|mariadb|sqlite)|pragma )", "SQL", _CSV),
    (r"(?i)(create|merge|match|unwind|:begin|:param)\b[^,\t]*[({]", "statements of Cypher",
     "Export CSV or JSON instead: CALL apoc.export.csv.all('graph.csv', {})."),
    (r"(?i)(@prefix|@base|prefix)\s+\S*:?\s*<", "RDF in Turtle", _RENAME.format(".ttl")),
    (rf'{_TERM}\s+{_IRI}\s+({_TERM}|".*"\S*)\s*({_IRI}\s*)?\.\s*$', "RDF in N-Triples", _RENAME.format(".nt, or .nq")),
    (r"(?i)<(rdf:RDF|ontology)\b", "RDF in XML", _RENAME.format(".rdf or .owl")),
    (r"<(\?xml|graphml|gexf)\b", "XML", _RENAME.format(".rdf or .owl for RDF, .graphml, .gexf")),
    (r"(strict\s+)?(di)?graph\b[^,\t]*\{", "a graph of Graphviz",
     "Convert it to GML, with Graphviz: gv2gml FILE -o FILE.gml."),
    (r'graph\s*\[|Creator "', "a graph in GML", _RENAME.format(".gml; it is read as a text graph then")),
    (r"(?i)\*(vertices|network)\b", "a graph of Pajek", _RENAME.format(".net; it is read as a text graph then")),
    (r"format-version:", "an ontology in OBO, which is no RDF",
     "Save it as Turtle or RDF/XML: `robot convert --input FILE --output FILE.ttl`."),
    (r"[┌╔┏╭]|\+[-=+]{3,}\+?\s*$", "a table drawn with lines, as terminals show it", _LINES),
    (r'\{\s*("[^"]*"\s*:|$)|\[\s*([\[{]|"[^"]*"\s*,|$)', "JSON that holds no list of triples",
     "A list of objects is FILE.json, an object a line FILE.jsonl, with the keys head, relation and tail; a text graph is "
     "node-link JSON."),
]  # fmt: skip
#: What all of the first lines show.
_EVERY = [
    (r"(\([^()]*\)|\[[^\[\]]*\])[,;.]?", "rows in brackets, as Python prints them",
     "Write the rows by csv.writer, or pandas.DataFrame(rows, columns=['head', 'relation', 'tail']).to_csv(FILE)."),
    (r"[a-z]\w*\([^()]*\)\.?", "facts of Prolog", _CSV),
    (r"- \[.*\]", "lists of YAML", _CSV),
    (r"\(rdflib\.term\..*\)", "rows as Python prints them", "Write them by Graph.serialize(FILE, format='nt')."),
]  # fmt: skip
#: Lines below a header that only draw: of Markdown, and of the shells of databases.
_DRAWN = [
    (r"(?=[^|]*\|)[ |:]*-[ |:-]*", "a table of Markdown"),
    (r"\s*[-=]{3,}([\s,;+]+[-=]{3,})+\s*", "a table with a drawn line"),
]


def refuse_lookalikes(lines: Sequence[str], path: Path) -> None:
    """Refuse what is no table, by its first lines that are not blank.

    Raises:
        DataError: what it is, and what to do.
    """
    if not lines:
        return
    for pattern, found, hint in _FIRST:
        if re.match(pattern, lines[0].lstrip("\ufeff ")):
            raise DataError(found, expected="a table: a triple a row", hint=hint, path=path, line=1)
    for pattern, found, hint in _EVERY:
        if "\t" not in lines[0] and all(re.fullmatch(pattern, line.strip()) for line in lines[:20]):
            raise DataError(found, expected="a table: a triple a row", hint=hint, path=path, line=1)
    for pattern, found in _DRAWN:
        if len(lines) > 1 and re.fullmatch(pattern, lines[1]):
            raise DataError(found, expected="a row a line", hint=_LINES, path=path, line=2)
