"""Files of models are not taken on trust: flipped bits, other types and sizes, and numbers that are none are refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.models import LinkModel, load_model
from graphfm.models.checkpoint import DEFAULT_PATH
from graphfm.models.families.embeddings import kge_model


@pytest.fixture
def path(ring: Triples, tmp_path: Path) -> Path:
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "RotatE", "dim": 4}
    LinkModel(kge_model(**settings), ring, settings=settings).save(tmp_path / "model.ckpt")
    return tmp_path / "model.ckpt"


@pytest.mark.parametrize("record", ["data.pkl", "data/0", "data/3"])
@pytest.mark.parametrize("shipped", [True, False])
def test_a_flipped_bit_is_refused(path: Path, tmp_path: Path, record: str, shipped: bool) -> None:
    content = bytearray((DEFAULT_PATH if shipped else path).read_bytes())
    with zipfile.ZipFile(DEFAULT_PATH if shipped else path) as archive:
        kept = next(archive.read(name) for name in archive.namelist() if name.endswith(f"/{record}"))
    at = content.index(kept) + len(kept) // 2
    (tmp_path / "same.ckpt").write_bytes(content)
    load_model(tmp_path / "same.ckpt")
    content[at] ^= 1
    (tmp_path / "flipped.ckpt").write_bytes(content)
    with pytest.raises(DataError, match=r"flipped\.ckpt: found a damaged file"):
        load_model(tmp_path / "flipped.ckpt")


def changed(path: Path, *keys: str, to: Any) -> Path:
    content = torch.load(path, weights_only=True)
    content.pop("sha256")
    holder = content
    for key in keys[:-1]:
        holder = holder[key]
    if to is None:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = to(holder[keys[-1]]) if callable(to) else to
    torch.save(content, path)
    return path


@pytest.mark.parametrize(
    ("keys", "to", "said"),
    [
        (["settings"], None, "no settings"),
        (["settings"], [], "settings="),
        (["card"], [1], "card="),
        (["card", "settings"], 1.5, "a card with settings=1.5"),
        (["card", "settings"], {"protocol": 3}, "a card with protocol=3"),
        (["card", "sources"], 5, "a card with sources=5"),
        (["kind"], "foo", "foo"),
        (["settings", "dim"], 10**9, "weights that are not those of its settings"),
        (["settings", "dim"], "x", "dim='x'"),
        (["settings", "dim"], -1, "dim=-1"),
        (["settings", "foo"], 1, "foo"),
        (["state_dict", "entities.weight"], lambda w: w / 0, "weights that are not finite"),
        (["state_dict", "entities.weight"], lambda w: w[:3], "weights that are not those of its settings"),
        (["state_dict", "entities.weight"], None, "weights that are not those of its settings"),
        (["state_dict", "entities.weight"], 3, "no tensor of numbers"),
        (["entities"], lambda names: [*names[:-1], names[0]], "entities that occur twice"),
        (["entities"], list(range(20)), "entities="),
        (["entities"], lambda names: names[:3], "no model can be made|entity_labels of length|ids|of 20"),
        (["triples", "train"], lambda rows: rows * 1000, "train"),
        (["triples", "train"], lambda rows: rows.float(), "no whole numbers"),
        (["triples", "train"], "x", "no whole numbers"),
        (["triples", "train"], None, "expected train, val and test"),
        (["calibration"], {"method": "platt"}, "a calibration of other fields"),
        (["calibration"], {"method": "platt", "scores": [1.0, float("nan")], "values": []}, "a calibration of other fields"),
        (["calibration"], {"method": "foo", "scores": [1.0, 2.0], "values": []}, "a calibration by"),
        (["candidates"], 5, "candidates="),
        (["text_encoder"], {"encoder": "foo"}, "the encoder"),
    ],
)  # fmt: skip
def test_content_that_no_model_was_written_with_is_refused(path: Path, keys: list[str], to: Any, said: str) -> None:
    with pytest.raises(DataError, match=rf"model\.ckpt: found .*({said})"):
        LinkModel.load(changed(path, *keys, to=to))


def test_weights_that_are_not_finite_are_not_saved(path: Path) -> None:
    model = LinkModel.load(path)
    next(model.model.parameters()).data[0] = torch.nan
    before = path.read_bytes()
    with pytest.raises(DataError, match="weights that are not finite"):
        model.save(path)
    assert path.read_bytes() == before


def test_other_tensors_under_right_checksums_of_the_archive_are_refused(path: Path) -> None:
    content = torch.load(path, weights_only=True)
    content["state_dict"]["entities.weight"][0, 0] += 1
    torch.save(content, path)
    with pytest.raises(DataError, match="tensors that have changed since they were written"):
        LinkModel.load(path)
