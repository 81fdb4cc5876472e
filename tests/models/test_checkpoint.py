"""One door for files of models: each is read as what it is, and what it is not is said."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import graphfm
from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.models import GraphFM, LinkModel, load_model
from graphfm.models.checkpoint import DEFAULT_LINKS, DEFAULT_PATH, GRAPH, LINK, read
from graphfm.models.encoder import graph_encoder
from graphfm.models.families.embeddings import kge_model
from graphfm.text import LSAEncoder


@pytest.fixture
def link(ring: Triples) -> LinkModel:
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "RotatE", "dim": 4}
    return LinkModel(kge_model(**settings), ring, settings=settings, card={"model": "RotatE"})


@pytest.fixture
def text_graph() -> GraphFM:
    encoder = LSAEncoder(dim=2)
    encoder.fit(["one tree", "two rings", "three trees", "four rings"])
    settings = {"text_dim": encoder.dim, "hidden_channels": 4, "experts": ["euclidean"]}
    return GraphFM(graph_encoder(**settings), encoder, settings=settings, card={"sources": ["cora", "pubmed"]})


def test_each_kind_comes_back_as_itself(link: LinkModel, text_graph: GraphFM, tmp_path: Path) -> None:
    link.save(tmp_path / "link" / "model.ckpt")
    text_graph.save(tmp_path / "text" / "model.ckpt")
    for path in (tmp_path / "link", str(tmp_path / "link" / "model.ckpt")):
        loaded = load_model(path)
        assert isinstance(loaded, LinkModel)
        assert loaded.predict_tails("person_03", "next_to").equals(link.predict_tails("person_03", "next_to"))
    loaded = graphfm.load_model(tmp_path / "text")
    assert isinstance(loaded, GraphFM)
    state = loaded.graph_encoder.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in text_graph.graph_encoder.state_dict().items())
    assert torch.equal(loaded.encode_text(["two trees"]), text_graph.encode_text(["two trees"]))


def test_the_wrong_door_says_what_the_file_is_and_who_takes_it(link: LinkModel, text_graph, tmp_path: Path) -> None:
    link.save(tmp_path / "link.ckpt")
    text_graph.save(tmp_path / "text.ckpt")
    with pytest.raises(DataError) as wrong:
        GraphFM.load(tmp_path / "link.ckpt")
    said = (
        "link.ckpt: found a link model (RotatE on ring), expected a model of text graphs. It is for `graphfm complete "
    )
    assert said in str(wrong.value)
    assert str(wrong.value).endswith(
        "--checkpoint {}`, and for evaluate, explain, export.".format(tmp_path / "link.ckpt")
    )
    with pytest.raises(DataError) as wrong:
        LinkModel.load(tmp_path / "text.ckpt")
    said = "a model of text graphs (pretrained on cora, pubmed), expected a link model. It is for `graphfm zero-shot "
    assert said in str(wrong.value)


def test_the_model_of_the_package_is_the_one_for_the_job() -> None:
    assert "python-stdlib" in GraphFM.load("default").card["sources"]
    links = LinkModel.load("default")
    assert links.kind == "foundation"
    assert not links.graph.relations
    assert links.trained is not None
    assert len(links.trained) > 10_000
    assert DEFAULT_LINKS.stat().st_size < 4_000_000


def test_files_of_the_first_format_are_read(text_graph: GraphFM, tmp_path: Path) -> None:
    assert torch.load(DEFAULT_PATH, weights_only=True)["graphfm"] == GRAPH.format
    assert read("default").kind is GRAPH
    text_graph.save(tmp_path / "new.ckpt")
    content = torch.load(tmp_path / "new.ckpt", weights_only=True)
    assert content["graphfm"] == GRAPH.format
    assert content.pop("sha256")
    torch.save(content | {"graphfm": 1}, tmp_path / "old.ckpt")
    assert load_model(tmp_path / "old.ckpt").card == text_graph.card


@pytest.mark.parametrize("kind", [None, GRAPH, LINK], ids=["any", "graph", "link"])
def test_what_is_no_model_is_named(kind, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.ckpt: found no such file, expected a model.ckpt written by `graphfm "):
        read(tmp_path / "none.ckpt", kind=kind)
    training = {"pytorch-lightning_version": "2.5", "global_step": 40, "state_dict": {}}
    torch.save(training, tmp_path / "last.ckpt")
    with pytest.raises(DataError, match=r"found a training checkpoint \(step 40\).*which the run writes at its end"):
        read(tmp_path / "last.ckpt", kind=kind)
    with pytest.raises(DataError, match="found the folder of a run that has not ended"):
        read(tmp_path, kind=kind)
    (tmp_path / "model.ckpt").write_bytes(b"no model")
    with pytest.raises(DataError, match=r"the model for use is .*model\.ckpt\."):
        read(tmp_path / "last.ckpt", kind=kind)
    with pytest.raises(DataError, match=r"model\.ckpt: found an unreadable file"):
        read(tmp_path, kind=kind)
    for content in ([1, 2], {"graphfm": "graph-99"}, {"graphfm": [1]}):
        torch.save(content, tmp_path / "other.ckpt")
        with pytest.raises(DataError, match="found a file of another kind"):
            read(tmp_path / "other.ckpt", kind=kind)


def test_a_family_that_is_not_installed_is_named(link: LinkModel, tmp_path: Path) -> None:
    link.save(tmp_path / "model.ckpt")
    content = torch.load(tmp_path / "model.ckpt", weights_only=True)
    torch.save(content | {"kind": "trees"}, tmp_path / "model.ckpt")
    with pytest.raises(
        DataError, match=r"family 'trees', expected one of foundation, kge, paths\. Install the package"
    ):
        load_model(tmp_path)
