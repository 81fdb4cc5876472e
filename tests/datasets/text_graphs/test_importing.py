"""Every source that `import_text_graph` knows, and what it says about those it does not."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import networkx
import numpy
import pytest
import torch
from torch_geometric.data import Data

from graphfm.datasets import DataWarning, TextGraph, import_text_graph, load, write_folder
from graphfm.datasets.text_graphs.importing import IMPORTABLE
from graphfm.errors import DataError

CSV = {
    "nodes.csv": 'id,text,label\na,"first, with a comma",Owls\nb,"two\nlines",\nc,third,Cats\n',
    "edges.csv": "src,dst\na,b\nb,c\n",
}


def csv_pair(folder: Path, **changes: str | None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in {**CSV, **{f"{key}.csv": content for key, content in changes.items()}}.items():
        if content is not None:
            (folder / name).write_text(content)
    return folder


def graph_file(path: Path) -> Path:
    network = networkx.DiGraph(name="zoo")
    network.add_node(0, text="first", kind="Owls")
    network.add_node(1, text="second", kind="Cats")
    network.add_edge(0, 1)
    {".graphml": networkx.write_graphml, ".gml": networkx.write_gml}[path.suffix](network, path)
    return path


def refusal(source: Path, out: Path, **options) -> str:
    with pytest.raises(DataError) as error:
        import_text_graph(source, out, **options)
    assert not out.exists()
    return str(error.value).removeprefix(f"{source}")


def test_csv_pair(tmp_path):
    graph = import_text_graph(csv_pair(tmp_path / "animals"), tmp_path / "out")
    assert graph.name == "animals"
    assert graph.text == ["first, with a comma", "two\nlines", "third"]
    assert (graph.class_names, graph.y.tolist()) == (["Cats", "Owls"], [1, -1, 0])
    back = load(tmp_path / "out")
    assert (back.name, back.text, back.node_ids) == (graph.name, graph.text, graph.node_ids)
    assert torch.equal(back.edge_index, graph.edge_index)


def test_csv_pair_with_other_columns_and_class_descriptions(tmp_path):
    nodes = "page,body,topic,year\n1,x,0,1999\n2,y,1,2001\n"
    source = csv_pair(tmp_path / "web", nodes=nodes, edges="from,to,link\n1,2,cites\n")
    (source / "classes.json").write_text('[{"name": "Cats", "description": "They purr."}, {"name": "Owls"}]')
    names = {"node_id": "page", "text": "body", "label": "topic", "src": "from", "dst": "to", "kind": "link"}
    graph = import_text_graph(source, tmp_path / "out", **names, directed=False, name="mine")
    assert (graph.name, graph.directed, graph.y.tolist()) == ("mine", False, [0, 1])
    assert graph.class_descriptions == ["They purr.", ""]
    assert graph.edge_type_names == ["cites"]


def test_csv_texts_of_any_length(tmp_path):
    source = csv_pair(tmp_path / "long", nodes="id,text\na," + "x" * 200_000 + "\n", edges="src,dst\n")
    with pytest.warns(DataWarning, match="no edges"):
        assert len(import_text_graph(source, tmp_path / "out").text[0]) == 200_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"nodes": 'id,text\na,"x\ny"\na,z\n'},
            "/nodes.csv, line 4: found the id 'a' again, first on line 3, expected an id of its own for every node.",
        ),
        (
            {"nodes": "id,txt\na,x\n"},
            "/nodes.csv: found no 'text' among txt, expected the text of a node. Did you mean 'txt'?",
        ),
        (
            {"nodes": "id,text\na,x,y\n"},
            "/nodes.csv, line 2: found 3 columns (a,x,y), expected 2, as in the lines before.",
        ),
        (
            {"edges": "src,dst\na,b\na,d\n"},
            "/edges.csv, line 3: found the unknown node 'd' in the edge a -> d, expected the ids of two nodes.",
        ),
        (
            {"edges": None},
            f": found a folder without a nodes file, expected {IMPORTABLE}. One table is there, its partner is not: "
            "nodes and edges each need one.",
        ),
    ],
)
def test_csv_mistakes_name_file_and_line(tmp_path, changes, message):
    assert refusal(csv_pair(tmp_path / "web", **changes), tmp_path / "out") == message


@pytest.mark.parametrize("ending", [".graphml", ".gml"])
def test_networkx_files(tmp_path, ending):
    plain = graph_file(tmp_path / f"animals{ending}")
    graph = import_text_graph(plain, tmp_path / "plain", label="kind")
    assert (graph.text, graph.class_names, graph.y.tolist()) == (["first", "second"], ["Cats", "Owls"], [1, 0])
    assert graph.directed
    assert graph.name == "zoo"
    assert import_text_graph(plain, tmp_path / "bare").num_classes == 0
    packed = tmp_path / f"animals{ending}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert import_text_graph(packed, tmp_path / "packed").text == graph.text


def test_networkx_file_mistakes(tmp_path):
    path, out = graph_file(tmp_path / "animals.graphml"), tmp_path / "out"
    assert refusal(path, out, text="title") == (
        ": found no 'title' among text, kind, expected the text of a node. Say where the text of a node is."
    )
    path.write_text(path.read_text()[:-20])
    message = refusal(path, out)
    assert message.startswith(": found what cannot be read (")
    assert message.endswith("expected a whole .graphml file.")
    gml = tmp_path / "animals.gml"
    gml.write_text("graph [ node [ id 0 ] edge [ source 0 target 5 ] ]")
    assert "edge #0 has undefined target 5" in refusal(gml, out)


@pytest.mark.parametrize("stored", ["data", "dictionary", "in-memory set", "text graph"])
def test_pyg_files(tmp_path, stored):
    data = Data(edge_index=torch.tensor([[0], [1]]), y=torch.tensor([1, 0]), text=["a", "b"], num_nodes=2)
    data.class_names = ["p", "q"]
    forms = {
        "data": data,
        "dictionary": data.to_dict(),
        "in-memory set": (data.to_dict(), None, Data),
        "text graph": TextGraph(
            data.edge_index, text=data.text, y=data.y, class_names=data.class_names, name="animals"
        ),
    }
    torch.save(forms[stored], tmp_path / "animals.pt")
    graph = import_text_graph(tmp_path / "animals.pt", tmp_path / "out")
    assert (graph.name, graph.text, graph.y.tolist(), graph.class_names) == ("animals", ["a", "b"], [1, 0], ["p", "q"])
    assert load(tmp_path / "out").y.tolist() == [1, 0]


def test_pyg_attributes_by_name(tmp_path):
    data = Data(
        edge_index=torch.tensor([[0], [1]]), topic=torch.tensor([1, 0]), raw_texts=["a", "b"], class_names=["p", "q"]
    )
    torch.save(data, tmp_path / "animals.pt")
    graph = import_text_graph(tmp_path / "animals.pt", tmp_path / "out", text="raw_texts", label="topic")
    assert (graph.text, graph.y.tolist()) == (["a", "b"], [1, 0])
    with pytest.raises(
        DataError, match=r"animals\.pt: found no 'topics' among .*topic.*, expected the class of each node"
    ):
        import_text_graph(tmp_path / "animals.pt", tmp_path / "new", text="raw_texts", label="topics")


def test_a_gml_label_is_a_name_and_may_be_the_text(tmp_path):
    source = tmp_path / "books.gml"
    source.write_text(
        'graph [ node [ id 4 label "Emma" value "n" ] node [ id 5 label "Ulysses" value "m" ] edge [ source 4 target 5 ] ]'
    )
    graph = import_text_graph(source, tmp_path / "out", text="label", label="value")
    assert (graph.text, graph.node_ids, graph.class_names) == (["Emma", "Ulysses"], [4, 5], ["m", "n"])
    assert import_text_graph(source, tmp_path / "bare", text="label").num_classes == 0


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


def test_pyg_files_run_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, hint = (
        tmp_path / "evil.pt",
        "Save it again with torch.save(data.to_dict(), path), arrays of numbers as tensors, of texts as lists.",
    )
    used = Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2)
    assert not used.is_node_attr(
        "edge_index"
    )  # PyG keeps the answer in the object, in a type that only code can restore
    for stored in ({"text": Evil()}, {"text": ["a"], "y": numpy.zeros(1)}, used):
        torch.save(stored, path)
        message = refusal(path, tmp_path / "out")
        assert message.startswith(": found a file that holds more than tensors, lists and strings, or a damaged one")
        assert message.endswith(hint)
    assert not (tmp_path / "evil").exists()
    torch.save(torch.zeros(3), path)
    assert refusal(path, tmp_path / "out").startswith(": found a Tensor, expected one PyG `Data` or a dictionary.")


def test_a_folder_in_the_format_is_checked_and_copied(tmp_path):
    source = write_folder(TextGraph(torch.tensor([[0], [1]]), name="pair", text=["a", "b"]), tmp_path / "pair")
    graph = import_text_graph(source, tmp_path / "out", directed=False, name="two")
    assert (graph.name, graph.directed) == ("two", False)
    assert (load(tmp_path / "out").name, load(tmp_path / "out").directed) == ("two", False)


def test_sources_that_are_none(tmp_path):
    out = tmp_path / "out"
    assert refusal(tmp_path / "nowhere", out).startswith(f": found nothing, expected {IMPORTABLE}")
    (tmp_path / "graph.xlsx").write_text("x")
    assert refusal(tmp_path / "graph.xlsx", out).startswith(": found a spreadsheet, expected a folder with")
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty", out).startswith(": found a folder without a nodes file, expected")
    (tmp_path / "empty" / "train.txt").write_text("a\tb\tc\n")
    assert refusal(tmp_path / "empty", out).endswith("For triples there is graphfm.datasets.load_triples.")


def test_a_target_in_use_is_refused_before_anything_is_read(tmp_path):
    out = tmp_path / "out"
    import_text_graph(csv_pair(tmp_path / "animals"), out)
    with pytest.raises(DataError, match="found a folder that is not empty"):
        import_text_graph(tmp_path / "nowhere", out)
    with pytest.raises(DataError, match="found nothing"):
        import_text_graph(tmp_path / "nowhere", out, overwrite=True)
    assert load(out).name == "animals"
    assert import_text_graph(out, out, overwrite=True, name="itself").name == "itself"
    assert load(out).name == "itself"
