"""Which nodes are for training, validation and test, as attributes of nodes say it: a name each, or a mask a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from graphfm.datasets.text_graphs.graph import SPLITS
from graphfm.datasets.text_graphs.records import NodeTable, plain_value
from graphfm.errors import DataError

#: What a split is called.
CALLED = {
    "train": ("train", "training", "tr"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "te"),
}
_NONE = {"", "none", "nan", "null", "na", "\\n", "unused", "unlabeled", "unlabelled"}
_TRUTH = {
    "true": True,
    "1": True,
    "t": True,
    "yes": True,
    "false": False,
    "0": False,
    "f": False,
    "no": False,
    "": False,
}


def splits_of(fields: Mapping[str, Sequence[Any]], nodes: NodeTable) -> tuple[dict[str, list[int | str]], list[str]]:
    """The ids of each split, and the attributes that say it: ``split``, or ``train_mask``, ``val_mask``, ``test_mask``.

    Masks may be called ``train``, ``val`` and ``test`` where there are two of them at least.

    Raises:
        DataError: another split than these.
    """
    if "split" in fields:
        place = {name: split for split, names in CALLED.items() for name in names}
        found: dict[str, list[int | str]] = {}
        for i, (key, value) in enumerate(zip(nodes.ids, map(plain_value, fields["split"]), strict=True)):
            name = "" if value is None else str(value).strip().casefold()
            if name in place:
                found.setdefault(place[name], []).append(key)
            elif name not in _NONE:
                hint = "Leave it empty for a node of none."
                raise nodes.error(i, f"the split {value!r} of node {key!r}", expected="train, val or test", hint=hint)
        return found, ["split"]
    masks: dict[str, tuple[str, list[bool]]] = {}
    for ending in ("_mask", ""):
        for split, names in CALLED.items():
            field = next((f"{one}{ending}" for one in names if f"{one}{ending}" in fields), None)
            if split not in masks and field is not None and (values := _truth(fields[field])) is not None:
                masks[split] = field, values
        if masks if ending else len(masks) < 2:
            break
    if len(masks) < 2 and not any(name.endswith("_mask") for name, _ in masks.values()):
        return {}, []
    chosen = {
        split: [key for key, taken in zip(nodes.ids, values, strict=True) if taken]
        for split, (_, values) in masks.items()
    }
    return chosen, [name for name, _ in masks.values()]


def _truth(values: Sequence[Any]) -> list[bool] | None:
    """Truth values, also written; None where some are none."""
    plain = ["" if (one := plain_value(value)) is None else str(one).strip().casefold() for value in values]
    return [_TRUTH[word] for word in plain] if all(word in _TRUTH for word in plain) else None


def masks_of(given: Mapping[str, Any], count: int) -> tuple[dict[str, Any], list[str]]:
    """The masks (N,) of a PyG graph, from masks of numbers 0 and 1 too, or from ``train_id`` and the like; the names read.

    Raises:
        DataError: an index of no node.
    """
    found: dict[str, Any] = {}
    names = []
    for split in SPLITS:
        for name in (
            f"{one}{ending}" for ending in ("_mask", "_id", "_ids", "_idx", "_index") for one in CALLED[split]
        ):
            value = given.get(name)
            if value is None or split in found:
                continue
            if name.endswith("_mask"):
                found[split] = _as_mask(value)
            elif isinstance(value, Tensor | list) and (places := torch.as_tensor(value)).dim() == 1:
                if len(places) and not 0 <= int(places.min()) <= int(places.max()) < count:
                    raise DataError(f"`{name}` up to {int(places.max())}", expected=f"0 to {count - 1}")
                found[split] = torch.zeros(count, dtype=torch.bool).index_fill(0, places.long(), True)
            else:
                continue
            names.append(name)
    return {f"{split}_mask": mask for split, mask in found.items()}, names


def _as_mask(value: Any) -> Any:
    """A mask of whole numbers 0 and 1 as one of truth values; anything else as it is, to be refused by its name."""
    whole = isinstance(value, Tensor) and not value.is_floating_point() and value.dtype != torch.bool
    return value.bool() if whole and bool(((value == 0) | (value == 1)).all()) else value
