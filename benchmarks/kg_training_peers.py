"""Training steps of RotatE in other libraries, and in plain PyTorch, as contestants of `kg_training.py`.

Each is a function that trains on `steps` batches and returns how many positive triples that were. Peers use what they
ship: their model, and their sampler, loss and loop where they have one.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.datasets.triples.graph import Triples

BATCH, NEGATIVES, DIM, GAMMA, RATE = 1024, 256, 200, 9.0, 1e-3
BOUND = (GAMMA + 2) / DIM


@dataclass(frozen=True)
class Work:
    """What one turn of a contestant trains on."""

    graph: Triples
    device: torch.device
    steps: int

    def batches(self, seed: int = 0) -> list[Tensor]:
        """`steps` random batches of training triples, `(BATCH, 3)` each."""
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randint(len(self.graph.train), (self.steps, BATCH), generator=generator)
        return [batch.to(self.device) for batch in self.graph.train[rows]]


def self_adversarial(positive: Tensor, negative: Tensor, weight: Tensor | None = None) -> Tensor:
    """The loss of the RotatE paper, temperature 1; `(B,), (B, n) -> ()`."""
    each = F.logsigmoid(positive) + (negative.detach().softmax(1) * F.logsigmoid(-negative)).sum(1)
    return -(each.mean() if weight is None else (weight * each).sum() / weight.sum()) / 2


def pykeen(work: Work) -> Callable[[], int]:
    """PyKEEN's own sLCWA loop, sampler, model, loss and Adam."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pykeen.losses import NSSALoss
        from pykeen.models import RotatE
        from pykeen.training import SLCWATrainingLoop
        from pykeen.triples import CoreTriplesFactory

    graph = work.graph
    rows = torch.randperm(len(graph.train), generator=torch.Generator().manual_seed(0))[: work.steps * BATCH]
    part = CoreTriplesFactory(
        graph.train[rows], num_entities=graph.num_entities, num_relations=graph.num_relations
    )  # one epoch over this part is one turn
    loss = NSSALoss(margin=GAMMA, adversarial_temperature=1.0)
    model = RotatE(triples_factory=part, embedding_dim=DIM, loss=loss, random_seed=0).to(work.device)
    loop = SLCWATrainingLoop(
        model=model,
        triples_factory=part,
        optimizer=torch.optim.Adam(model.get_grad_params(), lr=RATE),
        negative_sampler="basic",
        negative_sampler_kwargs={"num_negs_per_pos": NEGATIVES},
        automatic_memory_optimization=False,
    )
    epochs = 0

    def run() -> int:
        nonlocal epochs
        epochs += 1
        loop.train(
            part,
            num_epochs=epochs,  # PyKEEN counts those of earlier calls
            batch_size=BATCH,
            continue_training=epochs > 1,
            use_tqdm=False,
            pin_memory=False,
        )
        return len(rows)

    return run


def pyg(work: Work) -> Callable[[], int]:
    """PyG's model scoring every (h, r, t) of a batch; PyG has neither this loss nor many negatives, so those are ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch_geometric.nn.kge import RotatE

    graph, batches = work.graph, work.batches()
    model = RotatE(graph.num_entities, graph.num_relations, DIM, margin=GAMMA).to(work.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)

    def run() -> int:
        for batch in batches:
            head, rel, tail = batch.unbind(1)
            wrong = torch.randint(graph.num_entities, (BATCH, NEGATIVES), device=work.device).flatten()
            many_head, many_rel = (ids.repeat_interleave(NEGATIVES) for ids in (head, rel))
            negative = model(many_head, many_rel, wrong).view(BATCH, NEGATIVES)
            optimizer.zero_grad()
            self_adversarial(model(head, rel, tail), negative).backward()
            optimizer.step()
        return work.steps * BATCH

    return run


def modulus(re: Tensor, im: Tensor) -> Tensor:
    """|re + i im|."""
    return (re.square() + im.square()).sqrt()


def modulus_of_authors(re: Tensor, im: Tensor) -> Tensor:
    """The same as in the authors' code, which stacks the parts and takes a norm."""
    return torch.stack([re, im]).norm(dim=0)


class Eager(nn.Module):
    """RotatE as one writes it by hand: tables, a gather, a broadcast."""

    def __init__(self, graph: Triples, modulus: Callable[[Tensor, Tensor], Tensor] = modulus) -> None:
        super().__init__()
        self.modulus = modulus
        self.entity = nn.Parameter(torch.empty(graph.num_entities, 2 * DIM).uniform_(-BOUND, BOUND))
        self.relation = nn.Parameter(torch.empty(graph.num_relations, DIM).uniform_(-BOUND, BOUND))

    def forward(self, fixed: Tensor, rel: Tensor, free: Tensor, *, sign: float = 1.0) -> Tensor:
        """Scores of `free (B, n)` against one end `(B,)`; a negative sign asks for heads."""
        re, im = self.entity[fixed].chunk(2, 1)
        angle = self.relation[rel] * (sign * math.pi / BOUND)
        cos, sin = angle.cos(), angle.sin()
        turned = torch.cat([re * cos - im * sin, re * sin + im * cos], 1)
        re, im = (turned[:, None] - self.entity[free]).chunk(2, 2)
        return GAMMA - self.modulus(re, im).sum(-1)


def plain(work: Work, *, compiled: bool = False) -> Callable[[], int]:
    """A plain loop: tails only, dense Adam, negatives neither filtered nor weighed; with the step's loss compiled or not.

    The modulus is that of the authors' code; written as a root of squares the eager loop is quicker.
    """
    graph, batches = work.graph, work.batches()
    model = Eager(graph, modulus_of_authors).to(work.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)

    def loss_of(head: Tensor, rel: Tensor, tail: Tensor, wrong: Tensor) -> Tensor:
        return self_adversarial(model(head, rel, tail[:, None]).squeeze(1), model(head, rel, wrong))

    loss = torch.compile(loss_of, options={"cpp.threads": 1}) if compiled else loss_of

    def run() -> int:
        for batch in batches:
            wrong = torch.randint(graph.num_entities, (BATCH, NEGATIVES), device=work.device)
            optimizer.zero_grad()
            loss(*batch.unbind(1), wrong).backward()
            optimizer.step()
        return work.steps * BATCH

    return run


def official(work: Work) -> Callable[[], int]:
    """The authors' formula and loop, restated: NumPy draws and filters the negatives of one triple at a time."""
    graph, batches = work.graph, work.batches()
    model = Eager(graph, modulus_of_authors).to(work.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    count: dict[tuple[int, int], int] = {}
    true: dict[tuple[int, int], list[int]] = {}
    for h, r, t in graph.train.tolist():
        for key, answer in (((h, r), t), ((t, -r - 1), h)):
            count[key] = count.get(key, 3) + 1
            true.setdefault(key, []).append(answer)
    known = {key: np.array(sorted(set(answers))) for key, answers in true.items()}

    def sample(answers: np.ndarray) -> np.ndarray:
        kept: list[np.ndarray] = []
        while sum(map(len, kept)) < NEGATIVES:
            draw = np.random.randint(graph.num_entities, size=2 * NEGATIVES)
            kept.append(draw[np.isin(draw, answers, invert=True)])
        return np.concatenate(kept)[:NEGATIVES]

    def run() -> int:
        for step, batch in enumerate(batches):
            heads = step % 2 == 1
            wrong, weight = [], []
            for h, r, t in batch.tolist():
                wrong.append(torch.from_numpy(sample(known[t, -r - 1] if heads else known[h, r])))
                weight.append((count[h, r] + count[t, -r - 1]) ** -0.5)
            free = torch.stack(wrong).to(work.device)
            head, rel, tail = batch.unbind(1)
            optimizer.zero_grad()
            negative = model(tail, rel, free, sign=-1.0) if heads else model(head, rel, free)
            positive = model(head, rel, tail[:, None]).squeeze(1)
            self_adversarial(positive, negative, torch.tensor(weight, device=work.device)).backward()
            optimizer.step()
        return work.steps * BATCH

    return run
