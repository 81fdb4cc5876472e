"""From names to ids: vocabularies that a folder fixes, and the ids of statements under a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Qualifiers
from graphfm.datasets.triples.statements import Statements
from graphfm.errors import DataError
from graphfm.files import read_text


def plural(what: str) -> str:
    return {"entity": "entities", "relation": "relations"}[what]


def is_id_file(path: Path) -> bool:
    """Whether a file of triples holds ids (LibKGE, OpenKE) rather than names."""
    return path.name.removesuffix(".gz").endswith((".del", "2id.txt"))


def declared(folder: Path, what: str) -> list[str] | None:
    """The names in the order of their ids where a file of the folder fixes it, else None.

    Read are ``entities.dict`` (id, name; RotatE), ``entity_ids.del`` (id, name; LibKGE) and ``entity2id.txt`` (name, id
    after a line with their number; OpenKE), and the same for relations.

    Args:
        what: "entity" or "relation".

    Raises:
        DataError: where the ids are not 0 to n - 1.
    """
    for file, columns in ((f"{plural(what)}.dict", (0, 1)), (f"{what}_ids.del", (0, 1)), (f"{what}2id.txt", (1, 0))):
        if (path := folder / file).is_file():
            return _read_dictionary(path, *columns)
    return None


def _read_dictionary(path: Path, id_column: int, name_column: int) -> list[str]:
    names: dict[int, str] = {}
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        row = line.split("\t") if "\t" in line else line.split()
        if not row or (number == 1 and len(row) == 1 and row[0].isdecimal()):
            continue
        if len(row) < 2 or not row[id_column].isdecimal() or int(row[id_column]) in names:
            raise DataError(repr(line[:80]), expected="a name and an id of its own", path=path, line=number)
        names[int(row[id_column])] = row[name_column]
    if sorted(names) != list(range(len(names))) or len(set(names.values())) != len(names):
        raise DataError(
            f"{len(set(names.values()))} names for {len(names)} ids",
            expected="ids 0 to n - 1, each with its own name",
            path=path,
        )
    return [names[i] for i in range(len(names))]


def names_of(statements: Iterable[Statements], what: str) -> set[str]:
    """All names of entities (heads, tails, qualifier values) or of relations that occur."""
    return {name for one in statements for name in (one.entities if what == "entity" else one.relations)}


def index(names: Sequence[str], path: Path) -> dict[str, int]:
    """What a file of triples may write for each id."""
    written = map(str, range(len(names))) if is_id_file(path) else names
    return {name: i for i, name in enumerate(written)}


def to_ids(
    statements: Statements, entities: dict[str, int], relations: dict[str, int], *, expected: str
) -> tuple[Tensor, Qualifiers]:
    """The ids of the statements of one file.

    Args:
        entities, relations: id of each name.
        expected: what an unknown name violates, for the message.

    Raises:
        DataError: on an unknown name, with its line.
    """
    n = len(statements.triples)
    head, relation, tail = statements.triples.T
    qualifier, value = statements.qualifiers.T
    lines, qualifier_lines = statements.lines, np.repeat(statements.lines, statements.counts)

    def translate(what: str, ids: dict[str, int], positions: list[np.ndarray], where: list[np.ndarray]) -> np.ndarray:
        names = statements.entities if what == "entity" else statements.relations
        found = np.array([ids.get(name, -1) for name in names], dtype=np.int64)[np.concatenate(positions)]
        if len(unknown := np.flatnonzero(found < 0)):
            line = np.concatenate(where)[unknown]
            first = int(line.argmin())
            name = names[int(np.concatenate(positions)[unknown[first]])]
            raise DataError(
                f"the unknown {what} {name!r}", expected=expected, path=statements.path, line=int(line[first])
            )
        return found

    ends = translate("entity", entities, [head, tail, value], [lines, lines, qualifier_lines])
    kinds = translate("relation", relations, [relation, qualifier], [lines, qualifier_lines])
    triples = np.stack([ends[:n], kinds[:n], ends[n : 2 * n]], axis=1)
    pairs = np.stack([kinds[n:], ends[2 * n :]], axis=1)
    ptr = np.concatenate([[0], np.cumsum(statements.counts)])
    return torch.from_numpy(triples), Qualifiers(torch.from_numpy(ptr), torch.from_numpy(pairs))
