"""Models by name, forgivingly: every module of this package that defines a scorer is found, none has to be registered."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

import graphfm.kg.scorers
from graphfm.errors import DataError, did_you_mean
from graphfm.kg.paths.mokgr import METHODS
from graphfm.kg.scorers.scorer import Scorer

#: Names from the papers for one class with other arguments.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "roth": ("Hyperbolic", {"kind": "rotation"}),
    "refh": ("Hyperbolic", {"kind": "reflection"}),
    "atth": ("Hyperbolic", {"kind": "attention"}),
}


@cache
def scorers() -> dict[str, type[Scorer]]:
    """Every scorer of the package by the name of its class.

    >>> sorted(scorers())[:2]
    ['ComplEx', 'DistMult']
    """
    found = {}
    for info in pkgutil.iter_modules(graphfm.kg.scorers.__path__):
        for value in vars(import_module(f"graphfm.kg.scorers.{info.name}")).values():
            if isinstance(value, type) and issubclass(value, Scorer) and not inspect.isabstract(value):
                found[value.__name__] = value
    return dict(sorted(found.items()))


def scorer_name(name: str) -> tuple[str, dict[str, Any]]:
    """The class that a name means, whatever its case, and the arguments that the name implies.

    >>> scorer_name("rotate"), scorer_name("RotH")
    (('RotatE', {}), ('Hyperbolic', {'kind': 'rotation'}))

    Raises:
        DataError: an unknown name, with the nearest known one.
    """
    folded = _folded(name)
    if folded in KINDS:
        return KINDS[folded]
    classes = {known.casefold(): known for known in scorers()}
    if folded in classes:
        return classes[folded], {}
    known = [*scorers(), "RotH", "RefH", "AttH", *METHODS]
    hint = did_you_mean(folded, known, cutoff=0.5)
    raise DataError(f"the unknown model {name!r}", expected=f"one of {', '.join(known)}", hint=hint)


def scorer_options(name: str) -> list[str]:
    """The arguments of a scorer beside its width and its tier, such as `gamma`."""
    return [option for option in inspect.signature(scorers()[name]).parameters if option not in ("dim", "tier")]


def method_name(name: str) -> str | None:
    """The path reasoner that a name means, a key of `graphfm.kg.paths.mokgr.METHODS`; None where it means none.

    >>> method_name("RED-GNN"), method_name("RotatE")
    ('redgnn', None)
    """
    return _folded(name) if _folded(name) in METHODS else None


def method_options(name: str) -> list[str]:
    """The arguments of a path reasoner beside its relations and its width, such as `num_layers`."""
    return [o for o in inspect.signature(METHODS[name]).parameters if o not in ("num_relations", "channels")]


def _folded(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def check_options(name: str, options: Iterable[str]) -> None:
    """Refuse an argument that a scorer or a path reasoner does not take.

    Raises:
        DataError: with the nearest known one.
    """
    known = method_options(name) if name in METHODS else scorer_options(name)
    for option in options:
        if option not in known:
            expected, hint = ", ".join(known) or "none", did_you_mean(option, known)
            raise DataError(f"the option {option!r} of {name}", expected=expected, hint=hint)


def make_scorer(name: str, dim: int, options: dict[str, Any]) -> Scorer:
    """A scorer by name.

    Raises:
        DataError: an unknown name, or an argument that the scorer does not take.
    """
    name, implied = scorer_name(name)
    check_options(name, options)
    try:
        return scorers()[name](dim, **(implied | options))  # type: ignore[call-arg, misc]
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} with dim={dim}, {implied | options}: {error}", expected="valid arguments") from error
