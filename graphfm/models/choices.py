"""The classes to choose from, however they are given: names, names with descriptions, a file, or the graph's own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from graphfm.classification.answer import check_names
from graphfm.errors import DataError

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph


class Choices(NamedTuple):
    """C names, and a sentence each, "" where there is none."""

    names: list[str]
    descriptions: list[str]


def choices(
    graph: TextGraph,
    names: Sequence[str] | Mapping[str, str] | None = None,
    descriptions: Sequence[str] | None = None,
    *,
    file: str | os.PathLike[str] | None = None,
) -> Choices:
    """What a graph's nodes may be.

    Args:
        graph: whose classes are taken where none are given.
        names: in words, or each with its description.
        descriptions: a sentence each, "" where there is none.
        file: a classes.json, or a text file with a name a line.

    Raises:
        DataError: no classes anywhere, classes given twice, one string in place of a list, an empty name, names that are
            numbers, or not a description for each.
    """
    if names is not None and file is not None:
        raise DataError("class names and a file of classes", expected="one of the two")
    if file is not None:
        found = _read(Path(file))
    elif names is None:
        found = Choices(list(graph.class_names), list(graph.class_descriptions))
    else:
        found = _given(names, descriptions)
    check_names(found.names)
    return found


def _given(names: Sequence[str] | Mapping[str, str], descriptions: Sequence[str] | None) -> Choices:
    if isinstance(names, Mapping):
        if descriptions is not None:
            raise DataError("descriptions in the mapping and beside it", expected="one of the two")
        descriptions, names = list(names.values()), list(names)
    for what, words in (("class_names", names), ("class_descriptions", descriptions)):
        if isinstance(words, str) or any(not isinstance(word, str) for word in words or ()):
            raise DataError(f"{what}={words!r}", expected="a list of strings")
    if any(not name.strip() for name in names):
        raise DataError("an empty class name", expected="a name in words")
    if descriptions is not None and len(descriptions) != len(names):
        found = f"{len(descriptions)} descriptions of {len(names)} classes"
        raise DataError(found, expected="one for each class, '' where there is none")
    return Choices(list(names), [""] * len(names) if descriptions is None else list(descriptions))


def _read(path: Path) -> Choices:
    from graphfm.datasets.text_graphs.folder import read_classes_file
    from graphfm.files import read_text

    if not path.is_file():
        raise DataError("no such file", expected="classes.json, or a text file with a name a line", path=path)
    if path.suffix == ".json":
        classes = read_classes_file(path)
        return Choices(classes.names, list(classes.descriptions or [""] * len(classes.names)))
    names = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    return Choices(names, [""] * len(names))
