"""The typed edges of the corpus: references whose target is a definition of the kind the relation asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from graphfm.datasets.python_stdlib.library import Library, Reference
from graphfm.datasets.python_stdlib.meanings import Names

RELATIONS = {
    "contains": "package contains module",
    "defines": "module or class defines class or function",
    "has_method": "class has method or property",
    "subclass_of": "class is a subclass of class",
    "overrides": "method overrides method of a base class",
    "imports": "module imports module",
    "imports_name": "module imports class or function",
    "decorated_by": "class or function is decorated by class or function",
    "raises": "function raises exception class",
    "instantiates": "function creates an instance of class",
    "calls": "function calls function or method",
}

_MODULES = {"module", "package"}
_FUNCTIONS = {"function", "method"}
_TARGET_KINDS = {
    "contains": _MODULES,
    "defines": {"class", "function"},
    "has_method": {"method", "property"},
    "subclass_of": {"class"},
    "overrides": {"method", "property"},
    "imports": _MODULES,
    "imports_name": {"class", *_FUNCTIONS},
    "decorated_by": {"class", *_FUNCTIONS},
    "raises": {"class"},
    "instantiates": {"class"},
    "calls": _FUNCTIONS,
}


def resolve(library: Library) -> list[Reference]:
    """The references between definitions, relation after relation, in the order of the sources; none to oneself.

    A pair has one relation, the first of `RELATIONS` that holds. The others follow from it more often than not: who
    raises an exception makes an instance of it, who overrides a method calls it through `super()`.
    """
    names = Names(library)
    found: dict[str, list[Reference]] = {relation: [] for relation in RELATIONS}
    for reference in library.references:
        for meaning in _meanings(reference, names):
            if meaning.source != meaning.target and names.kind(meaning.target) in _TARGET_KINDS[meaning.relation]:
                found[meaning.relation].append(meaning)
    pairs: dict[tuple[str, str], Reference] = {}
    for edge in chain.from_iterable(found.values()):
        pairs.setdefault((edge.source, edge.target), edge)
    return list(pairs.values())


def _meanings(reference: Reference, names: Names) -> Iterator[Reference]:
    """What a reference says once its target is found: a call may make an instance, an import may be of a name."""
    source, relation, dotted = reference
    target = names.find(dotted)
    if relation == "imports" and (target is None or names.kind(target) not in _MODULES):
        origin = names.find(dotted.rpartition(".")[0])
        if origin is not None:
            yield Reference(source, "imports", origin)
        relation = "imports_name"
    elif relation == "calls" and target is not None and names.kind(target) == "class":
        relation = "instantiates"
    if target is not None:
        yield Reference(source, relation, target)
