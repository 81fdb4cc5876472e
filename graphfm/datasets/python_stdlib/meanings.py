"""What a dotted name of the library means: the only place where names are resolved."""

from __future__ import annotations

from graphfm.datasets.python_stdlib.library import Library


class Names:
    """Resolves dotted names by the definitions, imports, assignments and base classes of a library.

    The first meaning that leads to a definition wins, and base classes are searched depth first. An instance is taken
    for its class. Names that come from C, from the builtins or from run time have no meaning here.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.bases: dict[str, list[str]] = {}
        for source, relation, target in library.references:
            if relation == "subclass_of":
                self.bases.setdefault(source, []).append(target)
        self._found: dict[str, str | None] = {}

    def kind(self, name: str) -> str:
        return self.library.definitions[name].kind

    def find(self, dotted: str) -> str | None:
        """The definition a dotted name means, or None."""
        if dotted in self.library.definitions:
            return dotted
        if dotted not in self._found:
            self._found[dotted] = None  # a name that is defined by itself ends here
            self._found[dotted] = self._first(self.library.aliases.get(dotted, [])) or self._member(dotted)
        return self._found[dotted]

    def _first(self, candidates: list[str]) -> str | None:
        return next(filter(None, map(self.find, candidates)), None)

    def _member(self, dotted: str) -> str | None:
        prefix, _, attribute = dotted.rpartition(".")
        if prefix.endswith(".super()"):
            return self._inherited(prefix.removesuffix(".super()"), attribute)
        owner = self.find(prefix) if prefix else None
        if owner is None:
            return None
        if attribute == "()":
            return owner if self.kind(owner) == "class" else None
        if owner != prefix:
            return self.find(f"{owner}.{attribute}")
        if self.kind(owner) == "class":
            return self._inherited(owner, attribute)
        return self._first([f"{module}.{attribute}" for module in self.library.stars.get(owner, [])])

    def _inherited(self, class_name: str, attribute: str) -> str | None:
        return self._first([f"{base}.{attribute}" for base in self.bases.get(class_name, [])])
