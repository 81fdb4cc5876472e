"""Pretraining on a made graph of a million nodes and ten million edges: memory, preparation, throughput of 1 and 2 processes.

    python benchmarks/million_nodes.py [--nodes 1000000] [--edges 10000000] [--steps 200] [--json FILE]

A stochastic block model: communities of a thousand nodes, 70% of the edges within. Node features are the unit vector of the
community plus noise, written in pieces as half precision into a file that is mapped, never read whole. The peak is that of the
resident memory of the process, mapped pages included. The same graph is trained on by one process and then by two (forked,
batches of the same size each, half the steps); speeds are per second of processor time, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from graphfm.geometry.structure import structural_descriptors
from graphfm.training.runs.run_folder import quiet_trainer
from graphfm.training.text_graphs.corpus import Corpus
from graphfm.training.text_graphs.neighbor_sampling import NeighborSampler
from graphfm.training.text_graphs.pretraining import Pretraining
from graphfm.training.text_graphs.text_graph_data import Corpora

warnings.filterwarnings("ignore", message=".*torch.jit.*")

DIM, COMMUNITY, INSIDE, PIECE, VALIDATION, WARM = 384, 1000, 0.7, 50_000, 512, 10


def peak_gib(who: int = resource.RUSAGE_SELF) -> float:
    """Peak resident memory so far; of children, that of the largest."""
    return round(resource.getrusage(who).ru_maxrss / 2**20, 2)


def made_edges(nodes: int, edges: int) -> Tensor:
    """Both directions of about so many undirected edges, (2, 2M), sorted by destination."""
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(0, nodes, (edges,), generator=generator)
    inside = torch.rand(edges, generator=generator) < INSIDE
    near = source - source % COMMUNITY + torch.randint(0, COMMUNITY, (edges,), generator=generator)
    target = torch.where(inside, near.clamp(max=nodes - 1), torch.randint(0, nodes, (edges,), generator=generator))
    low, high = torch.minimum(source, target), torch.maximum(source, target)
    key = torch.unique((low * nodes + high)[low != high])
    low, high = key // nodes, key % nodes
    key = torch.cat([low * nodes + high, high * nodes + low]).sort().values
    return torch.stack([key % nodes, key // nodes])


def mapped_features(path: Path, nodes: int) -> Tensor:
    """Unit rows (N, D) in half precision, in a file."""
    x = torch.from_file(str(path), shared=True, size=nodes * DIM, dtype=torch.float16).view(nodes, DIM)
    generator = torch.Generator().manual_seed(1)
    centre = torch.randn(nodes // COMMUNITY + 1, DIM, generator=generator)
    for start in range(0, nodes, PIECE):
        node = torch.arange(start, min(start + PIECE, nodes))
        rows = centre[node // COMMUNITY] + 1.5 * torch.randn(len(node), DIM, generator=generator)
        x[node] = torch.nn.functional.normalize(rows, dim=-1).half()
    return x


def prepare(nodes: int, edges: int, folder: Path) -> tuple[Corpus, dict[str, Any]]:
    """The corpus, and seconds and memory of each step of preparation."""
    facts: dict[str, Any] = {}

    @contextmanager
    def measured(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        facts[name] = {"cpu_seconds": round(time.process_time() - start, 1), "peak_gib_so_far": peak_gib()}

    with measured("edges made"):
        edge_index = made_edges(nodes, edges)
    with measured("features written"):
        x = mapped_features(folder / "features.f16", nodes)
    with measured("structural descriptors"):
        structure = structural_descriptors(edge_index, nodes)
    with measured("neighbour index"):
        sampler = NeighborSampler(edge_index, nodes)
    facts["undirected_edges"] = edge_index.size(1) // 2
    node = torch.arange(nodes)
    corpus = Corpus("made", x, structure, node, sampler, train=node[VALIDATION:], val=node[:VALIDATION], test=node[:0])
    return corpus, facts


class Speed(Callback):
    """Counts nodes after a few steps of warming up; one file a process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.nodes, self.steps = folder, 0, 0
        self.losses: list[float] = []

    def on_train_batch_end(self, trainer: Any, task: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.losses.append(outputs["loss"].item())
        if batch_idx + 1 == WARM:
            self.cpu = time.process_time()
        elif batch_idx + 1 > WARM:
            self.nodes, self.steps = self.nodes + len(batch.node), self.steps + 1

    def on_train_epoch_end(self, trainer: Any, task: Any) -> None:
        part = max(1, len(self.losses) // 5)
        found = {
            "nodes": self.nodes,
            "steps": self.steps,
            "cpu": time.process_time() - self.cpu,
            "peak_gib": peak_gib(),
            "loss_first_fifth": sum(self.losses[:part]) / part,
            "loss_last_fifth": sum(self.losses[-part:]) / part,
        }
        (self.folder / f"{trainer.global_rank}.json").write_text(json.dumps(found))


def train(corpus: Corpus, folder: Path, *, processes: int, steps: int, batch_size: int) -> dict[str, Any]:
    """One short pretraining; what all its processes did."""
    data = Corpora([corpus], batch_size=batch_size, steps_per_epoch=steps)
    task = Pretraining(DIM)
    trainer = quiet_trainer(
        folder,
        epochs=1,
        progress=False,
        accelerator="cpu",
        precision="32-true",
        every=10**6,
        devices=processes,
        strategy="auto" if processes == 1 else "ddp_fork",
        callbacks=[Speed(folder)],
    )
    trainer.fit(task, datamodule=data)
    parts = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(processes)]
    total = {name: sum(part[name] for part in parts) for name in ("nodes", "cpu")}
    first = parts[0]
    return {
        "processes": processes,
        "steps": first["steps"],
        "batch_size_a_process": batch_size,
        "nodes_a_cpu_second": round(total["nodes"] / total["cpu"]),
        "cpu_seconds_a_step": round(total["cpu"] / first["steps"], 3),
        "largest_peak_gib": max(part["peak_gib"] for part in parts),
        "loss": [round(first["loss_first_fifth"], 3), round(first["loss_last_fifth"], 3)],
    }


def main() -> None:
    """Prepare, train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    if options.steps < 4 * WARM:
        parser.error(f"--steps {options.steps}: at least {4 * WARM}, for the first {WARM} of each run warm up")
    torch.set_num_threads(1)
    from graphfm.files import write_json, write_text

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus, facts = prepare(options.nodes, options.edges, folder)
        runs = []
        for processes in (1, 2):
            (folder / str(processes)).mkdir()
            runs.append(
                train(
                    corpus,
                    folder / str(processes),
                    processes=processes,
                    steps=options.steps // processes,  # as many targets either way
                    batch_size=options.batch_size,
                )
            )
            if processes == 1:
                facts["peak GiB, preparation and pretraining in one process"] = peak_gib()
    record = {
        "nodes": options.nodes,
        **facts,
        "runs": runs,
        "nodes a CPU second, 2 processes over 1": round(
            runs[1]["nodes_a_cpu_second"] / runs[0]["nodes_a_cpu_second"], 2
        ),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread a process, torch {torch.__version__}",
        "load_average": [round(value, 1) for value in os.getloadavg()],
    }
    print(json.dumps(record, indent=1))
    if options.json is not None:
        write_json(options.json, record)
        write_text(options.json.with_suffix(".md"), table(record))


def table(record: dict[str, Any]) -> str:
    """The runs as Markdown."""
    names = ["processes", "nodes_a_cpu_second", "cpu_seconds_a_step", "largest_peak_gib"]
    lines = ["| " + " | ".join(name.replace("_", " ") for name in names) + " |", "|---" * len(names) + "|"]
    lines += ["| " + " | ".join(str(run[name]) for name in names) + " |" for run in record["runs"]]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
