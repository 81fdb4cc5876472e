"""Tables of names: an identifier, a readable label, a description, one row each; with a header or without.

Read are ``id``, ``name`` and ``description`` by the names that KGX, Neo4j, Hetionet, PrimeKG and others give them, else,
without a header, the first three columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas

from graphfm.datasets.tables.cells import QuotesMetError, read_blocks
from graphfm.datasets.tables.conventions import plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.json_rows import first_names, read_json_rows
from graphfm.datasets.tables.sample import Sample, sample
from graphfm.datasets.tables.unpacking import begins, lines, plain_name, read_text
from graphfm.datasets.tables.whole import is_columnar, read_frame
from graphfm.errors import DataError

_IDS = (
    "id", ":id", "~id", "_id", "node_id", "node_index", "index", "identifier", "entity_id", "entity", "curie", "iri", "uri",
    "node", "key", "item", "concept", "concept_id", "relation", "relation_id", "property", "predicate", "subject",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "name", "title", "node_name", "entity_label", "entity_name", "preferred_label", "preflabel", "rdfs:label",
    "display_name", "displayname", "itemlabel", "propertylabel", "relation_label", "relation_name", "symbol", "labelname",
    "entity",
)  # fmt: skip
TEXT_COLUMNS = (
    "description", "text", "definition", "comment", "desc", "summary", "abstract", "content", "rdfs:comment", "itemdescription",
    "entity_text", "entity_desc", "node_text", "body", "long_description",
)  # fmt: skip
_KINDS = (
    "category",
    "type",
    "kind",
    "node_type",
    ":label",
    "~label",
    "_labels",
    "class",
    "x_type",
    "entity_type",
    "biolink:category",
)


class NameTable(NamedTuple):
    """What a table says: (label, description) of each identifier, and the columns that said it."""

    names: dict[str, tuple[str, str]]
    kinds: dict[str, str]
    columns: tuple[str, ...]


def read_name_table(path: Path, wanted: Collection[str], *, reading: Reading | None = None) -> NameTable:
    """The labels and descriptions of the identifiers that are wanted.

    Raises:
        DataError: a table without identifiers, rows of different widths, bytes that are no text.
    """
    reading = reading or Reading()
    if is_columnar(path):
        return _of_json(path, wanted, read_frame(path))
    if plain_name(path).lower().endswith(".json") and begins(path).startswith("{"):
        return _of_json(path, wanted, _by_key(path))
    if first_names(path):
        return _of_json(path, wanted, read_json_rows(path)[0])
    if reading.quotes is None and "\t" in begins(path).partition("\n")[0]:
        reading = replace(reading, quotes=False)  # quotes are characters of a name there
    found = sample(path, reading, least=2)
    if not found.rows or len(found.rows[0]) < 2:
        return NameTable({}, {}, ())
    places, header = _places(found, wanted, reading)
    if not header and found.dialect.sep == "\t":
        return NameTable(_plain(path, wanted, reading), {}, ())
    unique = sorted({*places.values()})
    names: dict[str, tuple[str, str]] = {}
    kinds: dict[str, str] = {}
    dialect = found.dialect
    while True:
        try:
            for block in read_blocks(
                path, dialect, unique, width=len(found.rows[0]), skip=int(header), encoding=reading.encoding
            ):
                column = {i: series.tolist() for i, series in zip(unique, block.columns, strict=True)}
                ids = column[places["id"]]
                empty = [""] * len(ids)
                labels, texts, some = (column.get(places.get(role, -1), empty) for role in ("label", "text", "kind"))
                for written, label, text, kind in zip(ids, labels, texts, some, strict=True):
                    key = written.strip(" ")
                    if key in wanted and key not in names:
                        names[key] = (label.strip(), text.strip())
                        kinds[key] = kind.strip()
            break
        except QuotesMetError:
            dialect = dialect._replace(quoted=True)
    used = tuple(f"{role} = {found.rows[0][place] if header else place + 1}" for role, place in places.items())
    return NameTable(names, kinds, used)


def _by_key(path: Path) -> pandas.DataFrame:
    """The rows of a JSON object of identifiers (CoDEx): a label, or an object with label and description, each."""
    try:
        found = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"broken JSON ({error})", expected="an object of identifiers", path=path) from error
    rows = [{"id": key, **(value if isinstance(value, dict) else {"label": value})} for key, value in found.items()]
    return pandas.DataFrame(rows, dtype=object)


def _of_json(path: Path, wanted: Collection[str], frame: pandas.DataFrame) -> NameTable:
    """Rows that are JSON objects, by the names of their keys."""
    spelled = {plain(str(name)): str(name) for name in frame.columns}
    roles = (("id", _IDS), ("label", LABEL_COLUMNS), ("text", TEXT_COLUMNS), ("kind", _KINDS))
    place = {role: spelled[known] for role, names in roles if (known := next((n for n in names if n in spelled), None))}
    if place.get("label") == place.get("id"):
        place.pop("label", None)
    names: dict[str, tuple[str, str]] = {}
    kinds: dict[str, str] = {}
    for row in frame.to_dict("records") if "id" in place else ():
        cells = {role: row[name] for role, name in place.items()}
        key = str(cells["id"]).strip(" ")
        if key in wanted and key not in names:
            kind = cells.get("kind", "")
            label, text, kind = (
                re.sub(r"[\t\n\r\v\f]+", " ", cell).strip() if isinstance(cell, str) else ""
                for cell in (
                    cells.get("label"),
                    cells.get("text"),
                    kind[0] if isinstance(kind, list) and kind else kind,
                )
            )
            names[key], kinds[key] = (label, text), kind
    return NameTable(names, kinds, tuple(f"{role} = {name}" for role, name in place.items()))


def _plain(path: Path, wanted: Collection[str], reading: Reading) -> dict[str, tuple[str, str]]:
    """Identifier, label and, perhaps, description, without header; rows may be of any width."""
    rows = (line.split("\t") for line in lines(path, encoding=reading.encoding))
    return {
        row[0]: (row[1].strip(), row[2].strip() if len(row) > 2 else "")
        for row in rows
        if len(row) > 1 and row[0] in wanted
    }


def _places(found: Sample, wanted: Collection[str], reading: Reading) -> tuple[dict[str, int], bool]:
    """The column of each role, and whether the first row is a header."""
    first, others = found.rows[0], found.rows[1:]
    names = [plain(cell) for cell in first]
    ids = [i for i, name in enumerate(names) if name in _IDS]
    texts = [i for i, name in enumerate(names) if name in LABEL_COLUMNS + TEXT_COLUMNS + _KINDS]
    header = reading.header if reading.header is not None else bool(ids and texts and first[ids[0]] not in wanted)
    if not header:
        return {"id": 0, "label": 1, **({"text": 2} if len(first) > 2 else {})}, False
    if not ids:
        raise DataError(
            f"the header {', '.join(first)}", expected=f"a column of identifiers, such as {', '.join(_IDS[:4])}"
        )

    def known(place: int) -> int:
        return sum(len(row) > place and row[place] in wanted for row in others)

    places = {"id": max(ids, key=known)}
    for role, spellings in (("label", LABEL_COLUMNS), ("text", TEXT_COLUMNS), ("kind", _KINDS)):
        at = next((names.index(one) for one in spellings if one in names), None)
        if at is not None and at not in places.values():
            places[role] = at
    return places, True
