"""The source files of the standard library: which there are, and where."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphfm.errors import DataError

# Programs, jokes, tables of data, the converter from Python 2 and what only Windows installs: no chapter documents what
# they define, or not on every machine.
_LEFT_OUT = {
    "__hello__",
    "__phello__",
    "antigravity",
    "this",
    "idlelib",
    "lib2to3",
    "msilib",
    "pydoc_data",
    "turtledemo",
}
_TESTS = {"test", "tests"}


class SourceFile(NamedTuple):
    """One module of the library, not yet read."""

    module: str
    is_package: bool
    path: Path


def library_folder() -> Path:
    """The folder of the running interpreter's own library.

    Raises:
        DataError: where the library is a zip archive or holds no sources.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    if not (folder / "os.py").is_file():
        raise DataError(
            f"no os.py in {folder}",
            expected="the sources of the standard library",
            hint="Embedded and frozen interpreters ship none; run graphfm with a regular Python installation.",
        )
    return folder


def library_modules() -> frozenset[str]:
    """Top-level modules that make the corpus; third-party packages live in the same folder and are not among them."""
    return sys.stdlib_module_names - _LEFT_OUT - _TESTS


def source_files(folder: Path, modules: frozenset[str]) -> Iterator[SourceFile]:
    """Source files of the top-level `modules` in `folder`, tests left out, in the order of their names."""
    for entry in sorted(os.listdir(folder)):
        name = entry.removesuffix(".py")
        if name in modules:
            yield from _source_files(folder / entry, name)


def _source_files(path: Path, module: str) -> Iterator[SourceFile]:
    if path.suffix == ".py":
        yield SourceFile(module, False, path)
    elif (path / "__init__.py").is_file():
        yield SourceFile(module, True, path / "__init__.py")
        for entry in sorted(os.listdir(path)):
            name = entry.removesuffix(".py")
            if name.isidentifier() and name != "__init__" and name not in _TESTS:
                yield from _source_files(path / entry, f"{module}.{name}")
