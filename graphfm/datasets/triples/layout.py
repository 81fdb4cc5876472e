"""Which file of a folder of triples is which split of which graph.

A folder holds ``train`` and, where there are some, ``valid`` (or ``val``, ``dev``) and ``test``, each as ``.txt``, ``.tsv``,
``.csv``, Parquet, JSON or RDF, plain or compressed, also with a name before it (``FB15k-train.txt``); or the id files of
LibKGE (``train.del``) and OpenKE (``train2id.txt``); or all of it in one file, ``triples.tsv`` or ``facts.csv``; or in parts
(`split_parts`), also in a folder ``data``. An inductive set adds to its training graph either

- a second such folder, ``inference`` inside or ``NAME_ind`` beside, with the observed graph as ``train`` (GraIL), or
- a file ``inference`` (or ``msg``) with the observed graph; then ``valid`` and ``test`` are queries on it, and
  ``train_valid`` those on the training graph (ILPC, InGram, WikiTopics, ULTRA).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from graphfm.datasets.rdf.resources import RDF_ENDINGS
from graphfm.datasets.tables.unpacking import PACKED
from graphfm.datasets.triples.graph import SPLITS
from graphfm.datasets.triples.split_parts import shards
from graphfm.errors import DataError
from graphfm.files import read_json

_STEMS = {
    "train": ("train", "training", "train_triples", "train_sample", "transductive_train", "train_graph"),
    "val": (
        "valid", "val", "dev", "validation", "valid_triples", "val_triples", "val_sample", "valid_sample",
        "inference_validation", "inference_valid", "inductive_val", "inductive_valid",
    ),
    "test": ("test", "testing", "test_triples", "test_sample", "inference_test", "inductive_test"),
    "graph": ("inference", "msg", "inference_graph", "inductive_train", "test_graph"),
    "train_val": ("train_valid", "train_val"),
}  # fmt: skip
_WHOLE = ("triples", "facts", "statements", "kg", "numeric_triples")  # a graph in one file, where there is no split
_TABLES = (".txt", ".tsv", ".csv", ".parquet", ".feather", ".arrow", ".jsonl", ".json", ".txt.json")
_ENDINGS = ((*_TABLES, *RDF_ENDINGS), (".del",), ("2id.txt",))  # names before ids where a folder has both
_PACKED = ("", *PACKED)
_SHORT = (
    "train",
    "training",
    "valid",
    "val",
    "dev",
    "validation",
    "test",
    "testing",
)  # also at the end of longer names
# What stands before the name of a split where it is that of another: train_valid, inductive_test, nodes_train.
_OTHERS = re.compile(r"train|valid|test|inference|inductive|node|edge|negativ", re.IGNORECASE)
# What stands in such a folder beside its splits without being data.
_SIDE = {"dataset_dict.json", "info.json", "regions.list", "inference", "licence", "license"}
_SIDE_ENDINGS = {".md", ".rst", ".py", ".sh", ".json", ".yaml", ".yml", ".bib", ".pdf", ".dict", ".cff", ".pth"}
# What gives away a dictionary of names and ids: entity2id.json, id2rel.json, rel_dict_rev.json, entity_names.json.
_DICTIONARY = re.compile(
    r"(?<![a-z])(id_?(2|to_)|dict|vocab|(ent|rel|node)[a-z]*[-_]?(2|to_)?[-_]?(id|name|label|map))", re.IGNORECASE
)
_READ = ("entities.dict", "relations.dict")


class Part(NamedTuple):
    """One graph: where its vocabularies may be, the files of each split, what ``info.json`` says."""

    folder: Path
    files: dict[str, list[Path]]
    info: dict[str, Any]


def holds_triples(folder: Path) -> bool:
    """Whether a folder has a training graph or an observed graph."""
    return bool(_splits(folder).keys() & {"train", "graph"})


def lacking(folder: Path) -> list[str]:
    """Of "val" and "test", those that a folder with one graph has no file of and does not declare as missing."""
    found = _splits(folder)
    if "graph" in found or any(second.is_dir() for second in _seconds(folder)):
        return []
    declared = _read_info(folder).get("missing", ())
    return [split for split in ("val", "test") if split not in found and split not in declared]


def _seconds(folder: Path) -> tuple[Path, Path]:
    """Where the observed graph of an inductive set may be, beside its training graph."""
    return folder / "inference", folder.with_name(f"{folder.name}_ind")


def parts(folder: Path, *, missing: Collection[str] | None = None) -> list[Part]:
    """The graph of a folder, or the training graph and the observed graph of an inductive set.

    Args:
        missing: the splits that the set is known not to have, besides those that ``info.json`` declares, all others having
            to be there. Left out, only a training graph must be there.

    Raises:
        DataError: on a split that has to be there and is not, or one with two files.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", expected="a folder with the files train, valid and test")
    found = _splits(folder)
    info = _read_info(folder)
    declared = {*info.pop("missing", ())}
    missing = {*("val", "test"), *declared} if missing is None else {*missing, *declared}
    if "graph" in found:
        required = ["train", "test"] if "train_val" in found else SPLITS
        _require(required, found, folder, missing)
        return [
            Part(folder, _pick(found, train="train", val="train_val"), info),
            Part(folder, _pick(found, train="graph", val="val", test="test"), {}),
        ]
    _require(SPLITS, found, folder, missing)
    graph = Part(folder, _pick(found, train="train", val="val", test="test"), info)
    for second in _seconds(folder):
        if second.is_dir():
            return [graph, parts(second, missing=missing - {"train"})[0]]
    return [graph]


def _splits(folder: Path) -> dict[str, list[Path]]:
    """The files of each split that a folder has, or its folder ``data``; ``triples.tsv`` alone is all of it."""
    found = {role: [file] for role, stems in _STEMS.items() if (file := _find(folder, stems))}
    if not found and folder.is_dir():
        found = {role: files for role, stems in _STEMS.items() if (files := shards(folder, stems))}
    if not found and (whole := _find(folder, _WHOLE)):
        found["train"] = [whole]
    return found if found or not (folder / "data").is_dir() else _splits(folder / "data")


def _pick(found: dict[str, list[Path]], **roles: str) -> dict[str, list[Path]]:
    return {split: found[role] for split, role in roles.items() if role in found}


def _find(folder: Path, stems: Iterable[str]) -> Path | None:
    for endings in _ENDINGS:
        names = [f"{stem}{ending}{packed}" for stem in stems for ending in endings for packed in _PACKED]
        files = [folder / name for name in names if (folder / name).is_file()]
        if len(files) > 1:
            some = " and ".join(file.name for file in files)
            raise DataError(some, expected="one file for a split", hint="Remove or rename the others.", path=folder)
        if files:
            return files[0]
    return _by_end(folder, stems)


def _by_end(folder: Path, stems: Iterable[str]) -> Path | None:
    """The file whose name ends with that of a split, as ``FB15k-train.txt``, in any case, without an ending or with a known one.

    Raises:
        DataError: there are several.
    """
    endings = "|".join(map(re.escape, (*_TABLES, *RDF_ENDINGS)))
    packed = "|".join(map(re.escape, PACKED))
    last = "|".join(stem for stem in stems if stem in _SHORT)
    if not last or not folder.is_dir():
        return None
    name = re.compile(rf"(?:(.+)[-_. ])?(?:{last})(?:(?:{endings})(?:{packed})?)?", re.IGNORECASE)
    files = [
        path
        for path in sorted(folder.iterdir())
        if (match := name.fullmatch(path.name)) and not _OTHERS.search(match[1] or "") and path.is_file()
    ]
    if len(files) > 1:
        some = " and ".join(file.name for file in files)
        raise DataError(some, expected="one file for a split", hint="Remove or rename the others.", path=folder)
    return files[0] if files else None


def _require(splits: Iterable[str], found: Collection[str], folder: Path, missing: Collection[str]) -> None:
    lacking = [split for split in splits if split not in found and split not in missing]
    if not lacking:
        return
    name = shlex.quote(folder.name)
    if lacking[0] == "train":
        hint = "One file of triples is imported by `graphfm datasets import FILE --out FOLDER`, which splits it."
    else:
        share = " ".join(f"--{split} 0.1" for split in lacking)
        hint = f"`graphfm datasets import {name} --out FOLDER {share}` takes some from train. " * ("train" in found)
        hint += f'If the set is to have none, say so: {{"missing": {json.dumps(lacking)}}} in info.json.'
    raise DataError(
        f"no file for the split {lacking[0]}",
        expected=f"{_STEMS[lacking[0]][0]}.txt (or .tsv, .csv, .nt, .ttl, .parquet; plain or compressed)", hint=hint,
        path=folder,
    )  # fmt: skip


def unread(folder: Path, tables: Iterable[str]) -> list[str]:
    """The files of a folder that look like data and are not read: neither a split nor a table of names."""
    known = {path.name for files in _splits(folder).values() for path in files}
    others = []
    for path in sorted(folder.iterdir()):
        name = path.stem if path.suffix in PACKED else path.name
        aside = name.lower() in _SIDE or Path(name).suffix.lower() in _SIDE_ENDINGS or name.startswith(".")
        named = name in tables or name in _READ or name.endswith(("2id.txt", "_ids.del", "_to_id.tsv"))
        looks = bool(_DICTIONARY.search(name) and name not in _SIDE) or (not aside and Path(name).suffix)
        if path.is_file() and path.name not in known and not named and looks:
            others.append(path.name)
    return others


def dictionaries(folder: Path, tables: Iterable[str]) -> list[str]:
    """The files beside one of triples that look like dictionaries of its names; `tables` are read and none of them."""
    names = (path.name for path in sorted(folder.iterdir()) if path.is_file())
    return [name for name in names if _DICTIONARY.search(name) and name not in tables and not name.endswith(".md")]


def _read_info(folder: Path) -> dict[str, Any]:
    path = folder / "info.json"
    if not path.is_file():
        return {}
    info = read_json(path)
    missing = info.get("missing", []) if isinstance(info, dict) else None
    if not isinstance(missing, list) or not all(isinstance(one, str) and one in SPLITS for one in missing):
        raise DataError("other content", expected=f'an object, "missing" a list of {", ".join(SPLITS)}', path=path)
    if not isinstance(info.get("qualifiers", False), bool):
        raise DataError(f"{info['qualifiers']!r} as qualifiers", expected="true or false", path=path)
    return dict(info)
