"""Models as folders and on a hub: they come back as they were, in another process too, and what has changed is noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from pandas.testing import assert_frame_equal

import graphfm
from graphfm.datasets import Triples
from graphfm.errors import DataError, GraphFMError
from graphfm.models import GraphFM, LinkModel, hub, load_model
from graphfm.models.checkpoint import GRAPH, LINK, read
from graphfm.models.encoder import graph_encoder
from graphfm.models.families import find_model
from graphfm.models.kept import Kept
from graphfm.models.model_card import model_card
from graphfm.text import LSAEncoder

#: The client's own, of the HTTP library it uses.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

HOSTILE = "</script><img src=x onerror=alert(1)> | [a](javascript:b) \x1b[31m"


def link_model(graph: Triples, name: str, **options: Any) -> LinkModel:
    family, named = find_model(name)
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    settings: dict[str, Any] = {
        "kge": lambda: {
            **sizes,
            "scorer": named.name,
            "dim": 4,
            "reciprocal": True,
            "scorer_options": dict(named.implied),
        },
        "paths": lambda: {"num_relations": graph.num_relations, "method": named.name, "method_options": options},
        "foundation": lambda: {"network": named.name, "network_options": options},
    }[family.kind]()
    torch.manual_seed(0)
    card = {"model": named.name, "data": graph.name, "seed": 0}
    return LinkModel(family.build(**settings), graph, kind=family, settings=settings, card=card)


def text_model(texts: list[str]) -> GraphFM:
    encoder = LSAEncoder(dim=2)
    encoder.fit(texts)
    settings = {"text_dim": encoder.dim, "hidden_channels": 4, "experts": ["euclidean", "hyperbolic"]}
    return GraphFM(
        graph_encoder(**settings), encoder, settings=settings, card={"sources": ["cora"], "nan": float("nan")}
    )


MODELS = {
    "embedding": ("rotate", {}),
    "hyperbolic embedding": ("roth", {}),
    "path reasoner": ("mokgr", {"num_layers": 3, "min_length": 1, "attention_channels": 4}),
    "universal": ("universal", {}),
    "ultra": ("ultra", {}),
}


@pytest.mark.parametrize("what", MODELS)
def test_every_kind_of_link_model_comes_back_bit_for_bit(what: str, ring: Triples, tmp_path: Path) -> None:
    name, options = MODELS[what]
    model = link_model(ring, name, **options)
    model.save_pretrained(tmp_path / "shared")
    again = LinkModel.from_pretrained(tmp_path / "shared")
    head, rel = torch.arange(20), torch.arange(20) % 4
    assert torch.equal(again.scores(head, rel), model.scores(head, rel))
    assert_frame_equal(again.predict_tails("Person 3", "two_on"), model.predict_tails("Person 3", "two_on"))
    assert again.card == model.card


def test_a_model_of_text_graphs_comes_back_with_its_fitted_encoder(tmp_path: Path) -> None:
    model = text_model(["one tree", "two rings", "three trees", "four rings"])
    model.save_pretrained(tmp_path, licence="MIT", about="Made for a test.")
    again = load_model(tmp_path)
    assert isinstance(again, GraphFM)
    assert torch.equal(again.encode_text(["two trees"]), model.encode_text(["two trees"]))
    state = again.graph_encoder.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in model.graph_encoder.state_dict().items())
    assert again.card == {"sources": ["cora"], "nan": None}
    assert json.loads((tmp_path / "config.json").read_text())["text_encoder"]["encoder"] == "lsa"
    front, _, body = (tmp_path / "README.md").read_text().removeprefix("---\n").partition("---\n")
    assert yaml.safe_load(front)["license"] == "mit"
    assert "Made for a test." in body
    assert "A graph among the sources is no test of transfer" in body


def test_what_has_changed_is_noticed(ring: Triples, tmp_path: Path) -> None:
    model = link_model(ring, "distmult")
    model.save_pretrained(tmp_path)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(whole) == {"README.md", "config.json", "model.safetensors", "vocabulary.json"}

    def refused(**changed: bytes | None) -> str:
        for name, content in (whole | {key.replace("_json", ".json"): value for key, value in changed.items()}).items():
            if content is None:
                (tmp_path / name).unlink()
            else:
                (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as error:
            LinkModel.from_pretrained(tmp_path)
        return str(error.value)

    tensors = bytearray(whole["model.safetensors"])
    tensors[-1] ^= 1
    assert "model.safetensors: found sha256" in refused(**{"model.safetensors": bytes(tensors)})
    assert "vocabulary.json: found no such file" in refused(vocabulary_json=None)
    config = json.loads(whole["config.json"])
    assert "no model of graphfm" in refused(config_json=json.dumps({"model_type": "bert"}).encode())
    assert "settings=3" in refused(config_json=json.dumps({**config, "settings": 3}).encode())
    assert "weights that are not those of its settings" in refused(
        config_json=json.dumps({**config, "settings": {**config["settings"], "dim": 8}}).encode()
    )
    assert "expected a link model" in refused(config_json=json.dumps({**config, "graphfm": "link-9"}).encode())


def test_a_run_and_values_that_json_changes_are_refused(ring: Triples, tmp_path: Path) -> None:
    model = link_model(ring, "distmult")
    model.save(tmp_path / "model.ckpt")
    with pytest.raises(DataError, match="the folder of a run"):
        model.save_pretrained(tmp_path)
    model.settings = {**model.settings, "scorer_options": {1: 2}}
    with pytest.raises(DataError, match="JSON changes"):
        model.save_pretrained(tmp_path / "shared")
    known = ring.train[(ring.train[:, ::2] < 19).all(1)]
    placed = LinkModel.load(tmp_path / "model.ckpt").on(
        Triples("part", ring.entities[:19], ring.relations, train=known)
    )
    with pytest.raises(DataError, match="ids of another graph"):
        placed.save_pretrained(tmp_path / "placed")


def test_a_card_shows_hostile_names_and_does_nothing_else(ring: Triples) -> None:
    model = link_model(ring, "distmult")
    model.card |= {
        "data": HOSTILE,
        "sources": [HOSTILE],
        "result": {"data": HOSTILE, "model": HOSTILE, "report": {"mrr": 0.5}},
    }
    card = model_card(model.content(), text_graphs=False)
    body = card.partition("\n---\n")[2]
    assert "<script" not in body
    assert "<img" not in body
    assert "\x1b" not in body
    assert "](javascript" not in body
    assert "| 0.500 |" in body
    del model.card["result"]
    model.card["held_out"] = [{"graph": HOSTILE, "triples": 50, "mrr": 0.5, "frequency": 0.25}, HOSTILE]
    body = model_card(model.content(), text_graphs=False).partition("\n---\n")[2]
    assert "<script" not in body
    assert "| 50 | 0.500 | 0.250 |" in body


def test_push_and_load_in_another_process(hub: Any, ring: Triples, tmp_path: Path) -> None:
    model = link_model(ring, "rotate")
    address = model.push_to_hub("org/ring-rotate", licence="mit", about="Twenty people around a table.")
    assert address.startswith("http://127.0.0.1:")
    assert "/org/ring-rotate/commit/" in address
    code = (
        "import torch, graphfm\n"
        "model = graphfm.load_model('org/ring-rotate')\n"
        f"torch.save(model.scores(torch.arange(20), torch.arange(20) % 4), {str(tmp_path / 'scores.pt')!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=os.environ.copy()
    )
    assert done.returncode == 0, done.stderr
    assert torch.equal(torch.load(tmp_path / "scores.pt"), model.scores(torch.arange(20), torch.arange(20) % 4))
    card = hub.repositories["org/ring-rotate"][-1]["README.md"].decode()
    assert 'from_pretrained("org/ring-rotate")' in card
    assert "license: mit" in card


def test_revisions_the_cache_and_a_hub_that_is_down(hub: Any, ring: Triples, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = link_model(ring, "rotate"), link_model(ring, "transe")
    commit = first.push_to_hub("org/mine").rpartition("/")[2]
    second.push_to_hub("org/mine")
    assert LinkModel.from_pretrained("org/mine").card["model"] == "TransE"
    assert LinkModel.from_pretrained("org/mine", revision=commit).card["model"] == "RotatE"
    assert graphfm.complete("org/mine", head="Person 3", relation="two_on", top=2).rows
    from graphfm.models.hub import cached_models

    assert set(cached_models()) == {"org/mine"}
    hub.down = True
    assert LinkModel.from_pretrained("org/mine").card["model"] == "TransE"  # the cache has it
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert LinkModel.from_pretrained("org/mine").card["model"] == "TransE"
    with pytest.raises(GraphFMError, match=r"no model 'org/other' here: it is no folder or file on this machine"):
        load_model("org/other")


def test_what_is_not_there_is_said(hub: Any, ring: Triples, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no model 'org/nothing' on the hub"):
        load_model("org/nothing")
    link_model(ring, "rotate").push_to_hub("org/mine")
    with pytest.raises(DataError, match="at revision 'v9' on the hub"):
        load_model("org/mine", revision="v9")
    with pytest.raises(DataError, match="expected a model of text graphs"):
        GraphFM.from_pretrained("org/mine")
    hub.repositories["org/bert"] = [{"config.json": b"{}"}]
    with pytest.raises(DataError, match="expected a model of graphfm"):
        load_model("org/bert")
    with pytest.raises(DataError, match="expected org/name"):
        link_model(ring, "rotate").push_to_hub("no name")
    from huggingface_hub import constants

    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(GraphFMError, match=r"was not pushed: .*hf auth login"):
        link_model(ring, "rotate").push_to_hub("org/mine")
    assert constants.ENDPOINT.startswith("http://127.")


def test_an_encoder_that_is_here_alone_is_not_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = text_model(["one tree", "two rings", "three trees"])
    spec = {"encoder": "huggingface", "identity": "sha256:0", "path_or_id": "/models/mine", "revision": None}
    monkeypatch.setattr(model.text_encoder, "spec", lambda: spec)
    with pytest.raises(DataError, match="text encoder is the folder /models/mine"):
        model.push_to_hub("org/mine")


def test_a_name_of_the_hub_is_told_from_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert hub.is_hub_name("org/name")
    for path in (
        "runs/first",
        "./org/name",
        "org/name/model.ckpt",
        "org/model.ckpt",
        "default",
        "ultra-3g",
        "../a/b",
        "/a/b",
    ):
        assert not hub.is_hub_name(path), path
    with pytest.raises(DataError, match="expected a revision of a model on the hub"):
        read("default", kind=LINK, revision="v1")
    assert issubclass(GraphFM, Kept)
    assert {GRAPH.format, LINK.format} == {GraphFM.file_kind.format, LinkModel.file_kind.format}
