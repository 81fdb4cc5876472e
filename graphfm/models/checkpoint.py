"""`LinkModel` in one file of tensors and plain values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.files import replacing
from graphfm.kg.calibration import Calibration
from graphfm.models.families import KINDS
from graphfm.models.link_model import LinkModel
from graphfm.models.vocabulary import Renumbered
from graphfm.text import load_encoder

FORMAT = "link-1"


def save(model: LinkModel, path: str | os.PathLike[str]) -> None:
    """Write the file, at once or not at all.

    Raises:
        DataError: the model was renumbered for another graph; the original is the one to keep.
    """
    if isinstance(model.model, Renumbered):
        raise DataError("a model in the ids of another graph", expected="the model it was made from")
    graph = model.graph
    content = {
        "graphfm": FORMAT,
        "kind": model.kind,
        "settings": model.settings,
        "state_dict": {name: tensor.cpu() for name, tensor in model.model.state_dict().items()},
        "name": graph.name,
        "entities": graph.entities,
        "relations": graph.relations,
        "entity_labels": [] if graph.entity_labels is graph.entities else graph.entity_labels,
        "relation_labels": [] if graph.relation_labels is graph.relations else graph.relation_labels,
        "triples": {split: rows.int() for split, rows in graph.splits()},
        "candidates": graph.info.get("candidates"),
        "calibration": None if model.calibration is None else model.calibration._asdict(),
        "text_encoder": None if model.text_encoder is None else model.text_encoder.spec(),
        "text_encoder_tensors": {} if model.text_encoder is None else dict(model.text_encoder.tensors()),
        "card": model.card,
    }
    with replacing(path) as temporary:
        torch.save(content, temporary)


def load(path: str | os.PathLike[str], *, device: torch.device | str | None = None) -> LinkModel:
    """Read the file, or ``model.ckpt`` in the folder; nothing in it is executed.

    Raises:
        DataError: no such file, or not a link model.
    """
    content = _read(Path(path))
    graph = Triples(
        content["name"],
        content["entities"],
        content["relations"],
        **{split: rows.long() for split, rows in content["triples"].items()},
        entity_labels=content["entity_labels"],
        relation_labels=content["relation_labels"],
        info={} if content.get("candidates") is None else {"candidates": content["candidates"]},
    )
    model = KINDS[content["kind"]](**content["settings"])
    model.load_state_dict(content["state_dict"])
    spec = content["text_encoder"]
    return LinkModel(
        model.to(device or "cpu"),
        graph,
        kind=content["kind"],
        settings=content["settings"],
        card=content["card"],
        calibration=None if content["calibration"] is None else Calibration(**content["calibration"]),
        text_encoder=None
        if spec is None
        else load_encoder(spec, device=device, tensors=content["text_encoder_tensors"]),
    )


def _read(path: Path) -> dict[str, Any]:
    if path.is_dir():
        path = path / "model.ckpt"
    if not path.is_file():
        raise DataError("no such file", expected="a model.ckpt written by `graphfm link-prediction`", path=path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen types for a broken archive
        found = f"an unreadable file ({type(error).__name__})"
        raise DataError(found, expected="a graphfm link model", path=path) from error
    if not isinstance(content, dict) or content.get("graphfm") != FORMAT or content.get("kind") not in KINDS:
        hint = "A training checkpoint (last.ckpt) resumes a run; the model for use is model.ckpt beside it."
        raise DataError("a file of another kind", expected=f"a link model of format {FORMAT}", hint=hint, path=path)
    return content
