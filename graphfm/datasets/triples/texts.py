"""Readable names and texts of entities and relations, from the table of a set, its parent's, or the Wikidata tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graphfm.datasets.triples.lookup import readable
from graphfm.files import read_text

_TABLES = {"entity": ("entity_text.tsv", "entity2text.txt"), "relation": ("relation_text.tsv", "relation2text.txt")}
_WIKIDATA_TABLES = {"entity": "wikidata_entity_text.tsv", "relation": "wikidata_relation_text.tsv"}
_WIKIDATA_ID = re.compile(r"[QP]\d+")
# Inductive versions are cut from a set whose identifiers they keep.
_PARENTS = {"fb237_": "fb15k-237", "ingram_fb-": "fb15k-237", "wn18rr_": "wn18rr"}


class Texts(NamedTuple):
    """A label and a text for each identifier, and the share of them found in a table (the others made from it)."""

    labels: list[str]
    texts: list[str]
    coverage: float


def read_texts(folder: Path, identifiers: Sequence[str], *, what: str) -> Texts:
    """Names and texts of identifiers: from the folder's table, else from one beside it, else made from the identifier.

    Tables are tab-separated, without header: identifier, label, and optionally a description and further columns.

    Args:
        folder: the folder of the set; its siblings hold the tables of its parent and of Wikidata, where there are any.
        what: "entity" or "relation".
    """
    found: dict[str, tuple[str, str]] = {}
    for table in _tables(folder, identifiers, what=what):
        missing = {identifier for identifier in identifiers if identifier not in found}
        if missing:
            found.update(_read_table(table, missing))
    labels, texts = [], []
    for identifier in identifiers:
        label, description = found.get(identifier, ("", ""))
        label = label or readable(identifier)
        labels.append(label)
        same = not description or description.casefold() == label.casefold()
        texts.append(label if same else f"{label}. {description}")
    return Texts(labels, texts, round(len(found) / max(len(identifiers), 1), 4))


def _tables(folder: Path, identifiers: Sequence[str], *, what: str) -> Iterator[Path]:
    parents = [folder.with_name(parent) for prefix, parent in _PARENTS.items() if folder.name.startswith(prefix)]
    candidates = [place / name for place in (folder, *parents) for name in _TABLES[what]]
    if any(_WIKIDATA_ID.fullmatch(identifier) for identifier in identifiers):
        candidates.append(folder.with_name("_texts") / _WIKIDATA_TABLES[what])
    for path in candidates:
        for variant in (path, path.with_name(path.name + ".gz")):
            if variant.is_file():
                yield variant


def _read_table(path: Path, wanted: set[str]) -> dict[str, tuple[str, str]]:
    rows = (line.split("\t") for line in read_text(path, allow_empty=True).split("\n"))
    return {
        row[0]: (row[1].strip(), row[2].strip() if len(row) > 2 else "")
        for row in rows
        if len(row) > 1 and row[0] in wanted
    }
