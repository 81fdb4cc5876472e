"""Splits in parts: ``train-00000-of-00002.parquet`` (Hugging Face), folders ``train/part-0000.tsv``, PyKEEN's ``training``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from graphfm.datasets.rdf.resources import RDF_ENDINGS
from graphfm.datasets.tables.unpacking import PACKED

_ENDINGS = (".txt", ".tsv", ".csv", ".parquet", ".feather", ".arrow", ".jsonl", *RDF_ENDINGS)
_END = rf"(?:(?:{'|'.join(map(re.escape, _ENDINGS))})(?:{'|'.join(map(re.escape, PACKED))})?)"
_PART = re.compile(
    rf"(?:part|data|chunk|shard|triples|facts|numeric_triples)?[-_.]?\d*(?:[-_.][\w-]+)*?{_END}?", re.IGNORECASE
)
_NUMBERED = re.compile(rf"(?:part|chunk|shard)[-_.]?\d+(?:[-_.][\w-]+)*?{_END}?", re.IGNORECASE)


def shards(folder: Path, stems: Iterable[str]) -> list[Path]:
    """The parts of a split in their order, none where it has no parts.

    Args:
        stems: what the split may be called.
    """
    names = "|".join(map(re.escape, stems))
    numbered = re.compile(rf"(?:{names})[-_.]\d+[-_.]of[-_.]\d+{_END}", re.IGNORECASE)
    found = [path for path in sorted(folder.iterdir()) if numbered.fullmatch(path.name) and path.is_file()]
    rooms = [
        path for path in sorted(folder.iterdir()) if re.fullmatch(names, path.name, re.IGNORECASE) and path.is_dir()
    ]
    return found or [path for room in rooms[:1] for path in sorted(room.iterdir()) if _is_part(path)]


def _is_part(path: Path) -> bool:
    return (
        path.is_file() and bool(path.name.strip("._")) and path.stat().st_size > 0 and bool(_PART.fullmatch(path.name))
    )


def numbered_parts(folder: Path) -> list[Path]:
    """The files ``part-00000`` and so on of a folder, as Spark and Hadoop write one table."""
    return [
        path
        for path in sorted(folder.iterdir())
        if _NUMBERED.fullmatch(path.name) and path.is_file() and path.stat().st_size
    ]
