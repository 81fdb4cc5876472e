"""Readable names and texts of entities and relations, from the table of a set, its parent's, or the Wikidata tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

from graphfm.datasets.tables.name_tables import read_name_table
from graphfm.datasets.tables.unpacking import PACKED

#: The files of a folder that are looked at for names, in this order.
TABLES = {
    "entity": (
        "entity_text.tsv", "entity2text.txt", "entity2textlong.txt", "entities.tsv", "entities.csv", "nodes.tsv", "nodes.csv",
        "entity_labels.tsv", "labels.tsv", "entities.json", "entity2text.json", "entity2label.json", "entity_strings.del",
        "nodes.parquet", "entities.parquet",
    ),
    "relation": ("relation_text.tsv", "relation2text.txt", "relations.tsv", "relations.csv", "relation_labels.tsv",
                 "relations.json", "relation2text.json", "relation_strings.del"),
}  # fmt: skip
_WIKIDATA_TABLES = {"entity": "wikidata_entity_text.tsv", "relation": "wikidata_relation_text.tsv"}
_WIKIDATA_ID = re.compile(r"[QP]\d+")
# Tables named by the graph: mine_nodes.tsv beside mine_edges.tsv (KGX), -nodes.tsv beside -edges.sif (Hetionet).
_NODES = re.compile(r"(?P<graph>.+[._-])(?:nodes|entities)(?P<ending>\.(?:tsv|csv|jsonl|parquet)(?:\.\w+)?)")
# Inductive versions are cut from a set whose identifiers they keep.
_PARENTS = {"fb237_": "fb15k-237", "ingram_fb-": "fb15k-237", "wn18rr_": "wn18rr"}

_NELL = re.compile(r"concept[_:](?P<kind>[a-z]+)(?:[_:](?P<name>.+))?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BIOLINK = re.compile(r"biolink:[a-z_]+")
_FREEBASE_ID = re.compile(r"/[mg]/\w+")


class Texts(NamedTuple):
    """A label and a text for each identifier, the share of them found in a table (the others made from it), and the type of
    each as the table writes it, "" where it says none; no types where no table says any; the tables of which no identifier is
    one of these.
    """

    labels: list[str]
    texts: list[str]
    coverage: float
    types: list[str]
    unmatched: list[str]


class OwnTexts(NamedTuple):
    """Labels, descriptions and types that came with the triples, by identifier."""

    labels: Mapping[str, str]
    texts: Mapping[str, str]
    types: Mapping[str, str] = MappingProxyType({})


def read_texts(folder: Path | None, identifiers: Sequence[str], *, what: str, own: OwnTexts | None = None) -> Texts:
    """Names and texts of identifiers: from the folder's table, else from one beside it, else made from the identifier.

    Tables hold an identifier, a label and, optionally, a description; with a header by its names, see
    `tables.name_tables`, without one in this order, separated by tabs.

    Args:
        folder: the folder of the set, if any; its siblings hold the tables of its parent and of Wikidata, where there are any.
        what: "entity" or "relation".
        own: labels and descriptions that the triples brought themselves, for identifiers without one in a table.
    """
    found: dict[str, tuple[str, str]] = {}
    kinds = dict(own.types) if own is not None else {}
    unmatched = []
    for table in () if folder is None else _tables(folder, identifiers, what=what):
        missing = {identifier for identifier in identifiers if identifier not in found}
        if missing:
            read = read_name_table(table, missing)
            alone = table.stat().st_size and len(missing) == len(identifiers)
            if alone and not read.names and folder is not None and table.parent.samefile(folder):
                unmatched.append(table.name)
            for identifier, (label, text) in read.names.items():
                if label or text:
                    found[identifier] = label, text
            kinds |= {identifier: kind for identifier, kind in read.kinds.items() if kind}
    labels, texts = [], []
    for identifier in identifiers:
        label, description = found.get(identifier, ("", ""))
        if own is not None:
            label, description = label or own.labels.get(identifier, ""), description or own.texts.get(identifier, "")
        label = label or readable(identifier)
        labels.append(label)
        same = not description or description.casefold() == label.casefold()
        texts.append(label if same else f"{label}. {description}")
    types = [kinds.get(identifier, "") for identifier in identifiers] if kinds else []
    return Texts(labels, texts, round(len(found) / max(len(identifiers), 1), 4), types, unmatched)


def _tables(folder: Path, identifiers: Sequence[str], *, what: str) -> Iterator[Path]:
    folder = folder.absolute()  # so that one given as "." has a name and neighbours
    parents = [folder.with_name(parent) for prefix, parent in _PARENTS.items() if folder.name.startswith(prefix)]
    candidates = [place / name for place in (folder, *parents) for name in TABLES[what]]
    if any(_WIKIDATA_ID.fullmatch(identifier) for identifier in identifiers):
        candidates.append(folder.with_name("_texts") / _WIKIDATA_TABLES[what])
    if what == "entity" and folder.is_dir():
        files = {path.name for path in folder.iterdir()}
        pairs = ((found, f"{found['graph']}edges") for name in files if (found := _NODES.fullmatch(name)))
        candidates += sorted(
            folder / pair.string for pair, edges in pairs if any(name.startswith(edges) for name in files)
        )
    for path in candidates:
        for variant in (path, *(path.with_name(path.name + packed) for packed in PACKED)):
            if variant.is_file():
                yield variant


def readable(identifier: str) -> str:
    """An identifier as a person would write it, for sets that come without labels.

    >>> readable("concept_city_new_york"), readable("_member_meronym"), readable("http://dbpedia.org/ontology/birthPlace")
    ('new york (city)', 'member meronym', 'birth place')
    >>> readable("/film/film/genre"), readable("/m/0102xz"), readable("Q42")
    ('film film genre', '/m/0102xz', 'Q42')
    >>> readable("biolink:interacts_with"), readable("MONDO:0005148")
    ('interacts with', 'MONDO:0005148')
    """
    if match := _NELL.fullmatch(identifier):
        kind, name = match["kind"], match["name"]
        return f"{name.replace('_', ' ').strip()} ({kind})" if name else kind
    if _FREEBASE_ID.fullmatch(identifier) or identifier.startswith("_:"):
        return identifier
    words = identifier.removeprefix("biolink:") if _BIOLINK.fullmatch(identifier) else identifier
    if "://" in words:
        words = unquote(re.split(r"[/#]", words.rstrip("/#"))[-1])
        words = _CAMEL.sub(" ", words).lower() if _CAMEL.search(words) else words
    if words.startswith("/"):
        words = words.replace("/", " ")
    return " ".join(words.replace("_", " ").split()) or identifier
