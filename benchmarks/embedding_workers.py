"""`graphfm embed` by one process, by shards at once, and by workers of Ray: seconds, and how far the vectors are apart.

python benchmarks/embedding_workers.py --texts 400 --out benchmarks/results/embedding_workers.json
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
from pathlib import Path
from typing import Any

import torch

import graphfm
from graphfm.datasets import TextGraph, write_folder
from graphfm.scale.embedding import graph_texts
from graphfm.text import embed, load_encoder

#: The processes of each way, by the options of each process.
WAYS: dict[str, list[list[str]]] = {
    "one process": [[]],
    "two shards at once": [["--shard", "1/2"], ["--shard", "2/2"]],
    "Ray, one worker": [["--workers", "1"]],
    "Ray, two workers": [["--workers", "2"]],
}


def run(ways: list[list[str]], folder: Path, cache: Path) -> dict[str, float]:
    """Wall and CPU seconds of some processes at once, their start and the loading of the model included."""
    env = {**os.environ, "GRAPHFM_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "graphfm", "embed", "--data", str(folder), "--encoder", "minilm"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    running = [subprocess.Popen([*words, *way], env=env, stdout=subprocess.DEVNULL) for way in ways]
    assert [one.wait() for one in running] == [0] * len(running)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": round(time.perf_counter() - start, 1), "cpu_s": round(cpu, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="cora")
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    source = graphfm.load(given.data)
    graph = TextGraph(torch.empty(2, 0, dtype=torch.long), name=given.data, text=source.text[: given.texts])
    texts, rows = sorted(set(graph_texts(graph))), []
    first: torch.Tensor | None = None
    with tempfile.TemporaryDirectory() as room:
        write_folder(graph, Path(room) / "graph")
        for name, ways in WAYS.items():
            cache = Path(room) / name
            row: dict[str, Any] = {"way": name, **run(ways, Path(room) / "graph", cache)}
            found = embed(texts, load_encoder("minilm"), cache=cache / "embeddings", progress=False)
            first = found if first is None else first
            rows.append(
                row
                | {"texts_a_second": round(len(texts) / row["wall_s"], 1), "apart": float((found - first).abs().max())}
            )
            print(rows[-1], flush=True)
    result = {
        "data": given.data,
        "texts": len(texts),
        "rows": rows,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if given.out is not None:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
