"""Which file of a folder of triples is which split of which graph.

A folder holds ``train``, ``valid`` (or ``val``, ``dev``) and ``test``, each as ``.txt``, ``.tsv``, ``.csv`` or ``.nt``,
plain or ``.gz``; or the id files of LibKGE (``train.del``) and OpenKE (``train2id.txt``). An inductive set adds to its
training graph either

- a second such folder, ``inference`` inside or ``NAME_ind`` beside, with the observed graph as ``train`` (GraIL), or
- a file ``inference`` (or ``msg``) with the observed graph; then ``valid`` and ``test`` are queries on it, and
  ``train_valid`` those on the training graph (ILPC, InGram, WikiTopics).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from graphfm.datasets.triples.graph import SPLITS
from graphfm.errors import DataError
from graphfm.files import read_json

_STEMS = {
    "train": ("train",),
    "val": ("valid", "val", "dev", "validation", "inference_validation"),
    "test": ("test", "inference_test"),
    "graph": ("inference", "msg"),
    "train_val": ("train_valid",),
}
_ENDINGS = ((".txt", ".tsv", ".csv", ".nt"), (".del",), ("2id.txt",))  # names before ids where a folder has both


class Part(NamedTuple):
    """One graph: where its vocabularies may be, the file of each split, what ``info.json`` says."""

    folder: Path
    files: dict[str, Path]
    info: dict[str, Any]


def holds_triples(folder: Path) -> bool:
    """Whether a folder has a training graph or an observed graph."""
    return any(_find(folder, _STEMS[role]) for role in ("train", "graph"))


def parts(folder: Path, *, missing: Collection[str] = ()) -> list[Part]:
    """The graph of a folder, or the training graph and the observed graph of an inductive set.

    Args:
        missing: splits that need not be there, besides those that ``info.json`` declares.

    Raises:
        DataError: on a split that is neither there nor declared missing, or one with two files.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}", expected="a folder with the files train, valid and test")
    found = {role: file for role, stems in _STEMS.items() if (file := _find(folder, stems))}
    info = _read_info(folder)
    missing = {*missing, *info.pop("missing", ())}
    if "graph" in found:
        required = ["train", "test"] if "train_val" in found else SPLITS
        _require(required, found, folder, missing)
        return [
            Part(folder, _pick(found, train="train", val="train_val"), info),
            Part(folder, _pick(found, train="graph", val="val", test="test"), {}),
        ]
    _require(SPLITS, found, folder, missing)
    graph = Part(folder, _pick(found, train="train", val="val", test="test"), info)
    for second in (folder / "inference", folder.with_name(f"{folder.name}_ind")):
        if second.is_dir():
            return [graph, parts(second, missing=missing - {"train"})[0]]
    return [graph]


def _pick(found: dict[str, Path], **roles: str) -> dict[str, Path]:
    return {split: found[role] for split, role in roles.items() if role in found}


def _find(folder: Path, stems: Iterable[str]) -> Path | None:
    for endings in _ENDINGS:
        names = [f"{stem}{ending}{gz}" for stem in stems for ending in endings for gz in ("", ".gz")]
        files = [folder / name for name in names if (folder / name).is_file()]
        if len(files) > 1:
            some = " and ".join(file.name for file in files)
            raise DataError(some, expected="one file for a split", hint="Remove or rename the others.", path=folder)
        if files:
            return files[0]
    return None


def _require(splits: Iterable[str], found: Collection[str], folder: Path, missing: Collection[str]) -> None:
    for split in splits:
        if split not in found and split not in missing:
            raise DataError(
                f"no file for the split {split}",
                expected=f"{_STEMS[split][0]}.txt (or .tsv, .csv, .nt; plain or .gz)",
                hint=f'If the set has none, say so: missing=("{split}",), or {{"missing": ["{split}"]}} in info.json.',
                path=folder,
            )


def _read_info(folder: Path) -> dict[str, Any]:
    path = folder / "info.json"
    if not path.is_file():
        return {}
    info = read_json(path)
    if not isinstance(info, dict) or not {*info.get("missing", ())} <= {*SPLITS}:
        raise DataError("other content", expected=f'an object, "missing" a list of {", ".join(SPLITS)}', path=path)
    return info
