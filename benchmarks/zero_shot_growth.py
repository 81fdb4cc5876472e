"""How the cost of `graphfm zero-shot` grows with the graph, and what its page costs beside it: CPU seconds and memory.

    python benchmarks/zero_shot_growth.py [--nodes 25000 50000 100000 200000] [--encoder lsa] [--out FILE.json]

The graphs are drawn: ten classes of equal size, ten edges a node of which four in five join two nodes of a class, texts of twelve
words of which three are of the class. Each size is a process of its own on one thread, which reads its graph from a folder, does
the job and writes the page; CPU seconds are those of the process, so that other work on the machine does not count. The exponent
of a column is the slope of its logarithm by that of the nodes, by least squares.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import math
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CLASSES, DEGREE, WORDS = 10, 10, 12
COLUMNS = ("read", "job", "page")


def write_graph(folder: Path, nodes: int) -> None:
    """Draw a graph and write its folder."""
    import numpy as np
    import torch

    from graphfm.datasets import TextGraph
    from graphfm.datasets.text_graphs.folder import write_folder

    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, nodes)
    order = np.argsort(y, kind="stable")
    start = np.searchsorted(y[order], np.arange(CLASSES + 1))
    source = rng.integers(0, nodes, nodes * DEGREE // 2)
    own = rng.random(len(source)) < 0.8
    low, high = start[y[source]], start[y[source] + 1]
    target = np.where(
        own, order[(low + rng.random(len(source)) * (high - low)).astype(int)], rng.integers(0, nodes, len(source))
    )
    common = rng.zipf(1.3, (nodes, WORDS)) % 20_000
    themes = rng.integers(0, 100, (nodes, WORDS // 4))
    texts = [
        " ".join(
            [f"w{word}" for word in words]
            + [f"theme{label}x{word}" for word in theme]
            + [f"topic{label}"] * int(rng.random() < 0.3)
        )
        for words, theme, label in zip(common.tolist(), themes.tolist(), y.tolist(), strict=True)
    ]
    names = [f"topic{n}" for n in range(CLASSES)]
    edges = torch.from_numpy(np.stack([source, target]))
    graph = TextGraph(
        edges, name=f"drawn-{nodes}", text=texts, y=torch.from_numpy(y), class_names=names, directed=False
    )
    write_folder(graph, folder)


def measure(folder: Path, encoder: str, profile: Path | None) -> dict[str, Any]:
    """One size, in this process."""
    import torch

    from graphfm.datasets import load
    from graphfm.evaluation.text_jobs import zero_shot
    from graphfm.report.zero_shot_page import boundary, result_page

    torch.set_num_threads(1)
    profiler = cProfile.Profile()
    cells: dict[str, Any] = {}
    clock = time.process_time()

    def note(name: str) -> None:
        nonlocal clock
        now = time.process_time()
        cells[name], clock = round(now - clock, 2), now
        cells[f"{name}_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    if profile is not None:
        profiler.enable()
    graph = load(folder)
    note("read")
    done = zero_shot(graph, encoder=encoder)
    note("job")
    page = result_page(graph, done.x, done.found, boundary(graph, done.found))
    note("page")
    if profile is not None:
        profiler.disable()
        pstats.Stats(profiler).dump_stats(profile)
    return {"nodes": graph.num_nodes, "edges": graph.num_edges, "encoder": encoder, **cells, "page_bytes": len(page)}


def exponent(cells: list[dict[str, Any]], column: str) -> float:
    """Slope of log cost by log nodes."""
    points = [(math.log(cell["nodes"]), math.log(max(cell[column], 1e-3))) for cell in cells]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def main() -> None:
    """Every size in a process of its own, one JSON line each, and the exponents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", nargs="+", type=int, default=[25_000, 50_000, 100_000, 200_000])
    parser.add_argument("--encoder", default="lsa")
    parser.add_argument(
        "--out", type=Path, help="file for the cells as a JSON list; sizes that are there are not measured again"
    )
    parser.add_argument("--profile", type=Path, help="folder for profiles, which cost time of their own")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.encoder, options.profile)))
        return
    cells: list[dict[str, Any]] = json.loads(options.out.read_text()) if options.out and options.out.is_file() else []
    for nodes in options.nodes:
        if any(cell["nodes"] == nodes for cell in cells):
            continue
        with tempfile.TemporaryDirectory() as folder:
            write_graph(Path(folder) / "graph", nodes)
            command = [
                sys.executable,
                "-W",
                "ignore",
                __file__,
                "--encoder",
                options.encoder,
                "--one",
                f"{folder}/graph",
            ]
            if options.profile:
                command += ["--profile", str(options.profile / f"{nodes}.prof")]
            environment = os.environ | {
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
                "GRAPHFM_CACHE": f"{folder}/cache",
            }
            done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
        cells.append(json.loads(done.stdout.splitlines()[-1]))
        print(json.dumps(cells[-1]), flush=True)
        if options.out:
            options.out.write_text(
                json.dumps(sorted(cells, key=lambda cell: cell["nodes"]), indent=1) + "\n", encoding="utf-8"
            )
    if len(cells) > 1:
        print({column: round(exponent(cells, column), 2) for column in (*COLUMNS, "job_mb")})


if __name__ == "__main__":
    main()
