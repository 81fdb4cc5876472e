"""Reading a table of triples: graphfm beside pandas and PyKEEN, in CPU seconds and memory.

    python benchmarks/import_speed.py --triples 5000000

Each reader runs in a process of its own on the same made table, tab-separated. `pandas` reads strings; `pandas + factorize` also
numbers them, which is what the other two give; `python strings` is pandas as it is without pyarrow. Memory is the growth of
the peak over that after the imports, beside the size of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def make(path: Path, triples: int, *, entities: int, relations: int, seed: int = 0) -> None:
    """A table whose names are drawn with a skew, as the names of a graph are."""
    draw = np.random.default_rng(seed)
    head, tail = ((draw.random(triples) ** 2 * entities).astype(int) for _ in range(2))
    kind = (draw.random(triples) ** 2 * relations).astype(int)
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, triples, 100_000):
            rows = zip(*(column[start : start + 100_000].tolist() for column in (head, kind, tail)), strict=True)
            file.write("".join(f"entity_{h}\trelation_{r}\tentity_{t}\n" for h, r, t in rows))


def _graphfm(path: Path) -> Any:
    from graphfm.datasets.triples.statements import read_statements

    return lambda: read_statements(path)


def _pandas(path: Path) -> Any:
    import pandas

    return lambda: pandas.read_csv(path, sep="\t", header=None)


def _python_strings(path: Path) -> Any:
    import pandas

    pandas.options.mode.string_storage = "python"
    return lambda: pandas.read_csv(path, sep="\t", header=None)


def _factorize(path: Path) -> Any:
    import pandas

    def read() -> Any:
        frame = pandas.read_csv(path, sep="\t", header=None)
        return pandas.factorize(pandas.concat([frame[0], frame[2]])), pandas.factorize(frame[1])

    return read


def _pykeen(path: Path) -> Any:
    from pykeen.triples import TriplesFactory

    return lambda: TriplesFactory.from_path(path)


READERS: dict[str, Callable[[Path], Any]] = {
    "graphfm": _graphfm,
    "pandas": _pandas,
    "pandas, python strings": _python_strings,
    "pandas + factorize": _factorize,
    "pykeen": _pykeen,
}


def measure(name: str, path: Path) -> dict[str, Any]:
    """CPU seconds and the growth of the peak of memory, in this process."""
    read = READERS[name](path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, wall = time.process_time(), time.perf_counter()
    result = read()
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    del result
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"reader": name, "cpu_s": round(cpu, 2), "wall_s": round(wall, 2), "memory_mb": round(grown)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=5_000_000)
    parser.add_argument("--entities", type=int, default=500_000)
    parser.add_argument("--relations", type=int, default=200)
    parser.add_argument("--readers", nargs="+", default=[*READERS], choices=[*READERS])
    parser.add_argument("--measure", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], Path(options.measure[1]))))
        return
    with tempfile.TemporaryDirectory() as room:
        path = Path(room, "triples.tsv")
        make(path, options.triples, entities=options.entities, relations=options.relations)
        size = os.path.getsize(path) / 1e6
        print(f"{options.triples:,} triples, {size:,.0f} MB")
        for name in options.readers:
            done = subprocess.run(
                [sys.executable, __file__, "--measure", name, str(path)], capture_output=True, text=True
            )
            row = (
                json.loads(done.stdout.splitlines()[-1])
                if done.returncode == 0
                else {"reader": name, "failed": done.stderr[-200:]}
            )
            times = f"  {row['memory_mb'] * 1.048576 / size:.1f} times the file" if "memory_mb" in row else ""
            print(json.dumps(row) + times, flush=True)


if __name__ == "__main__":
    main()
