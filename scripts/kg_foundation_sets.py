"""What the study of foundation models trains on and what it asks about."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from kg_foundation_table import SETS

#: Only training sides. P2 holds nothing of the sets below, as far as names tell, P1 nothing of NELL, Wikidata and DBpedia (the
#: share seen is in every record).
MIXES: dict[str, tuple[str, ...]] = {
    "P1": (
        *(f"{parent}_v{n}" for parent in ("fb237", "wn18rr") for n in (1, 2, 4)),
        *("family", "kinship", "umls", "countries_s1"),
    ),
    "P2": ("fb15k-237", "wn18rr", *(f"{parent}_v{n}" for parent in ("fb237", "wn18rr") for n in (1, 2, 4))),
    "P2w": (
        "fb15k-237",
        "wn18rr",
        "wd50k",  # without what the judged sets hold, see `sources`
        *(f"{parent}_v{n}" for parent in ("fb237", "wn18rr") for n in (1, 2, 4)),
    ),
    "P3": (
        "fb15k-237",
        "wn18rr",
        "nell-995",
        "umls",
        "kinship",
        "family",
        "countries_s1",
        "ilpc-small",
        "ingram_nl-25",
        "ingram_nl-75",
        "ingram_wk-25",
        "ingram_wk-75",
        "wikitopics_art",
        "wikitopics_infra",
        "wikitopics_sci",
        "wd50k",
    ),
}


def triples(name: str) -> Any:
    """A set of the catalogue, or one that lies beside them."""
    from graphfm.datasets import load_triples
    from graphfm.paths import data_home

    beside = Path(data_home() or ".") / "kg" / name
    return load_triples(beside if name == "debian_kg" else name)


def inference(name: str) -> Any:
    """The graph of a set that is asked about."""
    graph = triples(name)
    return graph.inference or graph


def judged(name: str, most: int | None) -> tuple[Any, torch.Tensor]:
    """The observed graph of a set with its known answers, and the triples to ask for, at most so many, the same ones always."""
    graph = inference(name)
    grail = len(graph.val) > 0 and "_v" in name
    asked = torch.cat([graph.val, graph.test]) if grail else graph.test
    if most is not None and len(asked) > most:
        asked = asked[torch.randperm(len(asked), generator=torch.Generator().manual_seed(0))[:most]]
    return graph, asked


def sources(mix: str) -> list[Any]:
    """The graphs of a mix. P2w leaves out of WD50K every triple that a judged set of Wikidata has, to read or to ask for."""
    from graphfm.datasets.triples.fingerprints import fingerprints

    graphs = [triples(name) for name in MIXES[mix]]
    if mix != "P2w":
        return graphs
    wikidata = [graph for graph in map(inference, SETS) if graph.name.startswith(("wikitopics", "ingram_wk"))]
    judged = torch.cat([fingerprints(graph, rows) for graph in wikidata for _, rows in graph.splits()])
    return [
        replace(graph, train=graph.train[~torch.isin(fingerprints(graph, graph.train), judged)], qualifiers={})
        if graph.name == "wd50k"
        else graph
        for graph in graphs
    ]


@lru_cache
def trained_on(mix: str) -> torch.Tensor:
    """Fingerprints of what a mix holds; of ULTRA's three graphs, CoDEx-M is not at hand."""
    from graphfm.datasets.triples.fingerprints import fingerprints

    graphs = sources({"3g": "P2", "4g": "P2"}.get(mix, mix)) if mix in {*MIXES, "3g", "4g"} else []
    graphs += [triples("nell-995")] if mix == "4g" else []
    found = [fingerprints(graph, graph.train) for graph in graphs]
    return torch.cat(found).unique() if found else torch.empty(0, dtype=torch.int32)
