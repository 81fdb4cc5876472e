from __future__ import annotations

import json
import logging

import pytest
import torch

from graphfm.errors import DataError, GraphFMError
from graphfm.text import LSAEncoder, embed, load_encoder

CORPUS = [f"{a} {b} {c}" for a in ("red", "green", "blue") for b in ("river", "city") for c in ("graph", "paper", "C")]


def test_similar_texts_are_nearer():
    encoder = LSAEncoder(dim=2).fit(["cat purrs", "cat meows", "kitten purrs", "engine starts", "engine stops"] * 3)
    cat, kitten, engine = encoder(["cat", "kitten", "engine"])
    assert cat @ kitten > 0.5 > cat @ engine


def test_rows_are_unit_and_fits_repeat():
    encoder = LSAEncoder(dim=5).fit(CORPUS)
    texts = [*CORPUS, "", "wholly unknown words"]
    vectors = encoder(texts)
    assert vectors.shape == (len(texts), 5)
    assert vectors.dtype == torch.float32
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(texts)))
    again = LSAEncoder(dim=5).fit(CORPUS)
    assert again.name == encoder.name
    assert torch.equal(again(texts), vectors)
    assert LSAEncoder(dim=5).fit(CORPUS[1:]).name != encoder.name
    assert encoder([]).shape == (0, 5)


def test_small_corpus_keeps_the_width():
    encoder = LSAEncoder(dim=300).fit(["one text", "another text"])
    vectors = encoder(["one text"])
    assert vectors.shape == (1, 300)
    assert not vectors[:, 2:].any()


def test_saved_and_rebuilt_encoders_are_equal(tmp_path):
    encoder = LSAEncoder(dim=4).fit(CORPUS)
    encoder.save(tmp_path / "lsa")
    assert sorted(path.name for path in (tmp_path / "lsa").iterdir()) == ["lsa.json", "lsa.safetensors"]
    spec = json.loads(json.dumps(encoder.spec()))
    for other in (load_encoder(tmp_path / "lsa"), load_encoder(spec, tensors=encoder.tensors())):
        assert other.name == encoder.name
        assert torch.equal(other(CORPUS), encoder(CORPUS))


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(GraphFMError, match="call fit"):
        load_encoder("lsa")(["text"])
    with pytest.raises(DataError, match="without a single word"):
        LSAEncoder().fit(["", "!!!"])
    encoder = LSAEncoder(dim=4).fit(CORPUS)
    with pytest.raises(DataError, match="the tensors"):
        load_encoder(encoder.spec())
    encoder.save(tmp_path)
    LSAEncoder(dim=4).fit(CORPUS[1:]).save(tmp_path / "other")
    (tmp_path / "other" / "lsa.json").replace(tmp_path / "lsa.json")
    with pytest.raises(DataError, match="Save the encoder again"):
        load_encoder(tmp_path)


def test_choosing_it_is_logged(caplog):
    with caplog.at_level(logging.WARNING, logger="graphfm"):
        load_encoder("lsa")
    assert "last resort" in caplog.text


def test_embed_takes_it(tmp_path):
    encoder = LSAEncoder(dim=4).fit(CORPUS)
    assert torch.equal(embed(CORPUS, encoder, cache=tmp_path), encoder(CORPUS))


def test_is_fitted_where_it_is_not_yet() -> None:
    encoder = load_encoder("lsa")
    encoder.fit_if_needed(CORPUS)
    name = encoder.name
    encoder.fit_if_needed(CORPUS[1:])
    assert encoder.name == name == LSAEncoder().fit(CORPUS).name
