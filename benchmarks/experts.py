"""Training steps of the three-expert mixture against three plain GraphSAGE encoders of the same width, in one run.

    python benchmarks/experts.py [--rounds 7] [--nodes 20000] [--edges 120000]

One thread, processor time, interleaved rounds (so that other load on the machine falls on all alike); a step is forward,
backward and AdamW on a graph of the size of a sampled batch. `GraphSAGE` is PyG's SAGEConv on an edge index, `GraphSAGE,
sparse` the same on a CSR tensor. The adjacency of the mixture is built inside the step.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

warnings.filterwarnings("ignore", message=".*torch.jit.*")  # said by geoopt and PyG at import
warnings.filterwarnings("ignore", message="Sparse CSR tensor support")

from torch_geometric.nn import SAGEConv  # noqa: E402

from graphfm.geometry import EuclideanExpert, GeometricMixture, HyperbolicExpert, SphericalExpert, StructuralGate  # noqa: E402

IN, WIDTH, DESCRIPTORS = 384, 128, 20


class Sage(nn.Module):
    """Two SAGEConv layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = SAGEConv(IN, WIDTH), SAGEConv(WIDTH, WIDTH)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        return self.second(torch.nn.functional.gelu(self.first(x, edges)), edges)


def step(model: nn.Module, forward: Callable[[], Tensor]) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def run() -> None:
        optimizer.zero_grad()
        forward().square().mean().backward()
        optimizer.step()

    return run


def mixture(attention: bool = False) -> GeometricMixture:
    experts = [e(IN, WIDTH, WIDTH, attention=attention) for e in (HyperbolicExpert, EuclideanExpert, SphericalExpert)]
    return GeometricMixture(experts, StructuralGate(DESCRIPTORS, 3), out_channels=WIDTH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--edges", type=int, default=120_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    n = options.nodes
    x = torch.nn.functional.normalize(torch.randn(n, IN), dim=-1)
    edges, structure = torch.randint(n, (2, options.edges)), torch.randn(n, DESCRIPTORS)
    csr = torch.sparse_coo_tensor(edges.flip(0), torch.ones(options.edges), (n, n)).coalesce().to_sparse_csr()

    plain, attentive = mixture(), mixture(attention=True)
    sage, sparse = nn.ModuleList(Sage() for _ in range(3)), nn.ModuleList(Sage() for _ in range(3))
    steps = {
        "mixture of three experts": step(plain, lambda: plain(x, edges, structure).features),
        "mixture, geodesic attention": step(attentive, lambda: attentive(x, edges, structure).features),
        "three GraphSAGE": step(sage, lambda: torch.cat([encoder(x, edges) for encoder in sage], dim=-1)),
        "three GraphSAGE, sparse": step(sparse, lambda: torch.cat([encoder(x, csr) for encoder in sparse], dim=-1)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(options.rounds + 1):  # the first round warms up
        for name, run in steps.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    base = statistics.median(seconds["three GraphSAGE"][1:])
    for name, times in seconds.items():
        median = statistics.median(times[1:])
        print(f"{name:30s} {1e3 * median:8.0f} ms/step {n / median:10.0f} nodes/s   x{base / median:.2f} of GraphSAGE")


if __name__ == "__main__":
    main()
