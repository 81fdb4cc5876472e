"""Settings of a link prediction run by name: where each belongs, and what was meant by one that does not exist."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from jsonargparse import ArgumentParser

from graphfm.errors import DataError, unknown_setting
from graphfm.kg.names import method_name, method_options, scorer_name, scorer_options, scorers
from graphfm.kg.paths.mokgr import METHODS
from graphfm.training.kge_training import KGETraining
from graphfm.training.link_data import LinkData
from graphfm.training.link_task import LinkTask
from graphfm.training.path_training import PathTraining

#: Settings by what their numbers may be: whole numbers from 1, numbers above 0, from 0, shares below 1, factors up to 1.
COUNTS = (
    "batch_size",
    "steps_per_epoch",
    "val_triples",
    "dim",
    "num_layers",
    "num_lengths",
    "min_length",
    "num_experts",
    "width",
    "attention_channels",
    "num_negatives",
)
POSITIVE = ("stop",)
NOT_NEGATIVE = ("lr", "weight_decay", "importance", "load")
SHARES = ("dropout", "relation_dropout", "smoothing")
FACTORS = ("decay",)

#: What the run decides itself, or the data.
OWN = (
    "self",
    "data",
    "seed",
    "num_entities",
    "num_relations",
    "text_dim",
    "scorer",
    "scorer_options",
    "method",
    "method_options",
)


class Meant(NamedTuple):
    """What a model's name means.

    Args:
        name: as it is printed.
        task: the Lightning module that trains it.
        key: the argument of the task that takes the name; the one that takes `options` is called ``key_options``.
        options: arguments of the model itself, and those that the name implies.
        typed_by: the function whose annotations they follow.
        data: settings of the data module that suit the task.
    """

    name: str
    task: type[LinkTask]
    key: str
    options: list[str]
    implied: dict[str, Any]
    typed_by: Callable[..., Any]
    data: dict[str, Any]


def meant(model: str) -> Meant:
    """What a name means, whatever its case.

    Raises:
        DataError: an unknown name, with the nearest known one.
    """
    method = method_name(model)
    if method is not None:
        data = {"queries": "both", "batch_size": 16}
        return Meant(method, PathTraining, "method", method_options(method), {}, METHODS[method], data)
    scorer, implied = scorer_name(model)
    return Meant(scorer, KGETraining, "scorer", scorer_options(scorer), implied, scorers()[scorer].__init__, {})


def _names(what: type) -> list[str]:
    return [name for name in inspect.signature(what).parameters if name not in OWN]


def setting_names(model: str | None = None) -> list[str]:
    """Names of all settings beside those of `link_prediction` itself: those that every model has, or those of one."""
    if model is None:
        return [*_names(LinkData), *_names(KGETraining)]
    found = meant(model)
    return [*_names(LinkData), *_names(found.task), *found.options]


def normalised(model: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The model meant, the settings of the data module, and those of the task, checked by name and type.

    Raises:
        DataError: an unknown model or setting, with the nearest known one, or a value of the wrong type.
    """
    found = meant(model)
    options, data, task = dict(found.implied), dict(found.data), dict[str, Any]()
    places = (_names(LinkData), data), (_names(found.task), task), (found.options, options)
    for name, value in settings.items():
        place = next((values for names, values in places if name in names), None)
        if place is None:
            raise unknown_setting(name, setting_names(model), of=found.name)
        place[name] = value
    if found.task is PathTraining and data.get("encoder") is not None:
        raise DataError(f"an encoder for {found.name}", expected="no encoder: it reads the graph, not the texts")
    if found.task is PathTraining and data.get("queries") == "pairs":
        raise DataError(
            f"queries='pairs' for {found.name}",
            expected="'both', 'bernoulli' or 'alternate': it learns one answer a query",
        )
    named = {found.key: found.name, f"{found.key}_options": typed(found.typed_by, options)}
    read = typed(LinkData.__init__, data), typed(found.task.__init__, task | named)
    for values in (*read, read[1][f"{found.key}_options"]):
        _check_ranges(values)
    return found.name, *read


def _check_ranges(settings: dict[str, Any]) -> None:
    """Refuse numbers that no model can be trained with, before any work.

    Raises:
        DataError: the first one that is out of range.
    """
    for name, value in settings.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if name in COUNTS and value < 1:
            raise DataError(f"{name}={value}", expected="at least 1")
        if name in POSITIVE and not 0 < value < math.inf:
            raise DataError(f"{name}={value}", expected="a number above 0")
        if name in NOT_NEGATIVE and not 0 <= value < math.inf:
            raise DataError(f"{name}={value}", expected="a number from 0")
        if name in FACTORS and not 0 < value <= 1:
            raise DataError(f"{name}={value}", expected="a number above 0, up to 1")
        if name in SHARES and not 0 <= value < 1:
            raise DataError(f"{name}={value}", expected="a number from 0 to below 1")


def typed(what: Callable[..., Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as the annotations of `what` read them: 1e-3 out of YAML is a string until then.

    Raises:
        DataError: a value of another type.
    """
    hints = get_type_hints(what)
    read = {}
    for name, value in settings.items():
        if name not in hints:
            read[name] = value
            continue
        parser = ArgumentParser(exit_on_error=False)
        parser.add_argument(f"--{name}", type=hints[name])
        try:
            read[name] = parser.parse_object({name: value})[name]
        except Exception as error:  # jsonargparse wraps what it meets in exceptions of several modules
            raise DataError(f"{name}: {value!r}", expected=_expected(hints[name])) from error
    return read


def _expected(hint: Any) -> str:
    """A type in words."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(repr, get_args(hint)))}"
    plain = (
        hint.__name__
        if isinstance(hint, type) and not get_args(hint)
        else str(hint).replace("typing.", "").replace("collections.abc.", "")
    )
    return f"a value of type {plain}"


def make_task(model: str, data: LinkData, *, seed: int, **settings: Any) -> LinkTask:
    """The Lightning module that trains the model on the data."""
    task: Callable[..., LinkTask] = meant(model).task
    sizes = {"num_entities": data.num_entities, "num_relations": data.num_relations, "text_dim": data.text_dim}
    known = inspect.signature(task).parameters
    return task(seed=seed, **settings, **{name: size for name, size in sizes.items() if name in known})
