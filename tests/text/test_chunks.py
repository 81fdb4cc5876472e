from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from graphfm.text import HuggingFaceEncoder, LSAEncoder, minilm, minilm_files
from graphfm.text.chunks import embed_chunks, split, too_long

LONG = " ".join(["graph node edge", *(["river city film the"] * 40)])


@pytest.fixture
def encoder(tiny_bert: Path) -> HuggingFaceEncoder:
    return HuggingFaceEncoder(tiny_bert, max_length=32, device="cpu", dtype=torch.float32)


def test_texts_that_are_read_in_part_are_found(encoder: HuggingFaceEncoder) -> None:
    fits = " ".join(["node"] * 30)  # and two tokens for the ends
    assert too_long(["", "graph", fits, f"{fits} edge", LONG], encoder) == [3, 4]
    assert too_long([LONG], LSAEncoder()) == []  # reads all


def test_pieces_hold_every_word_in_order_and_fit(encoder: HuggingFaceEncoder) -> None:
    pieces = split(LONG, encoder)
    assert " ".join(pieces) == LONG
    assert max(encoder.count_tokens(pieces)) <= 32
    assert len(pieces) == 6  # 163 words, 30 fit into one


def test_a_long_text_is_the_mean_of_its_pieces_and_a_short_one_stays(encoder: HuggingFaceEncoder) -> None:
    x = embed_chunks(["graph node", LONG, "film"], encoder, progress=False)
    assert torch.allclose(x[[0, 2]], encoder(["graph node", "film"]), atol=1e-6)
    assert torch.allclose(x[1], normalize(encoder(split(LONG, encoder)).mean(0), dim=-1), atol=1e-6)
    assert not torch.allclose(x[1], encoder([LONG])[0], atol=1e-3)


def test_long_texts_are_counted_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["short", "", "word " * 254, "word " * 255, "unconstitutionally " * 200]
    if minilm_files.installed_folder() is not None:
        encoder = minilm.MiniLMEncoder(device="cpu")
        assert minilm.count_long(texts) == len(too_long(texts, encoder)) == 2
    monkeypatch.setattr(minilm_files, "at_hand", lambda: None)
    assert minilm.count_long(texts) == 1  # the words alone tell too few
