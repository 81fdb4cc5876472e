"""Columns that mark rows: their split, and which of them are no facts."""

import json

import pandas
import pytest

from graphfm.datasets import import_triples
from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError


def facts(triples, split="train"):
    """The names of the triples of a split."""
    rows = getattr(triples, split).tolist()
    return {(triples.entities[h], triples.relations[r], triples.entities[t]) for h, r, t in rows}


ROWS = [("a", "r", "b", "train"), ("b", "r", "c", "Train"), ("c", "s", "a", "dev"), ("a", "s", "c", "test")]


@pytest.mark.parametrize("column", ["split", "subset", "fold"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "frame"])
def test_the_split_of_a_row_is_kept(tmp_path, column, kind):
    frame = pandas.DataFrame(ROWS, columns=["head", "relation", "tail", column])
    path = tmp_path / f"facts.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    found = import_triples(frame if kind == "frame" else path)
    assert facts(found) == {("a", "r", "b"), ("b", "r", "c")}
    assert facts(found, "val") == {("c", "s", "a")}
    assert facts(found, "test") == {("a", "s", "c")}
    assert f"split = {column}" in found.info["columns"]
    assert "split" not in found.info


def test_a_split_that_is_asked_for_beside_the_column_is_refused(tmp_path):
    path = tmp_path / "facts.csv"
    pandas.DataFrame(ROWS, columns=["head", "relation", "tail", "split"]).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"a test split in facts.*the column that says it"):
        import_triples(path, test=0.25)


@pytest.mark.parametrize("values", [["train", "test", "unused"], ["1", "2", "3"]])
def test_other_words_are_no_splits(tmp_path, values):
    path = tmp_path / "facts.csv"
    path.write_text("head,relation,tail,fold\n" + "".join(f"a,r,{i},{one}\n" for i, one in enumerate(values)))
    found = import_triples(path, val=0, test=0)
    assert len(found.train) == 3
    assert "left out: fold" in found.info["columns"]
    assert ("unused" in str(found.info.get("notes"))) == ("unused" in values)
    with pytest.raises(DataError, match=f"line {4 if 'unused' in values else 2}: found '.*' as split of a row"):
        import_triples(path, reading=Reading(columns={"split": "fold"}))


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("1", "-1"), ("1.0", "0.0"), ("True", "False")])
def test_rows_that_are_no_facts_are_left_out_and_said(tmp_path, yes, no):
    path = tmp_path / "facts.csv"
    path.write_text(f"head,relation,tail,label\na,r,b,{yes}\na,r,c,{no}\nb,s,d,{no}\nb,r,a,{yes}\n")
    found = import_triples(path, val=0, test=0)
    assert facts(found) == {("a", "r", "b"), ("b", "r", "a")}
    assert found.entities == ["a", "b"]
    assert found.relations == ["r"]
    assert f"2 rows marked {no} left out, as no facts" in found.info["notes"]


def test_labels_that_are_words_mark_nothing(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("head,relation,tail,label\na,r,b,one\nb,r,a,two\n")
    found = import_triples(path, val=0, test=0)
    assert len(found.train) == 2
    assert "left out: label" in found.info["columns"]


def test_signs_in_a_fourth_column_are_those_of_wn11(tmp_path):
    (tmp_path / "train.txt").write_text("a\tr\tb\nb\tr\tc\nc\tr\ta\n")
    (tmp_path / "dev.txt").write_text("a\tr\tc\t1\na\tr\ta\t-1\n")
    (tmp_path / "test.txt").write_text("b\tr\tb\t-1\nb\tr\ta\t1\n")
    found = import_triples(tmp_path)
    assert facts(found, "val") == {("a", "r", "c")}
    assert facts(found, "test") == {("b", "r", "a")}


def test_zeros_in_a_fourth_column_are_asked_for(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("a\tr\tb\t1\nb\tr\tc\t0\n")
    with pytest.raises(DataError, match="--columns head=1,relation=2,tail=3,truth=4"):
        import_triples(path)
    asked = Reading(columns={"head": 1, "relation": 2, "tail": 3, "truth": 4})
    assert facts(import_triples(path, val=0, test=0, reading=asked)) == {("a", "r", "b")}


def test_qualifiers_go_with_their_rows(tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text("head,relation,tail,split,since\na,r,b,test,1990\nb,r,c,train,\nc,r,a,train,1991\n")
    found = import_triples(path, reading=Reading(qualifiers=["since"]))
    assert facts(found, "test") == {("a", "r", "b")}
    assert found.qualifiers["train"].ptr.tolist() == [0, 0, 1]
    assert [found.entities[v] for _, v in found.qualifiers["test"].pairs.tolist()] == ["1990"]


@pytest.mark.parametrize("name", ["f.tsv", "f.jsonl", "f.json"])
def test_negated_statements_of_biolink_are_no_facts(tmp_path, name):
    rows = [
        {"subject": s, "predicate": "biolink:treats", "object": "D:1", "negated": n}
        for s, n in (("A:1", True), ("A:2", False))
    ]
    frame = pandas.DataFrame(rows)
    if name == "f.tsv":
        frame.to_csv(tmp_path / name, sep="\t", index=False)
    elif name == "f.jsonl":
        frame.to_json(tmp_path / name, orient="records", lines=True)
    else:
        nodes = [{"id": "A:1", "name": "one"}, {"id": "A:2", "name": "two"}, {"id": "D:1", "name": "d"}]
        (tmp_path / name).write_text(json.dumps({"nodes": nodes, "edges": rows}))
    found = import_triples(tmp_path / name, val=0, test=0)
    assert facts(found) == {("A:2", "biolink:treats", "D:1")}
    assert "1 negated row left out, as no fact" in found.info["notes"]


def test_nothing_in_a_column_of_negation_is_a_fact(tmp_path):
    (tmp_path / "f.csv").write_text("subject,predicate,object,negated\na,r,b,\nb,r,c,true\n")
    assert facts(import_triples(tmp_path / "f.csv", val=0, test=0)) == {("a", "r", "b")}


def test_marks_that_are_lacking_or_all_false_are_said(tmp_path):
    frame = pandas.DataFrame(
        {"head": ["a", "b", "c"], "relation": "r", "tail": ["b", "c", "a"], "label": [1.0, 0.0, None]}
    )
    found = import_triples(frame, val=0, test=0)
    assert "beside what may say true and false: no row is left out" in str(found.info["notes"])
    with pytest.raises(DataError, match="no row that is a fact: all are marked 0"):
        import_triples(frame[1:2])
