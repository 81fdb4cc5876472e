"""One door to every knowledge graph: a folder of yours, the corpus made on the spot, OGB, the catalogue, or a single file."""

from __future__ import annotations

import os
from dataclasses import replace
from os import PathLike
from pathlib import Path

from graphfm.datasets import triples_folder
from graphfm.datasets.ntriples import Literals
from graphfm.datasets.splits import split_triples
from graphfm.datasets.triples import Triples
from graphfm.datasets.triples_convert import from_labels
from graphfm.datasets.triples_files import read_statements
from graphfm.datasets.triples_layout import holds_triples
from graphfm.errors import DataError


def load_triples(name_or_folder: str | PathLike[str], *, literals: Literals = "refuse") -> Triples:
    """A knowledge graph, by the name of a data set or the path of a folder of triples.

    A folder that holds triples comes before a data set of the same name.

    Args:
        name_or_folder: a name of the catalogue, or a folder as `triples_folder.read` takes it.
        literals: what to do with literals in a folder of N-Triples, see `triples_files.read_statements`.

    Raises:
        DataError: an unknown name, with the nearest known ones, or what is wrong in the files.
    """
    from graphfm.datasets import catalog

    name, path = os.fspath(name_or_folder), Path(name_or_folder).expanduser()
    if path.is_file():
        hint = (
            "Split it by graphfm.datasets.triples_loading.import_triples, or put it into a folder with valid and test."
        )
        raise DataError(f"the file {name}", expected="a folder with train, valid and test files", hint=hint)
    named = isinstance(name_or_folder, str) and name in catalog.names("kg")
    written_as_path = not isinstance(name_or_folder, str) or "/" in name or os.sep in name
    if holds_triples(path) or (not named and (written_as_path or path.is_dir())):
        return triples_folder.read(path, literals=literals)
    entry = catalog.entry(name, kind="kg")
    if entry.origin == "interpreter":
        from graphfm.datasets import python_stdlib

        return python_stdlib.triples()
    if entry.origin == "ogb":
        from graphfm.datasets import ogb

        return ogb.triples(name)
    triples = triples_folder.read(catalog.locate(name, kind="kg"), name=name, missing=entry.missing)
    about = {"source": entry.source, "licence": entry.licence, "caveat": entry.caveat}
    return replace(triples, info={**{key: value for key, value in about.items() if value}, **triples.info})


def is_knowledge_graph(source: str | PathLike[str]) -> bool:
    """Whether a path is a folder of triples, or a single file of them."""
    path = Path(source).expanduser()
    endings = {*path.suffixes} - {".gz"}
    return holds_triples(path) if path.is_dir() else path.is_file() and bool(endings & {".nt", ".tsv", ".csv", ".txt"})


def import_triples(
    path: str | PathLike[str],
    *,
    val: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
    pairs_together: bool = True,
    literals: Literals = "refuse",
    name: str | None = None,
) -> Triples:
    """A knowledge graph from a single file, split by `split_triples`.

    Args:
        path: the file, as `triples_files.read_statements` takes it.
        val, test, seed, pairs_together: see `split_triples`; kept in ``info["split"]``.
        literals: see `triples_files.read_statements`.
        name: name of the set; that of the file by default.

    Raises:
        DataError: on a malformed file, shares that are not possible, or statements with qualifiers.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise DataError(f"no file {file}", expected="a file of triples")
    statements = read_statements(file, literals=literals)
    if len(statements.qualifiers):
        hint = "Put splits of your own into a folder."
        raise DataError("statements with qualifiers", expected="plain triples to split", hint=hint, path=file)
    whole = from_labels({"train": statements.rows}, name=name or file.name.split(".")[0])
    parts = split_triples(whole.train, val=val, test=test, seed=seed, pairs_together=pairs_together)
    split = {"val": val, "test": test, "seed": seed, "pairs_together": pairs_together}
    info = {"split": split, **({"dropped_literals": statements.dropped} if statements.dropped else {})}
    return replace(whole, train=parts[0], val=parts[1], test=parts[2], info=info)
