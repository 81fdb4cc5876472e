"""Settings of a link prediction run by name: where each belongs, and what was meant by one that does not exist."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from jsonargparse import ArgumentParser

from graphfm.errors import DataError
from graphfm.kg.names import scorer_name, scorer_options, scorers
from graphfm.tasks.kge import KGETraining
from graphfm.tasks.link_data import LinkData
from graphfm.tasks.link_task import LinkTask

#: What the run decides itself, or the data.
OWN = ("self", "data", "seed", "num_entities", "num_relations", "text_dim", "scorer", "scorer_options")


def _names(what: type) -> list[str]:
    return [name for name in inspect.signature(what).parameters if name not in OWN]


def setting_names(model: str | None = None) -> list[str]:
    """Names of all settings beside those of `link_prediction` itself; with a model, those of its scorer too."""
    return [*_names(LinkData), *_names(KGETraining), *(scorer_options(scorer_name(model)[0]) if model else [])]


def normalised(model: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The scorer meant, the settings of the data module, and those of the task, checked by name and type.

    Raises:
        DataError: an unknown model or setting, with the nearest known one, or a value of the wrong type.
    """
    scorer, implied = scorer_name(model)
    options, data, task = dict(implied), dict[str, Any](), dict[str, Any]()
    places = (_names(LinkData), data), (_names(KGETraining), task), (scorer_options(scorer), options)
    for name, value in settings.items():
        place = next((values for names, values in places if name in names), None)
        if place is None:
            known = setting_names(model)
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known settings: {', '.join(known)}."
            raise DataError(f"the unknown setting {name!r}", expected=f"a setting of {scorer}", hint=hint)
        place[name] = value
    options = typed(scorers()[scorer].__init__, options)
    return (
        scorer,
        typed(LinkData.__init__, data),
        typed(KGETraining.__init__, task | {"scorer": scorer, "scorer_options": options}),
    )


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
            expected = getattr(hints[name], "__name__", str(hints[name]).replace("typing.", ""))
            raise DataError(f"{name}: {value!r}", expected=f"a value of type {expected}") from error
    return read


def make_task(model: str, data: LinkData, *, seed: int, **settings: Any) -> LinkTask:
    """The Lightning module that trains the model on the data."""
    del model  # every model there is so far is an embedding
    sizes = {"num_entities": data.num_entities, "num_relations": data.num_relations, "text_dim": data.text_dim}
    return KGETraining(**sizes, seed=seed, **settings)  # type: ignore[arg-type]
