"""Names of entities and relations: identifiers made readable, look-up by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from graphfm.errors import DataError, did_you_mean

_NELL = re.compile(r"concept[_:](?P<kind>[a-z]+)(?:[_:](?P<name>.+))?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FREEBASE_ID = re.compile(r"/[mg]/\w+")


def readable(identifier: str) -> str:
    """An identifier as a person would write it, for sets that come without labels.

    >>> readable("concept_city_new_york"), readable("_member_meronym"), readable("http://dbpedia.org/ontology/birthPlace")
    ('new york (city)', 'member meronym', 'birth place')
    >>> readable("/film/film/genre"), readable("/m/0102xz"), readable("Q42")
    ('film film genre', '/m/0102xz', 'Q42')
    """
    if match := _NELL.fullmatch(identifier):
        kind, name = match["kind"], match["name"]
        return f"{name.replace('_', ' ').strip()} ({kind})" if name else kind
    if _FREEBASE_ID.fullmatch(identifier) or identifier.startswith("_:"):
        return identifier
    words = identifier
    if "://" in words:
        words = unquote(re.split(r"[/#]", words.rstrip("/#"))[-1])
        words = _CAMEL.sub(" ", words).lower() if _CAMEL.search(words) else words
    if words.startswith("/"):
        words = words.replace("/", " ")
    return " ".join(words.replace("_", " ").split()) or identifier


def lookup(name: str, ids: Mapping[str, int], labels: Sequence[str], *, what: str) -> int:
    """The id that a name stands for: an identifier first, else a label that only one id bears.

    Args:
        name: what the user typed.
        ids: id of each identifier, in the order of the ids.
        labels: readable label of each id.
        what: "entity" or "relation", for the message.

    Raises:
        DataError: on an unknown name, with the nearest known ones, or on a label that several ids bear.
    """
    if name in ids:
        return ids[name]
    wanted = name.casefold()
    found = [i for i, label in enumerate(labels) if label == name]
    found = found or [i for i, label in enumerate(labels) if label.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        identifiers = list(ids)
        some = ", ".join(repr(identifiers[i]) for i in found[:5]) + (", ..." if len(found) > 5 else "")
        raise DataError(
            f"{name!r}, the label of {len(found)} ids",
            expected=f"the name of one {what}",
            hint=f"Use an identifier: {some}.",
        )
    raise DataError(
        f"the unknown {what} {name!r}",
        expected="an identifier or a label of the set",
        hint=did_you_mean(name, dict.fromkeys([*ids, *labels]), count=3, quoted=True),
    )
