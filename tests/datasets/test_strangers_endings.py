"""What strangers' files end with and stand beside: other languages, marks of an end, notes in a zip, endings that lie."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from graphfm.datasets import import_triples, load_triples
from graphfm.datasets.text_graphs.importing import import_text_graph
from graphfm.errors import DataError

TRIPLES = [(f"ent{i}", ("knows", "likes")[i % 2], f"ent{(i * 7 + 3) % 20}") for i in range(20)]


def table(sep: str, header: str = "") -> str:
    return "".join(f"{line}\n" for line in (*([header] if header else []), *(sep.join(row) for row in TRIPLES)))


def read(path: Path) -> set[tuple[str, str, str]]:
    graph = import_triples(path, val=0, test=0)
    names = graph.entities, graph.relations, graph.entities
    return {tuple(some[i] for some, i in zip(names, row, strict=True)) for row in graph.train.tolist()}  # type: ignore[misc]


@pytest.mark.parametrize(
    "header",
    [
        "Subjekt;Prädikat;Objekt", "Subjekt;Praedikat;Objekt", "Quelle;Beziehung;Ziel", "sujet;relation;objet",
        "sujet;prédicat;objet", "sujeto;predicado;objeto", "soggetto;predicato;oggetto",
    ],
)  # fmt: skip
def test_headers_in_other_languages(tmp_path: Path, header: str) -> None:
    (tmp_path / "f.csv").write_text(table(";", header), encoding="utf-8")
    assert read(tmp_path / "f.csv") == {*TRIPLES}
    turned = ";".join(reversed(header.split(";")))
    lines = [";".join(reversed(row)) for row in TRIPLES]
    (tmp_path / "g.csv").write_text("\n".join([turned, *lines]), encoding="utf-8")
    assert read(tmp_path / "g.csv") == {*TRIPLES}


@pytest.mark.parametrize("end", ["\x1a", "\x1a\n", "\n\x1a", "\r\n\x1a"])
def test_the_mark_of_an_end_of_dos_is_no_row(tmp_path: Path, end: str) -> None:
    (tmp_path / "f.csv").write_bytes((table(",", "head,relation,tail") + end).encode())
    assert read(tmp_path / "f.csv") == {*TRIPLES}
    (tmp_path / "g.tsv").write_bytes((table("\t") + end).encode())
    assert read(tmp_path / "g.tsv") == {*TRIPLES}
    # Within a line it is a character of a name.
    (tmp_path / "h.tsv").write_bytes((table("\t").rstrip("\n") + "\x1a").encode())
    assert (*TRIPLES[-1][:2], TRIPLES[-1][2] + "\x1a") in read(tmp_path / "h.tsv")


def test_a_zip_with_notes_beside_the_one_table(tmp_path: Path) -> None:
    path = tmp_path / "facts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/README.md", "what this is\n")
        archive.writestr("data/LICENSE", "free\n")
        archive.writestr("data/facts.tsv", table("\t"))
    assert read(path) == {*TRIPLES}
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("data/more.tsv", table("\t"))
    path.rename(tmp_path / "facts.tsv.zip")
    with pytest.raises(DataError, match="a zip with 4 files"):
        read(tmp_path / "facts.tsv.zip")


def test_strings_of_libkge_are_labels(tmp_path: Path) -> None:
    names = [f"/m/{i:03}" for i in range(20)]
    (tmp_path / "entity_ids.del").write_text("".join(f"{i}\t{name}\n" for i, name in enumerate(names)))
    (tmp_path / "relation_ids.del").write_text("0\tr0\n1\tr1\n")
    (tmp_path / "entity_strings.del").write_text("".join(f"{name}\tName {name[-2:]}\n" for name in names))
    (tmp_path / "relation_strings.del").write_text("r0\tknows\nr1\tlikes\n")
    (tmp_path / "train.del").write_text("".join(f"{i}\t{i % 2}\t{(i * 7 + 3) % 20}\n" for i in range(20)))
    graph = load_triples(tmp_path, missing=("val", "test"))
    assert graph.entity_labels[:2] == ["Name 00", "Name 01"]
    assert graph.relation_labels == ["knows", "likes"]
    assert "unread_files" not in graph.info


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("go.gaf", "head=2,relation=4,tail=5"),
        ("MRREL.RRF", "head=5,relation=4,tail=1"),
        ("dblp.xml", "XML of another kind"),
        ("rows.json", r"name it rows\.jsonl"),
    ],
)
def test_what_is_not_read_is_named_with_the_way_on(tmp_path: Path, name: str, said: str) -> None:
    rows = "".join(json.dumps({"head": h, "relation": r, "tail": t}) + "\n" for h, r, t in TRIPLES)
    (tmp_path / name).write_text(rows if name.endswith(".json") else "<x/>\n" if name.endswith(".xml") else "a|b|c\n")
    with pytest.raises(DataError, match=said):
        import_text_graph(tmp_path / name, tmp_path / "out")
    if name.endswith(".json"):  # what it says leads on
        (tmp_path / name).rename(tmp_path / "rows.jsonl")
        assert read(tmp_path / "rows.jsonl") == {*TRIPLES}


def test_the_columns_that_umls_and_go_are_told_read(tmp_path: Path) -> None:
    from graphfm.datasets.tables.declared import Reading

    (tmp_path / "mrrel.txt").write_text("".join(f"C{i}|A|AUI|RB|C{i + 1}|A|AUI|isa|||S|S|||N||\n" for i in range(20)))
    reading = Reading({"head": 5, "relation": 4, "tail": 1}, sep="pipe", header=False)
    graph = import_triples(tmp_path / "mrrel.txt", reading=reading)
    assert graph.info["first_triple"] == ["C1", "RB", "C0"]


def test_turtle_named_as_n_triples_is_named(tmp_path: Path) -> None:
    (tmp_path / "f.nt").write_text("@prefix e: <http://e/> .\ne:a e:r e:b .\n")
    with pytest.raises(DataError, match=r"It is Turtle: name it f\.ttl"):
        import_triples(tmp_path / "f.nt")


@pytest.mark.parametrize("name", ["triples.tsv", "facts.txt", "kg.tsv"])
def test_a_folder_with_all_triples_in_one_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(table("\t"), encoding="utf-8")
    (tmp_path / "entities.csv").write_text("id,name\nent0,Aspirin\n", encoding="utf-8")
    assert read(tmp_path) == {*TRIPLES}
    graph = load_triples(tmp_path, missing=("val", "test"))
    assert graph.entity_labels[graph.entity_to_id["ent0"]] == "Aspirin"
    (tmp_path / "train.txt").write_text("a\tr\tb\n", encoding="utf-8")  # then it is no split
    assert len(load_triples(tmp_path, missing=("val", "test")).train) == 1
