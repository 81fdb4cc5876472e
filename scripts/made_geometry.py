"""What a geometry is worth where the truth is known: made graphs, embedded and reconstructed.

    python scripts/made_geometry.py [--out results/made_geometry] [--seeds 5]

Two measurements, one record a (measurement, graph, method, seed) in OUT/runs.jsonl; those that exist are skipped.

- distortion: the graph's own distances d_G embedded in three dimensions of each space, scale learned;
  mean of |d / d_G - 1| over all pairs (Gu et al., 2019).
- links: narrow experts reconstruct the links from random node features and structure; average precision of all
  links against all pairs that are none, by the gated geodesic distance sum_k softmax(g_u g_v)_k d_k(u, v)^2.

The table with paired tests over the seeds is written to OUT/README.md from the records alone.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import torch
from records import Records, cell_against
from scipy.spatial import Delaunay
from torch import Tensor, nn
from torch.nn import functional as F

KEY = ("kind", "graph", "method", "seed")
DIM, WIDTH, FEATURES = 3, 2, 32
PAIRS = 10_000  # of which a step of the embedding sees at most so many
SPACES = {"hyperbolic": -1.0, "spherical": 1.0, "euclidean": 0.0}
THREE = ("hyperbolic", "spherical", "euclidean")
#: Experts, gate, and whether the curvatures are learned.
MIXTURES = {
    "H+S+E": (THREE, "structural", True),
    "3 E": (("euclidean",) * 3, "structural", True),
    "3 H": (("hyperbolic",) * 3, "structural", True),
    "3 S": (("spherical",) * 3, "structural", True),
    "uniform gate": (THREE, "uniform", True),
    "random gate": (THREE, "random", True),
    "shuffled descriptors": (THREE, "shuffled", True),
    "fixed curvature": (THREE, "structural", False),
}


def graphs() -> dict[str, nx.Graph]:
    """Graphs whose geometry is known, and one that joins three of them by single links."""
    tree = nx.balanced_tree(2, 6)
    sphere = _mesh_of_a_sphere(150)
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(12, 12))
    joined = nx.disjoint_union_all([tree, sphere, grid])
    joined.add_edges_from([(0, len(tree)), (len(tree), len(tree) + len(sphere))])
    return {
        "tree": tree,
        "cycle": nx.cycle_graph(120),
        "sphere": sphere,
        "torus": nx.convert_node_labels_to_integers(nx.grid_2d_graph(12, 12, periodic=True)),
        "grid": grid,
        "cliques": nx.connected_caveman_graph(12, 10),
        "joined": joined,
    }


def _mesh_of_a_sphere(size: int) -> nx.Graph:
    """Neighbours among points spread evenly over a sphere (a Fibonacci lattice and its convex hull)."""
    n = np.arange(size) + 0.5
    polar, turn = np.arccos(1 - 2 * n / size), np.pi * (1 + 5**0.5) * n
    points = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], 1)
    hull = Delaunay(points).convex_hull
    mesh = nx.Graph()
    mesh.add_nodes_from(range(size))
    mesh.add_edges_from((int(a), int(b)) for face in hull for a, b in itertools.combinations(face, 2))
    return mesh


def distortion(graph: nx.Graph, space: str, seed: int, *, steps: int = 1000) -> float:
    """Mean |d / d_G - 1| of the best embedding that gradient descent finds."""
    from graphfm.ops import kappa

    torch.manual_seed(seed)
    lengths = torch.tensor(nx.floyd_warshall_numpy(graph, nodelist=sorted(graph)))
    pairs = torch.triu_indices(len(graph), len(graph), 1)  # (2, P)
    wanted = lengths[pairs[0], pairs[1]]
    k = torch.tensor(SPACES[space], dtype=torch.float64)
    v = (0.3 * torch.randn(len(graph), DIM, dtype=torch.float64)).requires_grad_()
    log_scale = torch.tensor(float(np.log(wanted.mean())), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [v]}, {"params": [log_scale]}], lr=0.03)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)

    def ratio(some: Tensor) -> Tensor:
        i, j = pairs[:, some]
        x = kappa.expmap0(kappa.clip_tangent(v, k=k), k=k)
        return log_scale.exp() * kappa.dist(x[i], x[j], k=k) / wanted[some]

    every = torch.arange(len(wanted))
    for _ in range(steps):
        optimizer.zero_grad()
        some = every if len(every) <= PAIRS else torch.randint(len(every), (PAIRS,))
        (ratio(some) - 1).square().mean().backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return float((ratio(every) - 1).abs().mean())


def links(graph: nx.Graph, mixture: str, seed: int, *, steps: int = 300) -> float:
    """Average precision, in percent, of the links among all pairs."""
    from sklearn.metrics import average_precision_score

    from graphfm.geometry import GATES, GeometricMixture, balance_loss, make_expert
    from graphfm.geometry.structure import DESCRIPTOR_NAMES, structural_descriptors
    from graphfm.ops import adjacency

    torch.manual_seed(seed)
    n, pairs = len(graph), torch.tensor(sorted(tuple(sorted(edge)) for edge in graph.edges))
    edges = torch.cat([pairs, pairs.flip(1)]).T
    adj, structure = adjacency(edges, n), structural_descriptors(edges, n)
    x = F.normalize(torch.randn(n, FEATURES), dim=-1)
    names, gate_name, learned = MIXTURES[mixture]
    gate = GATES[gate_name](len(DESCRIPTOR_NAMES), len(names))
    gate.fit_statistics(structure)
    experts = [make_expert(name, FEATURES, WIDTH, WIDTH, learnable=learned) for name in names]
    model = GeometricMixture(experts, gate, out_channels=WIDTH)
    radius = nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.AdamW([*model.parameters(), radius], lr=1e-2, weight_decay=1e-3)

    known = set(map(tuple, pairs.tolist()))
    none = torch.tensor([p for p in itertools.combinations(range(n), 2) if p not in known])

    def logits(ends: Tensor) -> tuple[Tensor, Tensor]:
        weights = model.gate(structure)
        a, b = ends.T
        share = torch.softmax(weights[a] * weights[b], dim=-1)
        distance = torch.stack([_dist2(expert, expert(x, adj), a, b) for expert in model.experts], dim=-1)
        return radius - (share * distance).sum(-1), weights

    for _ in range(steps):
        wrong = none[torch.randint(len(none), (len(pairs),))]
        score, weights = logits(torch.cat([pairs, wrong]))
        truth = torch.cat([torch.ones(len(pairs)), torch.zeros(len(wrong))])
        loss = F.binary_cross_entropy_with_logits(score, truth) + 0.1 * balance_loss(weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        model.eval()
        score, _ = logits(torch.cat([pairs, none]))
    return 100 * float(average_precision_score([1] * len(pairs) + [0] * len(none), score.numpy()))


def _dist2(expert: nn.Module, tangent: Tensor, a: Tensor, b: Tensor) -> Tensor:
    points = expert.manifold.expmap0(tangent)
    return expert.manifold.dist2(points[a], points[b])


MEASUREMENTS = {"distortion": (distortion, tuple(SPACES)), "links": (links, tuple(MIXTURES))}
BASE = {"distortion": "euclidean", "links": "3 E"}
TITLES = {
    "distortion": "Mean distortion, smaller is better",
    "links": "Links reconstructed, average precision in percent",
}


def table(records: list[dict[str, Any]]) -> str:
    """Markdown from the records: mean ± standard deviation, and the paired test against flat space."""
    lines = ["# Geometry on made graphs", "", "`python scripts/made_geometry.py`; one thread of a CPU.", ""]
    for kind, (_, methods) in MEASUREMENTS.items():
        lines += [f"## {TITLES[kind]}", "", f"p: paired t-test against {BASE[kind]} over seeds.", ""]
        lines += ["| graph | " + " | ".join(methods) + " |", "|---" * (len(methods) + 1) + "|"]
        for name in graphs():
            of = {
                method: {
                    r["seed"]: r["value"]
                    for r in records
                    if (r["kind"], r["graph"], r["method"]) == (kind, name, method)
                }
                for method in methods
            }
            digits = 3 if kind == "distortion" else 1
            cells = [cell_against(of[method], of[BASE[kind]], digits, p_digits=3) for method in methods]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Measure what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/made_geometry"))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    from rich.progress import track

    from graphfm.files import write_text

    made, records = graphs(), Records(options.out, KEY)
    keys: list[dict[str, Any]] = [
        {"kind": kind, "graph": name, "method": method, "seed": seed}
        for kind, (_, methods) in MEASUREMENTS.items()
        for seed in range(options.seeds)
        for name in made
        for method in methods
    ]
    for key in track([key for key in keys if not records.has(**key)], "Measuring"):
        measure, _ = MEASUREMENTS[key["kind"]]
        records.add(key | {"value": measure(made[key["graph"]], key["method"], key["seed"])})
    write_text(options.out / "README.md", table(records.read()))


if __name__ == "__main__":
    main()
