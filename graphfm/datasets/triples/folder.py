"""Read a folder of triples into `Triples`, and write `Triples` as such a folder; `triples_layout` says how it looks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.layout import Part, parts
from graphfm.datasets.triples.lookup import readable
from graphfm.datasets.triples.ntriples import Literals
from graphfm.datasets.triples.statements import Statements, is_header, read_statements
from graphfm.datasets.triples.texts import read_texts
from graphfm.datasets.triples.vocabulary import declared, index, names_of, plural, to_ids
from graphfm.errors import DataError
from graphfm.files import check_target, read_text, replacing_folder

#: What `write` writes.
FILES = {f"{name}.dict" for name in ("entities", "relations")} | {f"{name}_text.tsv" for name in ("entity", "relation")}
FILES |= {"info.json", "train.txt", "valid.txt", "test.txt", "inference"}


def read(
    path: str | PathLike[str], *, name: str | None = None, missing: Collection[str] = (), literals: Literals = "refuse"
) -> Triples:
    """Read a folder of triples.

    Ids are positions in the sorted list of all names in all files, unless the folder fixes them by ``entities.dict``,
    ``entity2id.txt`` or ``entity_ids.del``. Nothing is dropped: repeated triples and entities unseen in training stay,
    and `Triples.statistics` counts them. Relations new in the inference graph come after those of the training graph.

    Args:
        path: the folder.
        name: name of the set; that of the folder by default.
        missing: splits ("train", "val", "test") that the set is known not to have. A folder can say so itself by a file
            ``info.json`` with ``{"missing": ["val"]}``.
        literals: see `triples.statements.read_statements`.

    Raises:
        DataError: with file and line, on malformed files, on a split that is neither there nor declared missing, and on
            an entity of an inductive query that is not in the observed graph.
    """
    folder = Path(path)
    graphs = parts(folder, missing=missing)
    name = name or folder.name
    statements = [
        {split: read_statements(file, literals=literals) for split, file in part.files.items()} for part in graphs
    ]
    known = names_of(statements[0].values(), "relation")
    new = names_of(statements[-1].values(), "relation") - known
    relations = declared(folder, "relation") or [*sorted(known), *sorted(new)]
    entities = declared(folder, "entity") or sorted(names_of(statements[0].values(), "entity"))
    inference = None
    if len(graphs) == 2:
        observed = statements[1]["train"]
        own_folder = graphs[1].folder
        own = declared(own_folder, "entity") if own_folder != folder else None
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
    entity_texts = read_texts(part.folder, entities, what="entity")
    relation_texts = read_texts(part.folder, relations, what="relation")
    info = {
        **part.info,
        "entity_text_coverage": entity_texts.coverage,
        "relation_text_coverage": relation_texts.coverage,
    }
    if dropped := sum(one.dropped for one in statements.values()):
        info["dropped_literals"] = dropped
    if (regions := part.folder / "regions.list").is_file():
        info["regions"] = read_text(regions).split()
        positions = {entity: i for i, entity in enumerate(entities)}
        info["candidates"] = [positions[region] for region in info["regions"]]
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


def write(triples: Triples, folder: str | PathLike[str], *, compress: bool = False, overwrite: bool = False) -> None:
    """Write triples as a folder that `read` gives back with the same ids.

    The folder appears at once and whole, or not at all. White space in texts becomes single blanks; what
    JSON cannot hold of ``info`` is left out.

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
    missing = [split for split, ids in triples.splits() if not len(ids)]
    info = json.dumps({**_plain(triples.info), "missing": missing}, indent=2, ensure_ascii=False)
    (folder / "info.json").write_text(info + "\n", encoding="utf-8", newline="\n")
    for split, ids in triples.splits():
        if len(ids):
            content = "".join(f"{row}\n" for row in _rows(triples, split)).encode()
            file = folder / f"{'valid' if split == 'val' else split}.txt"
            if compress:
                file, content = file.with_name(f"{file.name}.gz"), gzip.compress(content, mtime=0)
            file.write_bytes(content)


def _plain(info: dict[str, Any]) -> dict[str, Any]:
    """What of it JSON can hold: OGB's candidates, say, are tensors."""
    plain = {}
    for key, value in info.items():
        with suppress(TypeError):
            json.dumps(value)
            plain[key] = value
    return plain


def _rows(triples: Triples, split: str) -> Iterator[str]:
    entities, relations = triples.entities, triples.relations
    rows = [f"{entities[h]}\t{relations[r]}\t{entities[t]}" for h, r, t in getattr(triples, split).tolist()]
    if is_header(rows[0].split("\t")):
        yield "head\trelation\ttail"
    if split not in triples.qualifiers:
        yield from rows
        return
    qualifiers = triples.qualifiers[split]
    pairs = [f"\t{relations[r]}\t{entities[v]}" for r, v in qualifiers.pairs.tolist()]
    for row, (start, end) in zip(rows, pairwise(qualifiers.ptr.tolist()), strict=True):
        yield row + "".join(pairs[start:end])


def _text_rows(names: list[str], labels: list[str], texts: list[str]) -> Iterator[str]:
    """Rows for the names that have a label or a text beyond their own readable form."""
    for name, *long in zip(names, labels, texts, strict=True):
        label, text = (" ".join(words.split()) for words in long)
        if label != readable(name) or text != label:
            description = "" if text == label else text.removeprefix(f"{label}. ")
            yield f"{name}\t{label}\t{description}\n"
