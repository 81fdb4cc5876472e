"""Many names looked up in one vocabulary, as `Triples.lookup_entity` does it for one, without a walk over all labels for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.spellings import squeezed
from graphfm.errors import DataError

EXPLAINED = 200  # unknown names that get the nearest known ones, each of which takes a moment to find


class NameIndex:
    """Ids by identifier, else by label, else by the same words spelt otherwise where they are one id's alone; each is found once.

    Args:
        graph: whose names they are.
        what: "entity" or "relation".
    """

    def __init__(self, graph: Triples, what: str) -> None:
        self._ids: Mapping[str, int] = graph.entity_to_id if what == "entity" else graph.relation_to_id
        labels = graph.entity_labels if what == "entity" else graph.relation_labels
        self._lookup: Callable[[str], int] = graph.lookup_entity if what == "entity" else graph.lookup_relation
        self._what = what
        self._labels = labels
        self._exact, self._folded = _unique(labels), _unique([label.casefold() for label in labels])
        self._problems: dict[str, str] = {}
        self._respelt: dict[str, int] = {}

    def get(self, name: str) -> int:
        """The id of a name, -1 of one that is unknown or several ids' label."""
        found = self._ids.get(name, self._exact.get(name))
        found = self._folded.get(name.casefold()) if found is None else found
        return self._spelt_otherwise(name) if found is None else found

    def _spelt_otherwise(self, name: str) -> int:
        if name not in self._respelt:
            self._respelt[name] = -1
            if squeezed(name) in self._squeezed:  # most unknown names end here, without a walk over all
                with suppress(DataError):
                    self._respelt[name] = self._lookup(name)
        return self._respelt[name]

    @cached_property
    def _squeezed(self) -> set[str]:
        return {squeezed(name) for name in (*self._ids, *self._labels)}

    def problem(self, name: str) -> str:
        """What hinders a name that has no id: it is unknown, with the nearest ones, or not one id's alone."""
        if name not in self._problems:
            if len(self._problems) < EXPLAINED:
                try:
                    self._lookup(name)
                except DataError as error:
                    self._problems[name] = str(error)
                    return str(error)
            return f"found the unknown {self._what} {name!r}, expected an identifier or a label of the set."
        return self._problems[name]


def _unique(labels: Sequence[str]) -> dict[str, int]:
    """The id of each label, -1 where several have it."""
    found: dict[str, int] = {}
    for i, label in enumerate(labels):
        found[label] = -1 if label in found else i
    return found
