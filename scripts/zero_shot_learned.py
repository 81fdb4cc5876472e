"""A learned combination of the readings, nested: a weight for each reader in place of equal ones.

    python scripts/zero_shot_learned.py --work FOLDER

FOLDER is that of `scripts/zero_shot_nested.py`. For each domain left out, posteriors softmax(sum of w_r clr_r) are fitted to the
labels of the other domains by log loss, each domain one vote, with a ridge that draws the weights to those of the pool:
untrained, it is the pool. How strong the ridge is, is chosen among RIDGES by leaving out one more of the other domains at a
time. Readings go to NAME-learned.pt, the weights are printed; `scripts/zero_shot_worth.py` compares them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from zero_shot_nested import LEAST_LABELLED, nested_temperatures
from zero_shot_readings import DOMAINS, save

RIDGES = (0.01, 0.1, 1.0, 10.0)
NODES = 1500  # of a graph, to fit to
#: What is weighed: the members of the pool, or every reading there is.
SETS = {"weights learned": False, "weights of all readings learned": True}


class Task(NamedTuple):
    """Centred readings (R, n, C) and classes (n,) of some nodes of a graph."""

    readings: Tensor
    y: Tensor

    def loss(self, weights: Tensor) -> Tensor:
        """Mean negative log-likelihood at weights (R,)."""
        return torch.nn.functional.cross_entropy(torch.einsum("r,rnc->nc", weights, self.readings), self.y)


def task(graph: dict[str, Any], names: list[str]) -> Task:
    """The nodes of a graph that are fitted to, drawn once."""
    from graphfm.classification.pool import centred

    known = (graph["y"] >= 0).nonzero().flatten()
    known = known[torch.randperm(len(known), generator=torch.Generator().manual_seed(0))[:NODES]]
    return Task(torch.stack([centred(graph["readings"][n].float()[known]) for n in names]), graph["y"][known])


def fit(tasks: dict[str, list[Task]], start: Tensor, ridge: float) -> Tensor:
    """Weights (R,) of the least penalised loss, each domain one vote."""
    weights = start.clone().requires_grad_()
    search = torch.optim.LBFGS([weights], max_iter=30, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        total = vote(tasks, weights) + ridge * (weights - start).square().sum()
        total.backward()
        return total

    search.step(loss)  # type: ignore[arg-type]
    return weights.detach()


def vote(tasks: dict[str, list[Task]], weights: Tensor) -> Tensor:
    """The mean over domains of the mean loss of their graphs."""
    return torch.stack([torch.stack([one.loss(weights) for one in of]).mean() for of in tasks.values()]).mean()


def learn(tasks: dict[str, list[Task]], start: Tensor) -> tuple[Tensor, float]:
    """Weights and the ridge chosen by leaving out one domain at a time."""

    def held_out(ridge: float) -> float:
        losses = []
        for domain, of in tasks.items():
            rest = {d: others for d, others in tasks.items() if d != domain}
            losses.append(float(vote({domain: of}, fit(rest, start, ridge))))
        return sum(losses) / len(losses)

    best = min(RIDGES, key=held_out)
    return fit(tasks, start, best), best


def main() -> None:
    """Fit, read each domain left out once, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    folder = parser.parse_args().work
    from graphfm.classification.pool import MEMBERS, centred

    graphs = {name: torch.load(folder / f"{name}.pt") for names in DOMAINS.values() for name in names}
    pool, every = list(MEMBERS), list(graphs["cora"]["readings"])
    temperature = nested_temperatures(graphs, pool)
    found: dict[str, dict[str, Tensor]] = {name: {} for name in graphs}
    for title, whole in SETS.items():
        names = every if whole else pool
        tasks = {
            domain: [task(graphs[n], names) for n in of if int((graphs[n]["y"] >= 0).sum()) >= LEAST_LABELLED]
            for domain, of in DOMAINS.items()
        }
        for domain, of in DOMAINS.items():
            start = torch.tensor([temperature[domain] / len(pool) if name in pool else 0.0 for name in names])
            weights, ridge = learn({d: tasks[d] for d in DOMAINS if d != domain}, start)
            told = ", ".join(f"{name} {w:.2f}" for name, w in zip(names, weights.tolist(), strict=True))
            print(f"{title} without {domain}: ridge {ridge:g}; {told}", flush=True)
            for name in of:
                readings = torch.stack([centred(graphs[name]["readings"][n].float()) for n in names])
                found[name][title] = torch.einsum("r,rnc->nc", weights, readings).log_softmax(-1).half()
    for name, readings in found.items():
        save(readings, folder / f"{name}-learned.pt")


if __name__ == "__main__":
    main()
