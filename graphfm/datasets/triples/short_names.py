"""Identifiers of RDF shortened by prefixes: those of the files, those that everybody means the same by, and one for the set."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphfm.datasets.rdf.prefixes import WELL_KNOWN, shorten
from graphfm.datasets.triples.statements import Statements
from graphfm.datasets.triples.texts import readable
from graphfm.datasets.triples.vocabulary import names_of


def shortened(statements: Sequence[Statements], *, title: str) -> tuple[list[Statements], dict[str, str]]:
    """The statements with short names, and the prefixes that `graphfm.datasets.rdf.prefixes.expand` takes back.

    Args:
        statements: of all files of a set.
        title: of the set; where a file has an empty prefix, its names get one made of this.
    """
    prefixes = dict(WELL_KNOWN)
    for one in statements:
        own = dict(one.prefixes or {})
        if (place := own.pop("", None)) and (name := prefix_of(title)) not in prefixes | own:
            own[name] = place
        prefixes.update(own)
    names = sorted(names_of(statements, "entity") | names_of(statements, "relation"))
    short, used = shorten(names, prefixes)
    as_short = dict(zip(names, short, strict=True))
    made = []
    for one in statements:
        labels = {
            what: {as_short.get(name, name): words for name, words in found.items()}
            for what, found in one.labels.items()
        }
        for what, found in (("entity", one.entities), ("relation", one.relations)):
            for name in found:  # a name that no label stands for is read from the whole identifier
                if as_short[name] != name:
                    labels[what].setdefault(as_short[name], readable(name))
        entities, relations = ([as_short[name] for name in some] for some in (one.entities, one.relations))
        made.append(one._replace(entities=entities, relations=relations, labels=labels))
    return made, used


def prefix_of(title: str) -> str:
    """A prefix made of the title of a set.

    >>> prefix_of("My garden")
    'my_garden'
    """
    return re.sub(r"\W+", "_", title).strip("_").lower() or "this"
