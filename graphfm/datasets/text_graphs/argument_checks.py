"""What the constructor of a text graph refuses, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError


def check_texts(text: Sequence[str], *, of: str = "node") -> None:
    if isinstance(text, str) or (of == "node" and not len(text)):
        name = "text" if of == "node" else "edge_text"
        found = "no nodes" if not len(text) else f"one string as `{name}`"
        raise DataError(found, expected=f"a list with one text a{'n' * (of == 'edge')} {of}")
    for place, value in enumerate(text):
        if not isinstance(value, str):
            raise DataError(f"{value!r} as the text of {of} {place}", expected="a string", hint='Use "" for no text.')


def check_weights(weights: Tensor, num_edges: int) -> None:
    if weights.shape != (num_edges,) or not weights.is_floating_point():
        found = f"`edge_weight` of shape {tuple(weights.shape)} and {weights.dtype}"
        raise DataError(found, expected=f"({num_edges},) and floating point")
    if not weights.isfinite().all():
        raise DataError(f"the edge weight {float(weights[~weights.isfinite()][0])}", expected="finite numbers")


def check_ids(ids: Sequence[int | str]) -> None:
    for key in ids:
        if type(key) not in (int, str) or key == "":
            raise DataError(f"{key!r} in `node_ids`", expected="whole numbers or strings that are not empty")
    check_distinct("node_ids", [str(key) for key in ids])  # files cannot tell 7 from "7"


def check_names(name: str, values: Sequence[str]) -> None:
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"{value!r} in `{name}`", expected="names")


def check_length(name: str, values: Sequence[Any], length: int) -> None:
    if len(values) != length:
        raise DataError(f"{len(values)} entries in `{name}`", expected=str(length))


def check_distinct(name: str, values: Sequence[Any]) -> None:
    if len(set(values)) != len(values):
        repeated = next(value for value, count in Counter(values).items() if count > 1)
        raise DataError(f"{repeated!r} twice in `{name}`", expected="distinct entries")


def check_indices(name: str, tensor: Tensor, *, shape: tuple[int, ...], low: int, high: int) -> None:
    wanted = "(" + ", ".join("E" if size < 0 else str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"
    fits = len(shape) == tensor.dim() and all(
        size in (-1, real) for size, real in zip(shape, tensor.shape, strict=True)
    )
    if not fits or tensor.dtype != torch.int64:
        raise DataError(
            f"`{name}` of shape {tuple(tensor.shape)} and {tensor.dtype}", expected=f"{wanted} and torch.int64"
        )
    if tensor.numel() and not (low <= int(tensor.min()) and int(tensor.max()) < high):
        raise DataError(
            f"values {int(tensor.min())} to {int(tensor.max())} in `{name}`", expected=f"{low} to {high - 1}"
        )


def check_masks(masks: dict[str, Tensor], num_nodes: int) -> None:
    for key, mask in masks.items():
        if not isinstance(mask, Tensor):
            hint = f"Keep one of several: data.{key} = data.{key}[0]."
            raise DataError(f"a {type(mask).__name__} as `{key}`", expected=f"({num_nodes},) and torch.bool", hint=hint)
        if mask.shape != (num_nodes,) or mask.dtype != torch.bool:
            hint = f"Keep one of the splits: data.{key} = data.{key}[:, 0]." if mask.dim() == 2 else ""
            raise DataError(
                f"`{key}` of shape {tuple(mask.shape)} and {mask.dtype}",
                expected=f"({num_nodes},) and torch.bool",
                hint=hint,
            )
    if masks and int(torch.stack(list(masks.values())).sum(0).max()) > 1:
        raise DataError("a node in two of the splits", expected="splits that do not overlap")
