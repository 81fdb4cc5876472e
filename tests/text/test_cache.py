from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from graphfm.errors import GraphFMError
from graphfm.text import cache
from graphfm.text.cache import CHUNK, embed, store_folder


class Counting:
    """An encoder whose vector is a function of the text alone, and that remembers what it was asked."""

    dim = 8

    def __init__(self, name: str = "counting") -> None:
        self.name, self.asked = name, []

    def __call__(self, texts):
        self.asked += texts
        digests = b"".join(hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts)
        raw = torch.frombuffer(bytearray(digests), dtype=torch.uint8).view(-1, 32)[:, : self.dim]
        return normalize(raw.float() - 127.5, dim=1)


def segments(folder: Path) -> list[Path]:
    return sorted(store_folder(Counting(), cache=folder).glob("*.safetensors"))


@given(
    batches=st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=5),
    mmap=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float16]),
)
def test_equals_the_encoder_whatever_was_asked_before(batches, mmap, dtype, tmp_path_factory):
    folder, encoder = tmp_path_factory.mktemp("cache"), Counting()
    for texts in batches:
        expected = Counting()(texts) if texts else torch.empty(0, 8)
        assert torch.equal(embed(texts, encoder, cache=folder, mmap=mmap, dtype=dtype), expected.to(dtype))
    assert len(encoder.asked) == len(set(encoder.asked))
    assert set(encoder.asked) == {text for texts in batches for text in texts}


def test_stores_of_different_encoders_are_apart(tmp_path):
    one, other = Counting("one"), Counting("other")
    embed(["a"], one, cache=tmp_path)
    embed(["a"], other, cache=tmp_path)
    assert one.asked == other.asked == ["a"]


def test_chunks_are_kept_when_a_later_one_fails(tmp_path):
    class Failing(Counting):
        def __call__(self, texts):
            vectors = super().__call__(texts)
            return vectors * float("nan") if "bad" in texts else vectors

    texts = [f"text {i}" for i in range(CHUNK)] + ["bad"]
    with pytest.raises(GraphFMError, match="not finite"):
        embed(texts, Failing(), cache=tmp_path, progress=False)
    again = Counting()
    embed(texts, again, cache=tmp_path, progress=False)
    assert again.asked == ["bad"]


def test_vectors_of_another_width_are_refused(tmp_path):
    encoder = Counting()
    encoder.dim = 7
    wrong = lambda texts: torch.ones(len(texts), 8)  # noqa: E731
    wrong.name, wrong.dim = encoder.name, encoder.dim
    with pytest.raises(GraphFMError, match=r"\(1, 8\).*\(1, 7\)"):
        embed(["a"], wrong, cache=tmp_path)
    assert not segments(tmp_path)


def zeroed(whole: bytes) -> bytes:
    """A file with zeros in place of its first vector, its header and keys whole."""
    header = int.from_bytes(whole[:8], "little")
    start, stop = json.loads(whole[8 : 8 + header])["vectors"]["data_offsets"]
    at = 8 + header + start
    assert any(whole[at : at + 8])
    return whole[:at] + bytes(8) + whole[at + 8 :] if stop - start >= 8 else whole


@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage", "zeros"])
def test_damaged_segment_is_encoded_anew(damage, tmp_path, caplog):
    embed(["a", "b"], Counting(), cache=tmp_path)
    embed(["c"], Counting(), cache=tmp_path)
    size = {path: path.stat().st_size for path in segments(tmp_path)}
    victim = max(size, key=lambda path: size[path])
    whole = victim.read_bytes()
    victim.write_bytes(
        {"truncated": whole[:-5], "empty": b"", "garbage": os.urandom(len(whole)), "zeros": zeroed(whole)}[damage]
    )
    encoder = Counting()
    with caplog.at_level(logging.WARNING, logger="graphfm"):
        assert torch.equal(embed(["a", "b", "c"], encoder, cache=tmp_path), Counting()(["a", "b", "c"]))
    assert encoder.asked == ["a", "b"]
    assert "damaged" in caplog.text
    embed(["a", "b", "c"], encoder, cache=tmp_path)
    assert encoder.asked == ["a", "b"]


def test_result_is_the_callers_own(tmp_path):
    for mmap in (False, True):
        first = embed(["a"], Counting(), cache=tmp_path, mmap=mmap)
        first.zero_()
        assert torch.equal(embed(["a"], Counting(), cache=tmp_path), Counting()(["a"]))
    assert [path.suffix for path in store_folder(Counting(), cache=tmp_path).iterdir()] == [".safetensors"]


def test_default_folder_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    embed(["a"], Counting())
    assert list(tmp_path.glob("embeddings/counting-*/*.safetensors"))


WRITER = """
import sys, time
sys.path.insert(0, {tests!r})
from test_cache import Counting
from graphfm.text.cache import embed
class Slow(Counting):
    def __call__(self, texts):
        time.sleep({pause})
        print(len(texts), flush=True)
        return super().__call__(texts)
embed([f"text {{i}}" for i in range({start}, {stop})], Slow(), cache={cache!r}, progress=False)
"""


def start_writer(cache_folder: Path, start: int, stop: int, *, pause: float) -> subprocess.Popen[str]:
    code = WRITER.format(tests=str(Path(__file__).parent), cache=str(cache_folder), start=start, stop=stop, pause=pause)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_killed_run_loses_one_chunk_at_most(tmp_path):
    total = 40 * CHUNK
    writer = start_writer(tmp_path, 0, total, pause=0.05)
    deadline = time.monotonic() + 60
    while len(segments(tmp_path)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    encoded = sum(int(line) for line in writer.communicate()[0].split())
    stored = len(segments(tmp_path)) * CHUNK
    assert 3 * CHUNK <= stored < total
    assert encoded - stored <= CHUNK
    texts, encoder = [f"text {i}" for i in range(total)], Counting()
    assert torch.equal(embed(texts, encoder, cache=tmp_path, progress=False), Counting()(texts))
    assert len(encoder.asked) == total - stored


def test_two_processes_write_at_once(tmp_path):
    overlapping = [(0, 6 * CHUNK), (3 * CHUNK, 9 * CHUNK)]
    writers = [start_writer(tmp_path, start, stop, pause=0.05) for start, stop in overlapping]
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    texts, encoder = [f"text {i}" for i in range(9 * CHUNK)], Counting()
    assert torch.equal(embed(texts, encoder, cache=tmp_path, progress=False), Counting()(texts))
    assert encoder.asked == []


def test_a_large_store_is_read_in_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "CHUNK", 1024)
    texts = [f"text {i}" for i in range(50_000)]
    embed(texts, Counting(), cache=tmp_path, progress=False)
    started = time.process_time()
    embed(texts, Counting(), cache=tmp_path, progress=False)
    assert time.process_time() - started < 2
