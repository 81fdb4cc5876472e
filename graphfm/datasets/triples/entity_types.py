"""What kind of thing each entity is, where the data say so: a column of their table of names, or identifiers like Gene::9021."""

from __future__ import annotations

import re
from collections import Counter

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError, did_you_mean

_SEVERAL = re.compile(r"[|;,]")  # KGX and Neo4j write an entity's types in one cell


def entity_types(graph: Triples) -> list[str]:
    """The type of each entity as the data write it, "" where they say none; several are separated by ``|``, ``;`` or ``,``.

    >>> entity_types(Triples("g", ["Gene::9021", "bob"], ["r"]))
    ['Gene', '']
    """
    given = graph.info.get("types") or [""] * graph.num_entities
    return [kind or _prefix(name) for kind, name in zip(given, graph.entities, strict=True)]


def type_counts(graph: Triples) -> list[tuple[str, int]]:
    """The types as the data write them, and of how many entities each is, the most frequent first."""
    parts = (part.strip() for kind in entity_types(graph) for part in _SEVERAL.split(kind))
    return Counter(part for part in parts if part).most_common()


def of_type(graph: Triples, name: str) -> Tensor:
    """Which entities are of a type, whatever its case, with or without the prefix of its vocabulary (biolink:Gene).

    Shapes: `-> (V,)` bool.

    Raises:
        DataError: data without types, or no entity of this one, with the nearest types.
    """
    kinds = [{_folded(part) for part in _SEVERAL.split(kind) if part.strip()} for kind in entity_types(graph)]
    known = sorted(set().union(*kinds)) if kinds else []
    if not known:
        raise DataError(
            f"the type {name!r} for {graph.name}, whose entities have no types",
            expected="a table of entities with a column category, type or kind, or identifiers like Gene::9021",
            hint="`complete` takes candidates as a file with a name a line, or as `range`, too.",
        )
    if _folded(name) not in known:
        hint = did_you_mean(_folded(name), known) or f"There are: {', '.join(known[:20])}{', ...' * (len(known) > 20)}."
        raise DataError(f"the unknown type {name!r}", expected=f"a type of {graph.name}", hint=hint)
    return torch.tensor([_folded(name) in kind for kind in kinds])


def _prefix(name: str) -> str:
    kind, mark, rest = name.partition("::")
    return kind if mark and rest else ""


def _folded(name: str) -> str:
    return name.strip().rpartition(":")[2].casefold()
