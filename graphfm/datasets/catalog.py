"""The catalogue: every data set known by name, what it is, where it comes from and where it is on this machine.

The entries are in ``catalog.json``; ``scripts/make_catalog.py`` recomputes their statistics and checks their checksums.
An entry names addresses only where its published files can be read as they are. The checksums are those of the
published bytes; where none is known, what was downloaded is verified by its size and format (`published_files`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from graphfm.errors import DataError, did_you_mean
from graphfm.paths import cache_home, data_home
from graphfm.plugins import plugins

Kind = Literal["tag", "kg"]


@dataclass(frozen=True)
class File:
    """A published file: its name in the folder of the set, its address, and what is known of its bytes.

    Args:
        path: its name here.
        url: its address, or that of the archive it is in.
        sha256: the checksum of its bytes, where it is known.
        git: the name that Git gives them, for a file of a repository whose bytes were not at hand.
        member: its name in the archive, a tar or zip; "" for a file that is published alone.
        archive_git: the name that Git gives the archive.
        header: its first line.
        columns: its number of columns, separated by tabs.
        lines: its number of lines.
    """

    path: str
    url: str
    sha256: str = ""
    git: str = ""
    member: str = ""
    archive_git: str = ""
    header: str = ""
    columns: int = 0
    lines: int = 0

    @property
    def verified_by(self) -> str:
        """What tells that a download is right, in words."""
        if self.sha256 or self.git or self.archive_git:
            return "checksum"
        return "size and format" if self.lines else "format"


@dataclass(frozen=True)
class Entry:
    """What is known of a data set.

    Args:
        name: what to call it.
        kind: "tag" for a text-attributed graph, "kg" for a knowledge graph, "both" for a corpus that is either.
        about: one sentence.
        source: the public repositories it comes from.
        licence: as the source states it.
        statistics: sizes, counted from the files; those of an inference graph nested under "inference".
        caveat: what a reader of results should know.
        conversion: how the files here differ from the published ones.
        directed: whether the direction of the links of a text graph means anything.
        missing: splits that the set does not have.
        split: whether it is published as one list, of which a tenth becomes validation and a tenth test when it is read, the
            same ones each time.
        pair: for an inductive set in two folders, the name of the folder with the observed test graph.
        inference: whether the observed test graph is a file ``inference.txt`` beside the training graph.
        reading: what its tables do not say of themselves, as the arguments of `tables.declared.Reading`.
        valid_on_training_graph: whether validation queries are on the training graph of an inductive set.
        origin: "files" for a folder; else the function that makes the graph, as ``module:function``, called with the name of
            the set and the kind of graph that is wanted.
        files: where to download it; empty where it is not published in a form that can be read as it is.
    """

    name: str
    kind: Literal["tag", "kg", "both"]
    about: str
    source: str
    licence: str
    statistics: dict[str, Any] = field(default_factory=dict)
    caveat: str = ""
    conversion: str = ""
    directed: bool = True
    missing: tuple[str, ...] = ()
    split: bool = False
    pair: str | None = None
    inference: bool = False
    reading: dict[str, Any] = field(default_factory=dict)
    valid_on_training_graph: bool = False
    origin: str = "files"
    files: tuple[File, ...] = ()


@cache
def entries() -> dict[str, Entry]:
    """All entries by name, in alphabetical order: ours, and those of other packages.

    A package adds a set by an entry point of the group ``graphfm.datasets``, named as the set, whose object is its `Entry`.
    """
    text = resources.files("graphfm.datasets").joinpath("catalog.json").read_text(encoding="utf-8")
    own = {name: _entry(name, **fields) for name, fields in json.loads(text).items()}
    return dict(sorted((plugins("graphfm.datasets") | own).items()))


def _entry(name: str, *, files: Iterable[dict[str, Any]] = (), missing: Iterable[str] = (), **fields: Any) -> Entry:
    return Entry(name, **fields, files=tuple(File(**file) for file in files), missing=tuple(missing))


def names(kind: Kind | None = None) -> list[str]:
    """Names of the data sets of a kind, or of all.

    >>> "cora" in names("tag"), "cora" in names("kg"), "python-stdlib" in names("kg")
    (True, False, True)
    """
    return [name for name, found in entries().items() if kind is None or found.kind in (kind, "both")]


#: Which commands take a graph of a kind, for whoever gives it to one of the other kind.
TAKEN_BY = {
    "tag": "`graphfm classify`, `inspect`, `zero-shot` and `link-text` take it.",
    "kg": "`graphfm complete`, `explain`, `evaluate` and `link-prediction` take it.",
}


def entry(name: str, *, kind: Kind | None = None) -> Entry:
    """The entry of a data set.

    Raises:
        DataError: on a name that no set has, with the nearest ones, or on that of a set of the other kind.
    """
    known = names(kind)
    if name in known:
        return entries()[name]
    kinds = {"tag": "a text graph", "kg": "a knowledge graph", None: "a data set"}
    what = kinds[kind]
    if other := entries().get(name):
        found = f"{name!r}, which is {kinds[other.kind]}"  # type: ignore[index]
        raise DataError(found, expected=what, hint=TAKEN_BY[other.kind])
    raise DataError(
        f"the unknown name {name!r}",
        expected=f"the name of {what} of the catalogue",
        hint=" ".join(_near(name, known)) or "`graphfm datasets list` names all.",
    )


def _near(name: str, known: Iterable[str]) -> Iterator[str]:
    """Hints for an unknown name: the sets, and the files or folders here, that are like it."""
    here = did_you_mean(name, [path.name for path in islice(Path().iterdir(), 1000)], cutoff=0.8)
    if Path(name).suffix:
        yield f"There is no file {name!r} here."
    elif near := did_you_mean(name, known, count=3):
        yield near
    if here:
        yield f"{here[:-1]}, which is here?"


def locate(name: str, *, kind: Kind | None = None) -> Path:
    """The folder of a data set: under ``GRAPHFM_DATA``, else in the cache, else downloaded into the cache.

    Raises:
        DataError: on an unknown name, a set that is no folder, or one that is not here and cannot be downloaded; the
            message says where it comes from.
    """
    found = entry(name, kind=kind)
    home = data_home()
    if home and (ready := home / found.kind / name).is_dir():
        return ready
    if found.files:
        return download(name)
    raise _not_here(found)


def download(name: str, *, progress: bool = True) -> Path:
    """The folder of a data set in the cache, after fetching those of its files that are not there yet.

    The second folder of an inductive pair comes first: a training graph without it would pass for another task.

    Raises:
        DataError: where the set has no address, or as `published_files.bring` does.
    """
    from graphfm.datasets.published_files import bring, tidy

    found = entry(name)
    if not found.files:
        raise _not_here(found)
    if found.pair:
        download(found.pair, progress=progress)
    folder = cache_home() / "datasets" / found.kind / name
    for file in found.files:
        bring(file, folder, progress=progress)
    tidy(found.files, folder)
    return folder


def to_be_had(found: Entry) -> str:
    """How a set comes to this machine, in a few words: it is here, it is made or fetched, or its files are to be brought."""
    home = data_home()
    if found.origin == "graphfm.datasets.python_stdlib:read" or (home and (home / found.kind / found.name).is_dir()):
        return "here"
    if found.files or found.origin != "files":
        return "is downloaded"
    return "by its files"


def _not_here(found: Entry) -> DataError:
    if found.origin != "files":
        calls = [call for kind, call in (("tag", "load"), ("kg", "load_triples")) if found.kind in (kind, "both")]
        ways = " or ".join(f"graphfm.datasets.{call}({found.name!r})" for call in calls)
        hint = f"It comes from {found.source}: {ways}."
        return DataError(f"no folder of {found.name}", expected="a data set that is a folder", hint=hint)
    folder = f"{found.kind}/{found.name}"
    home = data_home()
    where = f"in GRAPHFM_DATA ({home})" if home else "(GRAPHFM_DATA is not set)"
    conversion = f"; {found.conversion}" if found.conversion else ""
    return DataError(
        f"no folder {folder} {where}",
        expected="one, since no published form of this set can be downloaded and read as it is",
        hint=f"It comes from {found.source}{conversion}. Point GRAPHFM_DATA to a folder that holds {folder}, or give the "
        "path of a folder of your own instead of a name.",
    )
