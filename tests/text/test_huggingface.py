from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from graphfm.errors import DataError
from graphfm.text import HuggingFaceEncoder, load_encoder
from graphfm.text.huggingface import batches_by_length, fast_dtype, pool
from tests.pretend.device import TwoDevicesError, pretending
from tests.pretend.mutation import without_move

TEXTS = ["graph node", "", "the river of the red city", "neural network kernel logic proof film actor", "edge"]


def encoder(folder: Path, **settings) -> HuggingFaceEncoder:
    return HuggingFaceEncoder(folder, **{"max_length": 32, "dtype": torch.float32, "device": "cpu"} | settings)


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
@pytest.mark.parametrize("padding", ["left", "right"])
def test_pool_ignores_padding_on_either_side(pooling, padding):
    hidden = torch.randn(3, 6, 4)
    lengths = torch.tensor([6, 1, 3])
    mask = torch.arange(6) < lengths[:, None]
    if padding == "left":
        mask = mask.flip(1)
    choose = {"mean": lambda h: h.mean(0), "cls": lambda h: h[0], "last": lambda h: h[-1]}[pooling]
    expected = torch.stack([choose(h[m]) for h, m in zip(hidden, mask, strict=True)])
    torch.testing.assert_close(pool(hidden, mask, pooling=pooling), expected)


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 200))
def test_batches_hold_every_row_once_within_the_budget(lengths, max_tokens):
    batches = list(batches_by_length(lengths, max_tokens=max_tokens))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= max_tokens


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
@pytest.mark.parametrize("model", ["tiny_llama", "tiny_bert", "tiny_t5"])
def test_a_batch_equals_its_texts_one_by_one(model, pooling, request):
    encode = encoder(request.getfixturevalue(model), pooling=pooling)
    together = encode(TEXTS)
    assert together.shape == (len(TEXTS), encode.dim)
    assert together.dtype == torch.float32
    torch.testing.assert_close(together.norm(dim=1), torch.ones(len(TEXTS)))
    torch.testing.assert_close(together, torch.cat([encode([text]) for text in TEXTS]), atol=1e-5, rtol=0)
    assert torch.equal(together, encode(TEXTS))


def test_vectors_of_a_device_are_those_of_the_cpu(tiny_bert):
    encode = encoder(tiny_bert)
    expected = encode(TEXTS)
    with pretending():
        encode.device = torch.device("cuda")
        encode.model.to(encode.device)
        found = encode(TEXTS)
        assert found.device.type == "cpu"
        torch.testing.assert_close(found, expected)
        with without_move(vars(HuggingFaceEncoder)["_encode"]), pytest.raises(TwoDevicesError):
            encode(TEXTS)


def test_decoder_last_token_is_the_plain_forward_pass(tiny_llama):
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny_llama), AutoModel.from_pretrained(tiny_llama).eval()
    assert tokenizer.pad_token_id is None
    hidden = model(**tokenizer(TEXTS[3], return_tensors="pt")).last_hidden_state
    expected = normalize(hidden[0, -1].detach(), dim=0)
    torch.testing.assert_close(encoder(tiny_llama, pooling="last")(TEXTS)[3], expected, atol=1e-5, rtol=0)


def test_prompt_and_length_change_the_vectors_as_text_would(tiny_llama):
    plain = encoder(tiny_llama)
    prompted = encoder(tiny_llama, prompt="the paper ")
    assert torch.equal(prompted(["red graph"]), plain(["the paper red graph"]))
    short = encoder(tiny_llama, max_length=2)
    assert torch.equal(short(["red graph of a city"]), plain(["red graph"]))


def test_no_texts_and_strange_texts(tiny_bert):
    encode = encoder(tiny_bert)
    assert encode([]).shape == (0, 16)
    assert encode(["\ud800 broken surrogate", "nul \0", "x" * 10_000]).isfinite().all()


def test_name_holds_what_changes_the_vectors_and_nothing_else(tiny_bert, tiny_llama, tmp_path):
    copy = shutil.copytree(tiny_bert, tmp_path / "another name")
    base = encoder(tiny_bert)
    assert base.name == encoder(copy, batch_size=1).name
    changed = [
        encoder(tiny_llama),
        encoder(tiny_bert, pooling="cls"),
        encoder(tiny_bert, prompt="the "),
        encoder(tiny_bert, max_length=31),
        encoder(tiny_bert, dtype=torch.bfloat16),
    ]
    assert len({base.name, *(other.name for other in changed)}) == 1 + len(changed)


def test_bfloat16_stays_close(tiny_bert):
    exact, fast = encoder(tiny_bert)(TEXTS), encoder(tiny_bert, dtype=torch.bfloat16)(TEXTS)
    assert not torch.equal(exact, fast)
    assert (exact * fast).sum(1).min() > 0.99


def test_spec_rebuilds_the_encoder_and_notices_another_model(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "model")
    original = encoder(folder, pooling="cls", prompt="the ", dtype=None)
    rebuilt = load_encoder(original.spec(), device="cpu")
    assert rebuilt.name == original.name
    assert torch.equal(rebuilt(TEXTS), original(TEXTS))
    with (folder / "config.json").open("a") as file:
        file.write(" ")
    with pytest.raises(DataError, match="has changed"):
        load_encoder(original.spec(), device="cpu")


def test_default_length_is_within_what_the_model_reads(tiny_bert, tiny_llama):
    assert load_encoder(tiny_bert, device="cpu").max_length == 64
    assert load_encoder(tiny_llama, device="cpu").max_length == 256


def test_errors_say_what_to_do(tiny_bert, tmp_path):
    with pytest.raises(DataError, match="at most 64"):
        HuggingFaceEncoder(tiny_bert, max_length=65)
    with pytest.raises(DataError, match="mean, cls or last"):
        encoder(tiny_bert, pooling="max")
    with pytest.raises(DataError, match=r"no config\.json"):
        encoder(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        encoder(tmp_path / "missing")


def test_fast_dtype_is_bfloat16_only_where_the_cpu_multiplies_it(monkeypatch):
    for supported, expected in [(True, torch.bfloat16), (False, torch.float32)]:
        for flag in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"):
            monkeypatch.setattr(torch.cpu, flag, lambda supported=supported: supported, raising=False)
        assert fast_dtype(torch.device("cpu")) == expected
    assert fast_dtype(torch.device("meta")) == torch.float32


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_gpu_agrees_with_the_cpu(tiny_llama):
    exact = encoder(tiny_llama)(TEXTS)
    torch.testing.assert_close(encoder(tiny_llama, device="cuda")(TEXTS), exact, atol=1e-4, rtol=0)
    fast = encoder(tiny_llama, device="cuda", dtype=None)(TEXTS)
    assert (exact * fast).sum(1).min() > 0.99
