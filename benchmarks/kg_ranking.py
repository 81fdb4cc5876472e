"""Filtered ranking with RotatE over the 14,541 entities of FB15k-237: queries per second beside other libraries, in one run.

    python benchmarks/kg_ranking.py [--rounds 5] [--triples 16] [--only NAME ...] [--json FILE]
    python benchmarks/kg_ranking.py --memory [--entities 1000000] [--json FILE]       peak memory of ranking

Dimension 200 complex; ranks and metrics included. One thread and processor time on a CPU, wall time on a GPU; contestants
take turns. PyKEEN and PyG take the L2 norm of the difference, ours and the restated official code sum its moduli, which
is more work. PyG ranks tails only and does not filter.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from kg_ranking_peers import Work, official, pyg, pykeen
from kg_timing import interleaved, list_values, peak_memory, save, show
from kg_training_peers import DIM, GAMMA

from graphfm.datasets import load_triples
from graphfm.kg.batches import rows_that_fit
from graphfm.kg.embeddings.kge import KGEModel
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank
from graphfm.kg.scorers.pairing import Tier
from graphfm.kg.scorers.rotate import RotatE


def ours(work: Work, *, tier: Tier = "auto") -> Callable[[], int]:
    """graphfm: the index of known answers is built in every turn, as PyKEEN's is."""
    graph, triples = work.graph, work.triples()
    size = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    model = KGEModel(RotatE(DIM, gamma=GAMMA, tier=tier), **size).to(work.device)

    def run() -> int:
        known = KnownAnswers(torch.cat([graph.train, graph.val, graph.test]), **size)
        metrics(rank(model, triples, known))
        return 2 * len(triples)

    return run


CONTESTANTS: dict[str, tuple[int, Callable[[Work], Callable[[], int]]]] = {  # how many times the triples, and what
    "PyKEEN": (1, pykeen),
    "PyG, tails, unfiltered": (1, pyg),
    "official, restated": (1, official),
    "graphfm, native": (16, partial(ours, tier="native")),
    "graphfm, compiled": (64, partial(ours, tier="compiled")),
}


def ranking_memory(num_entities: int, *, dim: int) -> dict[str, float]:
    """Gigabytes of the table, for `peak_memory` to lay beside the peak of ranking 32 triples of a random graph."""
    columns = [torch.randint(size, (2_000_000,)) for size in (num_entities, 100, num_entities)]
    triples, size = torch.stack(columns, 1), {"num_entities": num_entities, "num_relations": 100}
    model, known = KGEModel(RotatE(dim, gamma=GAMMA), **size), KnownAnswers(triples, **size)
    start = time.process_time()
    rank(model, triples[:32], known)
    return {
        "table_gb": 4 * model.entities.weight.numel() / 1e9,
        "queries_per_second": 64 / (time.process_time() - start),
    }


def roofline(queries_per_second: float, device: torch.device, *, num_entities: int) -> dict[str, float]:
    """Bytes that ranking has to move, as a share of what a copy moves in the same time.

    The table is read once for a batch of queries; a score is written once and read three times, to look whether it is
    finite and to count the greater and the equal ones.
    """
    batch = rows_that_fit(num_entities, device)
    per_query = 4 * (num_entities * 2 * DIM / batch + 2 * DIM + 4 * num_entities)
    source = torch.empty(2**28, device=device)
    target, times = torch.empty_like(source), []
    for _ in range(10):
        torch.cuda.synchronize(device)
        start = time.perf_counter()
        target.copy_(source)
        torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    peak = 2 * source.numel() * 4 / min(times)
    moved = queries_per_second * per_query
    return {"copy_gb_per_second": peak / 1e9, "moved_gb_per_second": moved / 1e9, "share": moved / peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--triples", type=int, default=16, help="test triples of the slowest contestants in one round")
    parser.add_argument("--only", nargs="*", default=list(CONTESTANTS), help="names of contestants")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory", action="store_true", help="measure peak memory instead")
    parser.add_argument("--entities", type=int, default=1_000_000, help="entities of the random graph of --memory")
    parser.add_argument("--dim", type=int, default=400, help="complex coordinates of --memory")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if options.memory:
        peak = {"ranking": peak_memory(ranking_memory, num_entities=options.entities, dim=options.dim)}
        list_values(f"Filtered ranking, {options.entities:,} entities, {options.dim} complex each", peak)
        save(options.json, {"entities": options.entities, "dim": options.dim, "memory": peak}, torch.device("cpu"))
        return
    graph = load_triples("fb15k-237")
    contestants = {
        name: make(Work(graph, device, times * options.triples))
        for name, (times, make) in CONTESTANTS.items()
        if name in options.only
    }
    rates = interleaved(contestants, rounds=options.rounds, device=device)
    show("RotatE on FB15k-237, filtered ranking", rates, base="PyKEEN", unit="queries")
    results: dict[str, object] = {"ranking": rates}
    if device.type == "cuda" and "graphfm, compiled" in rates:
        share = roofline(rates["graphfm, compiled"]["median"], device, num_entities=graph.num_entities)
        results["roofline"] = share
        print(", ".join(f"{key} {value:,.3f}" for key, value in share.items()))
    save(options.json, results, device)


if __name__ == "__main__":
    main()
