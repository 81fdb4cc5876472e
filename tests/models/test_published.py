from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from graphfm.errors import DataError
from graphfm.kg.relations.ultra import Ultra
from graphfm.models import LinkModel, published


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as upstream writes it, of untrained weights."""
    torch.manual_seed(0)
    path = tmp_path / "theirs.pth"
    torch.save({"model": Ultra().state_dict(), "optimizer": {"state": {}}}, path)
    return path


def test_a_file_of_theirs_is_a_link_model_on_no_graph(file: Path) -> None:
    model = LinkModel.load(file)
    assert model.card["sources"] == ["unknown: it is none of the published files"]
    with pytest.raises(DataError, match=r"belongs to no graph.*--data"):
        model.predict_tails("a", "b")


def test_a_published_file_is_known_by_its_checksum(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    mine = published.Published("mine", "http://nowhere/mine.pth", file.stat().st_size, digest, "MIT", "-", ("A", "B"))
    monkeypatch.setattr(published, "PUBLISHED", {"mine": mine})
    assert LinkModel.load(file).card == mine.card()


def test_names_find_the_file_here_or_fetch_it(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    mine = published.Published("mine", "http://nowhere/mine.pth", len(content), digest, "MIT", "-", ("A",))
    monkeypatch.setattr(published, "PUBLISHED", {"mine": mine})
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path))
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "cache"))
    fetched: list[str] = []

    def fetch(url: str, path: Path, *, sha256: str, progress: bool) -> Path:
        fetched.append(url)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    monkeypatch.setattr(published, "fetch", fetch)
    (tmp_path / "ultra").mkdir()
    (tmp_path / "ultra" / "mine.pth").write_bytes(b"\0" * len(content))  # another file of that name
    assert published.find(mine) is None
    assert LinkModel.load("mine").card["model"] == "mine"
    assert LinkModel.load("mine").card["model"] == "mine"
    assert fetched == ["http://nowhere/mine.pth"]  # once: then it is in the cache
    with pytest.raises(DataError, match=r"unknown model 'mime'.*Did you mean mine"):
        published.get("mime")


@pytest.mark.data
def test_the_public_files_are_those_of_the_table(data_home: Path) -> None:
    for name, model in published.PUBLISHED.items():
        assert published.get(name) == data_home / "ultra" / model.file
        assert LinkModel.load(name).card["sources"] == list(model.trained_on)
