"""RDF written by rdflib in every notation, read back equal; names, texts, literals, blank nodes and prefixes."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.datasets.rdf import ntriples, resources
from graphfm.datasets.rdf.naming import Naming
from graphfm.datasets.rdf.prefixes import expand, shorten
from graphfm.datasets.rdf.terms import Literal
from graphfm.datasets.triples.importing import import_triples
from graphfm.errors import DataError

E = "http://example.org/"
ROWS = sorted({(f"{E}person{i % 17}", f"{E}rel/knows{i % 3}", f"{E}person{i * 5 % 23}") for i in range(120)})[:100]
FORMATS = {
    "nt": "nt",
    "nq": "nquads",
    "ttl": "turtle",
    "trig": "trig",
    "rdf": "xml",
    "owl": "xml",
    "jsonld": "json-ld",
    "n3": "n3",
}


def written(form):
    """A hundred triples, names in two languages, a text, a number and a blank node, by rdflib."""
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Dataset() if form in ("nquads", "trig") else rdflib.Graph()
    graph.bind("ex", E)
    ref = rdflib.URIRef
    for head, relation, tail in ROWS:
        graph.add((ref(head), ref(relation), ref(tail)))
    one = ref(f"{E}person0")
    graph.add((one, rdflib.RDFS.label, rdflib.Literal("Ann", lang="en-GB")))
    graph.add((one, rdflib.RDFS.label, rdflib.Literal("Anna", lang="de")))
    graph.add((one, rdflib.RDFS.comment, rdflib.Literal('She said "hi"\nand left')))
    graph.add((one, ref(f"{E}age"), rdflib.Literal(5)))
    graph.add((one, ref(f"{E}rel/knows0"), rdflib.BNode("someone")))
    return graph.serialize(format=form).encode()


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_notation_gives_the_same(tmp_path, ending):
    if ending not in ("nt", "nq"):
        pytest.importorskip("pyoxigraph")
    path = tmp_path / f"graph.{ending}.gz"
    path.write_bytes(gzip.compress(written(FORMATS[ending])))
    found = resources.read(path)
    rows = [(found.entities[h], found.relations[r], found.entities[t]) for h, r, t in found.triples.tolist()]
    blank = [row for row in rows if row[2].startswith("_:")]
    assert sorted(row for row in rows if row not in blank) == ROWS
    assert [row[:2] for row in blank] == [(f"{E}person0", f"{E}rel/knows0")]
    assert (found.names, found.dropped) == ({f"{E}person0": "Ann"}, 1)
    assert found.texts == {f"{E}person0": 'She said "hi" and left'}
    german = resources.read(path, language="de", literals="keep")
    assert german.names == {f"{E}person0": "Anna"}
    assert sum(entity.startswith('"5"^^') for entity in german.entities) == 1
    graph = import_triples(path, val=0, test=0)
    person = graph.lookup_entity("Ann")
    assert expand(graph.entities[person], graph.info["prefixes"]) == f"{E}person0"
    assert graph.entity_text[person] == 'Ann. She said "hi" and left'
    assert graph.info["dropped_literals"] == 1
    assert f"{E}person0" not in graph.entity_labels


def test_nodes_without_a_name_are_numbered_in_order(tmp_path):
    pytest.importorskip("pyoxigraph")
    path = tmp_path / "graph.ttl"
    path.write_text("@prefix e: <http://e.org/> . e:a e:r [ e:q e:b ] . e:a e:s [ e:q e:c ] . e:a e:t _:mine .")
    graph = import_triples(path, val=0, test=0)
    assert graph.entities == ["_:mine", "_:node1", "_:node2", "e:a", "e:b", "e:c"]
    assert graph.entity_labels[:3] == graph.entities[:3]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ttl", "@prefix e: <http://e/> .\ne:a e:b e:c\ne:d .", r"line 3: found no RDF \("),
        ("a.owl", "Prefix(:=<http://e/>)\nOntology(<http://e/>)", "a notation that is no RDF.*robot convert"),
        (
            "a.owl",
            '<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>',
            "a notation that is no RDF",
        ),
        ("a.obo", "format-version: 1.2\n", "a notation that is no RDF"),
        ("a.rdf", "<rdf:RDF", "no RDF"),
        ("a.jsonld", '{"@context": "http://e.org/context.jsonld", "@id": "a"}', "a context that lies on the net"),
        ("a.nq", "<a> <b> <c> <d> <e> .\n", "line 1: found '<a> <b> <c> <d> <e> .'"),
    ],
)
def test_what_is_no_rdf_is_refused(tmp_path, name, content, message):
    pytest.importorskip("pyoxigraph")
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        resources.read(tmp_path / name)


def test_external_entities_are_not_read(tmp_path):
    pytest.importorskip("pyoxigraph")
    (tmp_path / "secret").write_text("http://e.org/secret")
    path = tmp_path / "a.rdf"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        '<rdf:Description rdf:about="http://e/a"><e:r rdf:resource="&x;"/></rdf:Description></rdf:RDF>'
    )
    with pytest.raises(DataError):
        resources.read(path)


def test_names_are_chosen_by_language_then_property():
    naming = Naming("fr")
    label, skos, comment = (
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "http://www.w3.org/2000/01/rdf-schema#comment",
    )
    assert not naming.take("a", "http://e.org/age", Literal("5"))
    for words in (("x", "de"), ("y", ""), ("z", "fr-CA"), ("w", "fr")):
        assert naming.take("a", label, Literal(*words))
    naming.take("b", skos, Literal("second", "fr"))
    naming.take("b", label, Literal("first", "fr"))
    naming.take("b", comment, Literal("", "fr"))
    assert naming.found("name") == {"a": "z", "b": "first"}
    assert naming.found("text") == {}
    assert naming.counts == {"name": 6, "text": 1}


IRI = st.builds(
    "{}{}".format,
    st.sampled_from(["http://e.org/", "http://e.org/x#", "e:", "urn:a:", "_:"]),
    st.text("ab/#:.é-", max_size=4),
)


@given(iris=st.lists(IRI, unique=True, max_size=8))
def test_prefixes_shorten_reversibly(iris):
    short, used = shorten(iris, {"e": "http://e.org/", "x": "http://e.org/x#", "u": "urn:a:"})
    assert [expand(name, used) for name in short] == iris
    assert len({*short}) == len(iris)


LITERALS = st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "en", "en-GB"]))


@settings(deadline=None)
@given(values=st.lists(LITERALS, min_size=1, max_size=5))
def test_literals_come_back_from_what_rdflib_writes(values):
    rdflib = pytest.importorskip("rdflib")
    lines = [rdflib.Literal(value, lang=language or None).n3() for value, language, _ in values]
    lines = [line.replace("\n", "\\n").replace('"""', '"') if line.startswith('"""') else line for line in lines]
    kept = [
        (line, value) for line, value in zip(lines, values, strict=True) if "\n" not in line and line.count('"') == 2
    ]
    read = ntriples.parse([f"<a> <b> {line} ." for line, _ in kept], path=None)
    assert [statement.tail.value for statement in read] == [value.value for _, value in kept]


class Endpoint(BaseHTTPRequestHandler):
    """A store of five statements that answers CONSTRUCT, SELECT and a broken query."""

    def do_POST(self):
        import rdflib

        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"][0]
        graph = rdflib.Graph().parse(
            data="".join(f"<{E}{h}> <{E}r> <{E}{t}> .\n" for h, t in ("ab", "bc", "ca", "ac", "ba")), format="nt"
        )
        try:
            result = graph.query(query)
        except Exception as error:
            self.send_response(400)
            self.end_headers()
            self.wfile.write(f"malformed query: {error}"[:200].encode())
            return
        construct = result.type == "CONSTRUCT"
        self.send_response(200)
        self.send_header("Content-Type", "application/n-triples" if construct else "application/sparql-results+json")
        self.end_headers()
        self.wfile.write(result.serialize(format="nt" if construct else "json"))

    def log_message(self, *words):
        pass


@pytest.fixture
def endpoint():
    pytest.importorskip("rdflib")
    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    server.server_close()


def test_an_endpoint_gives_statements(endpoint):
    whole = import_triples(endpoint, val=0, test=0)
    assert (whole.name, len(whole.train), whole.num_entities) == ("sparql", 5, 3)
    some = import_triples(endpoint, val=0, test=0, query=f"SELECT ?s ?p ?o WHERE {{ ?s ?p ?o . FILTER(?s = <{E}a>) }}")
    assert len(some.train) == 2
    with pytest.raises(DataError, match=r"the answer 400 .*malformed query.*Is the query right"):
        import_triples(endpoint, query="SELEC")
    with pytest.raises(DataError, match="2 variables"):
        import_triples(endpoint, query="SELECT ?s ?o WHERE { ?s ?p ?o }")
    with pytest.raises(DataError, match="no answer from http://127"):
        import_triples("http://127.0.0.1:9/sparql")
