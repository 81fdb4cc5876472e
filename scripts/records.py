"""The records of a study: one JSON object a line in its folder's runs.jsonl, and the cells that tables make of them.

A script asks `has` before a run and calls `add` after it, so that a study that was stopped goes on where it was. A record is
there whole or not at all: what follows the last line feed is one that a kill cut off; it is not read, and it is taken away,
with a word on the error stream, when the next record is written. Several processes may add to one study.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]
NAME = "runs.jsonl"


@dataclass(frozen=True)
class Records:
    """The records in a folder, told apart by their `key`, the names of some of their fields."""

    folder: Path
    key: tuple[str, ...]

    @property
    def path(self) -> Path:
        return self.folder / NAME

    def read(self) -> list[Record]:
        """All records in the order of their keys, in whatever order they were added.

        Raises:
            graphfm.errors.DataError: a broken line, one without a field of the key, or two with one key.
        """
        from graphfm.errors import DataError
        from graphfm.files import parse_json

        content = self.path.read_bytes() if self.path.exists() else b""
        found: dict[tuple[Any, ...], Record] = {}
        for line, text in enumerate(content.split(b"\n")[:-1], start=1):  # the last piece is empty or cut off
            record = parse_json(text.decode("utf-8"), self.path, line=line)
            if lacking := [name for name in self.key if name not in record]:
                raise DataError(f"no {lacking[0]!r}", expected="a field of the key", path=self.path, line=line)
            if (key := self._key(record)) in found:
                raise DataError(f"{key} again", expected="one record a key", path=self.path, line=line)
            found[key] = record
        return [found[key] for key in sorted(found)]

    def has(self, **key: Any) -> bool:
        """Whether the record with this key is there."""
        wanted = self._key(key)
        return any(self._key(record) == wanted for record in self.read())

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a record; it is on the disk when this returns. One that another process has added stays, not this one."""
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        with self._locked(), self.path.open("a+b") as file:
            if self.has(**{name: record[name] for name in self.key}):
                print(f"{self.path}: {self._key(record)} is there already and stays", file=sys.stderr)
                return
            whole = _whole(file)
            if whole < file.seek(0, os.SEEK_END):
                print(f"{self.path}: a last record that a kill cut off is taken away", file=sys.stderr)
                file.truncate(whole)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def replace(self, record: Mapping[str, Any]) -> None:
        """Write the file anew with `record` in place of the one with its key; the file of before is there until then."""
        from graphfm.files import write_text

        with self._locked():
            records = [dict(record) if self._key(old) == self._key(record) else old for old in self.read()]
            write_text(self.path, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))

    def _key(self, record: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(record[name] for name in self.key)

    def _locked(self) -> Any:
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f".{NAME}.lock")


def _whole(file: Any) -> int:
    """Bytes of a file up to and with its last line feed."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - (1 << 16))
        file.seek(start)
        if (at := file.read(end - start).rfind(b"\n")) >= 0:
            return start + at + 1
        end = start
    return 0


def cell(values: Sequence[float], digits: int = 3, *, signed: bool = False, bare: bool = False) -> str:
    """Mean ± standard deviation of some seeds; the mean of a single one, "" of none.

    Args:
        values: one a seed.
        digits: after the point.
        signed: put a plus before a positive mean.
        bare: leave out the deviation of values that are all equal, where some rows hold nothing that a seed changes.

    >>> cell([0.25, 0.75]), cell([1.0, 1.0], 1), cell([1.0, 1.0], 1, bare=True), cell([])
    ('0.500 ± 0.354', '1.0 ± 0.0', '1.0', '')
    """
    if not values:
        return ""
    spread = (
        "" if len(values) == 1 or (bare and min(values) == max(values)) else f" ± {statistics.stdev(values):.{digits}f}"
    )
    return f"{statistics.mean(values):{'+' if signed else ''}.{digits}f}{spread}"


def cell_against(values: Mapping[int, float], base: Mapping[int, float], digits: int, *, p_digits: int) -> str:
    """`cell` of values by seed, with the p of `paired_p` against those of `base` where there is one."""
    p = paired_p(values, base)
    return cell([*values.values()], digits) + ("" if p is None else f" (p {p:.{p_digits}f})")


def paired_p(one: Mapping[int, float], other: Mapping[int, float]) -> float | None:
    """p of a paired t-test over the seeds that both have; None with fewer than two, or without a difference."""
    from scipy.stats import ttest_rel

    pairs = [(one[seed], other[seed]) for seed in sorted(one.keys() & other.keys())]
    if len(pairs) < 2 or all(a == b for a, b in pairs):
        return None
    return float(ttest_rel(*zip(*pairs, strict=True)).pvalue)
