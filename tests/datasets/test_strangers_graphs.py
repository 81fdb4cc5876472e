"""Text graphs as spreadsheets, databases and other programs write them: each is read right, or refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx
import pandas
import pytest
import torch
from torch_geometric.data import Data

from graphfm.datasets import TextGraph, import_text_graph
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.notes import DataWarning
from graphfm.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore::graphfm.datasets.DataWarning")
NODES = "id,text,label\n0,a,x\n1,b,y\n2,c,x\n"
EDGES = "source,target\n0,1\n1,2\n"


def imported(folder: Path, files: dict[str, str], source: str = "", **options: Any) -> TextGraph:
    for name, content in files.items():
        (folder / name).write_text(content)
    return import_text_graph(folder / source, **options)


def labelled(folder: Path, *labels: str) -> TextGraph:
    rows = "".join(f"{i},text {i},{label}\n" for i, label in enumerate(labels))
    return imported(folder, {"nodes.csv": f"id,text,label\n{rows}", "edges.csv": EDGES})


def classes(graph: TextGraph) -> list[str | None]:
    return [graph.class_names[label] if label >= 0 else None for label in graph.y.tolist()]


@pytest.mark.parametrize("mark", ["-1", "NULL", "\\N", "NaN", "None", "NA", "?"])
def test_what_stands_for_no_label_is_none_and_said(mark: str, tmp_path: Path) -> None:
    graph = labelled(tmp_path, "x", "y", "x", mark, mark)
    assert classes(graph) == ["x", "y", "x", None, None]
    assert f"2 nodes labelled {mark}: read as nodes without a label" in graph.info["warnings"]


def test_numbers_of_classes_beside_minus_one(tmp_path: Path) -> None:
    assert classes(labelled(tmp_path, "0", "1", "0", "-1")) == ["0", "1", "0", None]
    assert classes(labelled(tmp_path, "0.0", "1.0", "0.0", "-1.0")) == ["0", "1", "0", None]
    assert classes(labelled(tmp_path, "-2", "-1", "0", "-1")) == ["-2", "-1", "0", "-1"]
    (tmp_path / "classes.json").write_text(json.dumps([{"name": "NA"}, {"name": "x"}]))
    assert classes(labelled(tmp_path, "NA", "x", "NA", "")) == ["NA", "x", "NA", None]


def test_texts_that_say_nothing_are_told(tmp_path: Path) -> None:
    graph = imported(tmp_path, {"nodes.csv": "id,text\n0,NULL\n1,NaN\n2,c\n", "edges.csv": EDGES})
    assert any("2 texts are 'NULL' or the like" in words for words in graph.info["warnings"])


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        ("split", ("train", "valid", "TEST")),
        ("train_mask,val_mask,test_mask", ("True,False,False", "False,True,False", "False,False,True")),
        ("train,dev,test", ("1,0,0", "0,1,0", "0,0,1")),
    ],
)
def test_splits_of_nodes(names: str, rows: tuple[str, ...], tmp_path: Path) -> None:
    nodes = f"id,text,{names}\n" + "".join(f"{i},t,{row}\n" for i, row in enumerate(rows))
    graph = imported(tmp_path, {"nodes.csv": nodes, "edges.csv": EDGES})
    masks = [graph[f"{split}_mask"].tolist() for split in ("train", "val", "test")]
    assert masks == [[True, False, False], [False, True, False], [False, False, True]]
    assert f"splits = {', '.join(names.split(','))}" in graph.info["columns"]


def test_a_train_that_is_no_split_and_a_split_of_no_name(tmp_path: Path) -> None:
    graph = imported(tmp_path, {"nodes.csv": "id,text,train\n0,a,1\n1,b,0\n2,c,0\n", "edges.csv": EDGES})
    assert graph.info["left_out"] == "train of nodes"
    with pytest.raises(DataError, match=r"nodes.csv, line 3: found the split 'later' of node 1"):
        imported(tmp_path, {"nodes.csv": "id,text,split\n0,a,train\n1,b,later\n2,c,\n", "edges.csv": EDGES})


def test_unseen_blanks_empty_rows_and_an_index_without_a_name(tmp_path: Path) -> None:
    nodes = "id,text,label\na\u00a0,t,x\nb,t,x\u200b\n,,\n"
    graph = imported(tmp_path, {"nodes.csv": nodes, "edges.csv": "source,target\na,b\n,\n"})
    assert (graph.node_ids, graph.class_names, graph.num_edges) == (["a", "b"], ["x"], 1)
    graph = imported(tmp_path, {"nodes.csv": ",text\n5,t\n7,u\n", "edges.csv": "source,target\n5,7\n"})
    assert (graph.node_ids, graph.num_edges) == ([5, 7], 1)


def test_edges_without_a_header(tmp_path: Path) -> None:
    files = {"nodes.csv": NODES, "edges.csv": "0,1\n1,2\n"}
    with pytest.raises(DataError, match="say --src 1 --dst 2"):
        imported(tmp_path, files)
    assert imported(tmp_path, files, reading=Reading(columns={"src": "1", "dst": "2"})).num_edges == 2
    assert imported(tmp_path, files, src="2", dst="1").edge_index.tolist() == [[1, 2], [0, 1]]


def test_tables_in_json_and_columnar_files_with_an_index(tmp_path: Path) -> None:
    nodes = [{"id": i, "text": text, "label": label} for i, (text, label) in enumerate(("ax", "by", "cx"))]
    edges = [{"source": 0, "target": 1}, {"source": 1, "target": 2}]
    graph = imported(tmp_path, {"nodes.json": json.dumps(nodes), "edges.json": json.dumps(edges)})
    assert (graph.node_ids, classes(graph), graph.num_edges) == ([0, 1, 2], ["x", "y", "x"], 2)
    other = tmp_path / "other"
    other.mkdir()
    pandas.DataFrame(nodes).set_index("id").astype({"text": "bytes"}).to_parquet(other / "nodes.parquet")
    pandas.DataFrame(edges).to_parquet(other / "edges.parquet")
    assert import_text_graph(other).node_ids == [0, 1, 2]
    ours = tmp_path / "ours"
    ours.mkdir()
    lines = "".join(json.dumps(node) + "\n" for node in nodes)
    assert imported(ours, {"nodes.jsonl": lines, "edges.csv": EDGES}).num_edges == 2


def test_ids_of_graph_files_by_another_attribute(tmp_path: Path) -> None:
    gml = 'graph [ node [ id 0 label "n1" text "a" ] node [ id 1 label "n2" text "b" ] edge [ source 0 target 1 ] ]'
    assert imported(tmp_path, {"g.gml": gml}, "g.gml", node_id="label").node_ids == ["n1", "n2"]
    with pytest.raises(DataError, match="'text', which is the same on two nodes"):
        imported(tmp_path, {"g.gml": gml.replace('"b"', '"a"')}, "g.gml", node_id="text")
    with pytest.raises(DataError, match="--src for a graph file"):
        imported(tmp_path, {"g.gml": gml}, "g.gml", src="source")


def test_defaults_of_graphml_numbers_of_igraph_and_mixed_edges(tmp_path: Path) -> None:
    key = '<key id="{0}" for="node" attr.name="{0}" attr.type="string"><default>{1}</default></key>'
    nodes = '<node id="a"><data key="text">t</data></node><node id="b"><data key="label">y</data></node>'
    graphml = (
        f'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{key.format("text", "none")}{key.format("label", "x")}'
        f'<graph edgedefault="undirected">{nodes}<edge source="a" target="b"/></graph></graphml>'
    )
    graph = imported(tmp_path, {"g.graphml": graphml}, "g.graphml")
    assert (graph.text, classes(graph)) == (["t", "none"], ["x", "y"])
    mixed = graphml.replace("<edge ", '<edge directed="true" ')
    with pytest.raises(DataError, match="edges with a direction beside others without"):
        imported(tmp_path, {"g.graphml": mixed}, "g.graphml")
    gml = 'graph\n[\n node\n [\n id 0\n text "a"\n age NaN\n ]\n node\n [\n id 1\n text "NaN"\n age 2\n ]\n]\n'
    assert imported(tmp_path, {"g.gml": gml}, "g.gml").text == ["a", "NaN"]


def test_json_of_cytoscape_by_its_own_ending_and_links_that_d3_has_drawn(tmp_path: Path) -> None:
    graph = networkx.Graph([("a", "b")])
    networkx.set_node_attributes(graph, {"a": "x", "b": "y"}, "text")
    content = networkx.cytoscape_data(graph)
    assert imported(tmp_path, {"g.cyjs": json.dumps(content)}, "g.cyjs").num_edges == 1
    nodes = [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]
    drawn = {"nodes": nodes, "links": [{"source": nodes[0], "target": nodes[1]}]}
    assert imported(tmp_path, {"g.json": json.dumps(drawn)}, "g.json").num_edges == 1


def test_pyg_of_other_kinds_of_numbers_and_lists_of_nodes(tmp_path: Path) -> None:
    plain = {"edge_index": torch.tensor([[0, 1], [1, 2]], dtype=torch.int32), "text": ["a", "b", "c"]}
    train = torch.tensor([1, 0, 0], dtype=torch.uint8)
    torch.save(Data(**plain, train_mask=train, test_idx=torch.tensor([1, 2])), tmp_path / "g.pt")
    graph = import_text_graph(tmp_path / "g.pt")
    assert (graph.train_mask.tolist(), graph.test_mask.tolist()) == ([True, False, False], [False, True, True])
    torch.save(Data(**plain, test_idx=torch.tensor([3])), tmp_path / "g.pt")
    with pytest.raises(DataError, match="`test_idx` up to 3, expected 0 to 2"):
        import_text_graph(tmp_path / "g.pt")
    torch.save(Data(**plain, y=torch.tensor([0, 1])), tmp_path / "g.pt")
    with pytest.raises(DataError, match="3 texts and `y` of 2 nodes"):
        import_text_graph(tmp_path / "g.pt")


GEXF = """<?xml version="1.0"?><gexf xmlns="http://gexf.net/1.3" version="1.3"><graph mode="dynamic" timeformat="double">
<attributes class="node" mode="dynamic"><attribute id="0" title="text" type="string"/></attributes><nodes>
<node id="1" start="1"><attvalues><attvalue for="0" value="one" start="1"/></attvalues><spells><spell start="1"/></spells></node>
<node id="2"><attvalues><attvalue for="0" value="two"/>{more}</attvalues></node></nodes>
<edges><edge id="0" source="1" target="2" kind="cites">
<spells><spell start="1" end="2"/></spells></edge></edges></graph></gexf>"""


def test_gexf_with_times(tmp_path: Path) -> None:
    (tmp_path / "g.gexf").write_text(GEXF.format(more=""))
    graph = import_text_graph(tmp_path / "g.gexf", kind="label")
    assert graph.text == ["one", "two"]
    assert graph.edge_type_names == ["cites"]
    (tmp_path / "g.gexf").write_text(GEXF.format(more='<attvalue for="0" value="three" start="5"/>'))
    with pytest.raises(DataError, match=r"values that change in time.*one point in time"):
        import_text_graph(tmp_path / "g.gexf")


def test_graphml_and_gexf_named_xml(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(GEXF.format(more=""))
    assert import_text_graph(tmp_path / "a.xml").text == ["one", "two"]
    made = networkx.path_graph(2)
    networkx.set_node_attributes(made, {0: "one", 1: "two"}, "text")
    networkx.write_graphml(made, tmp_path / "b.xml")
    assert import_text_graph(tmp_path / "b.xml").text == ["one", "two"]


@pytest.mark.parametrize("inner", ["data", "attributes", "properties"])
def test_attributes_in_an_object_of_their_own(inner: str, tmp_path: Path) -> None:
    nodes = [{"id": str(i), inner: {"text": text}} for i, text in enumerate(("one", "two"))]
    content = {"nodes": nodes, "edges": [{"source": "0", "target": "1", inner: {"weight": 2}}]}
    (tmp_path / "g.json").write_text(json.dumps(content))
    graph = import_text_graph(tmp_path / "g.json")
    assert graph.text == ["one", "two"]
    assert graph.edge_weight.tolist() == [2.0]


def test_edges_by_another_column_are_told_the_option(tmp_path: Path) -> None:
    pandas.DataFrame({"id": ["u1", "u2"], "title": ["A", "B"], "description": ["one", "two"]}).to_parquet(
        tmp_path / "entities.parquet"
    )  # as GraphRAG writes them
    pandas.DataFrame({"source": ["A"], "target": ["B"], "weight": [1.0]}).to_parquet(tmp_path / "relationships.parquet")
    with pytest.raises(DataError, match=r"in the column 'title' .*--id title"):
        import_text_graph(tmp_path)
    assert import_text_graph(tmp_path, node_id="title").text == ["one", "two"]


OTHERS: dict[str, object] = {
    "GraphSON": {"mode": "NORMAL", "vertices": [], "edges": []},
    "a network of Cytoscape": [{"CXVersion": "2.0"}, {"nodes": []}],
    "several graphs": {"graphs": [{}, {}]},
    "Write its facts flat": [{"nodes": [], "relationships": [{"source": {"id": "A"}}]}],
    r"edges\.csv": [{"id": 1, "title": "A", "references": [2]}],
    "hyperedges": {"graph": {"nodes": {"1": {}}, "hyperedges": [{"nodes": ["1"]}]}},
}


@pytest.mark.parametrize("said", OTHERS)
def test_json_of_other_programs_is_named(said: str, tmp_path: Path) -> None:
    (tmp_path / "g.json").write_text(json.dumps(OTHERS[said]))
    with pytest.raises(DataError, match=said):
        import_text_graph(tmp_path / "g.json")


PAJEK = """*Network papers
*Vertices 3
1 "für"
2 "two"
3 "three"
*Arcs :1 "cites"
1 2
*Arcs :2 "knows"
2 3
"""


def test_pajek_says_relations_and_projects_say_partitions(tmp_path: Path) -> None:
    (tmp_path / "g.paj").write_text(PAJEK + "*Partition fields\n*Vertices 3\n1\n2\n1\n", encoding="utf-8")
    graph = import_text_graph(tmp_path / "g.paj", text="name", label="fields")
    assert graph.text == ["für", "two", "three"]
    assert graph.y.tolist() == [0, 1, 0]
    assert graph.edge_type_names == ["cites", "knows"]
    (tmp_path / "two.paj").write_text(PAJEK * 2, encoding="utf-8")
    with pytest.raises(DataError, match="a second network"):
        import_text_graph(tmp_path / "two.paj", text="name")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.net", PAJEK),
        ("g.gml", 'graph [ node [ id 1 name "für" ] node [ id 2 name "b" ] edge [ source 1 target 2 ] ]'),
        ("g.json", '{"nodes": [{"id": 1, "name": "für"}, {"id": 2, "name": "b"}], "links": []}'),
        ("g.edgelist", "für b\nb c\n"),
    ],
)
def test_the_encoding_of_graph_files_is_heeded(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="cp1252")
    text = "id" if name == "g.edgelist" else "name"
    graph = import_text_graph(tmp_path / name, text=text, reading=Reading(encoding="cp1252"))
    assert graph.text[0] == "für"
    (tmp_path / name).write_text(content, encoding="utf-16")
    assert import_text_graph(tmp_path / name, text=text).text[0] == "für"


def test_a_damaged_pt_file_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "d.pt").write_bytes(b"\x80\x02junk")
    with pytest.raises(DataError, match="a damaged one"):
        import_text_graph(tmp_path / "d.pt")


def test_tables_beside_that_are_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,text\n1,one\n2,two\n")
    (tmp_path / "edges.csv").write_text("source,target\n1,2\n")
    for name in ("labels.csv", "train.txt", "README.txt", "classes.json"):
        (tmp_path / name).write_text("[]" if name.endswith("json") else "1\n")
    with pytest.warns(DataWarning, match=r"not read: labels\.csv, train\.txt; labels and splits are columns"):
        import_text_graph(tmp_path)
