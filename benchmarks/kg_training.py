"""Training RotatE on FB15k-237: positive triples per second beside other libraries, in one run.

    python benchmarks/kg_training.py [--rounds 5] [--steps 2] [--only NAME ...] [--json FILE]
    python benchmarks/kg_training.py --memory [--entities 1000000] [--json FILE]      peak memory of a step
    python benchmarks/kg_training.py --accuracy [--data umls kinship] [--seeds 3] [--json FILE]
                                                       private against shared negatives

Dimension 200 complex, batch 1024, 256 negatives, self-adversarial loss. One thread and processor time on a CPU, wall time
on a GPU; contestants take turns. The peers and the plain loops neither filter their negatives nor weigh triples by
frequency, except for the restated official code; ours do both in every row.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from kg_timing import interleaved, list_values, peak_memory, save, show
from kg_training_peers import BATCH, DIM, GAMMA, NEGATIVES, RATE, Work, official, plain, pyg, pykeen

from graphfm.datasets import load_triples
from graphfm.kg.embeddings.kge import KGEModel
from graphfm.kg.embeddings.objectives import negative_sampling_loss
from graphfm.kg.embeddings.optim import RowAdam
from graphfm.kg.embeddings.sampling import alternate
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank
from graphfm.kg.scorers.pairing import Tier
from graphfm.kg.scorers.rotate import RotatE


def ours(work: Work, *, tier: Tier = "auto", shared: bool = False) -> Callable[[], int]:
    """graphfm: filtered negatives, subsampling weights, sparse gradients, heads and tails in turn."""
    graph, batches = work.graph, work.batches()
    known = KnownAnswers(graph.train, num_entities=graph.num_entities, num_relations=graph.num_relations)
    known = known.to(work.device)
    scorer = RotatE(DIM, gamma=GAMMA, tier=tier)
    model = KGEModel(scorer, num_entities=graph.num_entities, num_relations=graph.num_relations, sparse=True).to(
        work.device
    )
    optimizer = RowAdam(model.parameters(), lr=RATE)

    def run() -> int:
        for step, batch in enumerate(batches):
            queries = alternate(batch, step, graph.num_relations)
            optimizer.zero_grad()
            negative_sampling_loss(model, queries, known, num_negatives=NEGATIVES, shared=shared).backward()
            optimizer.step()
        return work.steps * BATCH

    return run


def step_memory(num_entities: int, *, dim: int, row_wise: bool) -> dict[str, float]:
    """Gigabytes of table and state, for `peak_memory` to lay beside the peak of two steps on a random graph."""
    columns = [torch.randint(size, (2_000_000,)) for size in (num_entities, 100, num_entities)]
    train, size = torch.stack(columns, 1), {"num_entities": num_entities, "num_relations": 100}
    model = KGEModel(RotatE(dim, gamma=GAMMA), **size, sparse=True)
    optimizer, known = RowAdam(model.parameters(), lr=RATE, row_wise=row_wise), KnownAnswers(train, **size)
    for step in range(2):
        queries = alternate(train[step * BATCH : (step + 1) * BATCH], step, 100)
        optimizer.zero_grad()
        negative_sampling_loss(model, queries, known, num_negatives=NEGATIVES).backward()
        optimizer.step()
    state = sum(x.numel() for s in optimizer.state.values() for x in s.values())
    return {
        "table_gb": 4 * model.entities.weight.numel() / 1e9,
        "state_gb": 4 * state / 1e9,
        "every_pair_gb": 4 * BATCH * NEGATIVES * 2 * dim / 1e9,  # what a tensor (B, n, 2d) would take
    }


def accuracy(name: str, *, shared: bool, negatives: int, seed: int, steps: int = 1000) -> float:
    """Filtered test MRR after `steps` batches, the last of a decaying learning rate: nothing is selected on the test set."""
    graph = load_triples(name)
    size = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    torch.manual_seed(seed)
    model, train = KGEModel(RotatE(100, gamma=6.0), **size), KnownAnswers(graph.train, **size)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for step in range(steps):
        batch = graph.train[torch.randint(len(graph.train), (256,))]
        optimizer.zero_grad()
        queries = alternate(batch, step, graph.num_relations)
        negative_sampling_loss(model, queries, train, num_negatives=negatives, shared=shared).backward()
        optimizer.step()
        schedule.step()
    known = KnownAnswers(torch.cat([graph.train, graph.val, graph.test]), **size)
    return metrics(rank(model, graph.test, known))["mrr"]


def compare_accuracy(names: list[str], seeds: int) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of the MRR over seeds: negatives of their own, as many shared, and four times as many."""
    results = {}
    for name in names:
        for shared, negatives in ((False, 64), (True, 64), (True, 256)):
            scores = [accuracy(name, shared=shared, negatives=negatives, seed=seed) for seed in range(seeds)]
            results[f"{name}, {negatives} {'shared' if shared else 'private'}"] = {
                "mrr": statistics.mean(scores),
                "deviation": statistics.stdev(scores) if seeds > 1 else 0.0,
                "seeds": seeds,
            }
    return results


CONTESTANTS: dict[str, tuple[int, Callable[[Work], Callable[[], int]]]] = {  # how many times the steps, and what
    "PyKEEN": (1, pykeen),
    "PyG": (1, pyg),
    "official, restated": (1, official),
    "plain PyTorch": (1, plain),
    "plain PyTorch, compiled": (2, partial(plain, compiled=True)),
    "graphfm, native": (2, partial(ours, tier="native")),
    "graphfm, compiled": (4, partial(ours, tier="compiled")),
    "graphfm, shared, native": (8, partial(ours, tier="native", shared=True)),
    "graphfm, shared, compiled": (8, partial(ours, tier="compiled", shared=True)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="batches of the slowest contestants in one round")
    parser.add_argument("--only", nargs="*", default=list(CONTESTANTS), help="names of contestants")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory", action="store_true", help="measure peak memory instead")
    parser.add_argument("--entities", type=int, default=1_000_000, help="entities of the random graph of --memory")
    parser.add_argument("--dim", type=int, default=400, help="complex coordinates of --memory")
    parser.add_argument("--accuracy", action="store_true", help="compare private and shared negatives instead")
    parser.add_argument("--data", nargs="*", default=["umls", "kinship"], help="data sets of --accuracy")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if options.memory:
        peaks = {
            "Adam" if not row_wise else "Adam, one second moment per row": peak_memory(
                step_memory, num_entities=options.entities, dim=options.dim, row_wise=row_wise
            )
            for row_wise in (False, True)
        }
        list_values(f"Training step, {options.entities:,} entities, {options.dim} complex each", peaks)
        save(options.json, {"entities": options.entities, "dim": options.dim, "memory": peaks}, torch.device("cpu"))
        return
    if options.accuracy:
        scores = compare_accuracy(options.data, options.seeds)
        list_values("Filtered test MRR, RotatE, 1,000 steps", scores)
        save(options.json, {"accuracy": scores}, torch.device("cpu"))
        return
    graph = load_triples("fb15k-237")
    contestants = {
        name: make(Work(graph, device, times * options.steps))
        for name, (times, make) in CONTESTANTS.items()
        if name in options.only
    }
    rates = interleaved(contestants, rounds=options.rounds, device=device)
    show("RotatE on FB15k-237, training", rates, base="PyKEEN", unit="triples")
    save(options.json, {"training": rates}, device)


if __name__ == "__main__":
    main()
