"""Identifiers shortened by prefixes, and back: ``http://schema.org/knows`` and ``schema:knows``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Prefixes that everybody means the same by.
WELL_KNOWN = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "obo": "http://purl.obolibrary.org/obo/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "dbr": "http://dbpedia.org/resource/",
    "dbo": "http://dbpedia.org/ontology/",
}
_LOCAL = re.compile(r"[^\W_][\w.-]*|[\w-]+", re.ASCII)


def shorten(iris: Iterable[str], prefixes: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Names with the longest fitting prefix in place of the beginning, and the prefixes that were used.

    A prefix that some name begins with as it stands is not used, so that `expand` gives every name back.

    >>> shorten(["http://e.org/a", "http://e.org/b/c", "_:x"], {"e": "http://e.org/"})
    (['e:a', 'http://e.org/b/c', '_:x'], {'e': 'http://e.org/'})
    """
    iris = list(iris)
    spoken = {iri.partition(":")[0] for iri in iris}
    places = {place: name for name, place in prefixes.items() if name and place and name not in spoken}
    used: dict[str, str] = {}
    short = []
    for iri in iris:
        cut = max(iri.rfind("/"), iri.rfind("#"), iri.rfind(":")) + 1
        name = places.get(iri[:cut])
        if name is not None and _LOCAL.fullmatch(iri[cut:]):
            used[name] = iri[:cut]
            short.append(f"{name}:{iri[cut:]}")
        else:
            short.append(iri)
    return short, used


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """The identifier that a short name stands for.

    >>> expand("e:a", {"e": "http://e.org/"}), expand("_:x", {"e": "http://e.org/"})
    ('http://e.org/a', '_:x')
    """
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else name
