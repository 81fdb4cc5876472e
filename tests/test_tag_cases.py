"""Text graphs from the field, small reconstructions in tests/cases/tag: each is read right, or refused in words.

results/cases/README.md says what each stands for, and what was done with it before.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import networkx
import numpy as np
import pandas
import pytest
import torch
from torch_geometric.data import Data, HeteroData

import graphfm
from graphfm.datasets import TextGraph, from_frames, from_networkx, from_pyg, import_text_graph, load, to_networkx
from graphfm.datasets.tables.notes import DataWarning
from graphfm.errors import DataError

CASES = Path(__file__).parent / "cases" / "tag"
CLASSES = ["astronomy", "cooking", "football"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        yield


def sizes(graph: TextGraph) -> tuple[int, int, int]:
    return graph.num_nodes, graph.num_edges, graph.num_classes


def rows(graph: TextGraph) -> list:
    return graphfm.zero_shot(graph, encoder="lsa").as_dict()["rows"]


@pytest.mark.parametrize("file", ["g.pt", "g_llaga.pt"])
def test_01_the_names_that_the_field_uses_in_pyg_files(file: str) -> None:
    graph = import_text_graph(CASES / "01-pyg-raw_texts-label_names" / file)
    assert sizes(graph) == (36, 74, 3)
    assert sorted(graph.class_names) == CLASSES


def test_02_ids_are_names_and_order_means_nothing() -> None:
    a, b = (load(CASES / "02-ids-gaps-order" / name) for name in "ab")

    def links(graph: TextGraph) -> set[tuple[str, str]]:
        return {(graph.text[src], graph.text[dst]) for src, dst in graph.edge_index.t().tolist()}

    def classes(graph: TextGraph) -> dict[str, str]:
        return {text: graph.class_names[y] for text, y in zip(graph.text, graph.y.tolist(), strict=True)}

    assert links(a) == links(b)
    assert classes(a) == classes(b)


def test_03_directions_and_repeats_make_one_undirected_graph() -> None:
    one, both, many = (load(CASES / "03-both-directions-duplicates" / name) for name in ("one", "both", "many"))
    for graph in (both, many):
        assert torch.equal(graph.undirected_edge_index(), one.undirected_edge_index())
    assert rows(one) == rows(both) == rows(many)


def test_04_gexf() -> None:
    graph = import_text_graph(CASES / "04-gexf" / "g.gexf", text="text", label="topic")
    assert sizes(graph) == (36, 74, 3)
    assert "pid" in graph.info["left_out"], "what is not kept is named"


def test_06_nodes_without_a_text_are_counted() -> None:
    path = CASES / "06-networkx-missing-attribute" / "g.graphml"
    with pytest.raises(DataError, match=r"'nobody', and 2 of 38 nodes without one.*--fill-texts"):
        import_text_graph(path)
    assert import_text_graph(path, fill_texts=True).text.count("") == 2


def test_08_classes_in_any_order_and_form() -> None:
    def named(name: str) -> list[str]:
        graph = load(CASES / "08-class-order" / name)
        return [graph.class_names[y] for y in graph.y.tolist()]

    assert named("a") == named("b") == named("c") == named("d") == named("e")


def test_11_markup_is_named_and_taken_out() -> None:
    folder = CASES / "11-html-markup"
    with pytest.warns(DataWarning, match="36 of 36 texts hold markup"):
        load(folder / "html")
    plain, stripped = load(folder / "plain"), import_text_graph(folder / "html", strip_html=True)
    assert not any("<" in text for text in stripped.text)
    assert all(ours[:20] in theirs for ours, theirs in zip(plain.text, stripped.text, strict=True))


def test_13_scripts_and_encodings() -> None:
    folder = CASES / "13-scripts-bom-separators"
    assert [load(folder / name).num_nodes for name in ("utf8", "bom")] == [36, 36]
    for name in ("utf16", "latin1"):
        with pytest.raises(DataError, match=r"nodes\.jsonl, line 1: .* UTF-8"):
            load(folder / name)


def test_14_numbers_of_numpy_stay_numbers() -> None:
    ids, network = np.arange(5, 11), networkx.Graph()
    for node, text in zip(ids, ("stew", "soup", "comet", "planet", "goal", "match"), strict=True):
        network.add_node(node, text=text)
    network.add_edge(ids[0], ids[1])
    graph = from_networkx(network)
    assert graph.node_ids == [5, 6, 7, 8, 9, 10]
    assert len(pandas.DataFrame({"node": ids}).merge(pandas.DataFrame({"node": graph.node_ids}), on="node")) == 6
    assert json.dumps(networkx.node_link_data(to_networkx(graph), edges="links"))


def test_15_floats_of_pandas() -> None:
    nodes = pandas.DataFrame({"id": [1, 2, 3], "text": ["a", "b", "c"]})
    assert from_frames(nodes.astype({"id": float}), pandas.DataFrame({"src": [1.0], "dst": [2.0]})).node_ids == [
        1,
        2,
        3,
    ]
    for missing in ([2, np.nan], pandas.array([2, None], dtype="Int64")):
        with pytest.raises(DataError, match=r"an edge without an end .* in row 1"):
            from_frames(nodes, pandas.DataFrame({"src": [1, 2], "dst": missing}))
    labelled = nodes.assign(label=[True, False, True])
    assert from_frames(labelled, pandas.DataFrame({"src": [1], "dst": [2]})).class_names == ["False", "True"]


def test_16_one_class_no_class_numbers_for_names() -> None:
    folder = CASES / "16-one-class-no-class"
    assert rows(load(folder / "one"))
    unlabelled = load(folder / "unlabelled")
    assert len(graphfm.classify(unlabelled, names=CLASSES, encoder="lsa").frame()) == 36
    with pytest.raises(DataError, match="graphfm classify --data unlabelled"):
        graphfm.zero_shot(unlabelled, encoder="lsa")
    with pytest.warns(DataWarning, match="numbers for names"):
        load(folder / "numbers")
    with pytest.raises(DataError, match="class"):
        graphfm.zero_shot(load(folder / "none"), encoder="lsa")


def test_17_several_classes_a_node_are_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"multi-label graphs are not supported.*Keep one class"):
        load(CASES / "17-multi-label" / "g")
    y = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(DataError, match="multi-label graphs are not supported"):
        from_pyg(Data(edge_index=torch.tensor([[0], [1]]), text=["a", "b"], y=y))


def test_19_the_columns_of_gephi() -> None:
    folder = CASES / "19-gephi-csv-columns"
    named = {"text": "Label", "label": "topic", "node_id": "Id", "src": "Source", "dst": "Target"}
    graph = import_text_graph(folder / "gephi", **named)
    assert sizes(graph) == (36, 74, 3)
    assert not graph.directed, "Type is the direction"
    with pytest.raises(DataError, match="--text NAME"):
        import_text_graph(folder / "gephi")
    assert import_text_graph(folder / "gephi", text="Label", label="topic").num_edges == 74
    for name in ("semi", "index"):
        assert sizes(import_text_graph(folder / name)) == (36, 74, 3)


def test_20_other_formats() -> None:
    folder = CASES / "20-other-formats"
    assert sizes(import_text_graph(folder / "g.json")) == (36, 74, 3)
    for name, words in (
        ("g.edgelist", "--text id"),
        ("g.npz", "from_frames or from_pyg"),
        ("g.parquet", "from_frames or from_pyg"),
        ("planetoid", "--text id"),
        ("ogb", "graphfm datasets get ogbn-arxiv"),
    ):
        with pytest.raises(DataError, match=words):
            import_text_graph(folder / name)
    assert import_text_graph(folder / "g.edgelist", text="id").num_edges == 74


def test_24_no_edges_a_single_node(tmp_path: Path) -> None:
    none, one = (load(CASES / "24-no-edges-isolated" / name) for name in ("none", "one"))
    assert rows(none)
    assert rows(one)
    for graph in (none, one):
        with pytest.raises(DataError, match="edge"):
            graphfm.pretrain([graph], out=tmp_path / graph.name, encoder="lsa", epochs=1, progress=False)
        with pytest.raises(DataError, match=r"edge|link"):
            graphfm.link_text(graph, encoder="lsa")


def test_28_two_kinds_of_nodes(tmp_path: Path) -> None:
    mixed = HeteroData()
    mixed["paper"].text, mixed["author"].text = ["a", "b"], ["c"]
    mixed["author", "writes", "paper"].edge_index = torch.tensor([[0], [1]])
    with pytest.raises(DataError, match=r"heterogeneous graph .*from_hetero"):
        from_pyg(mixed)
    graph = load(CASES / "28-bipartite-authors-papers" / "g")
    found = graphfm.zero_shot(graph, encoder="lsa")
    assert (graph.num_nodes, int((graph.y >= 0).sum())) == (45, 36)
    assert int(found.found.counted.sum()) == 36, "authors are never counted"


def test_29_the_room_of_data_sets_is_there_at_once() -> None:
    network = networkx.Graph()
    network.add_node(0, text="a")
    network.add_node(1, text="b")
    network.add_edge(0, 1)
    assert graphfm.datasets.from_networkx(network).num_edges == 1
