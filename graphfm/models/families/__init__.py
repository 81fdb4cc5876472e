"""The table of families of link models, and how a family is found: by what a file calls it, or by a model's name.

To add one: a subclass of `Family` in a file of its own, and its instance in `FAMILIES`; or, from another package, an entry
point of the group ``graphfm.families`` that names the instance.
"""

from __future__ import annotations

from graphfm.errors import DataError, did_you_mean
from graphfm.kg.names import folded
from graphfm.models.families.embeddings import EMBEDDINGS
from graphfm.models.families.family import Family, Named
from graphfm.models.families.foundation import FOUNDATION
from graphfm.models.families.reasoners import REASONERS
from graphfm.plugins import plugins

__all__ = ["FAMILIES", "Family", "Named", "families", "family_of", "find_model"]

#: The families that come with graphfm.
FAMILIES: tuple[Family, ...] = (EMBEDDINGS, REASONERS, FOUNDATION)


def families() -> tuple[Family, ...]:
    """`FAMILIES`, and those of other packages."""
    return (*FAMILIES, *plugins("graphfm.families").values())


def family_of(kind: str) -> Family:
    """The family that a file calls by this name.

    Raises:
        DataError: there is none.
    """
    known = {family.kind: family for family in reversed(families())}
    if kind not in known:
        raise DataError(
            f"a link model of the family {kind!r}",
            expected=f"one of {', '.join(sorted(known))}",
            hint="Install the package that brings it.",
        )
    return known[kind]


def find_model(name: str) -> tuple[Family, Named]:
    """The family and the model that a name means, whatever its case and hyphens.

    >>> family, model = find_model("RED-GNN")
    >>> family.kind, model.name
    ('paths', 'redgnn')

    Raises:
        DataError: an unknown name, with the nearest known one.
    """
    names: list[str] = []
    for family in families():
        models = family.models()
        for known in models:
            if folded(known) == folded(name):
                return family, models[known]
        names += models
    hint = did_you_mean(folded(name), names, cutoff=0.5)
    raise DataError(f"the unknown model {name!r}", expected=f"one of {', '.join(names)}", hint=hint)
