"""Models as folders that are shared: tensors in safetensors, everything else in JSON a person can read, checksums, a card.

A folder holds ``model.safetensors`` (tensors by ``part/name``), ``config.json`` (settings, card, the sha256 of the other files
and of the tensors), ``vocabulary.json`` where a model has names of its own, and ``README.md``, the card as people read it. It
says what a `model.ckpt` says; nothing in it is executed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from graphfm.errors import DataError
from graphfm.files import finite, read_json, replacing, sha256_of, write_json, write_text
from graphfm.models.fields import check_finite, digest

TENSORS, CONFIG, VOCABULARY, CARD = "model.safetensors", "config.json", "vocabulary.json", "README.md"
#: What of a model's content is names, which are too many for a file of settings.
KEPT_NAMES = ("entities", "relations", "entity_labels", "relation_labels", "candidates")


def is_shared(folder: Path) -> bool:
    """Whether a folder holds a model as `write_shared` leaves it."""
    return (folder / TENSORS).is_file() and (folder / CONFIG).is_file()


def write_shared(folder: str | os.PathLike[str], content: Mapping[str, Any], *, format: str, card: str) -> list[Path]:
    """Write a model's content as the files of a folder, each whole or not at all; other files there stay.

    Args:
        folder: made where it is missing.
        content: what a model's file holds, by name.
        format: of the content, such as "link-1".
        card: what people read.

    Raises:
        DataError: weights that are not finite, values that JSON cannot hold, or the folder of a run.
    """
    from safetensors.torch import save_file

    target = Path(folder)
    if (target / "model.ckpt").exists():
        hint = "It would hold two models; name a new folder."
        raise DataError("the folder of a run", expected="a folder to share", hint=hint, path=target)
    check_finite(content["state_dict"])
    tensors, values = _parted(content)
    names = {name: values.pop(name) for name in KEPT_NAMES if name in values}
    _check_plain({**values, **names} | {"card": None})
    written = [target / TENSORS]
    with replacing(target / TENSORS) as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    if any(names.values()):
        write_json(target / VOCABULARY, names)
        written.append(target / VOCABULARY)
    else:
        (target / VOCABULARY).unlink(missing_ok=True)  # of another model that was here
        values |= names
    sums = {"files": {path.name: sha256_of(path) for path in written}, "sha256": digest(content)}
    write_json(target / CONFIG, {"graphfm": format, "library_name": "graphfm", **values, **sums})
    write_text(target / CARD, card)
    return [*written, target / CONFIG, target / CARD]


def read_shared(folder: Path) -> dict[str, Any]:
    """The content that `write_shared` was given, and its format as ``graphfm``.

    Raises:
        DataError: a file that is missing or has changed, or is none of a model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    content = read_json(folder / CONFIG)
    sums = content.pop("files", None) if isinstance(content, dict) else None
    if not isinstance(sums, dict) or TENSORS not in sums or not sums.keys() <= {TENSORS, VOCABULARY}:
        raise DataError("no model of graphfm", expected="a folder of `save_pretrained`", path=folder / CONFIG)
    for name, expected in sums.items():
        path = folder / name
        found = f"sha256 {sha256_of(path)}" if path.is_file() else "no such file"
        if found != f"sha256 {expected}":
            hint = "The file has changed since it was written, or did not arrive whole. Get it again."
            raise DataError(found, expected=f"sha256 {expected}", hint=hint, path=path)
    if VOCABULARY in sums:
        content |= read_json(folder / VOCABULARY)
    try:
        tensors = load_file(folder / TENSORS)
    except (SafetensorError, OSError) as error:
        raise DataError(
            f"an unreadable file ({error})", expected="tensors in safetensors", path=folder / TENSORS
        ) from error
    for key, tensor in tensors.items():
        part, slash, name = key.partition("/")
        if not slash:
            content[part] = tensor
        elif isinstance(content.setdefault(part, {}), dict):
            content[part][name] = tensor
    return content


def _parted(content: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by ``part/name``, or by ``part`` alone, and all other values."""
    tensors: dict[str, Tensor] = {}
    values: dict[str, Any] = {}
    for part, value in content.items():
        if isinstance(value, Tensor):
            tensors[part] = value
        elif isinstance(value, Mapping) and value and all(isinstance(one, Tensor) for one in value.values()):
            tensors |= {f"{part}/{name}": tensor for name, tensor in value.items()}
        else:
            values[part] = finite(value) if part == "card" else value
    # Copies: safetensors takes no two names of one memory, and no views.
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, values


def _check_plain(values: dict[str, Any]) -> None:
    """Refuse values that JSON would give back as others."""
    try:
        same = json.loads(json.dumps(values, allow_nan=False)) == _lists(values)
    except (TypeError, ValueError) as error:
        raise DataError(f"settings that JSON cannot hold ({error})", expected="plain values") from error
    if not same:
        raise DataError("settings that JSON changes", expected="names as keys, and plain values")


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(one) for key, one in value.items()}
    return [_lists(one) for one in value] if isinstance(value, list | tuple) else value
