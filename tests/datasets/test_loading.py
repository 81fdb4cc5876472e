"""Names and folders through one door, and the real text graphs against the counts published with them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import torch

from graphfm.datasets import DataWarning, TextGraph, Triples, catalog, load, load_triples, write_folder
from graphfm.errors import DataError


def test_a_mistyped_name_is_met_with_the_nearest():
    with pytest.raises(DataError, match=r"found the unknown name 'citeser'.*Did you mean citeseer"):
        load("citeser")


def test_what_is_written_as_a_path_is_no_name(tmp_path):
    for path in (tmp_path / "nowhere", "./nowhere", "~/nowhere"):
        with pytest.raises(DataError, match="found nothing, expected a folder"):
            load(path)


def test_a_folder_with_a_graph_comes_before_the_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    write_folder(TextGraph(torch.tensor([[0], [1]]), name="mine", text=["a", ""]), "cora")
    for path in ("cora", "./cora", "~/cora", Path("cora")):
        with pytest.warns(DataWarning, match="mine: 1 nodes have an empty text"):
            assert load(path).num_nodes == 2


def published(readme: str) -> dict[str, list[str]]:
    """The rows of the table of text graphs in the README of the data."""
    table = readme.split("## Text-attributed graphs")[1].split("## Remarks", maxsplit=1)[0]
    rows = [
        [cell.strip().replace(",", "") for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line
    ]
    return {row[0]: row for row in rows[2:]}


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in catalog.names("tag") if catalog.entry(name).origin == "files"])
def test_real_text_graphs_have_the_published_counts(name, data_home, recwarn):
    graph = load(name)
    assert not recwarn.list
    _, nodes, edges, classes, homophily, isolated, unlabelled, _, words, repeated, split, *_ = published(
        (data_home / "README.md").read_text()
    )[name]
    found = graph.statistics()
    numbers = [int(number) for number in re.findall(r"\d+", edges)]
    counted = [found["directed_edges"], found["undirected_edges"]]
    assert counted == (numbers if "directed" in edges else [None, *numbers])
    assert graph.directed == ("directed" in edges)
    assert found["nodes"] == int(nodes)
    assert found["classes"] == int(classes)
    assert found["isolated"] == int(isolated)
    assert found["unlabelled"] == int(unlabelled)
    assert found["repeated_texts"] == int(repeated)
    assert [found["words_median"], found["words_95"]] == [int(number) for number in words.split("/")]
    if homophily == "-":
        assert found["edge_homophily"] is None
    else:
        assert found["edge_homophily"] == pytest.approx(float(homophily), abs=0.005001)
    masks = [int(graph[f"{key}_mask"].sum()) for key in ("train", "val", "test") if f"{key}_mask" in graph]
    assert masks == ([] if split == "-" else [int(number) for number in split.split("/")])
    assert graph.name == name
    assert graph.info["licence"]


@pytest.mark.data
def test_cora_has_planetoids_split_and_its_empty_texts_counted(data_home):
    graph = load("cora")
    assert graph.train_mask[:140].all()
    assert graph.val_mask[140:640].all()
    assert graph.test_mask[-1000:].all()
    assert torch.bincount(graph.y[graph.train_mask]).tolist() == [20] * 7
    assert graph.info["warnings"] == ["3 nodes have an empty text"]
    with pytest.warns(DataWarning, match="cora: 3 nodes have an empty text"):
        load(data_home / "tag" / "cora")


def test_public_names_are_found_when_asked_for():
    import graphfm.datasets

    for name in graphfm.datasets.__all__:
        assert getattr(graphfm.datasets, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'lode'"):
        _ = graphfm.datasets.lode


ROWS = [(f"{i}", "next", f"{(i + step) % 30}") for i in range(30) for step in (1, 2, 3)]


def sizes(triples: Triples) -> list[int]:
    return [len(rows) for _, rows in triples.splits()]


def test_a_training_graph_alone_is_split_as_a_file_is(tmp_path: Path) -> None:
    folder, file = tmp_path / "mine", tmp_path / "mine.tsv"
    folder.mkdir()
    for place in (folder / "train.txt", file):
        place.write_text("".join("\t".join(row) + "\n" for row in ROWS))
    frame = pd.DataFrame(ROWS, columns=["head", "relation", "tail"])
    assert [sizes(load_triples(source)) for source in (folder, file, frame)] == [[72, 9, 9]] * 3
    every = [load_triples(source, missing=("val", "test")) for source in (folder, file, frame)]
    assert [sizes(triples) for triples in every] == [[90, 0, 0]] * 3  # to be asked about: all are facts
    (folder / "info.json").write_text('{"missing": ["val", "test"]}')
    assert sizes(load_triples(folder)) == [90, 0, 0]
    (folder / "info.json").unlink()
    (folder / "test.txt").write_text("0\tnext\t9\n")
    assert sizes(load_triples(folder)) == [90, 0, 1]  # one of the two stays empty


def test_a_knowledge_graph_is_no_text_graph_and_the_other_way_round(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a\tr\tb\n")
    for given in (tmp_path, tmp_path / "train.txt", "umls"):
        with pytest.raises(DataError, match="`graphfm complete`, `explain`, `evaluate` and `link-prediction` take it"):
            load(given)
    with pytest.raises(DataError, match=r"'cora', which is a text graph.*`graphfm classify`"):
        load_triples("cora")


def test_a_folder_of_tables_is_told_how_it_becomes_a_graph(tmp_path):
    (tmp_path / "nodes.csv").write_text("id,text\n1,one\n")
    (tmp_path / "edges.csv").write_text("source,target\n1,1\n")
    with pytest.raises(DataError, match=r"no nodes\.jsonl .*graphfm datasets import .* --out FOLDER"):
        load(tmp_path)
