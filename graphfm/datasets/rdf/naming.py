"""Names and texts among the statements of RDF: which properties say them, and which language is taken."""

from __future__ import annotations

from graphfm.datasets.rdf.terms import Literal

_RDFS, _SKOS = "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2004/02/skos/core#"
_OBO, _DC = "http://purl.obolibrary.org/obo/", "http://purl.org/dc/"
_SCHEMA = ("http://schema.org/", "https://schema.org/")
#: Properties whose literals are names, and those whose literals are texts, best first.
_NAMES = (
    f"{_RDFS}label", f"{_SKOS}prefLabel", *(f"{base}name" for base in _SCHEMA), "http://xmlns.com/foaf/0.1/name",
    f"{_DC}terms/title", f"{_DC}elements/1.1/title",
)  # fmt: skip
_TEXTS = (
    f"{_RDFS}comment", f"{_SKOS}definition", *(f"{base}description" for base in _SCHEMA), f"{_OBO}IAO_0000115",
    f"{_DC}terms/description", f"{_DC}elements/1.1/description", "http://dbpedia.org/ontology/abstract",
)  # fmt: skip
_RANK = {iri: ("name", rank) for rank, iri in enumerate(_NAMES)} | {
    iri: ("text", rank) for rank, iri in enumerate(_TEXTS)
}


class Naming:
    """The best name and the best text of each resource: by the property, then the language asked for, none, any."""

    def __init__(self, language: str = "en") -> None:
        self.language = language.casefold()
        self.counts = {"name": 0, "text": 0}
        self._best: dict[str, dict[str, tuple[int, int, str]]] = {"name": {}, "text": {}}

    def take(self, resource: str, prop: str, literal: Literal) -> bool:
        """Whether a statement says a name or a text; then it is kept where none better is known."""
        if prop not in _RANK:
            return False
        what, rank = _RANK[prop]
        self.counts[what] += 1
        words = " ".join(literal.value.split())
        place = (self._foreign(literal.language), rank, words)
        best = self._best[what]
        if words and (resource not in best or place[:2] < best[resource][:2]):
            best[resource] = place
        return True

    def _foreign(self, language: str) -> int:
        language = language.casefold()
        if language == self.language or language.startswith(f"{self.language}-"):
            return 0
        return 2 if language else 1

    def found(self, what: str) -> dict[str, str]:
        """The "name" or the "text" of each resource that has one."""
        return {resource: words for resource, (_, _, words) in self._best[what].items()}
