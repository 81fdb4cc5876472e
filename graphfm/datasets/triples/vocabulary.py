"""From names to ids: vocabularies that a folder fixes, and the ids of statements under a vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from graphfm.datasets.tables.unpacking import lines
from graphfm.datasets.triples.graph import Qualifiers, Triples
from graphfm.datasets.triples.statement_rows import plain_name
from graphfm.datasets.triples.statements import Statements
from graphfm.errors import DataError


def plural(what: str) -> str:
    return {"entity": "entities", "relation": "relations"}[what]


def is_id_file(path: Path) -> bool:
    """Whether a file of triples holds ids (LibKGE, OpenKE) rather than names."""
    name = path.name.removesuffix(".gz")
    return name.endswith((".del", "2id.txt")) or name == "numeric_triples.tsv"


def declared(folder: Path, what: str) -> list[str] | None:
    """The names in the order of their ids where a file of the folder fixes it, else None.

    Read are ``entities.dict`` (id, name; RotatE), ``entity_ids.del`` (id, name; LibKGE), ``entity2id.txt`` (name, id
    after a line with their number; OpenKE) and ``entity_to_id.tsv`` (id, label; PyKEEN), and the same for relations.

    Args:
        what: "entity" or "relation".

    Raises:
        DataError: where the ids are not 0 to n - 1.
    """
    for file, columns in ((f"{plural(what)}.dict", (0, 1)), (f"{what}_ids.del", (0, 1)), (f"{what}2id.txt", (1, 0))):
        if (path := folder / file).is_file():
            return _read_dictionary(path, *columns)
    for name in (f"{what}_to_id.tsv.gz", f"{what}_to_id.tsv"):
        for path in (folder / name, folder / "training" / name):
            if path.is_file():
                return _read_dictionary(path, 0, 1)
    return None


def _read_dictionary(path: Path, id_column: int, name_column: int) -> list[str]:
    names: dict[int, str] = {}
    for number, line in enumerate(lines(path), start=1):
        row = line.split("\t") if "\t" in line else line.split()
        if not row or (number == 1 and len(row) == 1 and row[0].isdecimal()):
            continue
        if number == 1 and {*row} == {"id", "label"}:
            id_column, name_column = row.index("id"), row.index("label")
            continue
        if "\t" not in line and len(row) > 2:
            hint = "Separate name and id by a tab where names hold blanks."
            raise DataError(
                f"{len(row)} words ({line[:60]})", expected="a name and an id", hint=hint, path=path, line=number
            )
        if len(row) < 2 or not row[id_column].isdecimal() or len(row[id_column]) > 18:
            raise DataError(repr(line[:80]), expected="a name and an id of its own", path=path, line=number)
        if int(row[id_column]) in names:
            found = f"the id {row[id_column]} again ({line[:60]})"
            raise DataError(found, expected="a name and an id of its own", path=path, line=number)
        names[int(row[id_column])] = row[name_column]
    gap = next((i for i in range(len(names)) if i not in names), None)
    if gap is not None:
        raise DataError(
            f"no id {gap} among {len(names)} ids", expected="ids 0 to n - 1, each with its own name", path=path
        )
    if len(set(names.values())) != len(names):
        twice = next(name for name, count in Counter(names.values()).items() if count > 1)
        raise DataError(f"the name {twice!r} twice", expected="ids 0 to n - 1, each with its own name", path=path)
    ordered = [names[i] for i in range(len(names))]
    plain = [plain_name(name) for name in ordered]  # as the triples have them
    return plain if len({*plain}) == len(ordered) else ordered


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
    triples = np.empty((len(statements.triples), 3), dtype=np.int64)
    pairs = np.empty((len(statements.qualifiers), 2), dtype=np.int64)
    qualifier_lines = np.repeat(statements.lines, statements.counts) if len(pairs) else statements.lines
    wrong: list[tuple[int, str, str]] = []  # line, what, name
    for what, ids, columns, column in (("entity", entities, [0, 2], 1), ("relation", relations, [1], 0)):
        names = statements.entities if what == "entity" else statements.relations
        number = np.array([ids.get(name, -1) for name in names], dtype=np.int64)
        triples[:, columns] = number[statements.triples[:, columns]]
        pairs[:, column] = number[statements.qualifiers[:, column]]
        for rows, taken, where in (
            (triples[:, columns], statements.triples[:, columns], statements.lines),
            (pairs[:, [column]], statements.qualifiers[:, [column]], qualifier_lines),
        ):
            if (number < 0).any() and len(at := np.argwhere(rows < 0)):
                wrong.append((int(where[at[0, 0]]), what, names[int(taken[tuple(at[0])])]))
    if wrong:
        line, what, name = min(wrong)
        raise DataError(f"the unknown {what} {name!r}", expected=expected, path=statements.path, line=line)
    ptr = np.concatenate([[0], np.cumsum(statements.counts)]) if len(pairs) else np.zeros(1, dtype=np.int64)
    return torch.from_numpy(triples), Qualifiers(torch.from_numpy(ptr.astype(np.int64)), torch.from_numpy(pairs))


def frequencies(triples: Triples, what: str, pattern: str = "") -> list[tuple[str, str, int]]:
    """Name, label and number of training triples of each entity or relation, the most frequent first.

    Args:
        what: "entity" or "relation".
        pattern: part of the name or the label, in any case; with ``*``, a pattern of the whole of it.
    """
    columns = [0, 2] if what == "entity" else [1]
    names, labels = getattr(triples, plural(what)), getattr(triples, f"{what}_labels")
    counts = torch.bincount(triples.train[:, columns].flatten(), minlength=len(names)).tolist()
    wanted = pattern.casefold()
    whole = re.compile(".*".join(map(re.escape, wanted.split("*")))) if "*" in wanted else None

    def fits(text: str) -> bool:
        return wanted in text or bool(whole and whole.fullmatch(text))

    found = [
        (name, label, count)
        for name, label, count in zip(names, labels, counts, strict=True)
        if fits(name.casefold()) or fits(label.casefold())
    ]
    return sorted(found, key=lambda row: (-row[2], row[0]))
