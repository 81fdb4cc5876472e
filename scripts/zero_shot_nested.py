"""Zero-shot under a nested protocol: everything that is chosen or learned for a graph comes from the other domains.

    python scripts/zero_shot_nested.py --out results/zero_shot_nested [--seeds 1] [--only read|experts|pairs|nest]

Four steps, each skips what is done. `read`: the rows and readings of every graph, nothing learned. `experts`: for each
domain and seed a pretraining on the other domains of SOURCES, and its reading of the domain left out. `pairs`: for every two
domains and each seed a pretraining without either, and its reading of the second, by which the first one's temperature is chosen.
`nest`: for each domain the temperature with the least calibration error (and, in a row of its own, the likeliest members of the
pool) on the labelled graphs of the other domains, each domain one vote; the domain left out chooses nothing, and no model that
is asked has seen what it is asked about. One record a line goes to OUT/runs.jsonl, with what was chosen and when; tensors stay
in OUT/runs. The tables are written by `scripts/zero_shot_tables.py` from the records alone.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import torch
from records import Records
from torch import Tensor
from zero_shot_readings import BASE, DOMAINS, WITH_EXPERTS, experts, pairs, read, read_without

KEY = ("kind", "domain", "graph", "row", "seed")
NO_SEED = -1  # where nothing is trained
NONE = "none"  # left out: what the package itself takes
#: Graphs of fewer labelled nodes teach nothing: an interval of theirs is 20 points wide.
LEAST_LABELLED = 150
TEMPERATURES = [round(0.025 * step, 3) for step in range(8, 61)]


def nest(folder: Path, out: Path, seeds: int) -> None:
    """Choose on the other domains, read each domain once, append the records that are missing."""
    from graphfm.classification.pool import MEMBERS

    graphs = {name: torch.load(folder / f"{name}.pt") for names in DOMAINS.values() for name in names}
    pools = {"default": list(MEMBERS)}
    pools |= {f"without {member}": [m for m in MEMBERS if m != member] for member in MEMBERS}
    extra = [name for name in graphs["cora"]["readings"] if name not in MEMBERS]
    pools |= {f"with {name}": [*MEMBERS, name] for name in extra}
    best = {key: nested_temperatures(graphs, members) for key, members in pools.items()}  # of each domain left out
    with_experts = expert_temperatures(graphs, [*MEMBERS, "experts"], folder)
    loss = {key: {n: curves(graph, members)[0] for n, graph in graphs.items()} for key, members in pools.items()}
    records = Records(out, KEY)
    known = {tuple(record[name] for name in KEY) for record in records.read()}

    def write(**record: Any) -> None:
        record = {"kind": "row", "graph": "", "row": "", "seed": NO_SEED} | record
        if tuple(record[name] for name in KEY) not in known:
            records.add(record | {"when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")})

    for domain, names in [*DOMAINS.items(), (NONE, [])]:
        others = [d for d in DOMAINS if d != domain]
        likeliest = {key: vote(loss[key], others, graphs).min() for key in pools}
        chosen = min(pools, key=lambda key: float(likeliest[key]))
        told = {"temperature": best["default"][domain], "temperature with experts": with_experts[domain]}
        write(kind="choice", domain=domain, chosen_on=others, members=chosen, **told)
        for name in names:
            graph = graphs[name]
            rows = {"majority": None} | {n: graph["scores"][n].float() for n in BASE}
            rows["text+pool"] = pool_of(graph, pools["default"], best["default"][domain])
            rows["text+pool, members chosen"] = pool_of(graph, pools[chosen], best[chosen][domain])
            for row, posterior in rows.items():
                write(**_judged(graph, posterior, rows), domain=domain, graph=name, row=row)
            for key in pools:
                posterior = pool_of(graph, pools[key], best[key][domain])
                judged = _judged(graph, posterior, rows) | {"kind": "pool", "temperature": best[key][domain]}
                write(**judged, domain=domain, graph=name, row=key)
            for seed in (s for s in range(seeds) if (folder / f"{name}-{s}.pt").exists()):
                told = torch.load(folder / f"{name}-{seed}.pt")
                found = {n: told["scores"][n].float() for n in WITH_EXPERTS}
                readings = {**graph["readings"], "experts": told["experts"]}
                found["graphfm"] = pool_of({"readings": readings}, [*MEMBERS, "experts"], with_experts[domain])
                for row, posterior in found.items():
                    judged = _judged(graph, posterior, rows)
                    write(**judged, domain=domain, graph=name, row=row, seed=seed, alpha=told["alpha"])


def _judged(graph: dict[str, Any], posterior: Tensor | None, rows: dict[str, Tensor | None]) -> dict[str, Any]:
    """Accuracy with a bootstrap interval over nodes, and paired against plain rows; macro-F1, calibration; in percent."""
    from graphfm.evaluation.accuracy import accuracy_and_macro_f1, confidence

    y = graph["y"][graph["y"] >= 0]
    predicted = torch.mode(y).values.expand_as(y) if posterior is None else posterior[graph["y"] >= 0].argmax(-1)
    accuracy, macro_f1 = accuracy_and_macro_f1(predicted, y)
    hit = (predicted == y).double()
    record: dict[str, Any] = {"kind": "row", "nodes": len(y), "accuracy": accuracy, "macro_f1": macro_f1}
    record["interval"] = _interval(hit)
    for plain in ("description", "text+refine", "text+pool"):
        if posterior is not None and rows.get(plain) is not None:
            other = (rows[plain][graph["y"] >= 0].argmax(-1) == y).double()  # type: ignore[index]
            record[f"minus {plain}"] = [round(100 * float((hit - other).mean()), 3), *_interval(hit - other)]
    if posterior is not None:
        judged = confidence(posterior[graph["y"] >= 0], y)
        record |= {"ece": judged.ece, "surest_half": judged.surest_half}
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in record.items()}


def _interval(values: Tensor) -> list[float]:
    """95% of the bootstrap means of values, in percent."""
    low, high = bootstrap(values).quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    return [round(100 * low, 2), round(100 * high, 2)]


def bootstrap(values: Tensor, *, draws: int = 2000) -> Tensor:
    """Means (draws,) of values (n,) drawn with replacement: few kinds of values, so that their counts are drawn."""
    kinds, count = values.double().unique(return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(values), (count / count.sum()).double().numpy(), size=draws)
    return torch.from_numpy(drawn).double() @ kinds / len(values)


def nested_temperatures(graphs: dict[str, Any], members: list[str]) -> dict[str, float]:
    """For each domain left out, and for none, the temperature of the least calibration error on the graphs of the others."""
    errors = {name: curves(graph, members)[1] for name, graph in graphs.items()}
    others = {domain: [d for d in DOMAINS if d != domain] for domain in [*DOMAINS, NONE]}
    return {domain: TEMPERATURES[int(vote(errors, of, graphs).argmin())] for domain, of in others.items()}


def expert_temperatures(graphs: dict[str, Any], members: list[str], folder: Path) -> dict[str, float]:
    """As `nested_temperatures`, for a pool with the experts: each graph that chooses is read by models that have seen neither it
    nor the domain left out; for the package itself, where none is left out, by models that have not seen it."""
    chosen = {}
    for domain in [*DOMAINS, NONE]:
        errors, others = {}, [d for d in DOMAINS if d != domain]
        for name in (n for d in others for n in DOMAINS[d]):
            readings, told = graphs[name]["readings"], read_without(name, domain, folder)
            of = [curves({**graphs[name], "readings": readings | {"experts": one}}, members)[1] for one in told]
            errors[name] = torch.stack(of).mean(0)
        chosen[domain] = TEMPERATURES[int(vote(errors, others, graphs).argmin())]
    return chosen


def vote(values: dict[str, Tensor], domains: list[str], graphs: dict[str, Any]) -> Tensor:
    """The mean over domains of the mean over their graphs of LEAST_LABELLED nodes or more."""
    names = [[n for n in DOMAINS[domain] if int((graphs[n]["y"] >= 0).sum()) >= LEAST_LABELLED] for domain in domains]
    return torch.stack([torch.stack([values[n] for n in of]).mean(0) for of in names]).mean(0)


def curves(graph: dict[str, Any], members: list[str]) -> tuple[Tensor, Tensor]:
    """Mean negative log-likelihood of the labels and calibration error in percent at each temperature, (T,) each.

    The error is that of `graphfm.evaluation.accuracy.confidence`, all temperatures in one go.
    """
    from graphfm.classification.pool import centred
    from graphfm.evaluation.accuracy import BINS

    known = graph["y"] >= 0
    mean, y = torch.stack([centred(graph["readings"][m].float())[known] for m in members]).mean(0), graph["y"][known]
    below = mean - mean.max(-1, keepdim=True).values  # (n, C)
    own = below.gather(-1, y.unsqueeze(-1)).squeeze(-1)
    hit, losses, errors = (mean.argmax(-1) == y).double(), [], []
    for temperature in TEMPERATURES:
        total = (temperature * below).exp().sum(-1)
        losses.append((total.log() - temperature * own).mean())
        place = (BINS / total.double()).long().clamp(max=BINS - 1)
        errors.append(100 * torch.bincount(place, hit - 1 / total.double(), minlength=BINS).abs().sum() / len(y))
    return torch.stack(losses), torch.stack(errors)


def pool_of(graph: dict[str, Any], members: list[str], temperature: float) -> Tensor:
    from graphfm.classification.pool import pool

    return pool([graph["readings"][member].float() for member in members], temperature=temperature)


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/zero_shot_nested"))
    parser.add_argument("--work", type=Path, help="folder of readings and models; OUT/runs by default")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=["read", "experts", "pairs", "nest"])
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS))
    options = parser.parse_args()
    torch.manual_seed(0)
    folder = options.work or options.out / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    for domain in options.domains if options.only in (None, "read") else ():
        for name in DOMAINS[domain]:
            read(name, folder)
    for seed in range(options.seeds if options.only in (None, "experts") else 0):
        for domain in options.domains:
            experts(domain, seed, folder)
    for seed in range(options.seeds if options.only in (None, "pairs") else 0):
        for first, second in itertools.permutations(DOMAINS, 2):
            pairs(first, second, seed, folder)
    if options.only in (None, "nest"):
        nest(folder, options.out, options.seeds)


if __name__ == "__main__":
    main()
