"""One door to every knowledge graph: a folder of yours, the corpus made on the spot, OGB, the catalogue, or a single file."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from graphfm.datasets.triples.convert import from_labels
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.ntriples import Literals
from graphfm.datasets.triples.splits import split_triples
from graphfm.datasets.triples.statements import read_statements
from graphfm.errors import DataError


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
        path: the file, as `triples.statements.read_statements` takes it.
        val, test, seed, pairs_together: see `split_triples`; kept in ``info["split"]``.
        literals: see `triples.statements.read_statements`.
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
