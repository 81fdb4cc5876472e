"""Read a folder of triples into `Triples`, and write `Triples` as such a folder; `triples_layout` says how it looks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from graphfm.datasets.rdf.terms import Literals
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import read_text
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.layout import Part, parts, unread
from graphfm.datasets.triples.short_names import shortened
from graphfm.datasets.triples.statement_rows import joined
from graphfm.datasets.triples.statements import Statements, read_statements
from graphfm.datasets.triples.statements import is_header as is_header_row
from graphfm.datasets.triples.texts import TABLES, OwnTexts, read_texts, readable
from graphfm.datasets.triples.vocabulary import declared, index, is_id_file, names_of, plural, to_ids
from graphfm.errors import DataError
from graphfm.files import check_target, replacing_folder
from graphfm.paths import named

#: What `write` writes.
FILES = {f"{name}.dict" for name in ("entities", "relations")} | {f"{name}_text.tsv" for name in ("entity", "relation")}
FILES |= {"info.json", "train.txt", "valid.txt", "test.txt", "inference"}
# What reading finds out itself, and writing need not say.
_FOUND_ANEW = {"missing", "unread_files", "unmatched_tables", "qualifiers"}
_FOUND_ANEW |= {"entity_text_coverage", "relation_text_coverage"}
_ROWS = 100_000  # lines written at once
_ONE_LINE = dict.fromkeys(map(ord, "\t\n\r\v\f"), " ")


def read(
    path: str | PathLike[str],
    *,
    name: str | None = None,
    missing: Collection[str] | None = None,
    literals: Literals = "drop",
    language: str = "en",
    reading: Reading | None = None,
    shorten_names: bool = True,
) -> Triples:
    """Read a folder of triples.

    Ids are positions in the sorted list of all names in all files, unless the folder fixes them by ``entities.dict``,
    ``entity2id.txt`` or ``entity_ids.del``. Nothing is dropped: repeated triples and entities unseen in training stay,
    and `Triples.statistics` counts them. Relations new in the inference graph come after those of the training graph.

    Args:
        path: the folder.
        name: name of the set; that of the folder by default.
        missing: splits ("train", "val", "test") that the set is known not to have, where all others have to be there. Left
            out, a set may lack what it wants but a training graph, and ``info["missing"]`` names what it lacks.
        literals, language, reading: see `triples.statements.read_statements`. A folder whose ``info.json`` says
            ``{"qualifiers": true}`` has pairs of qualifier relation and value after the third column.

        shorten_names: whether prefixes shorten the identifiers of RDF, where no file of the folder lists names.

    Raises:
        DataError: with file and line, on malformed files, on a reading that is not certain, on a split that has to be
            there and is not, and on an entity of an inductive query that is not in the observed graph.
    """
    folder = named(Path(path))
    graphs = parts(folder, missing=missing)
    name = name or folder.name
    reading = reading or Reading()
    if reading.qualifiers is None and any(part.info.get("qualifiers", False) for part in graphs):
        reading = replace(reading, qualifiers="pairs")
    fixed = [{what: declared(part.folder, what) for what in ("entity", "relation")} for part in graphs]
    statements: list[dict[str, Statements]] = []
    for part, names in zip(graphs, fixed, strict=True):
        known = {what: {*(found or ())} for what, found in names.items()}
        statements.append({})
        how: dict[str, Any] = {"literals": literals, "language": language}
        for split, files in part.files.items():
            one = joined([read_statements(file, **how, reading=_settled(file, reading, known)) for file in files])
            statements[-1][split] = one
            known["entity"].update(one.entities)
            known["relation"].update(one.relations)
    listed = any(names for part in fixed for names in part.values())
    if shorten_names and not listed and any(one.prefixes is not None for part in statements for one in part.values()):
        short, used = shortened([one for part in statements for one in part.values()], title=name)
        rest = iter(short)
        statements = [{split: next(rest) for split in part} for part in statements]
        graphs[0].info["prefixes"] = used
    known_relations = names_of(statements[0].values(), "relation")
    new = names_of(statements[-1].values(), "relation") - known_relations
    relations = fixed[0]["relation"] or [*sorted(known_relations), *sorted(new)]
    entities = fixed[0]["entity"] or sorted(names_of(statements[0].values(), "entity"))
    inference = None
    if len(graphs) == 2:
        observed = statements[1]["train"]
        own_folder = graphs[1].folder
        own = fixed[1]["entity"] if own_folder != folder else None
        own = own or sorted(names_of([observed], "entity"))
        graphs[1].info.update(new_relations=len(new), shared_entities=len({*own} & {*entities}))
        inference = _triples(f"{name} (inference)", graphs[1], statements[1], own, relations, observed=observed.path)
    return _triples(name, graphs[0], statements[0], entities, relations, inference=inference)


def _triples(
    name: str,
    part: Part,
    statements: dict[str, Statements],
    entities: list[str],
    relations: list[str],
    *,
    inference: Triples | None = None,
    observed: Path | None = None,
) -> Triples:
    expected = (
        f"an entity of the observed graph ({observed.name})" if observed else "a name of the folder's vocabulary file"
    )
    splits, qualifiers = {}, {}
    for split, one in statements.items():
        ids = index(entities, one.path), index(relations, one.path)
        splits[split], found = to_ids(one, *ids, expected=expected)
        if len(found.pairs):
            qualifiers[split] = found
    own = {what: own_names(statements.values(), what) for what in ("entity", "relation")}
    entity_texts = read_texts(part.folder, entities, what="entity", own=own["entity"])
    relation_texts = read_texts(part.folder, relations, what="relation", own=own["relation"])
    info = {
        **{key: value for key, value in part.info.items() if key != "qualifiers"},
        "entity_text_coverage": entity_texts.coverage,
        "relation_text_coverage": relation_texts.coverage,
    }
    if unmatched := [*entity_texts.unmatched, *relation_texts.unmatched]:
        info["unmatched_tables"] = unmatched
    if entity_texts.types:
        info["types"] = entity_texts.types
    if lacking := [split for split in ("val", "test") if split not in splits]:
        info["missing"] = lacking
    if found_layout := next((one.layout for one in statements.values() if one.layout), None):
        info["columns"] = found_layout.said()
    if notes := list(dict.fromkeys(note for one in statements.values() for note in one.notes)):
        info["notes"] = notes
    tables = [table for some in TABLES.values() for table in some]
    if ignored := unread(part.folder, tables):
        info["unread_files"] = ignored
    if dropped := sum(one.dropped for one in statements.values()):
        info["dropped_literals"] = dropped
    if (regions := part.folder / "regions.list").is_file():
        info["regions"], info["candidates"] = _regions(regions, entities)
    return Triples(
        name,
        entities,
        relations,
        **splits,
        entity_labels=entity_texts.labels,
        relation_labels=relation_texts.labels,
        entity_text=entity_texts.texts,
        relation_text=relation_texts.texts,
        inference=inference,
        qualifiers=qualifiers,
        info=info,
    )


def _settled(path: Path, reading: Reading, known: dict[str, set[str]]) -> Reading:
    """The reading, where the names known from the vocabulary or other splits show that the first line is a triple."""
    if reading.header is not None or reading.columns or not known["relation"] or is_id_file(path):
        return reading
    as_data = replace(reading, header=False, quotes=False, comments=False)
    with suppress(DataError):  # what is wrong with the file is said when it is read
        row = next(iter(sample(path, as_data).rows), [])
        met = (
            len(row) >= 3 and row[1] in known["relation"] and (row[0] in known["entity"]) + (row[2] in known["entity"])
        )
        if met == 2 or (met and not is_header_row(row)):
            return as_data
    return reading


def own_names(statements: Iterable[Statements], what: str) -> OwnTexts:
    """The labels, texts and types that files bring themselves: RDF, KGX, and tables in a column beside the names."""
    found: tuple[dict[str, str], ...] = {}, {}, {}
    for one in statements:
        for known, key in zip(found, (what, f"{what}_text", f"{what}_type"), strict=True):
            for name, words in one.labels.get(key, {}).items():
                known.setdefault(name, words)
    return OwnTexts(*found)


def _regions(path: Path, entities: list[str]) -> tuple[list[str], list[int]]:
    """The only candidates of a set, by name and by id."""
    regions = read_text(path).split()
    positions = {entity: i for i, entity in enumerate(entities)}
    if unknown := next((region for region in regions if region not in positions), None):
        raise DataError(f"the unknown entity {unknown!r}", expected="entities of the set", path=path)
    if not regions:
        raise DataError("no entity", expected="the candidates of the set", path=path)
    return regions, [positions[region] for region in regions]


def write(triples: Triples, folder: str | PathLike[str], *, compress: bool = False, overwrite: bool = False) -> None:
    """Write triples as a folder that `read` gives back with the same ids.

    The folder appears at once and whole, or not at all. Tabs and line ends in texts become blanks; what JSON cannot hold of
    ``info`` is left out.

    Args:
        folder: a folder that does not exist yet, or an empty one.
        compress: write the splits as ``.txt.gz``.
        overwrite: replace a folder that `write` made. One that holds anything else is left alone.

    Raises:
        DataError: where the folder is in use, or a name does not fit into a table (tabs, line ends, blanks at an end).
    """
    target = Path(folder)
    check_writable(target, overwrite=overwrite)
    with replacing_folder(target) as room:
        _write_graph(triples, room, compress=compress)
        if triples.inference is not None:
            (room / "inference").mkdir()
            _write_graph(triples.inference, room / "inference", compress=compress)


def check_writable(folder: Path, *, overwrite: bool) -> None:
    """Raises a `DataError` where `write` would, before the work that makes the triples."""
    check_target(folder, overwrite=overwrite, ours=FILES | {f"{name}.gz" for name in FILES})


def _write_graph(triples: Triples, folder: Path, *, compress: bool) -> None:
    for what, names, labels, texts in (
        ("entity", triples.entities, triples.entity_labels, triples.entity_text),
        ("relation", triples.relations, triples.relation_labels, triples.relation_text),
    ):
        for name in names:
            if not name or name != name.strip(" ") or "\t" in name or "\n" in name or "\r" in name:
                raise DataError(
                    f"the {what} {name!r}", expected="a name without tabs, line ends and blanks at its ends"
                )
        dictionary = "".join(f"{i}\t{name}\n" for i, name in enumerate(names))
        (folder / f"{plural(what)}.dict").write_text(dictionary, encoding="utf-8", newline="\n")
        table = "".join(_text_rows(names, labels, texts or labels))
        (folder / f"{what}_text.tsv").write_text(table, encoding="utf-8", newline="\n")
    about = {key: value for key, value in _plain(triples.info).items() if key not in _FOUND_ANEW}
    about["missing"] = [split for split, ids in triples.splits() if not len(ids)]
    if triples.qualifiers:
        about["qualifiers"] = True
    info = json.dumps(about, indent=2, ensure_ascii=False)
    (folder / "info.json").write_text(info + "\n", encoding="utf-8", newline="\n")
    for split, ids in triples.splits():
        if len(ids):
            file = folder / f"{'valid' if split == 'val' else split}.txt{'.gz' if compress else ''}"
            with _writer(file) as write_bytes:
                for block in _blocks(triples, split):
                    write_bytes(block.encode())


@contextmanager
def _writer(file: Path) -> Iterator[Callable[[bytes], object]]:
    """What writes into a file, packed when its name ends in .gz; equal content gives equal bytes."""
    with file.open("wb") as raw:
        if file.suffix != ".gz":
            yield raw.write
            return
        with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
            yield packed.write


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    """What of it JSON can hold: OGB's candidates, say, are tensors."""
    plain = {}
    for key, value in info.items():
        with suppress(TypeError):
            json.dumps(value)
            plain[key] = value
    return plain


def _blocks(triples: Triples, split: str) -> Iterator[str]:
    """The lines of a split, some at a time."""
    entities, relations = triples.entities, triples.relations
    ids = getattr(triples, split)
    ptr, pairs = triples.qualifiers.get(split, (None, None))
    ends = None if ptr is None else ptr.tolist()
    more = None if pairs is None else [f"\t{relations[r]}\t{entities[v]}" for r, v in pairs.tolist()]
    for start in range(0, len(ids), _ROWS):
        rows = [f"{entities[h]}\t{relations[r]}\t{entities[t]}" for h, r, t in ids[start : start + _ROWS].tolist()]
        if ends is not None and more is not None:
            rows = [row + "".join(more[ends[start + i] : ends[start + i + 1]]) for i, row in enumerate(rows)]
        yield "".join(f"{row}\n" for row in rows)


def _text_rows(names: list[str], labels: list[str], texts: list[str]) -> Iterator[str]:
    """Rows for the names that have a label or a text beyond their own readable form."""
    for name, *long in zip(names, labels, texts, strict=True):
        label, text = (words.translate(_ONE_LINE).strip() for words in long)
        if label != readable(name) or text != label:
            description = "" if text == label else text.removeprefix(f"{label}. ")
            yield f"{name}\t{label}\t{description}\n"
