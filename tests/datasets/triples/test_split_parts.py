"""Splits in parts, as Hugging Face, Spark and PyKEEN write them."""

import gzip

import pandas
import pyarrow
import pytest

from graphfm.datasets import import_triples, load_triples
from graphfm.datasets.loading import is_knowledge_graph
from graphfm.errors import DataError

ROWS = [("a", "r", "b"), ("b", "r", "c"), ("c", "s", "a"), ("a", "s", "c"), ("d", "r", "a")]
NAMES = ["head", "relation", "tail"]


def facts(rows, triples):
    return {(triples.entities[h], triples.relations[r], triples.entities[t]) for h, r, t in rows.tolist()}


def parquet(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pandas.DataFrame(rows, columns=NAMES).to_parquet(path)


@pytest.mark.parametrize("room", ["", "data/"])
def test_shards_of_hugging_face(tmp_path, room):
    parquet(tmp_path / f"{room}train-00000-of-00002.parquet", ROWS[:2])
    parquet(tmp_path / f"{room}train-00001-of-00002.parquet", ROWS[2:3])
    parquet(tmp_path / f"{room}validation-00000-of-00001.parquet", ROWS[3:4])
    parquet(tmp_path / f"{room}test-00000-of-00001.parquet", ROWS[4:])
    (tmp_path / "README.md").write_text("a card")
    assert is_knowledge_graph(tmp_path)
    found = load_triples(tmp_path)
    assert facts(found.train, found) == {*ROWS[:3]}
    assert facts(found.val, found) == {ROWS[3]}
    assert facts(found.test, found) == {ROWS[4]}
    assert "unread_files" not in found.info


def test_a_set_saved_to_disk(tmp_path):
    for split, rows in (("train", ROWS[:4]), ("test", ROWS[4:])):
        (tmp_path / split).mkdir()
        table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(NAMES)})
        path = tmp_path / split / "data-00000-of-00001.arrow"
        with path.open("wb") as file, pyarrow.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        (tmp_path / split / "state.json").write_text("{}")
    (tmp_path / "dataset_dict.json").write_text("{}")
    found = import_triples(tmp_path)
    assert facts(found.train, found) == {*ROWS[:4]}
    assert facts(found.test, found) == {ROWS[4]}


@pytest.mark.parametrize("ending", ["", ".csv"])
def test_parts_of_spark(tmp_path, ending):
    head = "head,relation,tail\n" if ending else ""
    for i, rows in enumerate((ROWS[:3], ROWS[3:])):
        text = head + "".join(("," if ending else "\t").join(row) + "\n" for row in rows)
        (tmp_path / f"part-0000{i}{ending}").write_text(text)
    (tmp_path / "_SUCCESS").touch()
    found = import_triples(tmp_path, val=0, test=0)
    assert facts(found.train, found) == {*ROWS}
    (tmp_path / "one").mkdir()
    for split in ("train", "test"):
        (tmp_path / "one" / split).mkdir()
        (tmp_path / f"part-0000{int(split == 'test')}{ending}").rename(tmp_path / "one" / split / f"part-00000{ending}")
    found = import_triples(tmp_path / "one")
    assert facts(found.train, found) == {*ROWS[:3]}


def test_parquet_of_edges_with_names_of_nodes(tmp_path):
    pandas.DataFrame(ROWS, columns=["subject", "predicate", "object"]).to_parquet(tmp_path / "edges.parquet")
    pandas.DataFrame({"id": ["a", "b"], "name": ["Ann", None]}).to_parquet(tmp_path / "nodes.parquet")
    found = import_triples(tmp_path, val=0, test=0)
    assert facts(found.train, found) == {*ROWS}
    assert found.entity_labels == ["Ann", "b", "c", "d"]


@pytest.mark.parametrize("rooms", [[""], ["training", "validation", "testing"]])
def test_triples_factories_of_pykeen(tmp_path, rooms):
    for place, room in enumerate(rooms):
        folder = tmp_path / room
        folder.mkdir(exist_ok=True)
        for file, text in (
            ("numeric_triples", f"head\trelation\ttail\n0\t0\t1\n1\t1\t{place}\n"),
            ("entity_to_id", "id\tlabel\n0\tberlin\n1\tgermany\n2\tspree\n"),
            ("relation_to_id", "id\tlabel\n0\tin\n1\tof\n"),
        ):
            (folder / f"{file}.tsv.gz").write_bytes(gzip.compress(text.encode()))
        (folder / "base.pth").write_bytes(b"PK")
    found = import_triples(tmp_path, val=0, test=0) if len(rooms) == 1 else load_triples(tmp_path)
    assert facts(found.train, found) == {("berlin", "in", "germany"), ("germany", "of", "berlin")}
    if len(rooms) > 1:
        assert facts(found.test, found) == {("berlin", "in", "germany"), ("germany", "of", "spree")}
    assert "unread_files" not in found.info


def test_nodes_and_edges_of_neptune(tmp_path):
    (tmp_path / "edges.csv").write_text("~id,~from,~to,~label,w:Double\ne1,v1,v2,knows,1\ne2,v2,v3,made,1\n")
    (tmp_path / "nodes.csv").write_text("~id,~label,name:String\nv1,person,Marko\nv2,person,Vadas\nv3,software,lop\n")
    found = import_triples(tmp_path, val=0, test=0)
    assert facts(found.train, found) == {("v1", "knows", "v2"), ("v2", "made", "v3")}
    assert found.entity_labels == ["Marko", "Vadas", "lop"]


def test_a_folder_of_folders_names_them(tmp_path):
    for name in ("fb_v1", "fb_v1_ind"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.txt").write_text("a\tr\tb\n")
    with pytest.raises(DataError, match=r"Folders in it hold triples: fb_v1, fb_v1_ind\."):
        import_triples(tmp_path)
