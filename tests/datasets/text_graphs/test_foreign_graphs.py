"""Graph files of other programs, by writers that are none of ours: what is read, what is chosen, what is refused and how."""

import gzip
import json
import zipfile

import networkx
import pandas
import pytest
import torch
from torch_geometric.data import Data, HeteroData

from graphfm.datasets import (
    DataWarning,
    TextGraph,
    from_frames,
    from_networkx,
    from_pyg,
    import_text_graph,
    load,
    to_pyg,
)
from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError

TEXTS = ["stew", "soup", "comet", "planet", "goal", "match"]
TOPICS = ["cooking", "cooking", "astronomy", "astronomy", "football", "football"]
LINKS = [(0, 1), (2, 3), (4, 5), (1, 2)]


def network(*, directed=False):
    graph = (networkx.DiGraph if directed else networkx.Graph)(name="zoo")
    for i, (text, topic) in enumerate(zip(TEXTS, TOPICS, strict=True)):
        graph.add_node(i, text=text, topic=topic, year=2000 + i)
    graph.add_edges_from(LINKS, weight=2.0)
    return graph


def write_node_link(graph, path):
    path.write_text(json.dumps(networkx.node_link_data(graph, edges="links")))


def write_pajek(graph, path):
    plain = networkx.Graph(name=graph.name)
    for node, values in graph.nodes(data=True):
        plain.add_node(str(node), **{key: str(value) for key, value in values.items()})
    plain.add_edges_from((str(a), str(b)) for a, b in graph.edges)
    networkx.write_pajek(plain, path)


WRITERS = {
    "g.graphml": networkx.write_graphml, "g.gexf": networkx.write_gexf, "g.gml": networkx.write_gml,
    "g.json": write_node_link, "g.net": write_pajek,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_graph_files(tmp_path, name):
    WRITERS[name](network(), tmp_path / name)
    graph = import_text_graph(tmp_path / name, text="text", label="topic")
    assert graph.text == TEXTS
    assert [graph.class_names[c] for c in graph.y.tolist()] == TOPICS
    assert sorted(map(sorted, graph.edge_index.T.tolist())) == sorted(map(sorted, LINKS))
    assert "year" in graph.info["left_out"]
    assert "text = text, label = topic" in graph.info["columns"]
    assert not graph.directed
    if name != "g.net":  # whose ids are names
        assert graph.node_ids == [*range(6)]
    packed = tmp_path / f"packed-{name}.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(tmp_path / name, name)
    assert import_text_graph(packed.rename(tmp_path / f"z{name}.zip"), text="text").text == TEXTS


@pytest.mark.parametrize("name", WRITERS)
def test_weights_types_and_texts_of_edges_are_kept_where_the_file_has_them(tmp_path, name):
    made = network(directed=True)
    for number, values in enumerate(d for *_, d in made.edges(data=True)):
        values |= {"weight": 0.5 + number, "relation": "cites" if number % 2 else "quotes", "text": f"for {number}"}
    if name == "g.net":  # Pajek holds weights and words alone
        plain = networkx.MultiDiGraph(name="zoo")
        plain.add_nodes_from((str(node), {"text": text}) for node, text in zip(made, TEXTS, strict=True))
        plain.add_edges_from((str(a), str(b), values) for a, b, values in made.edges(data=True))
        networkx.write_pajek(plain, tmp_path / name)
    else:
        WRITERS[name](made, tmp_path / name)
    graph = import_text_graph(tmp_path / name, tmp_path / "out", text="text")
    back = load(tmp_path / "out")
    assert back.edge_columns() == graph.edge_columns()
    found = zip(*graph.edge_index.tolist(), *graph.edge_columns().values(), strict=True)
    expected = [(a, b, "cites" if n % 2 else "quotes", 0.5 + n, f"for {n}") for n, (a, b) in enumerate(made.edges)]
    assert sorted(found) == sorted(expected)
    assert "edge type = relation, edge weight = weight, edge text = text" in graph.info["columns"]
    assert "weight" not in graph.info["left_out"]


def test_edges_without_a_weight_and_repeats_with_another_are_said(tmp_path):
    nodes = pandas.DataFrame({"id": [0, 1, 2], "text": TEXTS[:3]})
    edges = pandas.DataFrame({"src": [0, 1, 1], "dst": [1, 0, 2], "weight": [2.0, 3.0, None]})
    with pytest.warns(DataWarning) as told:
        graph = from_frames(nodes, edges, directed=False)
    assert graph.edge_weight.tolist() == [2.0, 1.0]
    words = "\n".join(str(one.message) for one in told)
    assert "1 edges without a weight are given 1" in words
    assert "1 of them had another weight or text than the first, which is kept" in words
    with pytest.warns(DataWarning):
        assert from_frames(nodes, edges).edge_weight.tolist() == [2.0, 3.0, 1.0]
    assert "edge_weight" not in from_frames(nodes, edges, weight="")
    edges["weight"] = ["high", "low", "low"]
    with pytest.warns(DataWarning, match="'weight' of edges holds 'high': left out"):
        assert "weight of edges" in from_frames(nodes, edges).info["left_out"]
    with pytest.raises(DataError, match="found the weight 'high' of edge 0, expected a finite number"):
        from_frames(nodes, edges, weight="weight")
    for weights in (torch.tensor([1.0, float("nan")]), torch.tensor([1, 2]), torch.ones(3)):
        with pytest.raises(DataError, match=r"edge weight|edge_weight"):
            TextGraph(torch.tensor([[0, 1], [1, 0]]), text=TEXTS[:2], edge_weight=weights)


def test_lists_of_edges_with_weights_or_networkx_attributes(tmp_path):
    path = tmp_path / "g.edgelist"
    path.write_text("stew soup 2.5\nsoup goal 3\n")
    assert import_text_graph(path, text="id").edge_weight.tolist() == [2.5, 3.0]
    networkx.write_edgelist(network(), path)
    assert import_text_graph(path, text="id").edge_weight.tolist() == [2.0] * 4


def test_weights_of_pyg_by_direction(tmp_path):
    both = torch.tensor([[0, 1], [1, 0]])
    data = Data(edge_index=both, edge_weight=torch.tensor([[1], [2]]), edge_text=["a", "a"], text=TEXTS[:2])
    data.edge_attr = torch.ones(2, 3)
    graph = from_pyg(data)
    assert graph.directed
    assert (graph.edge_weight.tolist(), graph.edge_text) == ([1.0, 2.0], ["a", "a"])
    assert graph.info["left_out"] == "edge_attr"
    data.edge_weight = torch.tensor([1.5, 1.5])
    assert (from_pyg(data).directed, from_pyg(data).edge_weight.tolist()) == (False, [1.5])
    part = from_pyg(data).subgraph(torch.tensor([0, 1]))
    assert (part.edge_weight.tolist(), part.edge_text) == ([1.5], ["a"])
    assert to_pyg(graph).edge_weight.dtype == torch.float32
    for name, value in (
        ("edge_weight", "heavy"), ("edge_weight", torch.ones(3)), ("edge_weight", torch.ones(2, 2)), ("edge_weight", [{}, {}]),
        ("edge_text", "both"), ("edge_text", ["a"]), ("edge_text", [["a"], "b"]), ("edge_text", 7),
    ):  # fmt: skip
        with pytest.raises(DataError):
            from_pyg(Data(edge_index=both, text=TEXTS[:2], **{name: value}))


@pytest.mark.parametrize("space", ["http://www.gephi.org/gexf", "http://www.gexf.net/1.1draft", "http://gexf.net/1.3"])
def test_gexf_of_any_version(tmp_path, space):
    path = tmp_path / "g.gexf"
    networkx.write_gexf(network(directed=True), path)
    path.write_text(path.read_text().replace('xmlns="http://www.gexf.net/1.2draft"', f'xmlns="{space}"'))
    graph = import_text_graph(path, label="topic")
    assert (graph.text, graph.directed) == (TEXTS, True)


def test_xml_with_declarations_is_refused(tmp_path):
    path = tmp_path / "g.graphml"
    path.write_text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><graphml>&a;</graphml>')
    with pytest.raises(DataError, match="found a DOCTYPE declaration, expected plain XML"):
        import_text_graph(path)
    path.write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="a" for="node" attr.name="t" attr.type="foo"/></graphml>'
    )
    with pytest.raises(DataError, match="what cannot be read"):
        import_text_graph(path)


def test_other_json_and_json_of_d3(tmp_path):
    path = tmp_path / "g.json"
    for content in ("[]", '{"nodes": 3}', "{", "[" * 100_000):
        path.write_text(content)
        with pytest.raises(DataError, match=r"JSON"):
            import_text_graph(path)
    path.write_text(
        '{"nodes": [{"name": "a", "text": "x"}, {"name": "b", "text": "y"}], "edges": [{"source": "a", "target": "b"}]}'
    )
    assert import_text_graph(path).node_ids == ["a", "b"]


def test_edge_lists_need_texts(tmp_path):
    path = tmp_path / "g.edgelist"
    networkx.write_edgelist(network(), path)
    with pytest.raises(DataError, match=r"a list of edges, which has no texts.*--text id"):
        import_text_graph(path)
    graph = import_text_graph(path, text="id")
    assert (graph.node_ids, graph.text) == ([0, 1, 2, 3, 4, 5], [*"012345"])


TABLES = {
    "gephi": ("Id,Label,topic", "Source,Target,Type,Weight", ",Undirected,1"),
    "neo4j": ("docId:ID(Doc),text,:LABEL", ":START_ID(Doc),:END_ID(Doc),:TYPE", ",CITES"),
    "pandas": (",id,text,label", ",src,dst", ""),
    "networkx": ("node,text,label", "source,target,weight", ",1.0"),
}


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_of_other_programs(tmp_path, name, sep):
    nodes, edges, more = TABLES[name]
    first = ["", *range(6)] if name == "pandas" else None
    rows = [f"n{i},{text},{topic}" for i, (text, topic) in enumerate(zip(TEXTS, TOPICS, strict=True))]
    links = [f"n{a},n{b}{more}" for a, b in LINKS]
    if first is not None:
        rows, links = ([f"{i},{row}" for i, row in enumerate(some)] for some in (rows, links))
    ending = "tsv" if sep == "\t" else "csv"
    for stem, lines in (("nodes", [nodes, *rows]), ("edges", [edges, *links])):
        (tmp_path / f"{stem}.{ending}").write_text("\n".join(lines).replace(",", sep) + "\n")
    chosen = {"gephi": {"text": "label", "label": "Topic"}, "neo4j": {"label": ":LABEL"}}.get(name, {})
    graph = import_text_graph(tmp_path, **chosen)
    assert (graph.text, [graph.class_names[c] for c in graph.y.tolist()]) == (TEXTS, TOPICS)
    assert graph.node_ids == [f"n{i}" for i in range(6)]
    assert graph.directed == (name != "gephi")
    assert graph.edge_index.T.tolist() == [[*pair] for pair in LINKS]
    assert getattr(graph, "edge_type_names", None) == (["CITES"] if name == "neo4j" else None)


def test_columns_that_are_asked_for_or_leave_a_choice(tmp_path):
    (tmp_path / "nodes.csv").write_text("number,title,abstract,kind\n1,a,b,x\n2,c,d,y\n")
    (tmp_path / "edges.csv").write_text("one,two\n1,2\n")
    with pytest.raises(
        DataError, match=r"nodes\.csv, line 1: found the header .* expected one column such as id .*--id"
    ):
        import_text_graph(tmp_path)
    columns = {"node_id": "number", "src": "one", "dst": "two"}
    assert import_text_graph(tmp_path, **columns).text == ["b", "d"]
    graph = import_text_graph(tmp_path, **columns, text="title+abstract", label="kind")
    assert (graph.text, graph.node_ids) == (["a. b", "c. d"], [1, 2])
    assert import_text_graph(tmp_path, **columns, text="id").text == ["1", "2"]
    with pytest.raises(DataError, match=r"--src and --dst"):
        import_text_graph(tmp_path, node_id="number")
    (tmp_path / "nodes.csv").write_text("number,body,abstract\n1,a,b\n2,c,d\n")
    with pytest.raises(DataError, match=r"found 'body', 'abstract' among body, abstract.*--text NAME"):
        import_text_graph(tmp_path, **columns)


def test_tables_in_another_encoding_and_in_parquet(tmp_path):
    folder = tmp_path / "latin"
    folder.mkdir()
    (folder / "nodes.csv").write_bytes("id;text\n1;café\n2;thé\n".encode("latin-1"))
    (folder / "edges.csv").write_bytes(b"src;dst\n1;2\n")
    with pytest.raises(DataError, match=r"nodes\.csv, line 2: found the byte 0xe9.*--encoding"):
        import_text_graph(folder)
    assert import_text_graph(folder, reading=Reading(encoding="latin-1")).text == ["café", "thé"]
    pytest.importorskip("pyarrow")
    nodes, edges = (
        pandas.DataFrame({"id": range(6), "text": TEXTS, "label": TOPICS}),
        pandas.DataFrame(LINKS, columns=["src", "dst"]),
    )
    nodes.to_parquet(tmp_path / "nodes.parquet")
    edges.to_parquet(tmp_path / "edges.parquet")
    assert import_text_graph(tmp_path).node_ids == [*range(6)]


def test_planetoid_and_ogb(tmp_path):
    planetoid, ogb = tmp_path / "cora", tmp_path / "arxiv"
    planetoid.mkdir()
    (planetoid / "cora.content").write_text("31336\t0\t1\tNeural_Networks\n1061127\t1\t0\tRule_Learning\n")
    (planetoid / "cora.cites").write_text("31336\t1061127\n")
    with pytest.raises(DataError, match=r"counts of words and no texts.*--text id"):
        import_text_graph(planetoid)
    graph = import_text_graph(planetoid, text="id")
    assert (graph.node_ids, graph.class_names) == ([31336, 1061127], ["Neural_Networks", "Rule_Learning"])
    assert graph.edge_index.tolist() == [[1], [0]]
    for part in ("mapping", "raw"):
        (ogb / part).mkdir(parents=True)
    (ogb / "titleabs.tsv").write_text("paper id\ttitle\tabstract\n100\tOn stew\tIt boils\n200\tOn comets\tThey fly\n")
    (ogb / "mapping" / "nodeidx2paperid.csv").write_text("node idx,paper id\n0,200\n1,100\n")
    with pytest.raises(DataError, match=r"no raw/edge\.csv"):
        import_text_graph(ogb)
    (ogb / "raw" / "edge.csv").write_text("0,1\n")
    (ogb / "raw" / "node-label.csv").write_text("1\n0\n")
    with pytest.warns(DataWarning, match="numbers for names"):
        graph = import_text_graph(ogb)
    assert (graph.text, graph.y.tolist()) == (["On comets. They fly", "On stew. It boils"], [1, 0])


def test_classes_of_ogb_have_the_names_of_its_table(tmp_path):
    for part in ("mapping", "raw"):
        (tmp_path / part).mkdir()
    (tmp_path / "titleabs.tsv").write_text("9\tA\tB\n8\tC\tD\n7\tE\tF\n")
    write_gz(tmp_path / "mapping" / "nodeidx2paperid.csv.gz", "node idx,paper id\n0,9\n1,8\n2,7\n")
    write_gz(tmp_path / "raw" / "edge.csv.gz", "0,1\n1,2\n")
    write_gz(tmp_path / "raw" / "node-label.csv.gz", "2\n0\nnan\n")
    table = tmp_path / "mapping" / "labelidx2arxivcategeory.csv.gz"
    write_gz(table, "label idx,arxiv category\n0,arxiv cs na\n2,arxiv cs lg\n1,Furniture & D&#233;cor\n")
    graph = import_text_graph(tmp_path)
    assert graph.class_names == ["Numerical Analysis", "Furniture & Décor", "Machine Learning"]
    assert graph.y.tolist() == [2, 0, -1]
    assert graph.info["columns"].endswith("label = label, names of classes = mapping/labelidx2arxivcategeory.csv.gz")
    write_gz(table, "label idx,arxiv category\n0,arxiv cs na\n")  # not of all classes
    with pytest.warns(DataWarning, match="numbers for names"):
        assert import_text_graph(tmp_path).class_names == ["0", "2"]


def write_gz(path, text):
    path.write_bytes(gzip.compress(text.encode()))


def test_what_is_a_class_and_what_a_name():
    graph = network()
    networkx.set_node_attributes(graph, {i: f"node {i}" for i in range(6)}, "label")
    with pytest.warns(DataWarning, match="'label' differs on every node: taken for names"):
        assert from_networkx(graph).num_classes == 0
    assert from_networkx(graph, label="label").num_classes == 6
    assert from_networkx(graph, label="").num_classes == 0


FRAME = pandas.DataFrame({"id": [1, 2, 3], "text": ["a", "b", "c"]})


def test_labels_in_the_forms_people_store_them():
    edges, names = pandas.DataFrame({"src": [1], "dst": [2]}), ["p", "q", "r"]
    for labels in (["0", "2", "1"], [0.0, 2.0, 1.0], ["p", "r", "q"], [0, 2, 1]):
        assert from_frames(FRAME.assign(label=labels), edges, class_names=names).y.tolist() == [0, 2, 1]
    assert from_frames(FRAME.assign(label=[True, False, True]), edges).class_names == ["False", "True"]
    with pytest.raises(DataError, match=r"the label 'x' of node 1, and of 2 more"):
        from_frames(FRAME.assign(label=["x", "y", "z"]), edges, class_names=names)
    with pytest.raises(DataError, match=r"several classes \['p', 'q'\] for node 1, and of 1 more.*multi-label"):
        from_frames(FRAME.assign(label=[["p", "q"], None, ["q"]]), edges)


def test_ids_that_pandas_turned_into_floats():
    assert from_frames(FRAME, pandas.DataFrame({"src": [1.0, 2.0], "dst": [2.0, 3.0]})).num_edges == 2
    assert from_frames(
        FRAME.assign(id=FRAME.id.astype(float)), pandas.DataFrame({"src": [1], "dst": [2]})
    ).node_ids == [1, 2, 3]
    for lacking in (
        pandas.DataFrame({"src": [1, 2], "dst": [2, None]}),
        pandas.DataFrame({"src": [1, 2], "dst": pandas.array([2, None], dtype="Int64")}),
    ):
        with pytest.raises(DataError, match=r"an edge without an end \(2 -> None\) in row 1"):
            from_frames(FRAME, lacking)


def test_the_fields_own_names_in_pyg_files(tmp_path):
    edge_index, y = torch.tensor([[0], [1]]), torch.tensor([1, 0])
    for texts, names in (("raw_texts", "label_names"), ("raw_text", "category_names"), ("texts", "label_texts")):
        torch.save({"edge_index": edge_index, "y": y, texts: ["a", "b"], names: ["p", "q"]}, tmp_path / "g.pt")
        graph = import_text_graph(tmp_path / "g.pt")
        assert (graph.text, graph.class_names) == (["a", "b"], ["p", "q"])
    data = Data(edge_index=edge_index, text=["a", "b"], y=torch.tensor([[1.0, 0.0], [1.0, 1.0]]))
    with pytest.raises(DataError, match=r"labels of shape \(2, 2\), several a node.*multi-label"):
        from_pyg(data)
    mixed = HeteroData()
    mixed["paper"].text, mixed["author"].text = ["a"], ["b"]
    mixed["author", "writes", "paper"].edge_index = torch.tensor([[0], [0]])
    with pytest.raises(DataError, match=r"a heterogeneous graph \(paper, author\).*from_hetero"):
        from_pyg(mixed)
    for content in (b"hello", b""):
        (tmp_path / "bad.pt").write_bytes(content)
        with pytest.raises(DataError, match=r"bad\.pt: found a file that holds more than tensors"):
            import_text_graph(tmp_path / "bad.pt")
    for odd in ({1: 2}, {"edge_index": [[0], [1]], "text": ["a", "b"]}):
        torch.save(odd, tmp_path / "odd.pt")
        with pytest.raises(DataError, match=r"odd\.pt"):
            import_text_graph(tmp_path / "odd.pt")


PAGE = (
    "<!DOCTYPE html><html><head><title>Home</title><style>p{{}}</style><script>var x='<p>';</script></head><body>"
    "<nav>Home | About</nav><h1>{}</h1><p>Fish &amp; chips<br>for&nbsp;two</p></body></html>"
)


def test_markup_is_named_and_taken_out():
    graph = network()
    networkx.set_node_attributes(graph, {i: PAGE.format(text) for i, text in enumerate(TEXTS)}, "text")
    with pytest.warns(DataWarning, match=r"6 of 6 texts hold markup \(HTML\).*--strip-html"):
        from_networkx(graph)


def test_markup_of_files(tmp_path):
    graph = network()
    networkx.set_node_attributes(graph, {i: PAGE.format(text) for i, text in enumerate(TEXTS)}, "text")
    write_node_link(graph, tmp_path / "g.json")
    found = import_text_graph(tmp_path / "g.json", strip_html=True)
    assert found.text == [f"{text} Fish & chips for two" for text in TEXTS]


def test_nodes_without_a_text(tmp_path):
    graph = network()
    graph.add_edges_from([(5, "nobody"), (4, "noone")], weight=1.0)
    networkx.write_graphml(graph, tmp_path / "g.graphml")
    with pytest.raises(
        DataError, match=r"None as the text of node 'nobody', and 2 of 8 nodes without one.*--fill-texts"
    ):
        import_text_graph(tmp_path / "g.graphml")
    with pytest.warns(DataWarning, match="2 nodes have an empty text"):
        assert import_text_graph(tmp_path / "g.graphml", fill_texts=True).text == [*TEXTS, "", ""]
