"""The whole main job in minutes: pretrain on part of Python's own library, classify modules it never saw, with no labels."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.evaluation.zero_shot import ZeroShot, text_side, zero_shot
from graphfm.models.graph_model import GraphFM
from graphfm.training.pretrain import pretrain


class Quickstart(NamedTuple):
    """What the run made: the graph of unseen nodes, its text embeddings, the model, the result, the model's file."""

    graph: TextGraph
    x: Tensor  # (N, D)
    model: GraphFM
    result: ZeroShot
    checkpoint: Path


def split(library: TextGraph, *, train_nodes: int, test_nodes: int, seed: int = 0) -> tuple[TextGraph, TextGraph]:
    """Two graphs without a common module, from the public split: one to pretrain on, one to classify.

    Args:
        library: the corpus `python-stdlib`.
        train_nodes: at most so many nodes to pretrain on, whole packages in a random order.
        test_nodes: at most so many nodes to classify.
        seed: of the order of the packages.
    """
    return (
        _part(library, library.train_mask & library.labelled, train_nodes, seed, name="python-stdlib/seen"),
        _part(library, library.test_mask & library.labelled, test_nodes, seed, name="python-stdlib/unseen"),
    )


def _part(library: TextGraph, mask: torch.Tensor, size: int, seed: int, *, name: str) -> TextGraph:
    packages: dict[str, list[int]] = {}
    for node in mask.nonzero().flatten().tolist():
        packages.setdefault(library.node_ids[node].split(".")[0], []).append(node)
    names, chosen = list(packages), list[int]()
    for position in torch.randperm(len(names), generator=torch.Generator().manual_seed(seed)).tolist():
        if len(chosen) + len(packages[names[position]]) <= size:
            chosen += packages[names[position]]
    part = library.subgraph(torch.tensor(sorted(chosen)))
    part.name = name
    return part


def quickstart(
    *, out: Path, encoder: str = "minilm", train_nodes: int = 3000, test_nodes: int = 1500, seed: int = 0
) -> Quickstart:
    """Run it; a second call with the same folder finds the texts encoded and the model trained."""
    from graphfm.datasets import load

    seen, unseen = split(load("python-stdlib"), train_nodes=train_nodes, test_nodes=test_nodes, seed=seed)
    model = pretrain([seen], out=out / "run", encoder=encoder, epochs=3, steps_per_epoch=100, batch_size=128, seed=seed)
    x, encode_text, _ = text_side(unseen, None, model=model)
    result = zero_shot(unseen, x, encode_text, model=model)
    return Quickstart(unseen, x, model, result, out / "run" / "model.ckpt")
