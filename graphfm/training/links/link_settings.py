"""Settings of a link prediction run by name: where each belongs, and what was meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from graphfm.errors import unknown_setting
from graphfm.models.families import Family, find_model
from graphfm.settings import declared, typed
from graphfm.training.links.link_data import SIZES, LinkData
from graphfm.training.links.link_task import LinkTask


class RunSettings(NamedTuple):
    """What a run is made of: the family of its model, the model's name, settings of the data module, and of the task."""

    family: Family
    model: str
    data: dict[str, Any]
    task: dict[str, Any]


def task_of(family: Family) -> type[LinkTask]:
    """The Lightning module that trains a family."""
    module, name = family.task.split(":")
    task: type[LinkTask] = getattr(import_module(module), name)
    return task


def setting_names(model: str) -> list[str]:
    """Names of the settings of a run with this model, beside those of `link_prediction` itself."""
    family, named = find_model(model)
    return [*_names(LinkData), *_names(task_of(family), family), *named.options]


def normalised(model: str, settings: Mapping[str, Any]) -> RunSettings:
    """The model meant, the settings of the data module and those of the task, checked by name, type and range.

    Raises:
        DataError: an unknown model or setting, with the nearest known one, or a value of the wrong type or range.
    """
    family, named = find_model(model)
    of_task, options, data, task = task_of(family), dict(named.implied), dict(family.data), dict(named.trained_with)
    places = (_names(LinkData), data), (_names(of_task, family), task), (named.options, options)
    for name, value in settings.items():
        place = next((values for names, values in places if name in names), None)
        if place is None:
            raise unknown_setting(name, setting_names(model), of=named.name)
        place[name] = value
    family.check_data(named.name, data)
    data, task = typed(LinkData, data), typed(of_task, task)
    if family.named_by is not None:
        made = {} if named.make is None else typed(named.make, options)
        task |= {family.named_by: named.name, f"{family.named_by}_options": made}
    return RunSettings(family, named.name, data, task)


def _names(what: Callable[..., Any], family: Family | None = None) -> list[str]:
    """Settings of the data module or of a task that a user gives, rather than the run itself or the data."""
    given = {"data", "seed", *SIZES}
    if family is not None and family.named_by is not None:
        given |= {family.named_by, f"{family.named_by}_options"}
    return [name for name in declared(what) if name not in given]


def make_task(family: Family, data: LinkData, *, seed: int, **settings: Any) -> LinkTask:
    """The Lightning module that trains a model of the family on the data."""
    task: Callable[..., LinkTask] = task_of(family)
    sizes = {name: getattr(data, name) for name in declared(task) if name in SIZES}
    return task(seed=seed, **settings, **sizes)
