"""Parts of the work: together they are the whole, apart they share nothing, and the vectors are those of one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import graphfm
from graphfm.datasets import TextGraph, Triples, write_folder
from graphfm.errors import DataError
from graphfm.models import LinkModel
from graphfm.models.families.embeddings import kge_model
from graphfm.scale.embedding import embed_graph, graph_texts
from graphfm.shards import Shard
from graphfm.text import LSAEncoder, embed, load_encoder
from graphfm.text.cache import keep, not_kept


@pytest.fixture
def pages() -> TextGraph:
    ring = torch.stack([torch.arange(60), (torch.arange(60) + 1) % 60])
    texts = [f"a page about {['trees', 'rings', 'stars'][n % 3]}, number {n // 2}" for n in range(60)]
    return TextGraph(ring, name="pages", text=texts, class_names=["trees", "rings", "stars"])


@given(texts=st.lists(st.text(max_size=4), max_size=40), total=st.integers(0, 1000), count=st.integers(1, 9))
def test_parts_are_the_whole_and_share_nothing(texts: list[str], total: int, count: int) -> None:
    parts = [Shard(number, count) for number in range(1, count + 1)]
    assert [row for part in parts for row in part.rows(total)] == list(range(total))
    assert max(len(part.rows(total)) for part in parts) - min(len(part.rows(total)) for part in parts) <= 1
    assert sorted(text for part in parts for text in part.texts(texts)) == sorted(set(texts))
    assert parts[0].texts(texts[::-1]) == parts[0].texts(texts)


def test_a_part_is_named_by_i_of_n() -> None:
    assert Shard.of(" 2 / 3") == Shard(2, 3)
    assert Shard.of(None) == Shard(1, 1)
    for wrong in ("0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3", ""):
        with pytest.raises(DataError, match="part i of n"):
            Shard.of(wrong)


def test_shards_fill_the_cache_with_the_vectors_of_one_process(
    pages: TextGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = graph_texts(pages)
    encoder = LSAEncoder(dim=8)
    encoder.fit(texts)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "one"))
    whole = embed(texts, encoder)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "parts"))
    done = [
        embed_graph(pages, encoder=encoder, shard=f"{n}/3") for n in (3, 1, 2, 1)
    ]  # in any order, one of them again
    assert sum(one.texts for one in done[:3]) == done[0].of == len(set(texts))
    assert not_kept(texts, encoder) == []
    assert torch.allclose(embed(texts, encoder), whole, atol=1e-6)
    assert embed_graph(pages, encoder=encoder).texts == done[0].of


def test_vectors_from_elsewhere_are_kept_and_wrong_ones_are_not() -> None:
    encoder = LSAEncoder(dim=2)
    encoder.fit(["one tree", "two rings", "three trees", "four rings"])
    rows = encoder(["one tree", "two rings"])
    keep(["one tree", "two rings"], rows, encoder)
    assert not_kept(["two rings", "a star", "a star"], encoder) == ["a star"]
    with pytest.raises(graphfm.GraphFMError, match="expected finite ones of shape"):
        keep(["a star"], torch.full((1, 2), float("nan")), encoder)


def test_two_processes_at_once_and_one_that_is_killed(pages: TextGraph, tmp_path: Path) -> None:
    write_folder(pages, tmp_path / "pages")
    env = {**os.environ, "GRAPHFM_CACHE": str(tmp_path / "cache")}
    words = [sys.executable, "-m", "graphfm", "embed", "--data", str(tmp_path / "pages"), "--encoder", "lsa", "--shard"]
    running = [subprocess.Popen([*words, part], env=env, stdout=subprocess.PIPE, text=True) for part in ("1/2", "2/2")]
    said = [one.communicate(timeout=300)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert all("are in" in one and "Next: graphfm classify" in one for one in said)
    files = list((tmp_path / "cache").rglob("*.safetensors"))
    assert len(files) == 2
    assert not list((tmp_path / "cache").rglob("*.tmp"))


def test_what_cannot_be_is_refused(pages: TextGraph) -> None:
    with pytest.raises(DataError, match="one of the two"):
        embed_graph(pages, encoder="lsa", shard="1/2", workers=2)
    with pytest.raises(DataError, match="part i of n"):
        embed_graph(pages, encoder="lsa", shard="3/2")


def test_questions_are_answered_by_parts(ring: Triples) -> None:
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "DistMult", "dim": 4}
    model = LinkModel(kge_model(**settings), ring, settings=settings)
    asked = [(f"person_{n % 20:02d}", ["next_to", "two_on"][n % 2], None) for n in range(17)]
    whole = graphfm.complete(model, questions=asked, top=2).frame()
    parts = [graphfm.complete(model, questions=asked, shard=f"{n}/3", top=2).frame() for n in (1, 2, 3)]
    assert pd.concat(parts, ignore_index=True).equals(whole)
    with pytest.raises(DataError, match="the shard 1/2 of one question"):
        graphfm.complete(model, head="person_03", relation="next_to", shard="1/2")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lsa", "minilm"])
def test_ray_gives_the_vectors_of_one_process(
    name: str, pages: TextGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    write_folder(pages, tmp_path / "pages")
    texts = sorted(set(graph_texts(pages)))
    encoder = load_encoder(name)
    encoder.fit_if_needed(graph_texts(pages))
    whole = embed(texts, encoder)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "cache"))
    words = [sys.executable, "-m", "graphfm", "embed", "--data", str(tmp_path / "pages"), "--encoder", name]
    done = subprocess.run([*words, "--workers", "2"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert not_kept(texts, encoder) == []
    assert torch.allclose(embed(texts, encoder), whole, atol=1e-5)
