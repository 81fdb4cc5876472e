"""Folders of neo4j-admin whose headers stand in files of their own: ``roles_header.csv`` beside ``roles.csv``, or its parts.

A header is put before the rows of its files, and the whole is read as the one table that it is. Ids of different groups
stay apart, ``:ID(Movie)`` and ``:ID(Actor)``, and the names of nodes come from the node tables. BioCypher may write texts in
single quotes, which are taken away.
"""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphfm.datasets.tables.conventions import group_of, known, plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.name_tables import read_name_table
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import lines, plain_name, read_text, unpacked
from graphfm.datasets.triples.statements import Statements, read_statements
from graphfm.errors import DataError

_HEADER = re.compile(r"[-_. ]?headers?", re.IGNORECASE)
_QUOTE = re.compile(r"--quote=(?:\"'\"|'\"')")  # in the script that BioCypher writes beside its tables


def rows_of(header: Path) -> list[Path]:
    """The files whose rows a header in a file of its own names; none for a file that is no such header."""
    stem, ending = Path(plain_name(header)).stem, Path(plain_name(header)).suffix
    base = _HEADER.sub("", stem)
    if base == stem:
        return []
    numbered = re.compile(re.escape(base) + r"([-_. ]?(part)?[-_. ]?\d+)?", re.IGNORECASE)
    found = []
    for path in sorted(header.parent.iterdir()):
        name = Path(plain_name(path))
        if path.is_file() and path != header and name.suffix == ending and numbered.fullmatch(name.stem):
            found.append(path)
    return found if found and len(sample(header, Reading(), least=1).rows) == 1 else []


def read_apart(header: Path, files: list[Path], **options: Any) -> Statements:
    """The relationships of files whose header stands apart, with the names that the node tables of the folder have.

    Args:
        header: the file with the names of the columns.
        files: with the rows.
        **options: of `graphfm.datasets.triples.statements.read_statements`.

    Raises:
        DataError: what is wrong with a table; the line is that of the rows put one after the other.
    """
    reading = options.pop("reading", None) or Reading()
    with _whole(header, files, reading) as table:
        try:
            found = read_statements(table, **options, reading=replace(reading, header=True))
        except DataError as error:
            line = None if error.line is None else error.line - 1
            raise DataError(error.found, expected=error.expected, hint=error.hint, path=files[0], line=line) from error
    labels = {what: dict(words) for what, words in found.labels.items()}
    for table_header in sorted(header.parent.iterdir()):
        if table_header.is_file() and (rows := rows_of(table_header)):
            names = sample(table_header, Reading(), least=2).rows[0]
            if known(names) is None and ":id" in map(plain, names):
                _name(found.entities, labels, table_header, rows, names, reading)
    return found._replace(path=files[0], labels=labels, lines=found.lines - 1)


def _name(
    entities: list[str],
    labels: dict[str, dict[str, str]],
    header: Path,
    rows: list[Path],
    names: list[str],
    reading: Reading,
) -> None:
    """Adds the names and texts of the nodes of a table, whose ids may have a group before them."""
    group = next((group_of(cell) for cell in names if plain(cell) == ":id"), "")
    plain_ids = {one.removeprefix(f"{group}:") if group else one: one for one in entities}
    with _whole(header, rows, reading) as table:
        found = read_name_table(table, plain_ids, reading=Reading(header=True, encoding=reading.encoding))
    for key, (label, text) in found.names.items():
        for what, words in (("entity", label), ("entity_text", text), ("entity_type", found.kinds.get(key, ""))):
            if words:
                labels.setdefault(what, {}).setdefault(plain_ids[key], words)


@contextmanager
def _whole(header: Path, files: list[Path], reading: Reading) -> Iterator[Path]:
    """A table with its header, unpacked, for as long as it is read."""
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / f"{Path(plain_name(files[0])).stem}{Path(plain_name(header)).suffix}"
        with path.open("wb") as out:
            for part in (header, *files):
                with unpacked(part) as stream:
                    shutil.copyfileobj(stream, out)
                if out.tell() and not _ends_a_line(path, out):
                    out.write(b"\n")
        sep = sample(header, Reading(), least=2).dialect.sep
        if reading.quotes is None and _single_quoted(header.parent, path, sep, reading.encoding):
            _requote(path, sep, reading.encoding)
        yield path


def _single_quoted(folder: Path, table: Path, sep: str, encoding: str | None) -> bool:
    """Whether single quotes enclose the texts of a table: BioCypher's script beside says so or, without it, all texts are.

    Texts are the cells that are neither empty nor, by the header, an id, a type, a number or yes and no.
    """
    for script in folder.glob("*import-call*.sh"):
        if found := _QUOTE.search(read_text(script)):
            return '"\'"' in found[0]
    rows = (_cells(line, sep) for line in lines(table, encoding=encoding))
    names = next(rows)
    texts = [
        i for i, name in enumerate(names) if name.endswith((":string", ":string[]")) or not re.search(":|^id$", name)
    ]
    first = next((cell for row in rows for i in texts if i < len(row) and (cell := row[i])), "")
    rest = (cell for row in rows for i in texts if i < len(row) and (cell := row[i]))
    return _enclosed(first) and all(map(_enclosed, rest))


def _enclosed(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == "'"


def _cells(line: str, sep: str) -> list[str]:
    """The cells of a line, some of which are in single quotes: those within are not doubled, and a separator may be there."""
    quoted = rf"'(?:(?!'{re.escape(sep)}).)*'(?={re.escape(sep)}|$)"
    return [match[1] for match in re.finditer(rf"(?:^|{re.escape(sep)})({quoted}|[^{re.escape(sep)}]*)", line)]


def _requote(path: Path, sep: str, encoding: str | None) -> None:
    """Writes a table anew: double quotes where they must be in place of single ones."""
    every = list(lines(path, encoding=encoding))
    with path.open("w", encoding=encoding or "utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=sep, lineterminator="\n")
        for line in every:
            bare = [cell[1:-1] if _enclosed(cell) else cell for cell in _cells(line, sep)]
            if sep == "\t":  # a table of tabs has no quotes
                out.write("\t".join(" ".join(cell.split()) for cell in bare) + "\n")
            else:
                writer.writerow(bare)


def _ends_a_line(path: Path, out: Any) -> bool:
    out.flush()
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
