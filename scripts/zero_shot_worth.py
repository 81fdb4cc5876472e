"""What each part of the zero-shot pool is worth, paired over nodes: members, experts, each geometry, the gate, more training.

    python scripts/zero_shot_worth.py --work FOLDER [--out results/zero_shot_worth] [--seeds 5] [--only views|train|compare]

FOLDER is that of `scripts/zero_shot_nested.py`, whose readings and models this reads. Each step skips what is done. `views`:
what the trained experts read of the domain left out with one geometry left out of the mixture (the gate's weights of the
others scaled to sum to one), with one alone, and with equal weights; nothing is trained. `train`: models of other settings.
`compare`: each pool beside the one it differs from by one part, with a bootstrap interval over nodes, for each graph and for
the means; temperatures are nested, as there. The table is written by `scripts/zero_shot_worth_table.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from records import Records
from torch import Tensor
from zero_shot_nested import bootstrap, expert_temperatures, nested_temperatures, pool_of
from zero_shot_readings import DOMAINS, SETTINGS, SOURCES, experts_reading, load, save, text_rows

KEY = ("row", "against", "graph")
NINE = [*DOMAINS["citation"], *DOMAINS["web pages"], "wikispeedia", "facebook_pages"]
GRAPHS = [name for names in DOMAINS.values() for name in names]
UNTRAINED = "neighbours' rows"
#: Settings beside those of the study, the share of the sources, and the domains they are asked on: the budget allows no more.
VARIANTS: dict[str, tuple[dict[str, Any], int, list[str]]] = {
    "three flat experts": ({"experts": ["euclidean"] * 3}, 1, list(DOMAINS)),
    "half of the sources": ({}, 2, list(DOMAINS)),
    "ten times the steps": ({"steps_per_epoch": 10 * SETTINGS["steps_per_epoch"]}, 1, ["web pages", "citation"]),
}
#: Files of readings by other scripts: `zero_shot_rows.py` and `zero_shot_learned.py`.
OTHERS = ("chunks", "static", "learned")
Gate = Callable[[Tensor], Tensor]  # weights (N, K) of the model's own gate -> weights (N, K)


def gates(names: list[str]) -> dict[str, Gate]:
    """The gate as it is, without one expert, with one alone, and uniform."""

    def without(k: int) -> Gate:
        return lambda weights: F.normalize(weights.index_fill(1, torch.tensor([k]), 0.0), p=1, dim=1)

    def alone(k: int) -> Gate:
        return lambda weights: F.one_hot(torch.tensor(k), weights.size(1)).to(weights).expand_as(weights)

    found: dict[str, Gate] = {"as trained": lambda weights: weights}
    found |= {f"without {name}": without(k) for k, name in enumerate(names)}
    found |= {f"{name} alone": alone(k) for k, name in enumerate(names)}
    return found | {"uniform gate": lambda weights: torch.full_like(weights, 1 / weights.size(1))}


@torch.inference_mode()
def views(model: Any, graph: Any, x: Tensor) -> dict[str, Tensor]:
    """`GraphFM.read_neighbours` with each of the `gates`, experts run once for all: rows (N, D) by name."""
    from graphfm.classification.folds import FOLDS, folds
    from graphfm.models.encoder import LEAST_LENGTH, descriptors
    from graphfm.ops import spmm

    encoder, adj, fold = model.graph_encoder, graph.adjacency(), folds(graph.text)
    mixture, weighing = encoder.mixture, gates(model.settings["experts"])
    weights = mixture.gate(descriptors(graph).value)
    rows = {name: torch.empty_like(x) for name in weighing}
    for k in range(FOLDS):
        hidden = (fold == k) | (fold < 0)
        shown = torch.where(hidden[:, None], encoder.mask, x)
        mean = spmm(adj, shown, reduce="mean")
        parts = torch.stack([to(e(shown, adj)) for e, to in zip(mixture.experts, mixture.maps, strict=True)], 1)
        for name, gate in weighing.items():
            h = (gate(weights).unsqueeze(-1) * parts).sum(1)
            rows[name][hidden] = F.normalize(mean + encoder.projection(h), dim=-1, eps=LEAST_LENGTH)[hidden]
    return rows


def read_views(domain: str, seed: int, folder: Path) -> None:
    """What a trained model reads of the domain it never saw, gate by gate."""
    from graphfm.models.graph_model import GraphFM

    run = folder / f"{domain.replace(' ', '_')}-{seed}" / "model.ckpt"
    paths = {name: folder / f"{name}-{seed}-views.pt" for name in DOMAINS[domain]}
    missing = {name: path for name, path in paths.items() if not path.exists()}
    if not missing or not run.exists():
        return
    model = GraphFM.load(run)
    for name, path in missing.items():
        graph = load(name)
        rows = views(model, graph, text_rows(model, graph))
        found = {key: experts_reading(model, graph, view) for key, view in rows.items()}
        save(found, path)


def train(variant: str, domain: str, seed: int, folder: Path) -> None:
    """Pretrain with other settings and read the domain left out."""
    from graphfm.training.pretrain import pretrain

    settings, every, _ = VARIANTS[variant]
    paths = {name: folder / f"{name}-{seed}-{variant}.pt" for name in DOMAINS[domain]}
    if all(path.exists() for path in paths.values()):
        return
    names = [n for other in DOMAINS if other != domain for n in DOMAINS[other] if n in SOURCES]
    run = folder / f"{domain}-{seed}-{variant}".replace(" ", "_")
    graphs = [load(name) for name in names[::every]]
    model = pretrain(graphs, out=run, seed=seed, progress=False, accelerator="cpu", **SETTINGS | settings)
    for name, path in paths.items():
        save({"experts": experts_reading(model, load(name))}, path)


def compare(folder: Path, out: Path, seeds: int) -> None:
    """Records of every pair that the files in FOLDER allow, in place of those that were there."""
    records = Records(out, KEY)
    records.path.unlink(missing_ok=True)
    graphs = {name: gathered(name, folder) for name in GRAPHS}
    for row, against, pairs in _pairs(graphs, folder, range(seeds)):
        found = {name: pair for name in GRAPHS if (pair := pairs(name)) is not None}
        drawn = {name: bootstrap(pair[0].mean(0)) for name, pair in found.items()}
        means = {"mean of nine": NINE, "mean of all": GRAPHS, "mean of these": list(found)}
        for title, of in ({n: [n] for n in found} | means).items() if found else ():
            if not set(of) <= set(found):
                continue
            draws = torch.stack([drawn[name] for name in of]).mean(0)
            low, high = draws.quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
            points = sum(float(found[name][0].mean()) for name in of) / len(of)
            error = sum(found[name][1] for name in of) / len(of)
            record = {"row": row, "against": against, "graph": title, "seeds": min(len(found[n][0]) for n in of)}
            record |= {"points": round(100 * points, 3), "interval": [round(100 * low, 2), round(100 * high, 2)]}
            records.add(record | {"ece": round(error, 3)})
        print(row, "|", against, flush=True)


def gathered(name: str, folder: Path) -> dict[str, Any]:
    """Labels and readings of a graph: those of the study, of other rows, and with learned weights, as far as they are there."""
    graph: dict[str, Any] = torch.load(folder / f"{name}.pt")
    for kind in OTHERS:
        path = folder / f"{name}-{kind}.pt"
        told = torch.load(path) if path.exists() else {}
        graph["readings"] = graph["readings"] | {f"{kind}: {member}": reading for member, reading in told.items()}
    return graph


_CHOSEN: dict[tuple[str, ...], dict[str, float]] = {}  # temperatures of pools with the experts, by members

Pair = Callable[[str], tuple[Tensor, float] | None]  # graph -> differences of hits (seeds, n), of the calibration error


def _pairs(graphs: dict[str, Any], folder: Path, seeds: range) -> Iterator[tuple[str, str, Pair]]:
    """Every row and what it stands beside."""
    from graphfm.classification.pool import MEMBERS

    members = list(MEMBERS)
    every = [r for r in graphs["cora"]["readings"] if all(r in graph["readings"] for graph in graphs.values())]
    tried = [r for r in every if r not in MEMBERS and not r.startswith(tuple(f"{kind}:" for kind in OTHERS))]
    tried += [f"{kind}: {member}" for kind in OTHERS[:2] for member in ("text", "refitted")]
    full = [*members, "experts"]
    rows = {name: Row(graphs, folder, seeds, members) for name in ("text+pool",)}

    def add(name: str, of: list[str], view: str = "as trained", kind: str = "views") -> str:
        rows[name] = Row(graphs, folder, seeds, of, view, kind)
        return name

    def pair(row: str, against: str) -> tuple[str, str, Pair]:
        return row, against, lambda graph: rows[row].minus(rows[against], graph)

    for member in members:
        yield pair(add(f"text+pool without {member}", [m for m in members if m != member]), "text+pool")
    for more in (r for r in tried if r in every):
        yield pair(add(f"text+pool with {more}", [*members, more]), "text+pool")
    for kind in (k for k in OTHERS[:2] if f"{k}: text" in every):
        yield pair(add(f"text+pool of {kind}", [f"{kind}: {member}" for member in members]), "text+pool")
    for learned in (r for r in every if r.startswith("learned:")):
        yield pair(add(f"text+pool, {learned}", [learned]), "text+pool")
    yield pair(add("graphfm", full), "text+pool")
    yield pair("graphfm", f"text+pool with {UNTRAINED}")
    for member in members:
        yield pair(add(f"graphfm without {member}", [m for m in full if m != member]), "graphfm")
    views_there = list(torch.load(next(folder.glob("*-views.pt"))))
    for view in views_there:
        add(f"experts' reading, {view}", ["experts"], view)
    for view in views_there[1:]:
        yield pair(add(f"graphfm, {view}", full, view), "graphfm")
    for view in views_there[1:]:
        yield pair(f"experts' reading, {view}", "experts' reading, as trained")
    for variant in VARIANTS:
        yield pair(add(f"graphfm, {variant}", full, variant, "variant"), "graphfm")
        add(f"experts' reading, {variant}", ["experts"], variant, "variant")
        yield pair(f"experts' reading, {variant}", "experts' reading, as trained")


class Row:
    """A pool of members, and its hits on a graph for every seed; the experts are those of a view or of a variant."""

    def __init__(
        self,
        graphs: dict[str, Any],
        folder: Path,
        seeds: range,
        members: list[str],
        view: str = "",
        kind: str = "",
    ) -> None:
        self.graphs, self.folder, self.seeds = graphs, folder, seeds
        self.members, self.view, self.kind = members, view, kind
        if members[0].startswith("learned:"):
            best = dict.fromkeys(DOMAINS, 1.0)  # as it is: its scale is learned too
        elif "experts" in members:
            best = _CHOSEN.get(tuple(members)) or expert_temperatures(graphs, members, folder)
            _CHOSEN[tuple(members)] = best
        else:
            best = nested_temperatures(graphs, members)
        self.temperature = {name: best[domain] for domain, names in DOMAINS.items() for name in names}

    def told(self, name: str) -> dict[int, tuple[Tensor, float]]:
        """By seed: hits (n,) over labelled nodes, and the calibration error in percent. Nothing trained: the seed is -1."""
        from graphfm.evaluation.accuracy import confidence

        graph, found = self.graphs[name], {}
        for seed, readings in self._readings(name).items():
            posterior = pool_of({"readings": readings}, self.members, self.temperature[name])
            known = graph["y"] >= 0
            hit = (posterior[known].argmax(-1) == graph["y"][known]).double()
            found[seed] = hit, confidence(posterior[known], graph["y"][known]).ece
        return found

    def _readings(self, name: str) -> dict[int, dict[str, Tensor]]:
        own = self.graphs[name]["readings"]
        if "experts" not in self.members:
            return {-1: own}
        end = "views" if self.kind == "views" else self.view
        paths = {seed: self.folder / f"{name}-{seed}-{end}.pt" for seed in self.seeds}
        key = self.view if self.kind == "views" else "experts"
        return {seed: own | {"experts": torch.load(p)[key]} for seed, p in paths.items() if p.exists()}

    def minus(self, other: Row, name: str) -> tuple[Tensor, float] | None:
        """Differences of hits (seeds, n) and of the mean calibration error, over the seeds that both have."""
        mine, base = self.told(name), other.told(name)
        seeds = [s for s in mine if s in base or -1 in base]
        if not seeds:
            return None
        pairs = [(mine[s], base.get(s, base.get(-1))) for s in seeds]
        error = sum(a[1] - b[1] for a, b in pairs) / len(pairs)  # type: ignore[index]
        return torch.stack([a[0] - b[0] for a, b in pairs]), error  # type: ignore[index]


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/zero_shot_worth"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=["views", "train", "compare"])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS))
    options = parser.parse_args()
    torch.manual_seed(0)
    if options.only in (None, "views"):
        for seed in range(options.seeds):
            for domain in options.domains:
                read_views(domain, seed, options.work)
    for variant in options.variants if options.only in (None, "train") else ():
        for domain in (domain for domain in VARIANTS[variant][2] if domain in options.domains):
            train(variant, domain, 0, options.work)
    if options.only in (None, "compare"):
        compare(options.work, options.out, options.seeds)


if __name__ == "__main__":
    main()
