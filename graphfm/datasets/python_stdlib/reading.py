"""From the folder of a library to the corpus: every definition with its text, and the typed edges between them."""

from __future__ import annotations

import tokenize
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from graphfm.datasets.python_stdlib.library import Definition, Library, Reference
from graphfm.datasets.python_stdlib.modules import library_folder, library_modules, source_files
from graphfm.datasets.python_stdlib.relations import resolve
from graphfm.datasets.python_stdlib.syntax import read_module
from graphfm.errors import DataError


class LibraryCorpus(NamedTuple):
    """Definitions in the order of the sources, and the edges between them."""

    definitions: tuple[Definition, ...]
    edges: tuple[Reference, ...]


def read_corpus(modules: Iterable[str] | None = None) -> LibraryCorpus:
    """The corpus of the running interpreter's library, or of some of its top-level modules; read once a process.

    Raises:
        DataError: an interpreter without sources, or a module that its library does not have.
    """
    return _read_installed(None if modules is None else frozenset(modules))


@lru_cache(maxsize=2)
def _read_installed(chosen: frozenset[str] | None) -> LibraryCorpus:
    known = library_modules()
    if chosen is not None and not (chosen and chosen <= known):
        unknown = ", ".join(sorted(chosen - known)) or "no module"
        raise DataError(
            unknown, expected="top-level modules of the standard library", hint="For instance json or email."
        )
    corpus = read_folder(library_folder(), known if chosen is None else chosen)
    if not corpus.definitions:
        raise DataError("modules without Python source", expected="one module at least that is written in Python")
    return corpus


def read_folder(folder: Path, modules: frozenset[str]) -> LibraryCorpus:
    """The corpus of the top-level `modules` in a folder of Python sources."""
    library = Library()
    for module, is_package, path in source_files(folder, modules):
        try:
            with tokenize.open(path) as file:
                read_module(library, module=module, is_package=is_package, source=file.read())
        except (SyntaxError, UnicodeDecodeError) as error:
            line = getattr(error, "lineno", None)
            raise DataError(
                f"source that does not parse ({error})",
                expected="the library of this interpreter",
                path=path,
                line=line,
            ) from error
    return LibraryCorpus(tuple(library.definitions.values()), tuple(resolve(library)))
