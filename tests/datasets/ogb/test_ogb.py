"""The ogb package reads small sets laid out by hand in its own format, with no network."""

from __future__ import annotations

import builtins
import gzip
import io
import pickle
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from graphfm.datasets import ogb
from graphfm.datasets.ogb import arrays, published_texts
from graphfm.datasets.text_graphs import ogb_classes
from graphfm.errors import DataError

BIO_TYPES = ("disease", "drug", "function", "protein", "sideeffect")


def _csv(path: Path, rows: Iterable[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{row}\n" for row in rows).encode()))


def _nodes(root: Path, name: str, split: str) -> Path:
    """Five nodes, the edges 0-1, 1-2, 3-1, classes 0 1 0 1 0, and no text yet."""
    folder = root / name
    for table, rows in {
        "edge": ["0,1", "1,2", "3,1"],
        "node-feat": ["0.5,1.0"] * 5,
        "node-label": [0, 1, 0, 1, 0],
        "node_year": [2015, 2016, 2017, 2018, 2019],
        "num-node-list": [5],
        "num-edge-list": [3],
    }.items():
        _csv(folder / "raw" / f"{table}.csv.gz", rows)
    for part, rows in {"train": [0, 1, 2], "valid": [3], "test": [4]}.items():
        _csv(folder / "split" / split / f"{part}.csv.gz", rows)
    (folder / "RELEASE_v1.txt").touch()
    return folder


@pytest.fixture
def arxiv(tmp_path: Path) -> Path:
    folder = _nodes(tmp_path, "ogbn_arxiv", "time")
    _csv(folder / "mapping" / "nodeidx2paperid.csv.gz", ["node idx,paper id", "0,90", "1,80", "2,70", "3,60", "4,50"])
    _csv(folder / "mapping" / "labelidx2arxivcategeory.csv.gz", ["label idx,arxiv category", "0,arxiv cs na", "1,x y"])
    lines = [
        "titleabs.tsv",
        '80\t"Quoted" title\tIts abstract',
        "7\tof no node\t",
        "90\tA\tB ",
        "70\tC\t",
        "60\tD\tE\tF",
        "",
    ]
    _csv(folder / "titleabs.tsv.gz", lines)
    return tmp_path


@pytest.fixture
def products(tmp_path: Path) -> Path:
    folder = _nodes(tmp_path, "ogbn_products", "sales_ranking")
    _csv(folder / "mapping" / "nodeidx2asin.csv.gz", ["node idx,asin", *(f"{i},B{i}" for i in range(5))])
    table = ["label idx,product category", "0,Furniture & D&#233;cor", "1,#508510"]
    _csv(folder / "mapping" / "labelidx2productcategory.csv.gz", table)
    rows = ['{"uid": "B0", "title": "Lamp", "content": "Bright."}', '{"uid": "C", "title": "t", "content": "c"}']
    _csv(folder / "Amazon-3M.raw" / "trn.json.gz", rows)
    (folder / "Amazon-3M.raw" / "tst.json").write_text('{"uid": "B3", "title": "", "content": "Dark."}\n')
    return tmp_path


@pytest.fixture
def wikikg(tmp_path: Path) -> Path:
    folder = tmp_path / "ogbl_wikikg2"
    for table, rows in {
        "edge": ["0,1", "1,2"],
        "edge_reltype": [0, 1],
        "num-node-list": [4],
        "num-edge-list": [2],
    }.items():
        _csv(folder / "raw" / f"{table}.csv.gz", rows)
    _csv(folder / "mapping" / "nodeidx2entityid.csv.gz", ["node idx,entity id", "0,Q5", "1,Q3", "2,Q8", "3,Q1"])
    _csv(folder / "mapping" / "reltype2relid.csv.gz", ["reltype,rel id", "0,P31", "1,P279"])
    (folder / "RELEASE_v1.txt").touch()
    _split(
        folder / "split" / "time", train={"head": [0, 1], "relation": [0, 1], "tail": [1, 2]}, **_queries([3], [0], [2])
    )
    return tmp_path


def _queries(head: list[int], relation: list[int], tail: list[int], **types: list[str]) -> dict[str, Any]:
    candidates = {"head_neg": [[0, 1, 2]] * len(head), "tail_neg": [[1, 0, 1]] * len(head)}
    one = {"head": head, "relation": relation, "tail": tail, **candidates, **types}
    return {"valid": one, "test": one}


def _split(folder: Path, **parts: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    for part, content in parts.items():
        columns = {key: value if isinstance(value[0], str) else np.array(value) for key, value in content.items()}
        torch.save(columns, folder / f"{part}.pt", pickle_protocol=4)


def test_arxiv(arxiv: Path) -> None:
    graph = ogb.text_graph("ogbn-arxiv", root=arxiv)
    assert graph.text == ["A\nB", '"Quoted" title\nIts abstract', "C", "D\nE\nF", ""]
    assert graph.info["without_text"] == 1
    assert graph.node_ids == ["90", "80", "70", "60", "50"]
    assert graph.class_names == ["Numerical Analysis", "x y"]
    assert graph.y.tolist() == [0, 1, 0, 1, 0]
    assert graph.directed
    assert sorted(graph.edge_index.T.tolist()) == [[0, 1], [1, 2], [3, 1]]
    splits = [graph[f"{split}_mask"].nonzero().flatten().tolist() for split in ("train", "val", "test")]
    assert splits == [[0, 1, 2], [3], [4]]


def test_arxiv_is_read_again_from_what_ogb_kept(arxiv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ogb.text_graph("ogbn-arxiv", root=arxiv)
    (arxiv / "ogbn_arxiv" / "raw" / "edge.csv.gz").write_bytes(b"not read twice")
    again = ogb.text_graph("ogbn-arxiv", root=arxiv)
    assert torch.equal(first.edge_index, again.edge_index)


def test_products(products: Path) -> None:
    graph = ogb.text_graph("ogbn-products", root=products)
    assert graph.text == ["Lamp\nBright.", "", "", "Dark.", ""]
    assert graph.info["without_text"] == 3
    assert graph.class_names == ["Furniture & Décor", "#508510"]
    assert not graph.directed
    assert graph.num_edges == 3


def test_products_without_texts_say_where_to_fetch_them(products: Path) -> None:
    (products / "ogbn_products" / "Amazon-3M.raw" / "tst.json").unlink()
    with pytest.raises(DataError, match=r"Amazon-3M.raw: found no tst.json .*drive.google.com.*unpack it"):
        ogb.text_graph("ogbn-products", root=products)


def test_a_broken_line_of_products_is_named(products: Path) -> None:
    (products / "ogbn_products" / "Amazon-3M.raw" / "tst.json").write_text('{"uid": "B3"}\n{"title": "no id"}\n')
    with pytest.raises(DataError, match=r"tst.json, line 2"):
        ogb.text_graph("ogbn-products", root=products)


def test_every_arxiv_category_of_the_set_has_a_name() -> None:
    assert len({ogb_classes.arxiv_category(f"arxiv cs {code}") for code in ogb_classes._ARXIV}) == 40


@pytest.mark.parametrize(
    ("table", "rows", "message"),
    [
        ("nodeidx2paperid.csv.gz", ["node idx,paper id", "0,90", "2,70"], r"line 3: found the row '2,70'"),
        ("nodeidx2paperid.csv.gz", ["node idx,paper id", "0,90"], "1 ids in nodeidx2paperid.csv"),
        ("nodeidx2paperid.csv.gz", ["node idx,paper id", *(f"{i},{i}" for i in range(5))], "texts of other ids only"),
    ],
)
def test_wrong_mappings_are_refused(arxiv: Path, table: str, rows: list[str], message: str) -> None:
    _csv(arxiv / "ogbn_arxiv" / "mapping" / table, rows)
    with pytest.raises(DataError, match=message):
        ogb.text_graph("ogbn-arxiv", root=arxiv)


def test_wikikg(wikikg: Path) -> None:
    graph = ogb.triples("ogbl-wikikg2", root=wikikg)
    assert graph.entities == ["Q5", "Q3", "Q8", "Q1"]
    assert graph.relations == ["P31", "P279"]
    assert graph.train.tolist() == [[0, 0, 1], [1, 1, 2]]
    assert graph.val.tolist() == graph.test.tolist() == [[3, 0, 2]]
    negatives = graph.info["negatives"]["test"]
    assert negatives.head.tolist() == [[0, 1, 2]]
    assert negatives.tail.tolist() == [[1, 0, 1]]
    assert "negatives" not in ogb.triples("ogbl-wikikg2", root=wikikg, negatives=False).info


@pytest.mark.filterwarnings("ignore:Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
def test_the_splits_are_those_that_ogb_itself_reads(wikikg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = ogb.triples("ogbl-wikikg2", root=wikikg)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    from ogb.linkproppred import PygLinkPropPredDataset

    split = PygLinkPropPredDataset("ogbl-wikikg2", root=str(wikikg)).get_edge_split()
    for ours, part in ((graph.train, "train"), (graph.val, "valid"), (graph.test, "test")):
        theirs = torch.stack([split[part][column] for column in ("head", "relation", "tail")], dim=1)
        assert torch.equal(ours, theirs)
    assert torch.equal(graph.info["negatives"]["val"].tail, split["valid"]["tail_neg"].int())


def test_biokg_counts_on_from_type_to_type(tmp_path: Path) -> None:
    folder = tmp_path / "ogbl_biokg"
    for number, kind in enumerate(BIO_TYPES, start=1):
        rows = ["ent idx,ent name", *(f"{i},{kind[0]}{i}" for i in range(number + 2))]
        _csv(folder / "mapping" / f"{kind}_entidx2name.csv.gz", rows)
    _csv(folder / "mapping" / "relidx2relname.csv.gz", ["rel idx,rel name", "0,drug-disease"])
    types = {"head_type": ["drug"], "tail_type": ["disease"]}
    train = {
        "head": [3, 0],
        "relation": [0, 0],
        "tail": [1, 2],
        "head_type": ["drug"] * 2,
        "tail_type": ["disease"] * 2,
    }
    _split(folder / "split" / "random", train=train, **_queries([2], [0], [0], **types))
    graph = ogb.triples("ogbl-biokg", root=tmp_path)
    assert graph.info["types"] == {"disease": 0, "drug": 3, "function": 7, "protein": 12, "sideeffect": 18}
    assert graph.num_entities == 25
    names = [(graph.entities[head], graph.entities[tail]) for head, _, tail in graph.train.tolist()]
    assert names == [("drug:d3", "disease:d1"), ("drug:d0", "disease:d2")]
    negatives = graph.info["negatives"]["val"]
    assert negatives.head.tolist() == [[3, 4, 5]]
    assert negatives.tail.tolist() == [[1, 0, 1]]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("protocol", [2, 4])
def test_arrays_of_every_pickle_are_read(tmp_path: Path, zipped: bool, protocol: int) -> None:
    path = tmp_path / "test.pt"
    content = {"head": np.arange(3), "relation": np.zeros(3, int), "tail": np.arange(6).reshape(2, 3), "type": ["a"]}
    torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    read = arrays.load_arrays(path)
    assert read["type"] == ["a"]
    assert all(np.array_equal(read[key], content[key]) for key in ("head", "relation", "tail"))


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return (print, ("ran",))

    path = tmp_path / "test.pt"
    torch.save({"head": Evil()}, path)
    with pytest.raises(DataError, match=r"print in the pickle, expected a dict of NumPy arrays"):
        arrays.load_arrays(path)
    path.write_bytes(pickle.dumps({"head": 1})[:-3])
    with pytest.raises(DataError, match="may be damaged"):
        arrays.load_arrays(path)


def test_the_evaluator_ranks_at_the_mean_of_ties() -> None:
    positive = torch.tensor([3.0, 1.0, 2.0])
    negative = torch.tensor([[1.0, 2.0], [1.0, 1.0], [9.0, 9.0]])
    result = ogb.evaluate("ogbl-biokg", positive=positive, negative=negative)
    assert result["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert result["hits@1"] == pytest.approx(1 / 3)
    assert result["hits@3"] == 1


@pytest.mark.parametrize(
    ("positive", "negative", "message"),
    [
        (torch.tensor([float("nan")]), torch.zeros(1, 2), "not finite"),
        (torch.zeros(1), torch.tensor([[0.0, float("inf")]]), "not finite"),
        (torch.zeros(2), torch.zeros(1, 2), r"\(2,\) and \(1, 2\)"),
        (torch.zeros(0), torch.zeros(0, 2), "expected"),
    ],
)
def test_scores_that_the_evaluator_would_take_for_perfect_are_refused(
    positive: torch.Tensor, negative: torch.Tensor, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ogb.evaluate("ogbl-wikikg2", positive=positive, negative=negative)


@pytest.mark.parametrize("name", ["cora", "ogbn-arxive", "umls"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="ogbn-arxiv"):
        ogb.text_graph(name)


class Answer(io.BytesIO):
    """What `urlopen` gives."""

    def __init__(self, content: bytes, size: int | None = None) -> None:
        super().__init__(content)
        self.size = len(content) if size is None else size

    def info(self) -> dict[str, str]:
        return {"Content-Length": str(self.size)}


def test_a_missing_set_is_downloaded_by_ogb(arxiv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((arxiv / "ogbn_arxiv").rglob("*")):
            file.write(path, Path("arxiv", path.relative_to(arxiv / "ogbn_arxiv")))
    asked: list[str] = []
    monkeypatch.setattr(urllib.request, "urlopen", lambda url: asked.append(url) or Answer(archive.getvalue()))
    graph = ogb.text_graph("ogbn-arxiv", root=arxiv / "elsewhere")
    assert graph.num_nodes == 5
    assert {*asked} == {"http://snap.stanford.edu/ogb/data/nodeproppred/arxiv.zip"}


def test_the_texts_of_arxiv_are_fetched_where_missing(arxiv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = arxiv / "ogbn_arxiv" / "titleabs.tsv.gz"
    content = path.read_bytes()
    path.unlink()

    def fetch(url: str, target: Path, *, sha256: str) -> Path:
        assert url.endswith("/misc/ogbn_arxiv/titleabs.tsv.gz")
        target.write_bytes(content)
        return target

    monkeypatch.setattr(published_texts, "fetch", fetch)
    assert ogb.text_graph("ogbn-arxiv", root=arxiv).text[0] == "A\nB"


def test_a_large_download_asks_for_consent_and_never_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda url: Answer(b"", size=3 << 29))
    monkeypatch.setattr(builtins, "input", lambda *_: pytest.fail("asked the user"))
    for load, name in ((ogb.text_graph, "ogbn-products"), (ogb.triples, "ogbl-wikikg2")):
        with pytest.raises(DataError, match=r"1.50GB.*allow_large=True"):
            load(name, root=tmp_path)


def test_without_a_network_the_error_says_where_to_put_the_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def urlopen(url: str) -> SimpleNamespace:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    with pytest.raises(DataError, match=rf"put the unpacked folder ogbl_biokg at {tmp_path}/ogbl_biokg"):
        ogb.triples("ogbl-biokg", root=tmp_path)


def test_a_set_under_the_data_folder_is_found(arxiv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (arxiv / "ogb").mkdir()
    (arxiv / "ogbn_arxiv").rename(arxiv / "ogb" / "ogbn_arxiv")
    monkeypatch.setenv("GRAPHFM_DATA", str(arxiv))
    assert ogb.text_graph("ogbn-arxiv").num_nodes == 5


@pytest.mark.network
@pytest.mark.slow
def test_arxiv_from_the_net(tmp_path: Path) -> None:
    graph = ogb.text_graph("ogbn-arxiv", root=tmp_path)
    assert (graph.num_nodes, graph.num_edges, graph.num_classes) == (169_343, 1_166_243, 40)
    assert graph.info["without_text"] == 0
