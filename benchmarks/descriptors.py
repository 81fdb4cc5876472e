"""Seconds and memory of the structural descriptors on a graph with a million edges, one thread, CPU time.

Two graphs: edges placed uniformly, and a power law with one hub of degree 50,000.

    python benchmarks/descriptors.py [--edges 1000000]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from graphfm.geometry.curvature import edge_curvature
from graphfm.geometry.hyperbolicity import gromov_delta
from graphfm.geometry.simple_graph import core_numbers, cycle_sums, simple_graph
from graphfm.geometry.structure import DESCRIPTOR_NAMES, estimated_descriptors, growth, inverse_degree, return_8


def uniform(num_edges: int) -> tuple[torch.Tensor, int]:
    """Mean degree 20."""
    num_nodes = num_edges // 10
    return _first_distinct(
        np.random.default_rng(0).integers(num_nodes, size=(2, num_edges * 11 // 10)), num_edges
    ), num_nodes


def power_law(num_edges: int) -> tuple[torch.Tensor, int]:
    """Degrees fall as rank^-0.77 (exponent 2.3), mean degree 10, and node 0 is joined to a quarter of the nodes."""
    num_nodes = num_edges // 5
    rng = np.random.default_rng(0)
    weight = np.arange(1, num_nodes + 1) ** (-1 / 1.3)
    ends = rng.choice(num_nodes, size=(2, num_edges * 2), p=weight / weight.sum())
    spokes = 1 + rng.choice(num_nodes - 1, num_nodes // 4, replace=False)
    return _first_distinct(np.hstack([[np.zeros_like(spokes), spokes], ends]), num_edges), num_nodes


def _first_distinct(ends: np.ndarray, num_edges: int) -> torch.Tensor:
    """The first `num_edges` distinct undirected edges."""
    low, high = np.minimum(*ends), np.maximum(*ends)
    key = (low * (high.max() + 1) + high)[low != high]
    first = np.sort(np.unique(key, return_index=True)[1])[:num_edges]
    edges = np.stack([low, high])[:, low != high][:, first]
    assert edges.shape[1] == num_edges
    return torch.from_numpy(edges)


def measure(edge_index: torch.Tensor, num_nodes: int) -> list[tuple[str, str]]:
    """Rows (what, result) for one graph."""
    torch.set_num_threads(1)
    before = _peak_mebibytes()
    whole, found = _seconds(lambda: estimated_descriptors(edge_index, num_nodes))
    after = _peak_mebibytes()
    preparing, graph = _seconds(lambda: simple_graph(edge_index, num_nodes))
    weights = np.stack([np.ones(num_nodes), inverse_degree(graph)])
    parts = {
        "undirected simple graph": preparing,
        "triangles and 4-cycles (clustering, squares, curvature, p2-p4)": _seconds(lambda: cycle_sums(graph, weights))[
            0
        ],
        "core numbers": _seconds(lambda: core_numbers(graph))[0],
        "growth": _seconds(lambda: growth(graph, seed=0))[0],
        "return_8": _seconds(lambda: return_8(graph, seed=0))[0],
        "all descriptors": whole,
        "edge_curvature alone": _seconds(lambda: edge_curvature(edge_index, num_nodes))[0],
        "gromov_delta": _seconds(lambda: gromov_delta(edge_index, num_nodes))[0],
    }
    growth_error = found.standard_error[:, DESCRIPTOR_NAMES.index("growth")]
    eight = DESCRIPTOR_NAMES.index("return_8")
    relative = found.standard_error[:, eight] / found.value[:, eight].clamp_min(1e-12)
    return [
        ("nodes", f"{num_nodes:,}"),
        ("undirected edges", f"{graph.num_edges:,}"),
        ("largest degree", f"{graph.degree.max():,}"),
        *((name, f"{seconds:.2f} s") for name, seconds in parts.items()),
        ("peak memory above the graph and the libraries", f"{after - before:,.0f} MiB"),
        ("nodes whose growth is estimated, with error 0.09", f"{(growth_error > 0).double().mean():.1%}"),
        ("median relative error of return_8", f"{relative[found.value[:, 0] > 0].median():.3f}"),
    ]


def _seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.process_time()
    result = job()
    return time.process_time() - begin, result


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=1_000_000)
    num_edges = parser.parse_args().edges
    columns = []
    for make in (uniform, power_law):
        # Processes of their own, so that a peak of memory is that of the measured job alone.
        with ProcessPoolExecutor(max_workers=1) as maker, ProcessPoolExecutor(max_workers=1) as meter:
            edge_index, num_nodes = maker.submit(make, num_edges).result()
            columns.append(meter.submit(measure, edge_index, num_nodes).result())
    table = Table("CPU time, one thread", "uniform", "power law", title="Structural descriptors")
    for (name, first), (_, second) in zip(*columns, strict=True):
        table.add_row(name, first, second)
    Console().print(table)


if __name__ == "__main__":
    main()
