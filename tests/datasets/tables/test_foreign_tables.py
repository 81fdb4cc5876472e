"""The same hundred triples as the programs of the trade write them, by writers that are none of ours, read back equal."""

import bz2
import csv
import gzip
import io
import lzma
import random
import zipfile
from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples.importing import import_triples
from graphfm.datasets.triples.statement_rows import plain_name
from graphfm.datasets.triples.statements import read_statements
from graphfm.errors import DataError

PEOPLE = [f"person {i}" for i in range(30)] + ["nan", "NA", "", "True", "007", "1.0", "Zoë", "a;b", "l'œuvre"]
NAMES = [name for name in PEOPLE if name]
DICE = random.Random(0)
TRIPLES = [(DICE.choice(NAMES), DICE.choice(["knows", "likes", "null"]), DICE.choice(NAMES)) for _ in range(100)]

#: Head, relation, tail, then columns that are beside the point, as each program writes its header.
CONVENTIONS = {
    "hetionet": ("source", "metaedge", "target"),
    "pykeen": ("head", "relation", "tail"),
    "pykeen frame": ("source", "type", "target"),
    "kgtk": ("node1", "label", "node2", "id", "rank", "node2;wikidatatype"),
    "openke": ("head", "type", "tail"),
    "dgl-ke": ("head", "rel", "tail"),
    "neo4j-admin": (":START_ID", ":TYPE", ":END_ID", "weight:float", "since:int"),
    "neo4j-admin with one group": (":START_ID(Thing)", ":TYPE", ":END_ID(Thing)"),
    "apoc": ("_start", "_type", "_end", "since"),
    "kgx": ("subject", "predicate", "object", "id", "relation", "category", "knowledge_source", "publications"),
    "primekg": ("x_index", "relation", "y_index", "x_id", "x_type", "x_source", "y_id", "y_type", "y_source"),
    "openbiolink": ("Node 1 ID", "Edge type", "Node 2 ID", "Quality score", "Source"),
    "wikidata": ("item", "property", "value", "rank"),
    "sparql": ("?s", "?p", "?o"),
    "hrt": ("h", "r", "t"),
    "spo": ("s", "p", "o", "graph"),
    "ids": ("head_id", "relation_id", "tail_id", "score"),
    "from to": ("from", "relationship", "to", "date"),
    "cytoscape": ("source", "interaction", "target", "name", "shared name"),
    "e1 e2": ("e1", "rel", "e2"),
    "upper case": ("Subject", "Predicate", "Object", "Evidence"),
}


def table(header, order):
    """The header and rows with their columns in some order; what is beside the point has cells of its own."""
    rows = [[*row, *(f"{column} {i}" for column in header[3:])] for i, row in enumerate(TRIPLES)]
    return [header[i] for i in order], [[row[i] for i in order] for row in rows]


def _zip(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("triples.csv", content)
    return buffer.getvalue()


PACK = {
    "": lambda content: content,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": _zip,
    ".zst": lambda content: pytest.importorskip("zstandard").compress(content),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_is_read_by_its_header(tmp_path, name):
    header, rows = table(CONVENTIONS[name], DICE.sample(range(len(CONVENTIONS[name])), len(CONVENTIONS[name])))
    frame = pandas.DataFrame(rows, columns=header)
    frame.to_csv(tmp_path / "edges.csv", index=False)
    statements = read_statements(tmp_path / "edges.csv")
    assert statements.rows == TRIPLES
    assert {*statements.layout.left_out} == {*CONVENTIONS[name][3:]}
    assert import_triples(frame, val=0, test=0).num_entities == len({e for h, _, t in TRIPLES for e in (h, t)})


WAYS = st.fixed_dictionaries(
    {
        "name": st.sampled_from([*CONVENTIONS, None]),
        "sep": st.sampled_from(["\t", ",", ";", "|"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"]),
        "end": st.sampled_from(["\n", "\r\n", "\r"]),
        "pack": st.sampled_from([*PACK]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "ending": st.sampled_from([".csv", ".tsv", ".txt"]),
        "blank": st.booleans(),
        "seed": st.integers(0, 10**6),
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(way=WAYS)
def test_no_way_of_writing_them_is_read_wrong(tmp_path_factory, way):
    header = CONVENTIONS[way["name"]] if way["name"] else ("", "", "")
    order = random.Random(way["seed"]).sample(range(len(header)), len(header)) if way["name"] else [0, 1, 2]
    names, rows = table(header, order)
    text = io.StringIO(newline="")
    if way["sep"] == "\t":  # where double quotes are data
        text.write("".join("\t".join(row) + way["end"] for row in ([names] if way["name"] else []) + rows))
    else:
        writer = csv.writer(text, delimiter=way["sep"], quoting=way["quoting"], lineterminator=way["end"])
        writer.writerows(([names] if way["name"] else []) + rows)
    content = text.getvalue()
    if way["blank"]:
        content += way["end"]
    named = "œ" in content and way["encoding"] == "latin-1"
    encoding = "cp1252" if named else way["encoding"]
    folder = tmp_path_factory.mktemp("way")
    path = folder / f"triples{way['ending']}{way['pack']}"
    path.write_bytes(PACK[way["pack"]](content.encode(encoding)))
    reading = Reading(encoding=encoding) if named else Reading()
    if named:
        with pytest.raises(DataError, match=r"line \d+: found the byte 0x.*--encoding"):
            read_statements(path)
    statements = read_statements(path, reading=reading)
    assert statements.rows == TRIPLES
    assert statements.lines.tolist() == [*range(1 + bool(way["name"]), 101 + bool(way["name"]))]


CELL = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1)
    .map(lambda name: plain_name(name.strip()))
    .filter(str.strip)
)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=30), sep=st.sampled_from(["\t", ",", ";", "|"]))
def test_any_name_comes_back(tmp_path_factory, rows, sep):
    path = tmp_path_factory.mktemp("names") / "triples.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        if sep == "\t":
            file.write("subject\tpredicate\tobject\n" + "".join("\t".join(row) + "\n" for row in rows))
        else:
            csv.writer(file, delimiter=sep).writerows([("subject", "predicate", "object"), *rows])
    known = [row for row in rows if row != ("subject", "predicate", "object")]
    if known:
        assert read_statements(path, reading=Reading(header=True, sep=sep)).rows == known


@pytest.mark.parametrize("size", [1, 3, 7, 64, 1000])
def test_blocks_of_any_size_give_the_same(tmp_path, monkeypatch, size):
    from graphfm.datasets.tables import cells, unpacking

    path = tmp_path / "triples.tsv"
    path.write_text("".join("\t".join(row) + "\r\n" for row in TRIPLES), encoding="utf-8", newline="")
    cut = unpacking.blocks
    monkeypatch.setattr(cells, "blocks", lambda path, **options: cut(path, **{**options, "size": size}))
    assert read_statements(path, reading=Reading(header=False)).rows == TRIPLES


@pytest.mark.parametrize("ending", [".parquet", ".feather", ".arrow"])
def test_columnar_files(tmp_path, ending):
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(TRIPLES, columns=["subject", "predicate", "object"]).assign(weight=np.arange(100.0))
    path = tmp_path / f"edges{ending}"
    frame.to_parquet(path) if ending == ".parquet" else frame.to_feather(path)
    assert read_statements(path).rows == TRIPLES
    numbers = pandas.DataFrame({"h": [1.0, 2.0], "r": ["a", "b"], "t": [2, 3]})
    assert sorted(import_triples(numbers, val=0, test=0).entities) == ["1", "2", "3"]


def test_frames_of_polars_and_pyarrow():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {name: [row[i] for row in TRIPLES] for i, name in enumerate(("h", "r", "t"))}
    graphs = [
        import_triples(make(columns), val=0, test=0) for make in (polars.DataFrame, pyarrow.table, pandas.DataFrame)
    ]
    assert len({graph.digest() for graph in graphs}) == 1
    with pytest.raises(DataError, match="line 2: found nothing in the column 't'"):
        import_triples(pandas.DataFrame({"h": ["a", "b"], "r": ["x", "x"], "t": ["b", None]}))


UNKNOWN = [["drug", "effect", "disease"], ["aspirin", "treats", "pain"], ["ibuprofen", "treats", "pain"]]


@pytest.mark.parametrize("sep", ["\t", ","])
def test_a_header_that_is_not_known_is_asked_about(tmp_path, sep):
    path = tmp_path / "drugs.csv"
    path.write_text("".join(sep.join(row) + "\n" for row in UNKNOWN))
    with pytest.raises(
        DataError, match=r"line 1: found a first line that may .*'drug', 'effect', 'disease'.*--no-header"
    ):
        read_statements(path)
    named = Reading(columns={"head": "drug", "relation": "effect", "tail": "disease"})
    assert read_statements(path, reading=named).rows == [tuple(row) for row in UNKNOWN[1:]]
    assert read_statements(path, reading=Reading(header=False)).rows == [tuple(row) for row in UNKNOWN]
    turned = Reading(columns={"head": 3, "relation": 2, "tail": 1}, header=True)
    assert read_statements(path, reading=turned).rows[0] == ("pain", "treats", "aspirin")
    with pytest.raises(DataError, match="no column 'gene' for head, expected one of 'drug', 'effect', 'disease'"):
        read_statements(path, reading=Reading(columns={"head": "gene"}, header=True))


def test_numbers_and_identifiers_need_no_header(tmp_path):
    path = tmp_path / "ids.tsv"
    for first in (
        "0\t5\t12\n1\t6\t13\n2\t7\t14\n",
        "Q1\tP1\tQ2\nQ3\tP2\tQ4\nQ5\tP3\tQ6\n",
        "/m/a\t/x/y\t/m/b\n/m/c\t/z\t/m/d\n/m/e\t/u\t/m/f\n",
    ):
        path.write_text(first)
        assert len(read_statements(path).triples) == 3


def test_dates_weights_and_sources_are_no_qualifiers(tmp_path):
    path = tmp_path / "events.tsv"
    path.write_text(
        "".join(f"{h}\t{r}\t{t}\t2020-01-0{i % 9 + 1}\n" for i, (h, r, t) in enumerate(TRIPLES)), encoding="utf-8"
    )
    with pytest.raises(
        DataError, match=r"found 4 columns without a header that is known.*--columns head=1,relation=2,tail=3"
    ):
        read_statements(path)
    chosen = Reading(columns={"head": 1, "relation": 2, "tail": 3})
    assert read_statements(path, reading=chosen).rows == TRIPLES
    assert read_statements(path, reading=chosen).layout.left_out == ["column 4"]
    path.write_text("head\trelation\ttail\tdate\na\tr\tb\t2020\nb\tr\ta\t\n")
    dated = read_statements(path, reading=Reading(qualifiers=("date",)))
    assert dated.counts.tolist() == [1, 0]
    assert [(dated.relations[r], dated.entities[v]) for r, v in dated.qualifiers.tolist()] == [("date", "2020")]
    assert "date" in dated.layout.said()


def test_headers_in_the_middle_are_left_out_and_said(tmp_path):
    path = tmp_path / "joined.csv"
    path.write_text("head,relation,tail\na,r,b\nhead,relation,tail\nb,r,c\n")
    statements = read_statements(path)
    assert statements.rows == [("a", "r", "b"), ("b", "r", "c")]
    assert statements.lines.tolist() == [2, 4]
    assert statements.notes == ("the header stands in the file 2 times (line 3); left out",)
    assert {*import_triples(path, val=0, test=0).entities} == {"a", "b", "c"}


def test_quotes_around_every_cell_between_tabs_are_asked_about(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text('"a"\t"r"\t"b"\n"b"\t"r"\t"c"\n')
    with pytest.raises(DataError, match=r"double quotes around every cell.*--quotes"):
        read_statements(path)
    assert read_statements(path, reading=Reading(quotes=True)).rows == [("a", "r", "b"), ("b", "r", "c")]
    assert read_statements(path, reading=Reading(quotes=False)).rows[0] == ('"a"', '"r"', '"b"')


def test_groups_of_neo4j_keep_ids_apart(tmp_path):
    (tmp_path / "rels.csv").write_text(":START_ID(Person),:END_ID(Movie),:TYPE\n1,1,SAW\n2,1,SAW\n")
    graph = import_triples(tmp_path / "rels.csv", val=0, test=0)
    assert graph.entities == ["Movie:1", "Person:1", "Person:2"]


def test_labels_beside_the_names(tmp_path):
    header = "relation,display_relation,x_index,x_id,x_type,x_name,x_source,y_index,y_id,y_type,y_name,y_source\n"
    (tmp_path / "kg.csv").write_text(header + "ppi,interacts,0,9,gene,PHYHIP,NCBI,1,8,gene,GPANK1,NCBI\n" * 1)
    graph = import_triples(tmp_path / "kg.csv", val=0, test=0)
    assert (graph.entities, graph.entity_labels, graph.relation_labels) == (
        ["0", "1"],
        ["PHYHIP", "GPANK1"],
        ["interacts"],
    )


def test_damaged_archives_and_archives_of_several_files(tmp_path):
    content = "".join("\t".join(row) + "\n" for row in TRIPLES * 50).encode()
    for pack in (".gz", ".bz2", ".xz", ".zip"):
        path = tmp_path / f"triples.tsv{pack}"
        path.write_bytes(PACK[pack](content)[:-30])
        with pytest.raises(DataError, match=r"(?i)damaged|cut-off"):
            read_statements(path)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.tsv", "a\tr\tb\n")
        archive.writestr("b.tsv", "a\tr\tb\n")
    with pytest.raises(DataError, match=r"a zip with 2 files \(a\.tsv, b\.tsv\)"):
        read_statements(tmp_path / "two.zip")
    (tmp_path / "nul.tsv").write_bytes(b"a\tr\tb\na\0\tr\tb\n")
    with pytest.raises(DataError, match="line 2: found a NUL character"):
        read_statements(tmp_path / "nul.tsv")


def test_kgtk_rows_about_other_rows_are_qualifiers(tmp_path: Path) -> None:
    path, rows = tmp_path / "kgtk.tsv", ["id\tnode1\tlabel\tnode2", "e1\tann\tlikes\tbob", "e2\tbob\tlikes\tcid"]
    path.write_text("\n".join(rows))
    assert len(read_statements(path).triples) == 2
    further = [
        "q1\te1\tsource\tpaper", "q2\te2\tsource\tbook", "q3\te1\tsince\t^2001-01-01T00:00:00Z/9", "q4\tq1\tkind\tthing",
        "e3\tann\tlabel\t'Ann \\'A\\' Smith'@en", "e4\tann\tlabel\t'Anna'@de", "e5\tann\tdescription\t'a baker'@en",
        "e6\tann\tage\t+41", "q5\te6\tsource\tbook",
    ]  # fmt: skip
    path.write_text("\n".join([*rows, *further]))
    found = read_statements(path)
    assert found.rows == [("ann", "likes", "bob"), ("bob", "likes", "cid")]
    pairs = [(found.relations[r], found.entities[v]) for r, v in found.qualifiers.tolist()]
    assert (pairs, found.counts.tolist()) == ([("source", "paper"), ("source", "book")], [1, 1])
    assert found.labels["entity"] == {"ann": "Ann 'A' Smith"}
    assert found.labels["entity_text"] == {"ann": "a baker"}
    assert found.dropped == 2
    assert "2 qualifiers left out" in found.notes
    assert set(found.entities) == {"ann", "bob", "cid", "paper", "book"}
    kept = read_statements(path, literals="keep")
    assert ("ann", "age", "+41") in kept.rows
    assert kept.counts.tolist() == [2, 1, 1]
    plain = read_statements(path, reading=Reading(qualifiers="no"))
    assert (len(plain.qualifiers), len(plain.triples)) == (0, 2)
    with pytest.raises(DataError, match="--val 0 --test 0"):
        import_triples(path)
    assert len(import_triples(path, val=0, test=0).qualifiers["train"].pairs) == 2
