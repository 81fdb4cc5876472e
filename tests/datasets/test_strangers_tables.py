"""Tables of triples as spreadsheets, databases and other programs write them: each is read right, or refused in words."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet
import pytest
import torch

from graphfm.datasets import Triples, import_triples, load_triples
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.account import account
from graphfm.errors import DataError

ROWS = [("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c"), ("c", "s", "d")]
NAMES = ("head", "relation", "tail")


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def table(sep: str = ",", *, header: str | None = None, around: str = "", end: str = "") -> str:
    first = sep.join(f"{around}{name}{around}" for name in NAMES) + end if header is None else header
    return lines(first, *(sep.join(f"{around}{cell}{around}" for cell in row) + end for row in ROWS))


def named(graph: Triples) -> list[tuple[str, str, str]]:
    rows = torch.cat([rows for _, rows in graph.splits()]).tolist()
    return [(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in rows]


def imported(folder: Path, name: str, content: str | bytes, **reading: object) -> Triples:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_triples(path, val=0, test=0, reading=Reading(**reading) if reading else None)  # type: ignore[arg-type]


COMMAS = table().split("\n")
READ = {
    "R, blanks and quotes.txt": table(" ", around='"'),
    "R, tabs and quotes.tsv": table("\t", around='"'),
    "two bars.txt": table("||"),
    "two colons.txt": table("::"),
    "control A of Hive.txt": table("\x01"),
    "units.csv": table(header="Head (entity),Relation [type],Tail (entity)"),
    "title.csv": "Export of 1 May\n\n" + table(),
    "title of a sheet.csv": "My graph,,\n" + table(),
    "comments of a program.csv": "// made by hand\n" + table(),
    "percent.tsv": "% made by MATLAB\n" + table("\t"),
    "empty rows of a sheet.csv": lines(*COMMAS[:3], ",,", *COMMAS[3:-1], ",,", ",,"),
    "empty rows between tabs.tsv": table("\t") + "\t\t\n\t\t\n",
    "put together.csv": table(header="\ufeffhead,relation,tail").replace("a,s", "\ufeffa,s"),
    "no-break.tsv": table("\t").replace("\tb\n", "\tb\u00a0\n").replace("\td\n", "\t\u200bd\n"),
    "packed by name alone.csv.gz": table(),
    "nell.tsv": lines("Entity\tRelation\tValue\tSource", *("\t".join([*row, "x"]) for row in ROWS)),
    "times.csv": lines("subject,predicate,object,start,end", *(",".join([*row, "1", "2"]) for row in ROWS)),
    "cytoscape.sif": "a r b\nb r c\na s c\nc s d\nlonely\n",
    "targets.sif": "a\tr\tb\nb\tr\tc\na\ts\tc\nc\ts\td\n",
    "edges of cytoscape.csv": lines(
        '"SUID","interaction","name"', *(f'"{i}","{r}","{h} ({r}) {t}"' for i, (h, r, t) in enumerate(ROWS))
    ),
    "lists.json": json.dumps(ROWS),
    "lists.jsonl": lines(*map(json.dumps, ROWS)),
    "columns.json": pandas.DataFrame(ROWS, columns=NAMES).to_json(),
    "split.json": pandas.DataFrame(ROWS, columns=NAMES).to_json(orient="split"),
    "index.json": pandas.DataFrame(ROWS, columns=NAMES).to_json(orient="index"),
    "schema.json": pandas.DataFrame(ROWS, columns=NAMES).to_json(orient="table"),
    "held.json": json.dumps({"triples": [dict(zip(("subject", "predicate", "object"), r, strict=True)) for r in ROWS]}),
    "lists of columns.json": json.dumps({name: [row[i] for row in ROWS] for i, name in enumerate(NAMES)}),
}


@pytest.mark.parametrize("name", READ)
def test_is_read(name: str, tmp_path: Path) -> None:
    assert sorted(named(imported(tmp_path, name, READ[name]))) == sorted(ROWS)


def test_several_targets_a_line(tmp_path: Path) -> None:
    graph = imported(tmp_path, "n.sif", "a A\tpp\tb\tc\nb\tpd\tc\n")
    assert sorted(named(graph)) == [("a A", "pp", "b"), ("a A", "pp", "c"), ("b", "pd", "c")]
    with pytest.raises(DataError, match="line 2: found 2 columns"):
        imported(tmp_path, "n.sif", "a\tpp\tb\na\tpp\n")


def test_assertions_of_conceptnet_have_their_ends_after_the_relation(tmp_path: Path) -> None:
    rows = [f"/a/[/r/IsA/,/c/en/{h}/,/c/en/{t}/]\t/r/IsA\t/c/en/{h}\t/c/en/{t}\t{{}}" for h, t in ("ab", "bc")]
    graph = imported(tmp_path, "assertions.csv", lines(*rows))
    assert named(graph) == [("/c/en/a", "/r/IsA", "/c/en/b"), ("/c/en/b", "/r/IsA", "/c/en/c")]


def test_quotes_that_a_backslash_escapes(tmp_path: Path) -> None:
    graph = imported(tmp_path, "spark.csv", 'head,relation,tail\n"say \\"hi\\"",r,b\nb,r,"c, d"\n')
    assert named(graph) == [('say "hi"', "r", "b"), ("b", "r", "c, d")]


WEIGHTED = lines("head\trelation\ttail", *("\t".join(row) for row in ROWS))
REFUSED = {
    "null.tsv": (WEIGHTED + "e\tr\t\\N\nf\tr\t\\N\n", r"line 6: found the cell \\N, .* and 1 more row .*Remove"),
    "empty.csv": (table() + "e,r,\nf,r,\n", "line 6: found an empty cell and 1 more row.*Remove"),
    "both.csv": ("x, y;r;z, w\nz, w;r;x, q\n", "--sep comma or --sep semicolon"),
    "column in quotes.tsv": ('"a"\tr\t1\n"b"\tr\t2\n', "around every cell of a column.*--quotes"),
    "shell.txt": (lines("+---+---+", "| head | tail |", "+---+---+"), "drawn with lines"),
    "psql.txt": (lines(" head | relation | tail", "------+----------+------", " a | r | b"), "drawn line"),
    "sqlcmd.csv": (lines("head,relation,tail", "----,--------,----", "a,r,b"), "drawn line"),
    "dump.csv": ("INSERT INTO t VALUES ('a', 'r', 'b');\n", "found SQL"),
    "cypher.txt": ("CREATE (:Person {name: 'Ann'});\n", "Cypher.*apoc.export"),
    "python.txt": (lines(*map(repr, ROWS)), "rows in brackets, as Python prints them"),
    "prolog.txt": (lines(*(f"{r}({h},{t})." for h, r, t in ROWS)), "facts of Prolog"),
    "triples.txt": ("<e:a> <e:r> <e:b> .\n", "N-Triples.*.nt"),
    "turtle.txt": ("@prefix ex: <http://e/> .\nex:a ex:r ex:b .\n", "Turtle.*.ttl"),
    "page.csv": ("<!DOCTYPE html>\n<html></html>\n", "a web page"),
    "pointer.tsv.gz": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "pointer.parquet": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "twice.csv.gz": (gzip.compress(bz2.compress(table().encode())), "a packed file in a packed file"),
    "frame.csv": (b"PAR1" + b"\x84" * 40, "Name it frame.parquet"),
    "old.csv": (b"]\x00\x00\x80" + b"\xff" * 40, "a packed file"),
    "facts.json": (json.dumps({"a": {"r": ["b"]}}), "JSON that holds no list of triples"),
    "scores.txt": (lines("protein1 protein2 score", "A B 490", "B C 900"), "two ends and no relation"),
    "times.csv": (lines("item,relation,start,end", "a,r,1,2", "b,r,3,4"), "head=COLUMN|relation=relation"),
    "twice.csv": (lines("head,relation,tail,head", "a,r,b,x", "b,r,c,x"), "relation=relation,tail=tail"),
    "blanks.csv": (lines("my gene,the effect,a disease", "a,r,b", "c,s,d", "e,s,f"), "--columns 'head=my gene,relation="),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_words(name: str, tmp_path: Path) -> None:
    content, words = REFUSED[name]
    with pytest.raises(DataError, match=f"(?s){words}"):
        imported(tmp_path, name, content)


def test_names_in_doubt_are_told(tmp_path: Path) -> None:
    graph = imported(tmp_path, "t.csv", table() + "caf\u00e9,r,NULL\ncafe\u0301,r,b\nx\u00a0,r,b\n")
    said = [words for heading, words in account(graph) if heading == "note"]
    assert any("NULL: read as the name of an entity, in 1 triple;" in words for words in said)
    assert any("look the same and are two entities" in words for words in said)
    assert "blanks that do not show (no-break, of no width) around 1 name left out" in said


def test_what_is_written_here_keeps_its_blanks(tmp_path: Path) -> None:
    graph = imported(tmp_path, "t.csv", table().replace("b", "(b"))
    graph.entities[0] = "\u00a0a"
    triples_folder.write(graph, tmp_path / "written")
    assert named(load_triples(tmp_path / "written", missing=("val", "test"))) == named(graph)


def test_columns_of_bytes_and_an_index_with_a_name(tmp_path: Path) -> None:
    binary = pyarrow.table({name: pyarrow.array([row[i].encode() for row in ROWS]) for i, name in enumerate(NAMES)})
    pyarrow.parquet.write_table(binary, tmp_path / "bytes.parquet")
    pandas.DataFrame(ROWS, columns=NAMES).set_index("head").to_parquet(tmp_path / "index.parquet")
    with pyarrow.ipc.new_stream(str(tmp_path / "stream.arrow"), binary.schema) as stream:
        stream.write_table(binary)
    for name in ("bytes.parquet", "index.parquet", "stream.arrow"):
        assert named(import_triples(tmp_path / name, val=0, test=0)) == ROWS
    with pytest.raises(DataError, match="Decode them"):
        import_triples(pandas.DataFrame([[b"a", "r", "b"]], columns=NAMES))
    with pytest.raises(DataError, match="Make one"):
        import_triples(ROWS)


@pytest.mark.parametrize(
    "names", ["FB15k-{}.txt", "wikidata5m_transductive_{}.txt", "{}", "{}.json", "{}.txt.json", "WN18.{}.csv"]
)
def test_splits_by_the_end_of_their_names(names: str, tmp_path: Path) -> None:
    for split, rows in (("train", ROWS), ("Valid", ROWS[:1]), ("test", ROWS[1:2])):
        lists = lines(*map("\t".join, rows))
        (tmp_path / names.format(split)).write_text(json.dumps(rows) if names.endswith("json") else lists)
    graph = load_triples(tmp_path)
    assert [len(rows) for _, rows in graph.splits()] == [4, 1, 1]
    (tmp_path / "other-test.txt").write_text("a\tr\tb\n")
    if not names.startswith("{}"):
        with pytest.raises(DataError, match="one file for a split"):
            load_triples(tmp_path)


def test_names_in_json_beside_triples(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(lines(*map("\t".join, ROWS)))
    for content in (
        {name: {"label": f"the {name}", "description": "a letter"} for name in "abcd"},
        {name: f"the {name}" for name in "abcd"},
        [{"entity_id": name, "entity": f"the {name}", "entity_desc": "a letter"} for name in "abcd"],
    ):
        (tmp_path / "entities.json").write_text(json.dumps(content))
        graph = load_triples(tmp_path, missing=("val", "test"))
        assert graph.entity_labels == [f"the {name}" for name in graph.entities]
    pairs = [{"head_id": h, "head": f"N {h}", "relation": r, "tail_id": t, "tail": f"N {t}"} for h, r, t in ROWS]
    (tmp_path / "entities.json").unlink()
    graph = imported(tmp_path, "pairs.json", json.dumps(pairs))
    assert named(graph) == ROWS
    assert graph.entity_labels == [f"N {name}" for name in graph.entities]


@pytest.mark.parametrize(
    "table",
    [
        "head,relation,tail\nstring,string,string\na,r,b\n",
        "head\trelation\ttail\tweight\nSTRING\tSTRING\tSTRING\tFLOAT\na\tr\tb\t.5\n",
        "weight,subject,predicate,object\ndouble,varchar,varchar,varchar\n.5,a,r,b\n",
    ],
)
def test_a_line_of_types_below_the_header_is_no_fact(table: str, tmp_path: Path) -> None:
    (tmp_path / "facts.tsv").write_text(table)
    with pytest.raises(DataError, match="types of the columns") as caught:
        import_triples(tmp_path / "facts.tsv")
    assert caught.value.line == 2


def test_entities_may_be_called_like_types(tmp_path: Path) -> None:
    graph = imported(tmp_path, "facts.csv", "head,relation,tail\nint,converts to,string\nstring,has,text\n")
    assert named(graph) == [("int", "converts to", "string"), ("string", "has", "text")]


@pytest.mark.parametrize("place", [".", ".."])
def test_the_folder_one_stands_in(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine" / "inner").mkdir(parents=True)
    (tmp_path / "mine_ind").mkdir()
    for split in ("train", "valid", "test"):
        (tmp_path / "mine" / f"{split}.txt").write_text(lines(*map("\t".join, ROWS)))
        (tmp_path / "mine_ind" / f"{split}.txt").write_text("x\tr\ty\n")
    monkeypatch.chdir(tmp_path / "mine" / ("inner" if place == ".." else ""))
    for graph in (load_triples(place), import_triples(place)):
        assert graph.name == "mine"
        assert graph.inference is not None
