"""Training RotatE on FB15k-237: positive triples per second beside other libraries, in one run.

    python benchmarks/kg_training.py [--rounds 5] [--steps 2] [--only NAME ...] [--json FILE]

Dimension 200 complex, batch 1024, 256 negatives, self-adversarial loss. One thread and processor time on a CPU, wall time
on a GPU; contestants take turns. The peers and the plain loops neither filter their negatives nor weigh triples by
frequency, except for the restated official code; ours do both in every row.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from kg_timing import interleaved, save, show
from kg_training_peers import BATCH, DIM, GAMMA, NEGATIVES, RATE, Work, official, plain, pyg, pykeen

from graphfm.datasets import load_triples
from graphfm.kg.kge import KGEModel
from graphfm.kg.known import KnownAnswers
from graphfm.kg.optim import RowAdam
from graphfm.kg.pairing import Tier
from graphfm.kg.rotate import RotatE
from graphfm.kg.sampling import alternate
from graphfm.kg.training import negative_sampling_loss


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
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
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
