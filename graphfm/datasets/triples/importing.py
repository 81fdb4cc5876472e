"""Triples of yours from whatever holds them: one file or several, a folder with splits or with node and edge tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from graphfm.datasets.rdf import resources as rdf
from graphfm.datasets.rdf import sparql
from graphfm.datasets.rdf.sparql import is_endpoint
from graphfm.datasets.rdf.terms import Literals
from graphfm.datasets.tables import json_rows
from graphfm.datasets.tables.conventions import known, plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import PACKED, plain_name
from graphfm.datasets.tables.whole import COLUMNAR, as_pandas, column_names
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.columnar import from_columns
from graphfm.datasets.triples.graph import Qualifiers, Triples
from graphfm.datasets.triples.layout import dictionaries, holds_triples, lacking
from graphfm.datasets.triples.marks import by_split
from graphfm.datasets.triples.neo4j import read_apart, rows_of
from graphfm.datasets.triples.short_names import shortened
from graphfm.datasets.triples.split_parts import numbered_parts
from graphfm.datasets.triples.splits import split_triples
from graphfm.datasets.triples.statements import Statements, from_resources, read_statements
from graphfm.datasets.triples.texts import TABLES, read_texts
from graphfm.datasets.triples.vocabulary import names_of, to_ids
from graphfm.errors import DataError
from graphfm.paths import named

#: Endings of files that hold triples, without that of their compression.
TABLE_ENDINGS = (".tsv", ".csv", ".txt", ".tab", ".sif")


def import_triples(
    path: Any,
    *,
    val: float | None = None,
    test: float | None = None,
    seed: int = 0,
    pairs_together: bool = True,
    relations: Sequence[str] | None = None,
    literals: Literals = "drop",
    language: str = "en",
    shorten_names: bool = True,
    query: str | None = None,
    reading: Reading | None = None,
    name: str | None = None,
    progress: bool = False,
) -> Triples:
    """A knowledge graph from a file or a folder, with validation and test triples made where they are asked for.

    A folder holds splits (`triples.layout`), or tables of edges and nodes (KGX, Neo4j, Hetionet, PrimeKG), which are read
    as one list. Labels and descriptions come from the node table, or from files such as ``entity_text.tsv`` beside.

    Args:
        path: the file or folder, the address of a SPARQL endpoint, or a frame of pandas, polars or pyarrow.
        val, test: share of the triples wanted in each. A list without splits gets a tenth each by default, of a folder
            with splits one that is missing is made only where its share is given; 0 makes none, and so does
            ``{"missing": ["val", "test"]}`` in ``info.json``.
        seed, pairs_together: see `split_triples`; kept in ``info["split"]``.
        relations: names of the only relations whose triples are held out; the shares are of theirs. All by default.
        literals, language, reading, progress: see `triples.statements.read_statements`.
        shorten_names: whether prefixes shorten the identifiers of RDF; ``info["prefixes"]`` has those that
            `rdf.prefixes.expand` takes back.
        query: SPARQL, where `path` is the address of an endpoint.
        name: name of the set; that of the file by default.

    Raises:
        DataError: on a malformed file, a reading that is not certain, or shares that are not possible.
    """
    if not isinstance(path, (str, PathLike)):
        statements: Sequence[Statements] = [from_columns(as_pandas(path), reading or Reading(), Path("frame"))]
        triples = _listed("frame", statements, name=name, shorten_names=False)
        return _with_splits(
            triples, _alone(triples), val=val, test=test, seed=seed, pairs_together=pairs_together, relations=relations
        )
    source = named(Path(path).expanduser())
    if source.is_dir() and holds_triples(source):
        triples = triples_folder.read(
            source, literals=literals, language=language, reading=reading, name=name, shorten_names=shorten_names
        )
        alone = _alone(triples) and bool(lacking(source))  # else it says that it is to have none
    else:
        if is_endpoint(str(path)):
            found = sparql.read(str(path), query, literals=literals, language=language)
            statements = [from_resources(Path(str(path)), found)]
        else:
            options = {"literals": literals, "language": language, "reading": reading, "progress": progress}
            statements = _statements(source, **options)
        place: Path | str = str(path) if is_endpoint(str(path)) else source
        triples = _listed(place, statements, name=name, shorten_names=shorten_names)
        alone = _alone(triples)
    return _with_splits(
        triples, alone, val=val, test=test, seed=seed, pairs_together=pairs_together, relations=relations
    )


def _alone(triples: Triples) -> bool:
    """Whether a set has no splits at all."""
    return not len(triples.val) and not len(triples.test) and triples.inference is None


def _with_splits(
    triples: Triples, alone: bool, *, val: float | None, test: float | None, relations: Sequence[str] | None, **how: Any
) -> Triples:
    """The set with the splits that are asked for and not there; `alone`: it has no splits at all."""
    wanted = {"val": val, "test": test}
    shares = {
        split: (0.1 if alone and share is None else share) or 0.0
        for split, share in wanted.items()
        if not len(getattr(triples, split))
    }
    taken = [split for split, share in wanted.items() if share and split not in shares]
    if taken:
        hint = "Leave the option out, or remove the file of that split, or the column that says it."
        raise DataError(f"a {taken[0]} split in {triples.name}", expected="none where its share is given", hint=hint)
    if triples.inference is not None or not any(shares.values()):
        return triples
    try:
        return _split(triples, relations, val=shares.get("val", 0.0), test=shares.get("test", 0.0), **how)
    except DataError:
        if (
            relations is not None
            or any(share is not None for share in wanted.values())
            or "train" in triples.qualifiers
        ):
            raise
        note = "nothing is held out: too few triples to spare any (--val and --test decide)"
        return replace(triples, info=triples.info | {"notes": [*triples.info.get("notes", ()), note]})


def _split(triples: Triples, relations: Sequence[str] | None, **how: Any) -> Triples:
    """The set with validation and test triples taken from its training triples."""
    if "train" in triples.qualifiers:
        hint = "Hold nothing out: --val 0 --test 0; leave the qualifiers out: --qualifiers no; or put splits into a folder."
        raise DataError("statements with qualifiers", expected="plain triples to split", hint=hint)
    chosen = None if relations is None else torch.tensor([triples.lookup_relation(name) for name in relations])
    train, some_val, some_test = split_triples(triples.train, relations=chosen, **how)
    made = {"val": some_val, "test": some_test}
    parts: dict[str, Any] = {split: rows for split, rows in made.items() if not len(getattr(triples, split))}
    split = how if relations is None else how | {"relations": list(relations)}
    info = {key: value for key, value in triples.info.items() if key != "missing"} | {"split": split}
    return replace(triples, train=train, **parts, info=info)


def edge_files(folder: Path) -> list[Path]:
    """The files of a folder whose header is that of edges of a knowledge graph, none where it has splits."""
    found = []
    for path in sorted(folder.iterdir()):
        endings = (*TABLE_ENDINGS, *json_rows.ENDINGS, ".parquet")
        if path.is_file() and plain_name(path).endswith(endings) and _edges(path):
            found.append(path)
    return found or numbered_parts(folder)


def _edges(path: Path) -> bool:
    try:
        first = column_names(path) or json_rows.first_names(path)
        if not first and plain_name(path).endswith(json_rows.ENDINGS):
            return False
        rows = [first] if first else sample(path, Reading(quotes=None)).rows
    except DataError:
        return False
    names = {plain(cell) for cell in rows[0]} if rows else set()
    sure = {"predicate", ":type", "_type", "metaedge", "relation", "r", "p", "x_index", "node1", "~label"}
    return bool(rows) and known(rows[0]) is not None and bool(names & sure)


def _listed(
    source: Path | str,
    statements: Sequence[Statements],
    *,
    name: str | None,
    shorten_names: bool,
) -> Triples:
    """All statements as training triples, with the names that they bring and those of tables beside."""
    info = _about(statements)
    if shorten_names and any(one.prefixes is not None for one in statements):
        statements, info["prefixes"] = shortened(statements, title=name or _title(Path(source).name))
    entities, relations = sorted(names_of(statements, "entity")), sorted(names_of(statements, "relation"))
    ids = {one: i for i, one in enumerate(entities)}, {one: i for i, one in enumerate(relations)}
    read = [to_ids(one, *ids, expected="a name") for one in statements]
    rows = read[0][0] if len(read) == 1 else torch.cat([triples for triples, _ in read])
    qualifiers = _joined([pairs for _, pairs in read], [len(triples) for triples, _ in read])
    splits = by_split(statements, rows, qualifiers)
    parts: dict[str, Any] = {split: some for split, (some, _) in splits.items()}
    room = None if isinstance(source, str) else source if source.is_dir() else source.parent
    own = {what: triples_folder.own_names(statements, what) for what in ("entity", "relation")}
    texts = {
        what: read_texts(room, names, what=what, own=own[what])
        for what, names in (("entity", entities), ("relation", relations))
    }
    if unmatched := [table for one in texts.values() for table in one.unmatched]:
        info["unmatched_tables"] = unmatched
    if texts["entity"].types:
        info["types"] = texts["entity"].types
    numbers = all(one.isdecimal() for one in entities) or all(one.isdecimal() for one in relations)
    if isinstance(source, Path) and source.is_file() and numbers and (unread := _dictionaries(source)):
        info["unread_files"] = unread
    return Triples(
        name or _title(Path(source).name),
        entities,
        relations,
        **parts,
        entity_labels=texts["entity"].labels,
        relation_labels=texts["relation"].labels,
        entity_text=texts["entity"].texts,
        relation_text=texts["relation"].texts,
        qualifiers={split: pairs for split, (_, pairs) in splits.items() if len(pairs.pairs)},
        info=info,
    )


def _dictionaries(source: Path) -> list[str]:
    """The files beside one whose names are numbers that seem to say what these mean."""
    tables = [table for some in TABLES.values() for table in some]
    return [name for name in dictionaries(source.absolute().parent, tables) if name != source.name]


def _statements(source: Path, **options: Any) -> list[Statements]:
    """Those of a file, or of the edge tables of a folder."""
    if not source.exists():
        raise DataError(f"no file {source}", expected="a file or folder of triples")
    files = [source] if source.is_file() else edge_files(source)
    if not files:
        rooms = [one.name for one in sorted(source.iterdir()) if one.is_dir() and holds_triples(one)]
        raise DataError(
            "neither splits nor a table of edges whose header is known",
            expected="a file of triples, or a folder with train, valid and test, or with tables of nodes and edges",
            hint=f"Folders in it hold triples: {', '.join(rooms[:4])}. Give one of them."
            if rooms
            else "Give the file with the edges, with --columns head=...,relation=...,tail=...",
            path=source,
        )
    return [
        read_apart(file, rows, **options) if (rows := rows_of(file)) else read_statements(file, **options)
        for file in files
    ]


def _title(name: str) -> str:
    whole = name
    while Path(name).suffix.lower() in (*PACKED, *TABLE_ENDINGS, *COLUMNAR, *json_rows.ENDINGS, *rdf.RDF_ENDINGS):
        name = Path(name).stem
    return name or whole


def _first_of(statements: Statements) -> tuple[str, str, str] | None:
    """The names of the first triple of a file."""
    if not len(statements.triples):
        return None
    head, relation, tail = statements.triples[0].tolist()
    return statements.entities[head], statements.relations[relation], statements.entities[tail]


def _about(statements: Sequence[Statements]) -> dict[str, Any]:
    info: dict[str, Any] = {}
    layouts = [one.layout.said() for one in statements if one.layout]
    if layouts:
        info["columns"] = layouts[0] if len(set(layouts)) == 1 else layouts
    if head := _first_of(statements[0]):
        info["first_triple"] = list(head)
    if notes := [note for one in statements for note in one.notes]:
        info["notes"] = notes
    if dropped := sum(one.dropped for one in statements):
        info["dropped_literals"] = dropped
    return info


def _joined(parts: Sequence[Qualifiers], sizes: Sequence[int]) -> Qualifiers:
    """The qualifiers of several lists of statements that stand one after the other."""
    counts = [
        pairs.ptr.diff() if len(pairs.ptr) == size + 1 else torch.zeros(size, dtype=torch.long)
        for pairs, size in zip(parts, sizes, strict=True)
    ]
    if not any(len(part.pairs) for part in parts):
        return Qualifiers(torch.zeros(1, dtype=torch.long), torch.empty(0, 2, dtype=torch.long))
    ptr = torch.cat([torch.zeros(1, dtype=torch.long), torch.cat(counts).cumsum(0)])
    return Qualifiers(ptr, torch.cat([part.pairs for part in parts]))
