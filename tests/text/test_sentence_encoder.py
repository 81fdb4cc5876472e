"""Objects that encode: sentence-transformers of any kind, and anything else with `encode`."""

from __future__ import annotations

import json
import shutil
from typing import Any

import numpy as np
import pytest
import torch

import graphfm
from graphfm.datasets import TextGraph
from graphfm.errors import DataError
from graphfm.text import SentenceEncoder, embed, load_encoder


class Counts:
    """Counts letters; no weights, no settings: what a service or an ONNX session may look like."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def encode(self, sentences: list[str], prompt: str = "", truncate_dim: int | None = None) -> list[np.ndarray]:
        rows = [[self.scale * (prompt + text).count(letter) + 1e-3 for letter in "aeiourst"] for text in sentences]
        return [np.array(row[:truncate_dim], dtype=np.float64) for row in rows]


class Wrong(Counts):
    def encode(self, sentences: list[str]) -> Any:  # type: ignore[override]
        return np.zeros(3)


def test_any_object_that_encodes_is_an_encoder() -> None:
    encoder = load_encoder(Counts())
    assert isinstance(encoder, SentenceEncoder)
    rows = encoder(["a rose", "", "\ud800"])
    assert rows.shape == (3, 8)
    assert rows.dtype == torch.float32
    assert torch.allclose(rows.norm(dim=1), torch.ones(3), atol=1e-5)
    assert load_encoder(encoder) is encoder
    assert torch.equal(embed(["a rose"], encoder), rows[:1])


def test_every_setting_that_changes_vectors_is_in_the_name() -> None:
    base = SentenceEncoder(Counts())
    others = [
        SentenceEncoder(Counts(2.0)),
        SentenceEncoder(Counts(), prompt="query: "),
        SentenceEncoder(Counts(), truncate_dim=4),
    ]
    assert len({one.name for one in [base, *others]}) == 4
    assert SentenceEncoder(Counts()).name == base.name
    assert others[2].dim == 4
    assert not torch.equal(others[1](["a rose"]), base(["a rose"]))


def test_what_is_no_encoder_is_refused() -> None:
    with pytest.raises(DataError, match=r"expected one with a method encode"):
        SentenceEncoder(object())
    with pytest.raises(DataError, match="found batch_size for a Counts"):
        SentenceEncoder(Counts(), batch_size=3)
    with pytest.raises(DataError, match="a row for each text"):
        SentenceEncoder(Wrong())
    with pytest.raises(DataError, match="without a name"):
        SentenceEncoder(Counts()).spec()


def test_a_graph_is_classified_by_it() -> None:
    texts = [["a tree, a leaf", "rosses or rotor"][n % 2] + f" {n}" for n in range(20)]
    graph = TextGraph(torch.tensor([[0, 1], [2, 3]]), name="letters", text=texts, class_names=["a leaf", "rosso"])
    found = graphfm.classify(graph, encoder=Counts())
    assert found.encoder.startswith("encode:")
    assert set(found.frame()["predicted"]) == {"a leaf", "rosso"}


def test_a_sentence_transformer_gives_what_it_gives(tmp_path: Any) -> None:
    pytest.importorskip("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    from graphfm.text.minilm_files import installed_folder

    folder = installed_folder()
    if folder is None:
        pytest.skip("no model on this machine")
    model = SentenceTransformer(str(folder), device="cpu", truncate_dim=64, prompts={"query": "query: "})
    texts = ["a river", "graph neural networks"]
    encoder = SentenceEncoder(model, prompt_name="query")
    assert encoder.dim == 64
    theirs = torch.nn.functional.normalize(torch.from_numpy(model.encode(texts, prompt_name="query")), dim=-1)
    assert torch.allclose(encoder(texts), theirs, atol=1e-6)
    whole = load_encoder(SentenceTransformer(str(folder), device="cpu"))
    assert torch.allclose(whole(texts), load_encoder("minilm")(texts), atol=1e-5)
    again = load_encoder(whole.spec(), device="cpu")
    assert again.name == whole.name
    assert torch.equal(again(texts), whole(texts))


@pytest.mark.filterwarnings("ignore")  # the export traces the model, which torch and transformers warn about
def test_the_onnx_backend_gives_the_vectors_of_torch_and_comes_back(tmp_path: Any) -> None:
    pytest.importorskip("optimum.onnxruntime", reason="pip install 'sentence-transformers[onnx]'")
    from sentence_transformers import SentenceTransformer

    from graphfm.text.minilm_files import installed_folder

    package = installed_folder()
    if package is None:
        pytest.skip("no model on this machine")
    folder = str(shutil.copytree(package, tmp_path / "model"))
    SentenceTransformer(folder, backend="onnx", device="cpu").save_pretrained(folder)  # exported once
    encoder = SentenceEncoder(SentenceTransformer(folder, backend="onnx", device="cpu"))
    texts = ["Graph neural networks", "", "Zwölf Boxkämpfer", "rivers and cities " * 100]
    assert torch.allclose(encoder(texts), load_encoder("minilm", device="cpu")(texts), atol=1e-6)
    again = load_encoder(json.loads(json.dumps(encoder.spec())), device="cpu")
    assert again.name == encoder.name
    assert again.spec()["backend"] == "onnx"
    assert torch.equal(again(texts), encoder(texts))
