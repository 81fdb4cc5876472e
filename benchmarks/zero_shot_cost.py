"""What the pool of readers costs beside `text+refine`: CPU seconds and peak memory, on graphs of three sizes.

    python benchmarks/zero_shot_cost.py [--data debian_packages_full] [--nodes 3000 30000 300000] [--out FILE.json]

The graph of each size is made of DATA: its first nodes with the edges between them; beyond its own size, copies of it, whose
texts carry a word of their own (equal texts would be counted once) and of whose edges a twentieth ends in another copy. Each
cell is a process of its own on one thread. Rows of the texts are random projections of their words, so that nothing has to be
encoded: no accuracy here, the same work. The peak is that of the process, the graph, its texts and rows included, which both
ways need.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

WAYS = ("text+refine", "text+pool")


def made(data: str, nodes: int) -> Any:
    """A graph of so many nodes."""
    import torch

    from graphfm.datasets import TextGraph, load

    graph = load(data)
    size, copies = graph.num_nodes, -(-nodes // graph.num_nodes)
    edges = torch.cat([graph.edge_index + copy * size for copy in range(copies)], 1)
    generator = torch.Generator().manual_seed(0)
    moved = torch.rand(edges.size(1), generator=generator) < (0.05 if copies > 1 else 0.0)
    edges[1, moved] = torch.randint(copies * size, (int(moved.sum()),), generator=generator)
    text = [f"{text} copy{'abcdefghijklmnopqrstuvwxyz'[copy]}" for copy in range(copies) for text in graph.text]
    return TextGraph(
        edges[:, (edges < nodes).all(0)],
        name=f"{data}, {nodes}",
        text=(text if copies > 1 else graph.text)[:nodes],
        directed=graph.directed,
        class_names=graph.class_names,
        class_descriptions=graph.class_descriptions,
    )


def measure(data: str, nodes: int, way: str) -> dict[str, Any]:
    """One cell, in this process."""
    import torch
    import torch.nn.functional as F

    from graphfm.classification.pool import read
    from graphfm.classification.readers.target import target
    from graphfm.classification.refine import with_structure
    from graphfm.classification.seen_texts import class_texts
    from graphfm.classification.words import count_words

    torch.set_num_threads(1)
    graph = made(data, nodes)
    named = class_texts(graph.class_names, graph.class_descriptions)
    counts = count_words(graph.text[:3000], named)
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(len(counts.vocabulary), 384, generator=generator).numpy()
    some, classes = (F.normalize(torch.from_numpy(c @ axes) + 1e-3, dim=-1) for c in (counts.nodes, counts.classes))
    x = some[torch.arange(graph.num_nodes) % len(some)]
    x = F.normalize(x + 0.02 * torch.randn(x.shape, generator=generator), dim=-1)
    adj = graph.adjacency()
    del counts, axes
    before, start = _peak(), sum(os.times()[:2])
    if way == "text+refine":
        with_structure(x, classes, adj, names=("text+decide", "text+refine"))
    else:
        read(target(graph.text, x, named, classes, adj))
    about = {"data": data, "nodes": graph.num_nodes, "edges": adj.num_edges // 2, "classes": len(named), "way": way}
    cost = {
        "cpu_seconds": round(sum(os.times()[:2]) - start, 2),
        "peak_mib": round(_peak()),
        "before_mib": round(before),
    }
    return about | cost


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Every cell in a process of its own, one JSON line each; ratios beside the pool's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="debian_packages_full")
    parser.add_argument("--nodes", nargs="+", type=int, default=[3_000, 30_000, 300_000])
    parser.add_argument("--out", type=Path, help="file for the cells as a JSON list")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.data, options.nodes[0], options.one)))
        return
    cells: list[dict[str, Any]] = []
    for nodes in options.nodes:
        for way in WAYS:
            command = [
                sys.executable,
                "-W",
                "ignore",
                __file__,
                "--data",
                options.data,
                "--nodes",
                str(nodes),
                "--one",
                way,
            ]
            environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
            done = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True)
            cells.append(json.loads(done.stdout))
            if way == "text+pool":
                for key in ("cpu_seconds", "peak_mib"):
                    cells[-1][f"{key} against text+refine"] = round(cells[-1][key] / cells[-2][key], 2)
            print(json.dumps(cells[-1]), flush=True)
    if options.out:
        options.out.write_text(json.dumps(cells, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
