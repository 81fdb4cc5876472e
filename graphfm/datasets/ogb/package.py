"""The ogb package, held so that it asks no questions, calls nobody and reads its own files."""

from __future__ import annotations

import builtins
import csv
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from zipfile import BadZipFile

import torch
from torch_geometric.data.data import Data, DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage

from graphfm.datasets import catalog
from graphfm.errors import DataError
from graphfm.files import read_text, require
from graphfm.paths import cache_home, data_home

ORIGIN = "graphfm.datasets.ogb:read"  # of the sets of OGB, in the catalogue


def entry(name: str, *, kind: catalog.Kind) -> catalog.Entry:
    """The catalogue's entry of an OGB set."""
    known = [one for one in catalog.names(kind) if catalog.entry(one).origin == ORIGIN]
    if name not in known:
        raise DataError(f"{name!r}, which is not of OGB", expected=" or ".join(known))
    return catalog.entry(name)


def locate(name: str, root: Path | None) -> Path:
    """Where the folder of a set is or will be: in `root`, else under ``GRAPHFM_DATA``, else in the cache."""
    folder = name.replace("-", "_")
    if root is not None:
        return root / folder
    home = data_home()
    ready = home / "ogb" / folder if home else None
    return ready if ready and ready.is_dir() else cache_home() / "datasets" / "ogb" / folder


@contextmanager
def quiet(name: str, folder: Path, *, allow_large: bool) -> Iterator[None]:
    """Room for code of the ogb package.

    In it, questions are answered (a download of more than one gigabyte needs `allow_large`, no folder is ever replaced),
    the package's talk goes to standard error, and its pickled PyG objects load although torch trusts no pickle.

    Raises:
        DataError: in place of what the package raises where it cannot download or read.
    """
    # ogb asks a package index for its newest version when it is imported and can import this.
    sys.modules.setdefault("outdated", None)  # type: ignore[arg-type]

    def answer(question: object = "") -> str:
        if "download" not in str(question):
            return "n"
        if allow_large:
            return "y"
        size = str(question).partition(". Will")[0]
        raise DataError(f"a large download ({size})", expected="your consent", hint="Pass allow_large=True.")

    ask, builtins.input = builtins.input, answer
    try:
        with (
            redirect_stdout(sys.stderr),
            warnings.catch_warnings(),
            torch.serialization.safe_globals([Data, DataEdgeAttr, DataTensorAttr, GlobalStorage]),
        ):
            # ogb makes tensors of what pandas lends it to read, and does not write to them.
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            yield
    except (OSError, RuntimeError, BadZipFile) as error:
        raise DataError(
            f"{type(error).__name__} ({error}) while the ogb package downloads or reads {name}",
            expected="a network, or the whole data set in OGB's layout",
            hint=f"Without a network, put the unpacked folder {folder.name} at {folder} or into a folder ogb under "
            "GRAPHFM_DATA. If it is there already, it may be damaged: remove it and call again.",
        ) from error
    finally:
        builtins.input = ask


def column(folder: Path, name: str) -> list[str]:
    """The second column of one of OGB's mapping tables, in the order of the first, which counts from 0."""
    path = require(folder, name)
    rows = list(csv.reader(read_text(path).splitlines()[1:]))
    for number, row in enumerate(rows):
        if len(row) < 2 or row[0] != str(number):
            found = ",".join(row)
            raise DataError(f"the row {found!r}", expected=f"{number}, then a name", path=path, line=number + 2)
    return [row[1] for row in rows]
