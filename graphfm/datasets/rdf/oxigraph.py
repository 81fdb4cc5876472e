"""Turtle, TriG, RDF/XML, OWL and JSON-LD through pyoxigraph, a kept parser written in Rust."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graphfm.datasets.rdf.terms import STARRED, Literal, Statement
from graphfm.datasets.tables.unpacking import encoding_of, plain_name, unpacked
from graphfm.errors import DataError

#: Format of each ending, by its name in pyoxigraph.
FORMATS = {
    ".ttl": "TURTLE", ".turtle": "TURTLE", ".n3": "N3", ".trig": "TRIG", ".rdf": "RDF_XML", ".owl": "RDF_XML",
    ".rdfs": "RDF_XML", ".xml": "RDF_XML", ".jsonld": "JSON_LD", ".json": "JSON_LD",
}  # fmt: skip
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_NO_RDF = re.compile(r"Prefix[(:]|Ontology[(:]|format-version:")  # functional syntax, Manchester syntax, OBO
_UTF8 = "Name the encoding: --encoding (in Python, encoding=); of XML, save the file and what it declares as UTF-8."
_LINE = re.compile(r"(<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s")
_MADE = re.compile(r"[0-9a-f]{24,32}")  # the names that the parser makes up for nodes without one


def sniffed(path: Path) -> str:
    """The format of a file, by its ending and its first bytes: what ends in .owl may be Turtle as well.

    Raises:
        DataError: a notation of ontologies that is no RDF.
    """
    with unpacked(path) as stream:
        head = stream.read(4096).decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if _NO_RDF.match(head) or "<Ontology xmlns=" in head:
        hint = "Save it as Turtle or RDF/XML: in Protégé, or by `robot convert --input FILE --output FILE.ttl`."
        raise DataError(
            "an ontology in a notation that is no RDF", expected="Turtle, RDF/XML or JSON-LD", hint=hint, path=path
        )
    if head.startswith("<?xml") or "<rdf:RDF" in head:
        return "RDF_XML"
    if head.startswith(("{", "[")) and not head.startswith("[]"):
        return "JSON_LD"
    if re.match(r"@?(prefix|base)\b", head, re.IGNORECASE):
        return "TRIG" if plain_name(path).endswith(".trig") else "TURTLE"
    found = FORMATS.get(Path(plain_name(path)).suffix.lower(), "TURTLE")
    return "N_TRIPLES" if found == "RDF_XML" and _LINE.match(head) else found  # Dgraph calls them .rdf


def parse(path: Path, prefixes: dict[str, str], encoding: str | None = None) -> Iterator[Statement]:
    """The statements of a file; the prefixes that it declares are added to `prefixes`.

    Nodes without a name are numbered in the order in which they are met: ``_:node1``, ...

    Raises:
        DataError: what is no RDF, with the line; pyoxigraph is not installed.
    """
    try:
        import pyoxigraph
    except ImportError as error:
        hint = "Install it: pip install 'graphfm[rdf]', or convert the file to N-Triples, which is read without it."
        raise DataError(
            f"a file ending in {path.suffix}", expected="pyoxigraph, which reads it", hint=hint, path=path
        ) from error
    made: dict[str, str] = {}
    kind = getattr(pyoxigraph.RdfFormat, sniffed(path))
    with unpacked(path) as stream:
        name, mark = encoding_of(stream.read(1 << 16), encoding, path)
    with unpacked(path, progress=True) as stream:
        stream.read(mark)  # the parser would take it for a name
        text = stream if name == "utf-8" else codecs.getreader(name)(stream)
        base = f"file:///{quote(path.name)}/"
        parser = pyoxigraph.parse(input=text, format=kind, base_iri=base)  # type: ignore[arg-type]
        try:
            for quad in parser:
                yield Statement(
                    _name(quad.subject, made, pyoxigraph), quad.predicate.value, _end(quad.object, made, pyoxigraph)
                )
            prefixes.update(parser.prefixes)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            if isinstance(error, DataError):
                error.path = path
                raise
            what = str(getattr(error, "msg", error)).partition(" (line")[0]
            if "LoadDocumentCallback" in what:
                hint = "Nothing is fetched: put the context into the file, or write N-Triples where there is a net."
                raise DataError(
                    "a context that lies on the net", expected="one in the file", hint=hint, path=path
                ) from error
            hint = _UTF8 if "UTF-8" in what else ""
            raise DataError(
                f"no RDF ({what})", expected=f"well-formed {kind.name}", hint=hint, path=path, line=line
            ) from error


def _name(term: Any, made: dict[str, str], package: Any) -> str:
    if isinstance(term, package.NamedNode):
        return str(term.value)
    if isinstance(term, package.BlankNode):
        if _MADE.fullmatch(term.value):
            return made.setdefault(term.value, f"_:node{len(made) + 1}")
        return f"_:{term.value}"
    raise DataError(f"a statement about the statement {str(term)[:80]}", expected="resources", hint=STARRED)


def _end(term: Any, made: dict[str, str], package: Any) -> str | Literal:
    if not isinstance(term, package.Literal):
        return _name(term, made, package)
    kind = term.datatype.value if term.datatype is not None else ""
    plain = term.language or kind == _STRING
    return Literal(term.value, term.language or "", "" if plain else kind)
