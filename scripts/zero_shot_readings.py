"""What the zero-shot study has of each graph: its domain, and readings by what is fitted and by what is pretrained elsewhere."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

DOMAINS = {
    "citation": ["cora", "cora_topics", "citeseer", "citeseer_m10"],
    "web pages": ["webkb_cornell", "webkb_texas", "webkb_wisconsin"],
    "encyclopedia": ["wikispeedia"],
    "social and products": ["facebook_pages", "polbooks"],
    "software": ["python-stdlib", "debian_packages"],
    "dictionary": ["wordnet_supersenses"],
    "proposals": ["peps"],
}
#: A short budget; ten times as many steps were worth nothing more on WebKB (results/zero_shot_worth).
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
    save(content, path)


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
        save(content | {"scores": {n: found.scores[n].half() for n in WITH_EXPERTS}}, path)


def pairs(first: str, second: str, seed: int, folder: Path) -> None:
    """Pretrain without two domains, and read the graphs of the second that may choose for the first.

    Where the first is no source, every model does without it, and `experts` has read the second already.
    """
    from graphfm.models.graph_model import GraphFM
    from graphfm.training.pretrain import pretrain

    paths = {name: folder / f"{name}-{seed}-without-{first}.pt" for name in DOMAINS[second]}
    if not is_source(first) or all(path.exists() for path in paths.values()):
        return
    out = sorted(domain for domain in (first, second) if is_source(domain))
    run = folder / f"{' and '.join(out)}-{seed}".replace(" ", "_")
    if (run / "model.ckpt").exists():
        model = GraphFM.load(run / "model.ckpt")
    else:
        names = [name for domain in DOMAINS if domain not in out for name in DOMAINS[domain] if name in SOURCES]
        model = pretrain(list(map(load, names)), out=run, seed=seed, progress=False, accelerator="cpu", **SETTINGS)
    for name, path in paths.items():
        save({"experts": experts_reading(model, load(name))}, path)


def read_without(name: str, domain: str, folder: Path) -> list[Tensor]:
    """What the experts read of a graph by models that have seen neither it nor a domain, one a seed."""
    ending = f"-without-{domain}" if is_source(domain) else ""
    paths = sorted(path for seed in range(5) if (path := folder / f"{name}-{seed}{ending}.pt").exists())
    return [torch.load(path)["experts"] for path in paths]


def is_source(domain: str) -> bool:
    """Whether models are pretrained on graphs of a domain."""
    return bool(SOURCES & {*DOMAINS.get(domain, ())})


def experts_reading(model: Any, graph: Any, view: Tensor | None = None) -> Tensor:
    """Log posteriors (n, C) as `graphfm.classification.readers.unfitted.experts` has them, in half precision.

    Args:
        model: the `GraphFM` that reads.
        graph: what it reads.
        view: rows (n, D) instead of those that the model reads from the neighbours.
    """
    from graphfm.classification.propagate import text_log_posterior
    from graphfm.classification.readers.target import no_evidence
    from graphfm.classification.seen_texts import class_features

    rows = model.read_neighbours(graph, x=text_rows(model, graph)) if view is None else view
    classes = class_features(model.encode_text, graph.class_names, graph.class_descriptions)
    return no_evidence(text_log_posterior(rows, classes), graph.adjacency().degree > 0).half()


def text_rows(model: Any, graph: Any) -> Tensor:
    """Unit rows (n, D) of the texts, from the cache."""
    from graphfm.classification.seen_texts import read_texts
    from graphfm.text import embed

    return embed(read_texts(graph), model.text_encoder, progress=False)


def save(content: dict[str, Any], path: Path) -> None:
    from graphfm.files import replacing

    with replacing(path) as temporary:
        torch.save(content, temporary)
    print(path.name, flush=True)
