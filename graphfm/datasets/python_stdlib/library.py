"""What reading the sources yields: definitions, references between names, and what other names stand for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple


class Definition(NamedTuple):
    """A module, class, function or method: one node of the corpus."""

    name: str
    kind: str
    module: str
    text: str


class Reference(NamedTuple):
    """`source` stands in `relation` to whatever the dotted name `target` means."""

    source: str
    relation: str
    target: str


@dataclass
class Library:
    """All that was read.

    A dotted name is written from the place where it stands: inside the function `json.load` the name `loads` becomes
    ``json.loads``, and a local variable `x` becomes ``json.load.x``. Two steps of a dotted name are no identifiers:
    ``a.()`` is what calling `a` gives, ``C.super()`` is where an attribute is looked up in the bases of C alone.

    Args:
        definitions: by name.
        references: in the order of the sources.
        aliases: the meanings a name may have that is no definition (imports, assignments), the first one first.
        stars: the modules from which a module imports everything.
    """

    definitions: dict[str, Definition] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    aliases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    stars: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def define(self, definition: Definition) -> None:
        """Keeps the first definition of a name: the getter of a property, the first branch of an `if`."""
        self.definitions.setdefault(definition.name, definition)

    def refer(self, source: str, relation: str, target: str | None) -> None:
        if target is not None:
            self.references.append(Reference(source, relation, target))
