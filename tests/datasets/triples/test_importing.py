"""The door: names, folders, single files."""

from pathlib import Path

import pytest

from graphfm.datasets import ogb, python_stdlib
from graphfm.datasets.loading import load_triples
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.importing import import_triples
from graphfm.errors import DataError

TABLE = "a\tr\tb\nb\tr\tc\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAPHFM_DATA", raising=False)
    return tmp_path


def fill(folder, **files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / f"{name}.txt").write_text(content)
    return folder


def test_folders_by_path_and_by_plain_name(here):
    folder = fill(here / "umls", train=TABLE, valid=TABLE, test=TABLE)
    for way in (folder, str(folder), "./umls", "umls"):
        assert load_triples(way).num_entities == 3


def test_names_come_from_the_catalogue_with_what_it_knows(here, monkeypatch):
    (here / "jf17k").mkdir()  # of the same name, but without triples
    fill(here / "data" / "kg" / "jf17k", train=TABLE, test=TABLE)
    monkeypatch.setenv("GRAPHFM_DATA", str(here / "data"))
    triples = load_triples("jf17k")
    assert (triples.name, len(triples.val)) == ("jf17k", 0)
    assert {"source", "licence", "caveat"} <= triples.info.keys()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fb15k237", "unknown name 'fb15k237'.*Did you mean fb15k-237"),
        ("./nowhere", "no folder nowhere"),
        ("empty", "no file for the split train"),
    ],
)
def test_what_is_not_there(here, name, message):
    (here / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        load_triples(name)


def test_corpora_that_are_no_files_come_from_their_makers(here, monkeypatch):
    made = {name: Triples(name, ["a"], ["r"]) for name in ("python-stdlib", "ogbl-biokg")}
    monkeypatch.setattr(python_stdlib, "triples", lambda: made["python-stdlib"])
    monkeypatch.setattr(ogb, "triples", lambda name: made[name])
    assert [load_triples(name) for name in made] == [*made.values()]


def test_a_single_file_is_split(here):
    (here / "mine.tsv").write_text("".join(f"{i}\tnext\t{(i + step) % 30}\n" for i in range(30) for step in (1, 2, 3)))
    triples = import_triples("mine.tsv", val=0.1, test=0.2, seed=1)
    assert (triples.name, [len(rows) for _, rows in triples.splits()]) == ("mine", [63, 9, 18])
    assert triples.info["split"] == {"val": 0.1, "test": 0.2, "seed": 1, "pairs_together": True}
    assert triples.statistics()["linked_in_train"] == 0
    with pytest.raises(DataError, match="no file nothing"):
        import_triples("nothing")
    (here / "hyper.tsv").write_text("a\tr\tb\tq\tc\n")
    with pytest.raises(DataError, match="5 columns without a header"):
        import_triples("hyper.tsv")
    with pytest.raises(DataError, match="statements with qualifiers"):
        import_triples("hyper.tsv", reading=Reading(qualifiers="pairs"))
    whole = import_triples("hyper.tsv", reading=Reading(qualifiers="pairs"), val=0, test=0)
    assert whole.qualifiers["train"].pairs.tolist() == [[0, 2]]


def test_a_file_too_small_to_split_holds_nothing_out_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_text("head,relation,tail\n" + "".join(f"a{n},r,b{n}\n" for n in range(6)))
    triples = import_triples(tmp_path / "small.csv")
    assert [len(rows) for _, rows in triples.splits()] == [6, 0, 0]
    assert any("nothing is held out" in note for note in triples.info["notes"])
    with pytest.raises(DataError, match="shares that sum to"):
        import_triples(tmp_path / "small.csv", test=0.5)


def test_names_of_wikidata_in_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "films.csv").write_text("head,relation,tail\nQ1,r,Q2\nQ3,r,Q4\n")
    monkeypatch.chdir(tmp_path)
    assert import_triples("films.csv").entities == ["Q1", "Q2", "Q3", "Q4"]
