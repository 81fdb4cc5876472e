"""Scorers by name, forgivingly: every module of the package that defines one is found, none has to be registered."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import graphfm.kg.scorers
from graphfm.errors import DataError, did_you_mean
from graphfm.kg.scorers.scorer import Scorer
from graphfm.plugins import plugins
from graphfm.settings import check_options, declared

#: Names from the papers for one class with other arguments.
ALIASES: dict[str, tuple[str, dict[str, Any]]] = {
    "RotH": ("Hyperbolic", {"kind": "rotation"}),
    "RefH": ("Hyperbolic", {"kind": "reflection"}),
    "AttH": ("Hyperbolic", {"kind": "attention"}),
}


@cache
def scorers() -> dict[str, type[Scorer]]:
    """Every scorer by the name of its class; those of other packages (``graphfm.scorers``) by the name they declare.

    >>> sorted(scorers())[:2]
    ['ComplEx', 'CompoundE']
    """
    found = {}
    for info in pkgutil.iter_modules(graphfm.kg.scorers.__path__):
        for value in vars(import_module(f"graphfm.kg.scorers.{info.name}")).values():
            if isinstance(value, type) and issubclass(value, Scorer) and not inspect.isabstract(value):
                found[value.__name__] = value
    return plugins("graphfm.scorers") | dict(sorted(found.items()))


def folded(name: str) -> str:
    """A name without what its spellings differ in.

    >>> folded("RED-GNN")
    'redgnn'
    """
    if not isinstance(name, str):  # YAML has many types
        raise DataError(f"the name {name!r}", expected="a string")
    return name.casefold().replace("-", "").replace("_", "")


def scorer_name(name: str) -> tuple[str, dict[str, Any]]:
    """The class that a name means, whatever its case, and the arguments that the name implies.

    >>> scorer_name("rotate"), scorer_name("RotH")
    (('RotatE', {}), ('Hyperbolic', {'kind': 'rotation'}))

    Raises:
        DataError: an unknown name, with the nearest known one.
    """
    known = {folded(scorer): (scorer, dict[str, Any]()) for scorer in scorers()}
    known |= {folded(alias): meant for alias, meant in ALIASES.items()}
    if folded(name) in known:
        return known[folded(name)]
    names = [*scorers(), *ALIASES]
    hint = did_you_mean(folded(name), names, cutoff=0.5)
    raise DataError(f"the unknown scorer {name!r}", expected=f"one of {', '.join(names)}", hint=hint)


def scorer_options(scorer: type[Scorer]) -> tuple[str, ...]:
    """The arguments of a scorer beside its width and its tier, such as `gamma`."""
    return tuple(option for option in declared(scorer) if option not in ("dim", "tier"))


def make_scorer(name: str, dim: int, options: Mapping[str, Any]) -> Scorer:
    """A scorer by name.

    Raises:
        DataError: an unknown name, or an argument that the scorer does not take.
    """
    name, implied = scorer_name(name)
    scorer, options = scorers()[name], {**implied, **options}
    check_options(scorer, options, known=scorer_options(scorer), of=name)
    try:
        return scorer(dim, **options)  # type: ignore[call-arg, misc]
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} with dim={dim}, {options}: {error}", expected="valid arguments") from error
