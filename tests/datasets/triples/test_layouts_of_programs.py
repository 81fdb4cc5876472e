"""Layouts of whole programs, each with the same hundred triples: KGX in three forms, neo4j-admin, RDF in splits."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from graphfm.datasets import Triples, import_triples, load_triples
from graphfm.datasets.loading import is_knowledge_graph
from graphfm.datasets.rdf.prefixes import expand
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.entity_types import of_type
from graphfm.datasets.triples.kgx import is_kgx
from graphfm.errors import DataError

ROWS = [(f"X:{i % 12}", f"biolink:rel_{'abc'[i % 3]}", f"Y:{(i * 5 + i // 12) % 13}") for i in range(100)]
NODES = {name: f"name of {name}" for name in sorted({end for h, _, t in ROWS for end in (h, t)})} | {"Z:1": "alone"}


def rows_of(graph: Triples) -> list[tuple[str, str, str]]:
    names = graph.entities, graph.relations
    return sorted((names[0][h], names[1][r], names[0][t]) for _, split in graph.splits() for h, r, t in split.tolist())


def label(graph: Triples, name: str) -> str:
    return graph.entity_labels[graph.entity_to_id[name]]


def kgx_json(folder: Path) -> Path:
    nodes = [{"id": key, "category": ["biolink:NamedThing"], "name": name} for key, name in NODES.items()]
    edges = [
        {"id": f"e{i}", "subject": h, "predicate": r, "object": t, "publications": ["PMID:1"]}
        for i, (h, r, t) in enumerate(ROWS)
    ]
    (folder / "mine.json").write_text(json.dumps({"nodes": nodes, "edges": edges}, indent=1))
    return folder / "mine.json"


def kgx_lines(folder: Path) -> Path:
    nodes = [{"id": key, "category": ["biolink:NamedThing"], "name": name} for key, name in NODES.items()]
    edges = [{"subject": h, "predicate": r, "object": t} for h, r, t in ROWS]
    for part, rows in (("nodes", nodes), ("edges", edges)):
        (folder / f"mine_{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def kgx_tables(folder: Path) -> Path:
    nodes = "".join(f"{key}\tbiolink:NamedThing\t{name}\n" for key, name in NODES.items())
    edges = "".join(f"e{i}\t{h}\t{r}\t{t}\tx\n" for i, (h, r, t) in enumerate(ROWS))
    (folder / "mine_nodes.tsv.gz").write_bytes(gzip.compress(f"id\tcategory\tname\n{nodes}".encode()))
    (folder / "mine_edges.tsv").write_text(f"id\tsubject\tpredicate\tobject\tagent_type\n{edges}")
    return folder / "mine_edges.tsv"


@pytest.mark.parametrize("write", [kgx_json, kgx_lines, kgx_tables], ids=lambda write: write.__name__)
def test_kgx(write, tmp_path: Path) -> None:
    path = write(tmp_path)
    assert is_knowledge_graph(path)
    graph = import_triples(path, val=0, test=0)
    assert rows_of(graph) == sorted(ROWS)
    assert label(graph, "Y:3") == "name of Y:3"
    assert graph.relation_labels[0] == "rel a"
    assert graph.lookup_relation("rel b") == 1
    assert rows_of(load_triples(path)) == sorted(ROWS)
    assert int(of_type(graph, "NamedThing").sum()) == graph.num_entities
    triples_folder.write(graph, tmp_path / "copy")
    assert int(of_type(triples_folder.read(tmp_path / "copy"), "biolink:NamedThing").sum()) == graph.num_entities


def test_kgx_json_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "g.json"
    other = {"nodes": [{"id": "a", "text": 'the "subject" : "predicate"'}], "links": [], "edges": []}
    path.write_text(json.dumps(other))
    assert not is_kgx(path), "a text graph in node-link JSON"
    edge = {"subject": "a", "predicate": "b", "object": "c"}
    for content, words in (
        ({"nodes": [], "edges": [edge, {**edge, "object": ""}]}, "edge 2 without object"),
        ({"nodes": [1], "edges": [edge]}, "node 1, a int"),
        ({"nodes": [], "edges": []}, None),
    ):
        path.write_text(json.dumps(content))
        assert is_kgx(path) == (words is not None)
        if words:
            with pytest.raises(DataError, match=words):
                import_triples(path)
    path.write_text(json.dumps({"nodes": [], "edges": [edge]})[:-3])
    with pytest.raises(DataError, match="broken JSON"):
        import_triples(path)


def neo4j(folder: Path, *, parts: int = 1, packed: bool = False) -> None:
    def write(name: str, text: str) -> None:
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text)

    # The same numbers in both groups: only the group tells them apart.
    for group, letter in (("Actor", "X"), ("Movie", "Y")):
        write(f"{group}-header.csv", f"id:ID({group}),name,:LABEL\n")
        ids = [key for key in NODES if key.startswith(f"{letter}:")]
        write(f"{group}.csv", "\n".join(f'{key[2:]},"{NODES[key]}",{group}' for key in ids))
    write("roles_header.csv", ":START_ID(Actor),since:int,:END_ID(Movie),:TYPE\n")
    lines = [f"{h[2:]},1999,{t[2:]},{r[8:]}" for h, r, t in ROWS]
    for part in range(parts):
        name = "roles.csv" if parts == 1 else f"roles-part{part + 1}.csv"
        write(name, "\n".join(lines[part::parts]))


@pytest.mark.parametrize(("parts", "packed"), [(1, False), (3, False), (2, True)])
def test_neo4j_admin_with_headers_apart(parts: int, packed: bool, tmp_path: Path) -> None:
    neo4j(tmp_path, parts=parts, packed=packed)
    assert is_knowledge_graph(tmp_path)
    graph = import_triples(tmp_path, val=0, test=0)
    expected = [(h.replace("X", "Actor"), r[8:], t.replace("Y", "Movie")) for h, r, t in ROWS]
    assert rows_of(graph) == sorted(expected)
    assert label(graph, "Actor:3") == "name of X:3"
    assert label(graph, "Movie:3") == "name of Y:3"
    assert [graph.entities[i][:5] for i in of_type(graph, "actor").nonzero().flatten().tolist()] == ["Actor"] * 12
    assert "left out: since:int" in str(graph.info["columns"])


@pytest.mark.parametrize("script", ['--delimiter=";" --quote="\'" ', "", """--delimiter=";" --quote='"' """])
def test_biocypher_with_single_quotes(script: str, tmp_path: Path) -> None:
    """As its writer of Neo4j's tables has them: headers apart, ids and types bare, texts in the quote that its script names."""
    quote = '"' if "'\"'" in script else "'"
    nodes = [
        ("uniprot:P1", "5'-nucleotidase; cytosolic", "0.5", "BiologicalEntity|Protein"),
        ("uniprot:P2", 'binds "zinc"' if quote == "'" else "binds zinc", "1.5", "BiologicalEntity|Protein"),
        ("uniprot:P3", "'", "", "BiologicalEntity|Protein"),
    ]
    rows = [f"{key};{quote}{name}{quote};{score};{quote}{kinds}{quote}" for key, name, score, kinds in nodes]
    (tmp_path / "Protein-header.csv").write_text(":ID;name;score:double;:LABEL")
    (tmp_path / "Protein-part000.csv").write_text("\n".join(rows[:2]) + "\n")
    (tmp_path / "Protein-part001.csv").write_text(rows[2] + "\n")
    (tmp_path / "Phosphorylation-header.csv").write_text(":START_ID;id;source;level:long;:END_ID;:TYPE")
    (tmp_path / "Phosphorylation-part000.csv").write_text(
        f"uniprot:P1;r1;{quote}signor;2{quote};4;uniprot:P2;Phosphorylation\n"
        f"uniprot:P2;r2;{quote}signor{quote};4;uniprot:P3;Phosphorylation\n"
    )
    if script:
        (tmp_path / "neo4j-admin-import-call.sh").write_text(f"#!/bin/bash\nbin/neo4j-admin import {script}\n")
    graph = import_triples(tmp_path)
    assert graph.entities == [key for key, *_ in nodes]
    assert graph.entity_labels == [name for _, name, *_ in nodes]
    assert graph.info["types"] == ["BiologicalEntity|Protein"] * 3
    assert graph.relations == ["Phosphorylation"]
    assert graph.train.tolist() == [[0, 0, 1], [1, 0, 2]]


def test_names_that_begin_and_end_with_an_apostrophe_stay(tmp_path: Path) -> None:
    (tmp_path / "A-header.csv").write_text(":ID;name;:LABEL")
    (tmp_path / "A-part000.csv").write_text("a;'Tis the 90s';A\nb;other;A\n")
    (tmp_path / "R-header.csv").write_text(":START_ID;:END_ID;:TYPE")
    (tmp_path / "R-part000.csv").write_text("a;b;R\n")
    assert import_triples(tmp_path).entity_labels == ["'Tis the 90s'", "other"]


def test_a_wrong_row_of_neo4j_is_named_by_its_own_file(tmp_path: Path) -> None:
    neo4j(tmp_path)
    with (tmp_path / "roles.csv").open("a") as file:
        file.write("\n1,1999\n")
    with pytest.raises(DataError) as error:
        import_triples(tmp_path)
    assert (error.value.path, error.value.line) == (tmp_path / "roles.csv", 101)


def test_rdf_in_splits_is_shortened_as_a_file_is(tmp_path: Path) -> None:
    pytest.importorskip("pyoxigraph")
    folder, place = tmp_path / "garden", "http://example.org/g#"
    folder.mkdir()
    cuts = {"train": ROWS[:80], "valid": ROWS[80:90], "test": ROWS[90:]}
    for split, rows in cuts.items():
        lines = (f"<{place}{h[2:]}x> <{place}{r[8:]}> <{place}{t[2:]}y> .\n" for h, r, t in rows)
        (folder / f"{split}.nt").write_text("".join(lines))
    # N-Triples declare no prefixes; Turtle does, here the empty one.
    (folder / "train.nt").unlink()
    turtle = "".join(f":{h[2:]}x :{r[8:]} :{t[2:]}y .\n" for h, r, t in cuts["train"])
    (folder / "train.ttl").write_text(f"@prefix : <{place}> .\n{turtle}")
    graph = import_triples(folder)
    assert [len(split) for _, split in graph.splits()] == [80, 10, 10]
    assert graph.info["prefixes"] == {"garden": place}
    assert "garden:3x" in graph.entities
    full = [expand(name, graph.info["prefixes"]) for name in graph.entities]
    assert all(name.startswith(place) for name in full)
    whole = import_triples(folder, shorten_names=False)
    assert sorted(full) == sorted(whole.entities)
    triples_folder.write(graph, tmp_path / "copy")
    assert rows_of(triples_folder.read(tmp_path / "copy")) == rows_of(graph)
