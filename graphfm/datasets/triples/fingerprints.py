"""Fingerprints of triples by name, so that a model can carry what it was trained on without carrying the data."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples

_PREFIX = "concept_"  # NELL's: "concept:city:rome" in one release, "concept_city_rome" or without it in others


def fingerprints(graph: Triples, triples: Tensor) -> Tensor:
    """One number for each triple, equal for equal names whatever the ids; of two different triples, once in 4 billion.

    Names are compared without case, without leading zeros of numbers (WordNet) and those of NELL as all its releases write them.

    Shapes: `triples (n, 3) -> (n,)` int32.

    >>> graph = Triples("kin", ["Ann", "bob"], ["parent_of"], train=torch.tensor([[0, 0, 1]]))
    >>> same = Triples("two", ["bob", "ann", "eve"], ["parent_of"], train=torch.tensor([[1, 0, 0]]))
    >>> torch.equal(fingerprints(graph, graph.train), fingerprints(same, same.train))
    True
    """
    entities, relations = ([plain_name(name) for name in names] for names in (graph.entities, graph.relations))
    texts = (f"{entities[h]}\t{relations[r]}\t{entities[t]}".encode() for h, r, t in triples.tolist())
    digests = b"".join(hashlib.blake2b(text, digest_size=4).digest() for text in texts)
    return torch.from_numpy(np.frombuffer(digests, dtype="<i4").astype(np.int32))


def plain_name(name: str) -> str:
    """A name as fingerprints compare it.

    >>> plain_name("00123"), plain_name("concept:City:Rome"), plain_name("concept_city_rome"), plain_name("city:rome")
    ('123', 'city_rome', 'city_rome', 'city_rome')
    """
    folded = name.strip().casefold().replace(":", "_").removeprefix(_PREFIX)
    return folded.lstrip("0") or "0" if folded.isdigit() else folded


def share_seen(triples: Tensor, trained: Tensor) -> float:
    """Part of some fingerprints `(n,)` that are among others `(m,)`; 0 of none."""
    return float(torch.isin(triples, trained).double().mean()) if len(triples) else 0.0
