"""What the pool of readers costs beside `text+refine`: CPU seconds and peak memory, on graphs of three sizes.

    python benchmarks/zero_shot_cost.py [--data cora facebook_pages FOLDER ...]

Each cell is a process of its own on one thread. Rows of the texts are random projections of their words, so that nothing has to
be encoded: no accuracy here, the same work. The peak is that of the process less that before the work.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from typing import Any

WAYS = ("text+refine", "text+pool")


def measure(data: str, way: str) -> dict[str, Any]:
    """One cell, in this process."""
    import torch
    import torch.nn.functional as F

    from graphfm.classification.pool import read
    from graphfm.classification.readers.target import target
    from graphfm.classification.refine import with_structure
    from graphfm.classification.seen_texts import class_texts
    from graphfm.classification.words import count_words
    from graphfm.datasets import load

    torch.set_num_threads(1)
    graph = load(data)
    named = class_texts(graph.class_names, graph.class_descriptions)
    counts = count_words(graph.text, named)
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(len(counts.vocabulary), 384, generator=generator).numpy()
    x, classes = (F.normalize(torch.from_numpy(c @ axes) + 1e-3, dim=-1) for c in (counts.nodes, counts.classes))
    adj = graph.adjacency()
    del counts, axes
    before, start = _peak(), sum(os.times()[:2])
    if way == "text+refine":
        with_structure(x, classes, adj, names=("text+decide", "text+refine"))
    else:
        read(target(graph.text, x, named, classes, adj))  # which counts the words anew
    about = {
        "data": graph.name,
        "way": way,
        "nodes": graph.num_nodes,
        "edges": adj.num_edges // 2,
        "classes": len(named),
    }
    return about | {
        "cpu_seconds": round(sum(os.times()[:2]) - start, 2),
        "peak_mib": round(_peak()),
        "before_mib": round(before),
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Every cell in a process of its own, one JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=["cora", "facebook_pages"])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.data[0], options.one)))
        return
    for data in options.data:
        for way in WAYS:
            command = [sys.executable, "-W", "ignore", __file__, "--data", data, "--one", way]
            subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})


if __name__ == "__main__":
    main()
