"""What the file of a model has to hold, looked at before anything is built of it; a file is not taken on trust."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from graphfm.errors import DataError
from graphfm.ops.memory import check_memory
from graphfm.settings import check

TRAINED = 4  # numbers a weight takes in training: itself, its gradient, two moments

KEPT_TYPES = (
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int32,
    torch.int64,
    torch.bool,
    torch.uint8,
)


def graph_fields(
    state_dict: dict[str, Any],
    settings: dict[str, Any],
    text_encoder: dict[str, Any],
    text_encoder_tensors: dict[str, Any],
    card: dict[str, Any],
) -> None:
    """Fields of a model of text graphs; the signature declares them."""


def link_fields(
    kind: str,
    state_dict: dict[str, Any],
    settings: dict[str, Any],
    name: str,
    entities: Sequence[str],
    relations: Sequence[str],
    entity_labels: Sequence[str],
    relation_labels: Sequence[str],
    triples: dict[str, Any],
    calibration: dict[str, Any] | None,
    text_encoder: dict[str, Any] | None,
    text_encoder_tensors: dict[str, Any],
    card: dict[str, Any],
) -> None:
    """Fields of a link model; the signature declares them."""


def card_fields(
    settings: dict[str, Any],
    sources: Sequence[str] | None,
    data: str | None,
    model: str | None,
    untrained_relations: Sequence[str],
    result: dict[str, Any],
    metrics: dict[str, Any],
    steps: int,
    parameters: int,
    train_seconds: float,
) -> None:
    """Fields of a card that are read, where they are there; the signature declares them."""


def setting_fields(data_digest: str | Sequence[str | None], protocol: str | None) -> None:
    """Fields of the settings in a card that are read, where they are there; the signature declares them."""


def check_fields(content: Mapping[str, Any], declares: Callable[..., None]) -> None:
    """Refuse content that no model was written with.

    Raises:
        DataError: a field that is missing or of another type, tensors that have changed since they were written, numbers that
            are not finite, names that occur twice, triples that are none, a calibration without numbers.
    """
    names = declares.__annotations__.keys() - {"return"}
    missing = sorted(names - content.keys())
    if missing:
        raise DataError(f"no {', '.join(missing)}", expected=f"the fields {', '.join(sorted(names))}")
    try:
        check(declares, {name: content[name] for name in names})
    except DataError as error:
        raise DataError(error.found[:100], expected=error.expected) from error
    if not all(isinstance(key, str) for part in ("settings", "card", "state_dict") for key in content[part]):
        raise DataError("settings, a card or weights with keys that are no names", expected="names")
    _check_card(content["card"])
    for part in ("state_dict", "text_encoder_tensors"):
        check_finite(content[part])
    if "sha256" in content and content["sha256"] != digest(content):
        raise DataError("tensors that have changed since they were written", expected="those of the sha256 beside them")
    if "triples" in content:
        _check_graph(content)


def _check_card(card: Mapping[str, Any]) -> None:
    given: list[tuple[Callable[..., None], Any]] = [(card_fields, card), (setting_fields, card.get("settings", {}))]
    for declares, values in given:
        names = declares.__annotations__.keys() & values.keys()
        try:
            check(declares, {name: values[name] for name in names})
        except DataError as error:
            raise DataError(f"a card with {error.found[:100]}", expected=error.expected) from error


def check_finite(tensors: Mapping[str, Any]) -> None:
    """Refuse weights that are no tensors, or no numbers.

    Raises:
        DataError: the first one.
    """
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor) or tensor.layout is not torch.strided or tensor.dtype not in KEPT_TYPES:
            raise DataError(f"{name}, which is no tensor of numbers", expected="weights")
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise DataError(
                f"weights that are not finite ({name})", expected="numbers", hint="The training went wrong."
            )


def digest(content: Mapping[str, Any]) -> str:
    """sha256 of all tensors of a file: their names, types, shapes and numbers."""
    total = hashlib.sha256()
    for part in ("state_dict", "text_encoder_tensors", "triples"):
        for name, tensor in sorted(content.get(part, {}).items()):
            total.update(f"{part} {name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
            total.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _check_graph(content: Mapping[str, Any]) -> None:
    for what in ("entities", "relations"):
        names = content[what]
        if len(set(names)) < len(names):
            raise DataError(f"{what} that occur twice", expected="each once")
    splits = content["triples"]
    if splits.keys() != {"train", "val", "test"}:
        raise DataError(f"triples of {', '.join(map(str, splits))}", expected="train, val and test")
    for split, rows in splits.items():
        if not isinstance(rows, Tensor) or rows.dtype not in (torch.int32, torch.int64):
            raise DataError(f"triples of {split} that are no whole numbers", expected="ids")
    candidates = content.get("candidates")
    whole = isinstance(candidates, list | Tensor | dict | None)
    if not whole:
        raise DataError(f"candidates={str(candidates)[:50]!r}", expected="ids of entities, or None")
    calibration = content["calibration"]
    if calibration is not None:
        _check_calibration(calibration)
    _check_listed(content.get("listed", {}))


def _check_calibration(found: Mapping[str, Any]) -> None:
    lists = [found.get("scores"), found.get("values")]
    numbers = all(isinstance(part, list) and all(_is_number(x) for x in part) for part in lists)
    if not numbers or found.keys() != {"method", "scores", "values"}:
        raise DataError(
            "a calibration of other fields", expected="method, scores and values, all of them finite numbers"
        )
    scores, values = (found["scores"], found["values"])
    platt = found["method"] == "platt" and len(scores) == 2 and not values
    isotonic = found["method"] == "isotonic" and len(scores) == len(values) > 0
    if not platt and not isotonic:
        raise DataError(
            f"a calibration by {found['method']!r}", expected="platt with two numbers, or isotonic with knots"
        )


def _check_listed(found: Any) -> None:
    """Maps from listed answers to probabilities, which files of before have not."""
    whole = isinstance(found, Mapping) and found.keys() <= {"entities", "relations"}
    for one in found.values() if whole else ():
        numbers = (
            isinstance(one, Mapping)
            and one.keys() == {"unit", "weights", "offset"}
            and isinstance(one["weights"], list)
        )
        values = [one["unit"], one["offset"], *one["weights"]] if numbers else []
        whole &= len(values) == 7 and all(map(_is_number, values)) and one["unit"] > 0 and min(one["weights"]) >= 0
    if not whole:
        raise DataError(
            "probabilities of listed answers with other fields",
            expected="unit, five weights of at least 0, and offset, all of them finite numbers",
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def built(build: Callable[..., nn.Module], settings: Mapping[str, Any], weights: Mapping[str, Tensor]) -> nn.Module:
    """A module of these settings with these weights, refused before any memory is asked for where the two do not fit.

    Raises:
        DataError: settings of which no model can be made, or weights of another one.
    """
    check(build, settings)
    shapes = {name: tensor.shape for name, tensor in _outline(build, settings).items()}
    if shapes:
        differ = sorted(shapes.keys() ^ weights.keys()) or [n for n in shapes if shapes[n] != weights[n].shape]
        if differ:
            raise DataError(f"weights that are not those of its settings ({differ[0]})", expected="weights that fit")
    model = build(**settings)
    model.load_state_dict(weights)
    return model


def check_size(build: Callable[..., nn.Module], settings: Mapping[str, Any]) -> None:
    """Refuse a model that cannot be trained here, for its weights, their gradients and two moments of each would not fit.

    Raises:
        DataError: more memory is needed than there is.
    """
    size = sum(tensor.numel() * tensor.element_size() for tensor in _outline(build, settings).values())
    check_memory(TRAINED * size, what=f"a model of {size / 1e9:,.1f} GB, in training")


def _outline(build: Callable[..., nn.Module], settings: Mapping[str, Any]) -> dict[str, Tensor]:
    """Weights without numbers, on torch's device for shapes; none of a family that computes with its weights while it is built.

    Raises:
        DataError: more numbers than can be counted.
    """
    try:
        with torch.device("meta"), _NothingDrawn():
            return build(**settings).state_dict()
    except NotImplementedError:
        return {}
    except (RuntimeError, OverflowError) as error:
        if "overflow" not in str(error).lower():
            raise
        raise DataError("a model of more weights than can be counted", expected="smaller sizes") from error


class _NothingDrawn(TorchFunctionMode):
    """Normal draws are left out: for tensors without memory torch would import its compiler, which takes seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        return given["tensor"] if func is nn.init.normal_ else func(*args, **given)
