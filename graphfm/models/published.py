"""Models that others have published, by name: where their files are, what is in them, and how to have them here.

A file is looked for in ``GRAPHFM_DATA/ultra`` and in the cache, and downloaded otherwise; whichever it is, its checksum must be
that of the published bytes. It is read as it is: tensors alone, nothing in it is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphfm.datasets.download import fetch
from graphfm.errors import DataError, did_you_mean
from graphfm.files import sha256_of
from graphfm.paths import cache_home, data_home

_ULTRA = "https://raw.githubusercontent.com/DeepGraphLearning/ULTRA/427966ad8ed60420eef034063d44f3153addff90/ckpts"
_THREE = ("FB15k-237", "WN18RR", "CoDEx-M")


@dataclass(frozen=True)
class Published:
    """A model that others have published.

    Args:
        name: what to call it.
        url: of its file.
        size: of the file, in bytes.
        sha256: checksum of the file.
        licence: as the source states it.
        paper: where it is described.
        trained_on: the graphs it has seen; what is measured on them, or on parts of them, is not zero-shot.
    """

    name: str
    url: str
    size: int
    sha256: str
    licence: str
    paper: str
    trained_on: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.url.rpartition("/")[2]

    def card(self) -> dict[str, Any]:
        """What a reader of results should know."""
        return {
            "model": self.name,
            "sources": list(self.trained_on),
            "licence": self.licence,
            "paper": self.paper,
            "sha256": self.sha256,
        }


def _ultra(name: str, sha256: str, *trained_on: str) -> Published:
    file = name.replace("-", "_") + ".pth"
    return Published(name, f"{_ULTRA}/{file}", 2_127_350, sha256, "MIT", "arXiv 2310.04562", trained_on)


PUBLISHED = {
    model.name: model
    for model in (
        _ultra("ultra-3g", "fdedc01b0045fc089d2ad5da08569466b7b221691fe978a18e91082bbb133c18", *_THREE),
        _ultra("ultra-4g", "48a046e708adf5632d87c30eacae01f5f51466b2301effdc2cb42358d22854e0", *_THREE, "NELL-995"),
        _ultra(
            "ultra-50g",
            "f1c5377b2cf547aaa67520ffb6fce27b75b6eb3417b86dc9cf9dba89964ed10f",
            "50 graphs: nearly every public benchmark of link prediction, its own test graphs among them",
        ),
    )
}


def published(name: str) -> Published:
    """A published model by name.

    Raises:
        DataError: an unknown name, with the nearest one.
    """
    if name not in PUBLISHED:
        hint = did_you_mean(name, PUBLISHED, cutoff=0.5)
        raise DataError(f"the unknown model {name!r}", expected=f"one of {', '.join(PUBLISHED)}", hint=hint)
    return PUBLISHED[name]


def find(model: Published) -> Path | None:
    """Its file where it is on this machine, with the right checksum; None where it is not."""
    home = data_home()
    places = [_cached(model)] if home is None else [home / "ultra" / model.file, _cached(model)]
    sizes = (path for path in places if path.is_file() and path.stat().st_size == model.size)
    return next((path for path in sizes if sha256_of(path) == model.sha256), None)


def get(name: str, *, progress: bool = True) -> Path:
    """The file of a published model, downloaded unless it is here; a download that broke off goes on where it was.

    Args:
        name: of the model.
        progress: draw a progress bar, on a terminal.

    Raises:
        DataError: an unknown name, no network, or content with another checksum.
    """
    model = published(name)
    return find(model) or fetch(model.url, _cached(model), sha256=model.sha256, progress=progress)


def content(path: Path, found: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a link model's file would hold, of a file as its authors published it; None where it is no such file.

    Args:
        path: of the file.
        found: what it holds.
    """
    names = set(found.get("model", ())) if isinstance(found.get("model"), Mapping) else set()
    if "relation_model.layers.0.relation.weight" not in names:
        return None
    digest = sha256_of(path)
    model = next((model for model in PUBLISHED.values() if model.sha256 == digest), None)
    own = {"model": path.stem, "sources": ["unknown: it is none of the published files"], "sha256": digest}
    return {
        "kind": "foundation",
        "settings": {"network": "ultra", "network_options": {}},
        "state_dict": found["model"],
        "name": "",
        "entities": [],
        "relations": [],
        "entity_labels": [],
        "relation_labels": [],
        "triples": {},
        "calibration": None,
        "text_encoder": None,
        "text_encoder_tensors": {},
        "card": own if model is None else model.card(),
    }


def _cached(model: Published) -> Path:
    return cache_home() / "models" / model.file
