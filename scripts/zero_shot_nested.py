"""Zero-shot under a nested protocol: everything that is chosen or learned for a graph comes from the other domains.

    python scripts/zero_shot_nested.py --out results/zero_shot_nested [--seeds 1] [--only read|experts|nest]

Three steps, each skips what is done. `read`: the rows and readings of every graph, nothing learned. `experts`: for each
domain and seed a pretraining on the other domains of SOURCES, and its reading of the domain left out. `nest`: for each domain
the temperature (and, in a row of its own, the members of the pool) likeliest on the labelled graphs of the other domains, each
domain one vote; the domain left out chooses nothing. One record a line goes to OUT/runs.jsonl, with what was chosen and when;
tensors stay in OUT/runs. The tables are written by `scripts/zero_shot_tables.py` from the records alone.
"""

from __future__ import annotations

import argparse
import datetime
import os
import warnings
from pathlib import Path
from typing import Any

import torch
from records import Records
from torch import Tensor

KEY = ("kind", "domain", "graph", "row", "seed")
NO_SEED = -1  # where nothing is trained
DOMAINS = {
    "citation": ["cora", "cora_topics", "citeseer", "citeseer_m10"],
    "web pages": ["webkb_cornell", "webkb_texas", "webkb_wisconsin"],
    "encyclopedia": ["wikispeedia"],
    "social and products": ["facebook_pages", "polbooks"],
    "software": ["python-stdlib", "debian_packages"],
    "dictionary": ["wordnet_supersenses"],
    "proposals": ["peps"],
}
#: Graphs of fewer labelled nodes teach nothing: an interval of theirs is 20 points wide.
LEAST_LABELLED = 150
TEMPERATURES = [round(0.05 * step, 2) for step in range(4, 31)]
#: A short budget; whether a longer one is worth more to this pool has not been measured.
SETTINGS = {"epochs": 2, "steps_per_epoch": 60}
BASE = ["name", "description", "description+smooth", "text+decide", "text+refine"]
#: What is pretrained on, less the domain left out: the corpora of the model that comes with the package.
SOURCES = {*DOMAINS["citation"], *DOMAINS["web pages"], "wikispeedia", "facebook_pages", "polbooks", "python-stdlib"}
WITH_EXPERTS = ["experts", "graphfm+decide", "graphfm+refine"]


def load(name: str) -> Any:
    """A graph by name; those that the catalogue lacks lie in GRAPHFM_DATA."""
    from graphfm.datasets import catalog, load

    known = name in catalog.names("tag")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(name if known else Path(os.environ["GRAPHFM_DATA"]) / "tag" / name)


def read(name: str, folder: Path) -> None:
    """Rows and readings of a graph with nothing learned, into one file."""
    from zero_shot_readers import TRIED

    from graphfm.evaluation.zero_shot import zero_shot_rows
    from graphfm.models.text_side import text_side

    path = folder / f"{name}.pt"
    if path.exists():
        return
    graph, start = load(name), sum(os.times()[:2])
    x, encode_text, *_ = text_side(graph, None)
    found = zero_shot_rows(graph, x, encode_text)
    readings = dict(found.read.pooled.readings)
    readings |= {tried: reader(found.read.target) for tried, reader in TRIED.items()}
    content = {"y": graph.y, "readings": {n: r.half() for n, r in readings.items()}}
    content |= {"scores": {n: found.scores[n].half() for n in BASE}, "cpu": sum(os.times()[:2]) - start}
    _save(content, path)


def experts(domain: str, seed: int, folder: Path) -> None:
    """Pretrain without a domain, and read it."""
    from graphfm.evaluation.zero_shot import zero_shot_rows
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.text_side import text_side
    from graphfm.training.pretrain import pretrain

    paths = {name: folder / f"{name}-{seed}.pt" for name in DOMAINS[domain]}
    run = folder / f"{domain.replace(' ', '_')}-{seed}"
    if all(path.exists() for path in paths.values()):
        return
    if (run / "model.ckpt").exists():
        model = GraphFM.load(run / "model.ckpt")
    else:
        graphs = [load(name) for other in DOMAINS if other != domain for name in DOMAINS[other] if name in SOURCES]
        model = pretrain(graphs, out=run, seed=seed, progress=False, accelerator="cpu", **SETTINGS)
    for name, path in paths.items():
        graph = load(name)
        x, encode_text, *_ = text_side(graph, None, model=model)
        found = zero_shot_rows(graph, x, encode_text, model=model)
        content = {"experts": found.read.pooled.readings["experts"].half(), "alpha": float(model.graph_encoder.alpha)}
        _save(content | {"scores": {n: found.scores[n].half() for n in WITH_EXPERTS}}, path)


def nest(folder: Path, out: Path, seeds: int) -> None:
    """Choose on the other domains, read each domain once, append the records that are missing."""
    from graphfm.classification.pool import MEMBERS

    graphs = {name: torch.load(folder / f"{name}.pt") for names in DOMAINS.values() for name in names}
    pools = {"default": list(MEMBERS)}
    pools |= {f"without {member}": [m for m in MEMBERS if m != member] for member in MEMBERS}
    extra = [name for name in graphs["cora"]["readings"] if name not in MEMBERS]
    pools |= {f"with {name}": [*MEMBERS, name] for name in extra}
    loss = {  # (pool, graph, temperature)
        key: {name: _losses(graph, members) for name, graph in graphs.items()} for key, members in pools.items()
    }
    records = Records(out, KEY)
    known = {tuple(record[name] for name in KEY) for record in records.read()}

    def write(**record: Any) -> None:
        record = {"kind": "row", "graph": "", "row": "", "seed": NO_SEED} | record
        if tuple(record[name] for name in KEY) not in known:
            records.add(record | {"when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")})

    for domain, names in DOMAINS.items():
        others = {d: [n for n in DOMAINS[d] if _size(graphs[n]) >= LEAST_LABELLED] for d in DOMAINS if d != domain}
        curve = {key: sum(_mean(loss[key][n] for n in ns) for ns in others.values()) for key in pools}
        best = {key: TEMPERATURES[int(total.argmin())] for key, total in curve.items()}
        chosen = min(pools, key=lambda key: float(curve[key].min()))
        write(kind="choice", domain=domain, chosen_on=list(others), temperature=best["default"], members=chosen)
        for name in names:
            graph = graphs[name]
            rows = {"majority": None} | {n: graph["scores"][n].float() for n in BASE}
            rows["text+pool"] = _pool(graph, pools["default"], best["default"])
            rows["text+pool, members chosen"] = _pool(graph, pools[chosen], best[chosen])
            for row, posterior in rows.items():
                write(**_judged(graph, posterior, rows), domain=domain, graph=name, row=row)
            for key in pools:
                posterior = _pool(graph, pools[key], best[key])
                judged = _judged(graph, posterior, rows)
                write(**judged | {"kind": "pool"}, domain=domain, graph=name, row=key, temperature=best[key])
            for seed in (s for s in range(seeds) if (folder / f"{name}-{s}.pt").exists()):
                told = torch.load(folder / f"{name}-{seed}.pt")
                found = {n: told["scores"][n].float() for n in WITH_EXPERTS}
                readings = {**graph["readings"], "experts": told["experts"]}
                # The temperature of the same pool with the untrained view, so that no trained model reads a source.
                found["graphfm"] = _pool({"readings": readings}, [*MEMBERS, "experts"], best["with neighbours' rows"])
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


def _interval(values: Tensor, *, draws: int = 1000) -> list[float]:
    """95% of the bootstrap means of values in {-1, 0, 1}, in percent."""
    share = torch.stack([(values == v).double().mean() for v in (-1, 0, 1)])
    drawn = torch.distributions.Multinomial(len(values), share).sample((draws,))
    means = 100 * (drawn[:, 2] - drawn[:, 0]) / len(values)
    return [round(float(q), 2) for q in means.quantile(torch.tensor([0.025, 0.975], dtype=torch.double))]


def _losses(graph: dict[str, Any], members: list[str]) -> Tensor:
    """Mean negative log-likelihood of the labels at each temperature, (T,)."""
    from graphfm.classification.pool import centred

    known = graph["y"] >= 0
    mean = torch.stack([centred(graph["readings"][m].float())[known] for m in members]).mean(0)
    y = graph["y"][known].unsqueeze(-1)
    return torch.stack([-(t * mean).log_softmax(-1).gather(-1, y).mean() for t in TEMPERATURES])


def _pool(graph: dict[str, Any], members: list[str], temperature: float) -> Tensor:
    from graphfm.classification.pool import pool

    return pool([graph["readings"][member].float() for member in members], temperature=temperature)


def _size(graph: dict[str, Any]) -> int:
    return int((graph["y"] >= 0).sum())


def _mean(values: Any) -> Tensor:
    return torch.stack(list(values)).mean(0)


def _save(content: dict[str, Any], path: Path) -> None:
    from graphfm.files import replacing

    with replacing(path) as temporary:
        torch.save(content, temporary)
    print(path.name, flush=True)


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/zero_shot_nested"))
    parser.add_argument("--work", type=Path, help="folder of readings and models; OUT/runs by default")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=["read", "experts", "nest"])
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
    if options.only in (None, "nest"):
        nest(folder, options.out, options.seeds)


if __name__ == "__main__":
    main()
