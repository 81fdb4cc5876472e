"""Files as tools of other trades write them: each is read right, or refused in words that one can follow."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import networkx
import pandas
import pytest
import torch
from torch_geometric.data import Data

from graphfm.datasets import Triples, import_text_graph, import_triples, load_triples
from graphfm.datasets.loading import is_knowledge_graph
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples import folder as triples_folder
from graphfm.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::graphfm.datasets.DataWarning")
ROWS = [("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c")]
WD = "http://www.wikidata.org/entity/"


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def named(graph: Triples) -> set[tuple[str, str, str]]:
    rows = torch.cat([rows for _, rows in graph.splits()]).tolist()
    return {(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in rows}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(read: Any, *where: Any, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(*where, **options)
    return str(caught.value)


TABLE = lines("head,relation,tail", *(",".join(row) for row in ROWS))
TABBED = lines(*("\t".join(row) for row in ROWS), "c\ts\ta")
READ = {
    "comments.tsv": lines("# made by a tool", "# version 2", "head\trelation\ttail", *("\t".join(r) for r in ROWS)),
    "bare_comments.tsv": lines("# made by a tool", *("\t".join(row) for row in ROWS), "c\ts\ta"),
    "hash_header.tsv": lines("#head\trelation\ttail", *("\t".join(row) for row in ROWS)),
    "excel.csv": lines("sep=;", "head;relation;tail", *(";".join(row) for row in ROWS)),
    "excel_quoted.csv": lines("sep=;", 'head;"relation";tail', *(";".join(row) for row in ROWS)),
    "frame.csv": lines("0,1,2", *(",".join(row) for row in ROWS)),
    "frame_index.csv": lines(",0,1,2", *(f"{i}," + ",".join(row) for i, row in enumerate(ROWS))),
    "gephi.csv": lines("Source,Target,Type,Id,Label,Weight", "a,b,Directed,0,r,1", "b,c,Directed,1,r,1", "a,c,Directed,2,s,1"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_tables_with_more_than_rows(name: str, tmp_path: Path) -> None:
    assert named(import_triples(written(tmp_path, name, READ[name]), val=0, test=0)) >= {*ROWS}
    assert len(import_triples(written(tmp_path, name, READ[name]), val=0, test=0).train) in (3, 4)


def test_names_that_begin_with_a_hash_are_names(tmp_path: Path) -> None:
    rows = ["#metoo\tused by\tann", "bob\tused by\t#metoo", "#other\tused by\tbob"]
    assert ("#metoo", "used by", "ann") in named(
        import_triples(written(tmp_path, "t.tsv", lines(*rows)), val=0, test=0)
    )
    graph = import_triples(written(tmp_path, "mid.tsv", TABBED + "# a\tr\tc\n"), val=0, test=0)
    assert any("begin with '# '" in note for note in graph.info["notes"])


REFUSED = {
    "matrix.csv": (lines(",a,b,c", "a,0,1,0", "b,1,0,1", "c,0,1,0"), "a matrix of adjacency"),
    "bare.csv": (lines("0,1,0,0", "1,0,1,0", "0,1,0,1", "0,0,1,0"), "a matrix of adjacency"),
    "weights.tsv": (lines("a\tb\t0.5", "b\tc\t0.7", "c\ta\t0.1"), "numbers alone .* head=1,relation=2,tail=3"),
    "whole.tsv": (lines("a\tb\t5", "b\tc\t7", "c\ta\t1"), "numbers alone"),
    "ends.csv": (lines("source,target,weight", "a,b,1", "b,c,2"), "two ends and no relation.*relation=COLUMN"),
    "direction.csv": (lines("Source,Target,Type", "a,b,Directed", "b,c,Directed"), "two ends and no relation"),
    "pairs.csv": (lines("source,target", "a,b", "b,c"), "found 2 columns .*edges.csv"),
    "md.txt": (lines("| head | relation | tail |", "|---|---|---|", "| a | r | b |"), "a table of Markdown"),
    "index.tsv": (lines("0\ta\tr\tb", "1\tb\tr\tc", "2\ta\ts\tc"), "head=2,relation=3,tail=4"),
    "r.tsv": (lines("head\trelation\ttail", "1\ta\tr\tb", "2\tb\tr\tc"), "row.names=FALSE"),
    "trailing.csv": (lines("head,relation,tail", "a,r,b,", "b,r,c"), "ends with a separator"),
    "quotes.tsv": (lines("head\trelation\ttail", 'a\tr\t"say ""b"""'), "--quotes .*--no-quotes"),
    "star.nt": (lines("<< <e:a> <e:k> <e:b> >> <e:s> <e:c> ."), "statement about a statement.*--qualifiers pairs"),
    "remote.jsonld": (json.dumps({"@context": "https://schema.org/", "@id": "e:a"}), "Nothing is fetched"),
    "book.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a spreadsheet.*CSV"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_of_triples_is_refused_in_words(name: str, tmp_path: Path) -> None:
    content, words = REFUSED[name]
    with pytest.raises(DataError, match=f"(?s){words}"):
        import_triples(written(tmp_path, name, content))


def test_a_refusal_is_not_in_the_way_of_one_who_knows(tmp_path: Path) -> None:
    path = written(tmp_path, "weights.tsv", lines("a\tb\t0.5", "b\tc\t0.7", "c\ta\t0.1"))
    declared = Reading(columns={"head": 1, "relation": 2, "tail": 3})
    assert ("a", "b", "0.5") in named(import_triples(path, val=0, test=0, reading=declared))


def test_numbers_for_names_are_ids(tmp_path: Path) -> None:
    assert named(import_triples(written(tmp_path, "t.txt", lines("0\t0\t1", "2\t2\t3")), val=0, test=0, name="t")) == {
        ("0", "0", "1"), ("2", "2", "3"),
    }  # fmt: skip


def test_what_is_written_here_is_read_whatever_it_looks_like(tmp_path: Path) -> None:
    odd = [("# a", "r", '"b ""c"""'), ("sep=;", "|", "-"), ("0", "r", "1"), ("0", "r", "0")]
    graph = import_triples(pandas.DataFrame(odd, columns=["head", "relation", "tail"]), val=0, test=0)
    triples_folder.write(graph, tmp_path / "odd")
    assert named(load_triples(tmp_path / "odd", missing=("val", "test"))) == {*odd}


def test_many_columns_are_counted_and_line_ends_in_names_become_blanks(tmp_path: Path) -> None:
    wide = lines(",".join(["head", "relation", "tail", *(f"f{i}" for i in range(500))]), *(
        ",".join([*row, *["0"] * 500]) for row in ROWS))  # fmt: skip
    assert import_triples(written(tmp_path, "wide.csv", wide)).info["columns"].count("f") < 40
    broken = 'head,relation,tail\n"a\nb",r,c\nc,r,"d\te"\n'
    graph = import_triples(written(tmp_path, "broken.csv", broken), val=0, test=0)
    assert named(graph) == {("a b", "r", "c"), ("c", "r", "d e")}
    assert "line ends and tabs within 2 names became blanks" in graph.info["notes"]


def test_zips(tmp_path: Path) -> None:
    for name, members, words in (
        ("t.zip", {"data/t.tsv": TABBED.encode()}, None),
        ("gz.csv.zip", {"t.csv.gz": b"\x1f\x8b\x08"}, "a packed file in a zip"),
        ("book.csv", {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}, "of Office.*CSV"),
    ):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for member, text in members.items():
                archive.writestr(member, text)
        path = written(tmp_path, name, content.getvalue())
        if words is None:
            assert is_knowledge_graph(path)
            assert len(named(import_triples(path))) == 4
        else:
            with pytest.raises(DataError, match=words):
                import_triples(path)


def test_json_of_apoc(tmp_path: Path) -> None:
    rows = [
        {"type": "node", "id": "0", "labels": ["Person"], "properties": {"name": "Ann", "description": "a baker"}},
        {"type": "node", "id": "1", "labels": ["Person"], "properties": {"name": "Bob"}},
        {"id": "7", "type": "relationship", "label": "KNOWS", "start": {"id": "0"}, "end": {"id": "1"}},
        {"id": "8", "type": "relationship", "label": "LIKES", "start": {"id": "1"}, "end": {"id": "0"}},
    ]
    for name, content in (("a.json", lines(*map(json.dumps, rows))), ("b.json", json.dumps(rows))):
        path = written(tmp_path, name, content)
        assert is_knowledge_graph(path)
        graph = import_triples(path, val=0, test=0)
        assert named(graph) == {("0", "KNOWS", "1"), ("1", "LIKES", "0")}
        assert graph.entity_labels == ["Ann", "Bob"]
        assert graph.entity_text == ["Ann. a baker", "Bob"]
    with pytest.raises(DataError, match="line 1: found a relationship without start"):
        import_triples(written(tmp_path, "c.jsonl", '{"type": "relationship", "id": "1", "label": "x"}\n'))


def test_json_of_hetionet(tmp_path: Path) -> None:
    content = {
        "metanode_kinds": ["Gene", "Disease"],
        "metaedge_tuples": [["Gene", "Disease", "associates", "both"], ["Gene", "Gene", "regulates", "forward"]],
        "kind_to_abbrev": {"Gene": "G", "Disease": "D", "associates": "a", "regulates": "r"},
        "nodes": [{"kind": "Gene", "identifier": 9, "name": "SOCS3"}, {"kind": "Disease", "identifier": "DOID:1", "name": "flu"}],
        "edges": [
            {"source_id": ["Disease", "DOID:1"], "target_id": ["Gene", 9], "kind": "associates", "direction": "both"},
            {"source_id": ["Gene", 9], "target_id": ["Gene", 9], "kind": "regulates", "direction": "forward"},
        ],
    }  # fmt: skip
    path = written(tmp_path, "hetionet.json", json.dumps(content))
    assert is_knowledge_graph(path)
    graph = import_triples(path, val=0, test=0)
    assert named(graph) == {("Disease::DOID:1", "DaG", "Gene::9"), ("Gene::9", "Gr>G", "Gene::9")}
    assert graph.entity_labels == ["flu", "SOCS3"]
    assert graph.relation_labels == ["disease associates gene", "gene regulates gene"]
    del content["edges"][0]["kind"]
    with pytest.raises(DataError, match=r"no JSON of Hetionet .KeyError: 'kind'"):
        import_triples(written(tmp_path, "hetionet.json", json.dumps(content)))


def test_results_of_sparql(tmp_path: Path) -> None:
    facts = [("Q1", "P31", "Q5"), ("Q2", "P31", "Q5"), ("Q1", "P26", "Q2")]
    named_terms = [tuple({"type": "uri", "value": WD + name} for name in row) for row in facts]
    label = {"type": "uri", "value": "http://www.w3.org/2000/01/rdf-schema#label"}
    named_terms.append((named_terms[0][0], label, {"type": "literal", "xml:lang": "en", "value": "Ann"}))
    bindings = [dict(zip("spo", row, strict=True)) for row in named_terms]
    content = {"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": bindings}}
    tsv = ["?s\t?p\t?o", *("\t".join(f"<{WD}{name}>" for name in row) for row in facts)]
    tsv += [f'<{WD}Q1>\t<{label["value"]}>\t"Ann"@en', f"<{WD}Q1>\t<{WD}P1>\t12"]
    for name, text in (("r.json", json.dumps(content)), ("r.srj", json.dumps(content)), ("r.tsv", lines(*tsv))):
        path = written(tmp_path, name, text)
        assert is_knowledge_graph(path)
        graph = import_triples(path, val=0, test=0, shorten_names=False)
        assert named(graph) == {(WD + h, WD + r, WD + t) for h, r, t in facts}
        assert "Ann" in graph.entity_labels
    assert import_triples(tmp_path / "r.tsv", val=0, test=0).info["dropped_literals"] == 1


NODES = [{"id": f"v{i}", "text": f"text {i}"} for i in range(4)]
JSONS: dict[str, tuple[Any, bool, int]] = {
    "numbers": ({"nodes": NODES, "links": [{"source": 0, "target": 1}, {"source": 1, "target": 3}]}, False, 2),
    "from and to": ({"nodes": NODES, "edges": [{"from": "v0", "to": "v1"}]}, False, 1),
    "pairs": ({"nodes": NODES, "edges": [["v0", "v1"]]}, False, 1),
    "one list": ([*({"data": n} for n in NODES), {"data": {"id": "e", "source": "v0", "target": "v1"}}], False, 1),
    "graphology": ({"options": {"type": "directed"}, "nodes": [{"key": n["id"], "attributes": n} for n in NODES],
                    "edges": [{"source": "v0", "target": "v1"}]}, True, 1),
    "mixed": ({"options": {"type": "mixed"}, "nodes": [{"key": n["id"], "attributes": n} for n in NODES],
               "edges": [{"source": "v0", "target": "v1", "undirected": True}, {"source": "v1", "target": "v2"}]}, True, 3),
    "graph format 1": ({"graph": {"nodes": NODES, "edges": [{"source": "v0", "target": "v1"}]}}, False, 1),
    "places": ({"nodes": [{**n, "x": 1, "y": i} for i, n in enumerate(NODES)], "links": []}, False, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", JSONS)
def test_json_of_web_pages(name: str, tmp_path: Path) -> None:
    content, directed, edges = JSONS[name]
    graph = import_text_graph(written(tmp_path, "g.json", json.dumps(content)))
    assert (graph.num_nodes, graph.num_edges, graph.directed, graph.num_classes) == (4, edges, directed, 0)
    assert graph.text == [node["text"] for node in NODES]


def test_links_to_nowhere_and_nodes_twice(tmp_path: Path) -> None:
    for content, words in (
        ({"nodes": NODES, "links": [{"source": "v0", "target": "zzz"}]}, "a link to 'zzz', which is no node"),
        ({"nodes": [*NODES, NODES[0]], "links": []}, "two nodes with the id 'v0'"),
        ({"@context": {}, "@graph": []}, "name it .jsonld"),
    ):
        assert words in refusal(import_text_graph, written(tmp_path, "g.json", json.dumps(content)))


PAJEK = {
    "arcs and edges": ('*Vertices 3\n1 "a b" 0.1 0.2\n2 "c"\n3 "d"\n*Arcs\n1 2 0.5\n*Edges\n2 3\n', [(0, 1), (1, 2), (2, 1)]),
    "list": ('*Vertices 3\n1 "a b"\n2 "c"\n3 "d"\n*Arcslist\n1 2 3\n', [(0, 1), (0, 2)]),
    "matrix": ('*Vertices 3\n1 "a b"\n2 "c"\n3 "d"\n*Matrix\n0 1 0\n0 0 1\n0 0 0\n', [(0, 1), (1, 2)]),
    "marked": ('\ufeff*Vertices 3\r\n1 "a b"\r\n2 "c"\r\n3 "d"\r\n% done\r\n*Arcs\r\n1 2 2.5\r\n', [(0, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", PAJEK)
def test_pajek(name: str, tmp_path: Path) -> None:
    text, edges = PAJEK[name]
    graph = import_text_graph(written(tmp_path, "g.net", text), text="id")
    assert graph.text == ["a b", "c", "d"]
    assert graph.directed
    assert [tuple(pair) for pair in graph.edge_index.T.tolist()] == edges


def test_pajek_with_a_name_twice_none_and_a_vertex_too_many(tmp_path: Path) -> None:
    graph = import_text_graph(written(tmp_path, "g.net", '*Vertices 3\n1 "x"\n2 "x"\n*Edges\n1 3\n2 3\n'), text="name")
    assert graph.text == ["x", "x", "3"]
    assert graph.num_edges == 2
    for text, words in (("*Vertices 2\n*Edges\n1 3\n", "the vertex 3 of 2"), ("*Vertices 2\n*Foo\n", "section .Foo")):
        with pytest.raises(DataError, match=words):
            import_text_graph(written(tmp_path, "g.net", text), text="id")


def test_lists_of_edges_with_quotes_and_headers(tmp_path: Path) -> None:
    text = 'source target\n"New York" "Paris"\n"Paris" Rome 0.5\n'
    graph = import_text_graph(written(tmp_path, "g.edges", text), text="id")
    assert graph.text == ["New York", "Paris", "Rome"]


def test_gml_with_links_twice_and_texts_of_lines(tmp_path: Path) -> None:
    text = 'graph [ node [ id 0 label "A" text "one\ntwo" ] node [ id 1 label "B" text "b" ]\n'
    text += "edge [ source 0 target 1 ]\n edge [ source 0 target 1 ]\n]\n"
    with pytest.warns(UserWarning, match="1 repeated edges dropped"):
        assert import_text_graph(written(tmp_path, "g.gml", text)).text == ["one\ntwo", "b"]


def test_graphs_within_nodes(tmp_path: Path) -> None:
    inner = '<node id="a"><graph edgedefault="directed"><node id="b"/></graph></node>'
    space = 'xmlns="http://graphml.graphdrawing.org/xmlns"'
    path = written(tmp_path, "g.graphml", f'<graphml {space}><graph edgedefault="directed">{inner}</graph></graphml>')
    assert "graphs within nodes" in refusal(import_text_graph, path, text="id")


def test_tables_of_pandas_and_of_projects(tmp_path: Path) -> None:
    written(tmp_path, "my_nodes.csv", "id,text,label\n0,a,1.0\n1,b,2.0\n2,c,\n")
    written(tmp_path, "my_edges.csv", "sep=,\nsource,target\n0.0,1.0\n1.0,2.0\n")
    graph = import_text_graph(tmp_path)
    assert graph.node_ids == [0, 1, 2]
    assert graph.class_names == ["1", "2"]
    assert graph.y.tolist() == [0, 1, -1]


@pytest.mark.parametrize("labels", [["['x', 'y']", "['x']", "['y']"], ["x;y", "x", "y"], [["x"], ["x", "y"], ["y"]]])
def test_several_classes_however_they_are_written(labels: list[Any], tmp_path: Path) -> None:
    pandas.DataFrame({"id": [0, 1, 2], "text": ["a", "b", "c"], "label": labels}).to_parquet(tmp_path / "nodes.parquet")
    pandas.DataFrame({"source": [0], "target": [1]}).to_parquet(tmp_path / "edges.parquet")
    assert "multi-label" in refusal(import_text_graph, tmp_path)


def test_pyg_says_what_it_leaves_and_what_is_odd(tmp_path: Path) -> None:
    plain = {"edge_index": torch.tensor([[0], [1]]), "title": ["a", "b"], "abstract": ["c", "d"]}
    for change, words in (
        ({"train_mask": [torch.ones(2, dtype=torch.bool)]}, r"data.train_mask\[0\]"),
        ({"train_mask": torch.ones(2, 5, dtype=torch.bool)}, r"data.train_mask\[:, 0\]"),
    ):
        torch.save(Data.from_dict({**plain, **change}), tmp_path / "g.pt")
        with pytest.raises(DataError, match=words):
            import_text_graph(tmp_path / "g.pt", text="title")
    torch.save({**plain, "labels": torch.tensor([0, 1])}, tmp_path / "g.pt")
    graph = import_text_graph(tmp_path / "g.pt", text="title+abstract")
    assert graph.text == ["a. c", "b. d"]
    assert graph.info["left_out"] == "labels"
    assert "--text NAME" in refusal(import_text_graph, tmp_path / "g.pt")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("g.dot", "gv2gml"), ("g.xlsx", "CSV"), ("g.bin", "dgl.load_graphs"), ("g.gdf", "Gephi"), ("g.cys", "Cytoscape"),
        ("g.pkl", "may run code"), ("g.tar.gz", "tar -xf"), ("g.hdt", "hdt2rdf"), ("g.mtx", "nodes.csv"), ("g.db", "CSV"),
        ("g.jsonl", "head, relation and tail"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named_with_the_way(name: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(import_text_graph, written(tmp_path, name, '{"text": "x"}\n'))


@pytest.mark.parametrize(
    ("name", "words"),
    [("Train.txt", "called train, valid"), ("raw/train.txt", "Folders in it: raw"), ("mapping/x.csv", "titleabs.tsv")],
)
def test_folders_that_are_nearly_right(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    written(tmp_path, name, TABBED)
    assert words in refusal(import_text_graph, tmp_path)


def test_networkx_still_reads_what_it_writes(tmp_path: Path) -> None:
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from([("a", {"text": "x"}), ("b", {"text": "y"})])
    graph.add_edge("a", "b", weight=2.0)
    networkx.write_gml(graph, tmp_path / "g.gml")
    assert import_text_graph(tmp_path / "g.gml").edge_weight.tolist() == [2.0]
