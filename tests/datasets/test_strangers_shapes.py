"""Shapes of tables that further tools write: closed rows, other quotes, headers among comments, edges with times."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pandas
import pytest
import torch

from graphfm.datasets import import_triples
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.text_graphs.importing import import_text_graph
from graphfm.datasets.triples import folder as triples_folder
from graphfm.errors import DataError

ROWS = [("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c"), ("c", "s", "d")]


def table(sep: str = ",", header: str = "", around: str = "", end: str = "") -> str:
    rows = [sep.join(f"{around}{cell}{around}" for cell in row) + end for row in ROWS]
    return "".join(f"{line}\n" for line in ([header] if header else []) + rows)


def named(path: Path, **reading: object) -> list[tuple[str, str, str]]:
    graph = import_triples(path, val=0, test=0, reading=Reading(**reading) if reading else None)  # type: ignore[arg-type]
    rows = torch.cat([rows for _, rows in graph.splits()]).tolist()
    return [(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in rows]


CTD = "# CTD\n#\n# Fields:\n# Chemical,ChemicalID,Action,Gene\n#\n"
READ = {
    "closed.tsv": table("\t", end="\t"),
    "closed below a header.csv": table(",", "head,relation,tail", end=","),
    "closed twice.csv": table(",", end=",,"),
    "closed and quoted.csv": table(",", "head,relation,tail", around='"', end=","),
    "single quotes.csv": table(",", "'head','relation','tail'", around="'"),
    "single quotes below a header.tsv": table("\t", "head\trelation\ttail", around="'"),
    "backticks.csv": table(",", "`head`,`relation`,`tail`", around="`"),
    "neptune.csv": "~id,~from,~to,~label,w:Double\n"
    + "".join(f"e{i},{h},{t},{r},1\n" for i, (h, r, t) in enumerate(ROWS)),
    "arango.csv": "_from,_to,label\n" + "".join(f"{h},{t},{r}\n" for h, r, t in ROWS),
    "semmed.csv": "PREDICATION_ID,PREDICATE,SUBJECT_CUI,OBJECT_CUI\n" + "".join(f"1,{r},{h},{t}\n" for h, r, t in ROWS),
    "kg2.tsv": "subject\tobject\tpredicate\t:START_ID\t:END_ID\t:TYPE\n"
    + "".join(f"x{h}\tx{t}\tx\t{h}\t{t}\t{r}\n" for h, r, t in ROWS),
    "aligned.txt": "".join(f"{h}    {r}   {t}\n" for h, r, t in ROWS),
    "edges.json": json.dumps({"edges": [{"source": h, "relation": r, "target": t} for h, r, t in ROWS]}),
    "exclamations.tsv": "!gaf-version: 2.2\n!\n" + table("\t"),
    "turtle with a mark.ttl": "\ufeff" + "".join(f"<{h}> <{r}> <{t}> .\n" for h, r, t in ROWS),
    "dgraph.rdf": "".join(f"<{h}> <{r}> <{t}> .\n" for h, r, t in ROWS),
}


@pytest.mark.parametrize("name", READ)
def test_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(READ[name], encoding="utf-8")
    found = {tuple(cell.rpartition("/")[2] for cell in row) for row in named(tmp_path / name)}
    assert found == {*ROWS}


def test_a_comma_within_single_quotes(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("'head','relation','tail'\n'a, b','r','c'\n'c','r','it''s'\n")
    assert named(tmp_path / "f.csv") == [("a, b", "r", "c"), ("c", "r", "it's")]


def test_quotes_that_are_part_of_names_stay_where_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "f.tsv").write_text(table("\t", around="'"))
    assert named(tmp_path / "f.tsv", quotes=False)[0] == ("'a'", "'r'", "'b'")
    (tmp_path / "g.tsv").write_text(table("\t", around="`").replace("`c`", "c"))  # not around every cell
    assert ("`c`", "`s`", "`d`") not in named(tmp_path / "g.tsv")


def test_a_header_among_comments_names_the_columns(tmp_path: Path) -> None:
    rows = "".join(f"{h},X1,{r},{t}\n" for h, r, t in ROWS)
    (tmp_path / "ctd.csv").write_text(CTD + rows)
    with pytest.raises(DataError, match="the header Chemical, ChemicalID, Action, Gene"):
        named(tmp_path / "ctd.csv")
    columns = {"head": "Chemical", "relation": "Action", "tail": "Gene"}
    assert named(tmp_path / "ctd.csv", columns=columns) == ROWS
    numbers = {"head": 1, "relation": 3, "tail": 4}
    assert named(tmp_path / "ctd.csv", columns=numbers, header=False) == ROWS
    (tmp_path / "prose.csv").write_text("# one, two, three\n" + table())  # no header of three names
    assert named(tmp_path / "prose.csv") == ROWS


def test_a_closed_row_that_goes_on_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("a,r,b,\n" * 3000 + "b,r,c,d\n")
    with pytest.raises(DataError, match="line 3001: found 4 columns"):
        named(tmp_path / "f.csv")
    asked = {"head": 1, "relation": 2, "tail": 3}  # then the fourth is left out, whatever is in it
    assert len(named(tmp_path / "f.csv", columns=asked)) == 3001


REFUSED = {
    "curly.csv": (["“head”,“relation”,“tail”", "“a”,“r”,“b”"], "“ and ” around every cell"),
    "matrix.txt": (["%%MatrixMarket matrix coordinate real general", "3 3 2", "1 2 1.0"], "Matrix Market"),
    "out.txt": (["% sym weighted", "1 2 1", "2 3 1"], "KONECT"),
    "sign.txt": (["# FromNodeId\tToNodeId\tSign", "0\t1\t-1", "1\t8\t-1"], "FromNodeId, ToNodeId, Sign, of two ends"),
    "string.txt": (["protein1 protein2 combined_score", "9606.ENSP01 9606.ENSP02 490", "9606.ENSP01 9606.ENSP03 98"],
                   "of two ends and no relation"),
    "papers.txt": (["#*A title", "#@One", "#index1", "#%2"], "AMiner"),
    "page.csv": (["<table>", "<tr><td>head</td></tr>", "</table>"], "a table of HTML"),
    "g.lgr.txt": (["LEDA.GRAPH", "string", "int"], "LEDA"),
    "one.json": (['{"@type":"tinker:graph","@value":{"vertices":[]}}'], "GraphSON.*graphml"),
    "lines.json": (['{"id":1,"label":"person","outE":{"knows":[]}}', '{"id":2,"label":"person"}'], "GraphSON.*graphml"),
    "set.tar.gz": (["no archive"], r"tar -xf set\.tar\.gz"),
    "annotations.gaf.gz": (["!gaf-version: 2.2"], "--kind kg --no-header"),
    "g.tgf": (["1 one", "#"], "TGF"),
    "facts.txt": (["knows(a,b)", "likes(b,c)"], "facts of Prolog"),
    "lists.txt": (["- [a, r, b]", "- [b, r, c]"], "YAML"),
    "ontology.omn": (["Prefix: : <http://x#>", "Ontology: <http://x>"], "no RDF.*robot"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_words(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("\n".join(REFUSED[name][0]) + "\n", encoding="utf-8")
    foreign = name.endswith((".gz", ".tgf"))
    with pytest.raises(DataError, match=REFUSED[name][1]):
        import_text_graph(tmp_path / name) if foreign else named(tmp_path / name)


@pytest.mark.parametrize("third", ["times", "signs"])
def test_edges_between_numbers_are_no_triples(third: str, tmp_path: Path) -> None:
    made = random.Random(0)
    values = range(1217567877, 1217568877) if third == "times" else (-1, 1, 1, -1) * 250
    rows = [f"{made.randrange(300)} {made.randrange(300)} {value}\n" for value in values]
    (tmp_path / "edges.txt").write_text("".join(rows))
    with pytest.raises(DataError, match="--columns head=1,relation=2,tail=3"):
        named(tmp_path / "edges.txt")
    # Ids of triples are numbers as well: few relations, tails that are heads or not.
    for low in (0, 300):
        rows = [f"{made.randrange(300)} {made.randrange(30)} {low + made.randrange(900)}\n" for _ in range(1000)]
        (tmp_path / "kg_final.txt").write_text("".join(rows))
        assert len(named(tmp_path / "kg_final.txt")) == 1000


def test_a_relation_that_comes_first_is_asked_for(tmp_path: Path) -> None:
    rows = [f"{('IsA', 'AtLocation', 'UsedFor')[i % 3]}\tent{i}\tent{i * 7 % 40}\n" for i in range(90)]
    (tmp_path / "train.txt").write_text("".join(rows))
    with pytest.raises(DataError, match="say --columns head=2,relation=1,tail=3"):
        named(tmp_path / "train.txt")


def test_numbers_of_twenty_digits_are_names(tmp_path: Path) -> None:
    rows = [("18446744073709551616", "1", "2"), ("2", "1", "99999999999999999999999")]
    (tmp_path / "f.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    assert named(tmp_path / "f.tsv") == rows
    (tmp_path / "g.csv").write_text("head,relation,tail\n" + "".join(",".join(row) + "\n" for row in rows))
    assert named(tmp_path / "g.csv") == rows


def test_rdf_in_a_file_whose_name_holds_blanks(tmp_path: Path) -> None:
    path = tmp_path / "export (1) ä.ttl"
    path.write_text("@prefix e: <http://e/> .\ne:a e:r e:b .\n")
    assert [row[1].rpartition(":")[2] for row in named(path)] == ["r"]


def test_blanks_within_names_of_aligned_columns(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("head      relation  tail\nNew York  isIn      USA\nParis     lies in   France\n")
    assert named(tmp_path / "f.txt") == [("New York", "isIn", "USA"), ("Paris", "lies in", "France")]


@pytest.mark.parametrize(
    "header",
    [
        "sourceId,Relation Type,targetId", "HeadID,RelationID,TailID", "startNode,relType,endNode", "from-id,edge type,to-id",
        "start_node_id,relationship_type,end_node_id", "sujeito,predicado,objeto",
        "头实体,关系,尾实体", "субъект,предикат,объект",
    ],
)  # fmt: skip
def test_names_of_columns_in_any_case_and_language(header: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(table(",", header), encoding="utf-8")
    assert named(tmp_path / "f.csv") == ROWS
    turned = "".join(",".join(reversed(row)) + "\n" for row in ROWS)
    (tmp_path / "g.csv").write_text(",".join(reversed(header.split(","))) + "\n" + turned, encoding="utf-8")
    assert named(tmp_path / "g.csv") == ROWS


def test_blanks_within_a_label_stay(tmp_path: Path) -> None:
    (tmp_path / "f.tsv").write_text(table("\t"))
    (tmp_path / "entity_text.tsv").write_text("a\tAnn  B\tShe  is\n")
    graph = import_triples(tmp_path / "f.tsv", val=0, test=0)
    triples_folder.write(graph, tmp_path / "out")
    again = triples_folder.read(tmp_path / "out")
    assert again.entity_labels[0] == "Ann  B"
    assert again.entity_text[0] == "Ann  B. She  is"


@pytest.mark.parametrize(("encoding", "said"), [("utf-16", None), ("latin-1", "latin-1"), ("cp1251", "cp1251")])
def test_turtle_in_other_encodings(encoding: str, said: str | None, tmp_path: Path) -> None:
    text = '@prefix e: <http://e/> .\ne:a e:r e:b ; <http://www.w3.org/2000/01/rdf-schema#label> "%s" .\n'
    word = "один" if encoding == "cp1251" else "für"
    (tmp_path / "f.ttl").write_bytes((text % word).encode(encoding))
    graph = import_triples(tmp_path / "f.ttl", val=0, test=0, reading=Reading(encoding=said))
    assert graph.entity_labels[0] == word
    if said:
        with pytest.raises(DataError, match="Name the encoding: --encoding"):
            named(tmp_path / "f.ttl")


def test_columns_in_a_packed_file_are_told_to_be_unpacked(tmp_path: Path) -> None:
    pandas.DataFrame(ROWS, columns=["head", "relation", "tail"]).to_parquet(tmp_path / "f.parquet")
    (tmp_path / "g.parquet.gz").write_bytes(gzip.compress((tmp_path / "f.parquet").read_bytes()))
    with pytest.raises(DataError, match=r"Unpack it, and give g\.parquet\."):
        named(tmp_path / "g.parquet.gz")
    (tmp_path / "h.parquet").write_text(table())
    with pytest.raises(DataError, match=r"name it by what is in it: \.csv"):
        named(tmp_path / "h.parquet")


DAMAGED = {
    "x.txt": b';"',
    "mark.csv": b'\xef\xbb"head"nan"relation","tail"\n"a","r","b"\n',
    "g.gml": b'graph [ node [ id "n1" ] node "n2" edge [ source "n1" target "n2" ] ]',
    "g.graphml": b'<?xml version="1.0" encoding="UTF-1e9998"?><graphml><graph edgedefault="directed"/></graphml>',
    "t.srj": b'{"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": [{"s": {}, "p": {}, "o": {}}]}}',
    "u.srj": b'{"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": 1}}',
    "r.srj": b'{"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": [{"x": {}, "p": {}, "o": {}}]}}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused_without_a_traceback(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(DAMAGED[name])
    for read in (import_triples, import_text_graph):
        with pytest.raises(DataError):
            read(tmp_path / name)
