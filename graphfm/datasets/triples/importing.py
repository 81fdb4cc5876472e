"""Triples of yours from whatever holds them: one file or several, a folder with splits or with node and edge tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from graphfm.datasets.tables.conventions import known, plain
from graphfm.datasets.tables.opening import PACKED, plain_name
from graphfm.datasets.tables.options import Reading
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.files import Statements, read_statements
from graphfm.datasets.triples.graph import Qualifiers, Triples
from graphfm.datasets.triples.layout import holds_triples
from graphfm.datasets.triples.ntriples import Literals
from graphfm.datasets.triples.splits import split_triples
from graphfm.datasets.triples.texts import read_texts
from graphfm.datasets.triples.vocabulary import names_of, to_ids
from graphfm.errors import DataError

#: Endings of files that hold triples, without that of their compression.
ENDINGS = (".tsv", ".csv", ".txt", ".nt", ".tab", ".sif")


def import_triples(
    path: str | PathLike[str],
    *,
    val: float | None = None,
    test: float | None = None,
    seed: int = 0,
    pairs_together: bool = True,
    literals: Literals = "refuse",
    reading: Reading | None = None,
    name: str | None = None,
    progress: bool = False,
) -> Triples:
    """A knowledge graph from a file or a folder, with validation and test triples made where they are asked for.

    A folder holds splits (`triples.layout`), or tables of edges and nodes (KGX, Neo4j, Hetionet, PrimeKG), which are read
    as one list. Labels and descriptions come from the node table, or from files such as ``entity_text.tsv`` beside.

    Args:
        path: the file or folder.
        val, test: share of the triples wanted in each. A list without splits gets a tenth each by default, of a folder
            with splits one that is missing is made only where its share is given; 0 makes none.
        seed, pairs_together: see `split_triples`; kept in ``info["split"]``.
        literals, reading, progress: see `triples.files.read_statements`.
        name: name of the set; that of the file by default.

    Raises:
        DataError: on a malformed file, a reading that is not certain, or shares that are not possible.
    """
    source = Path(path).expanduser()
    if source.is_dir() and holds_triples(source):
        triples = triples_folder.read(source, literals=literals, reading=reading, name=name)
        alone = not len(triples.val) and not len(triples.test) and triples.inference is None
    else:
        triples, alone = _listed(source, literals=literals, reading=reading, name=name, progress=progress), True
    wanted = {"val": val, "test": test}
    shares = {
        split: (0.1 if alone and share is None else share) or 0.0
        for split, share in wanted.items()
        if not len(getattr(triples, split))
    }
    taken = [split for split, share in wanted.items() if share and split not in shares]
    if taken:
        hint = "Leave the option out, or remove the file of that split."
        raise DataError(f"a {taken[0]} split in {source.name}", expected="none where its share is given", hint=hint)
    if triples.inference is not None or not any(shares.values()):
        return triples
    return _split(triples, val=shares.get("val", 0.0), test=shares.get("test", 0.0), seed=seed, together=pairs_together)


def _split(triples: Triples, *, val: float, test: float, seed: int, together: bool) -> Triples:
    """The set with validation and test triples taken from its training triples."""
    if "train" in triples.qualifiers:
        hint = "Put splits of your own into a folder, or leave the qualifiers out: --qualifiers no."
        raise DataError("statements with qualifiers", expected="plain triples to split", hint=hint)
    train, some_val, some_test = split_triples(triples.train, val=val, test=test, seed=seed, pairs_together=together)
    made = {"val": some_val, "test": some_test}
    parts: dict[str, Any] = {split: rows for split, rows in made.items() if not len(getattr(triples, split))}
    split = {"val": val, "test": test, "seed": seed, "pairs_together": together}
    info = {key: value for key, value in triples.info.items() if key != "missing"} | {"split": split}
    return replace(triples, train=train, **parts, info=info)


def edge_files(folder: Path) -> list[Path]:
    """The files of a folder whose header is that of edges of a knowledge graph, none where it has splits."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and plain_name(path).endswith(ENDINGS) and _edges(path):
            found.append(path)
    return found


def _edges(path: Path) -> bool:
    try:
        rows = sample(path, Reading(quotes=None)).rows
    except DataError:
        return False
    names = {plain(cell) for cell in rows[0]} if rows else set()
    sure = {"predicate", ":type", "_type", "metaedge", "relation", "r", "p", "x_index", "node1"}
    return bool(rows) and known(rows[0]) is not None and bool(names & sure)


def _listed(source: Path, *, literals: Literals, reading: Reading | None, name: str | None, progress: bool) -> Triples:
    """All statements of a file, or of the edge tables of a folder, as training triples."""
    if not source.exists():
        raise DataError(f"no file {source}", expected="a file or folder of triples")
    files = [source] if source.is_file() else edge_files(source)
    if not files:
        raise DataError(
            "neither splits nor a table of edges whose header is known",
            expected="a file of triples, or a folder with train, valid and test, or with tables of nodes and edges",
            hint="Give the file with the edges, with --columns head=...,relation=...,tail=...",
            path=source,
        )
    statements = [read_statements(file, literals=literals, reading=reading, progress=progress) for file in files]
    entities, relations = sorted(names_of(statements, "entity")), sorted(names_of(statements, "relation"))
    ids = {one: i for i, one in enumerate(entities)}, {one: i for i, one in enumerate(relations)}
    read = [to_ids(one, *ids, expected="a name") for one in statements]
    rows = read[0][0] if len(read) == 1 else torch.cat([triples for triples, _ in read])
    qualifiers = _joined([pairs for _, pairs in read], [len(triples) for triples, _ in read])
    room = source if source.is_dir() else source.parent
    own = triples_folder.own_labels(dict(enumerate(statements)), "entity")
    own_relations = triples_folder.own_labels(dict(enumerate(statements)), "relation")
    texts = read_texts(room, entities, what="entity", own=own)
    relation_texts = read_texts(room, relations, what="relation", own=own_relations)
    return Triples(
        name or _title(source),
        entities,
        relations,
        train=rows,
        entity_labels=texts.labels,
        relation_labels=relation_texts.labels,
        entity_text=texts.texts,
        relation_text=relation_texts.texts,
        qualifiers={"train": qualifiers} if len(qualifiers.pairs) else {},
        info=_about(statements),
    )


def _title(source: Path) -> str:
    name = source.name
    while Path(name).suffix.lower() in (*PACKED, *ENDINGS):
        name = Path(name).stem
    return name or source.name


def _about(statements: Sequence[Statements]) -> dict[str, Any]:
    info: dict[str, Any] = {}
    layouts = [one.layout.said() for one in statements if one.layout]
    if layouts:
        info["columns"] = layouts[0] if len(set(layouts)) == 1 else layouts
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
