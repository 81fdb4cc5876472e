"""The whole main job in minutes: pretrain on part of Python's own library, classify modules it never saw, with no labels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.errors import DataError
from graphfm.evaluation.text_jobs import ZeroShotResult, zero_shot
from graphfm.models.graph_model import GraphFM
from graphfm.training.pretrain import pretrain
from graphfm.training.quickstart_kg import QuickstartKG, quickstart_kg

TEST_NODES = 1500


class Quickstart(NamedTuple):
    """What the run made: the model, how it classifies the nodes it never saw, and its file."""

    model: GraphFM
    result: ZeroShotResult
    checkpoint: Path


def quickstart(
    *,
    out: str | os.PathLike[str] = "quickstart",
    encoder: str = "minilm",
    nodes: int = 3000,
    seed: int = 0,
    job: Literal["text", "kg"] = "text",
) -> Quickstart | QuickstartKG:
    """Pretrain on part of Python's own library and classify modules it never saw; or learn to complete facts about it.

    A second call with the same folder finds the texts encoded and the model trained.

    Args:
        out: folder of the run.
        encoder: text encoder, as `graphfm.text.load_encoder` takes it; for texts.
        nodes: nodes to pretrain on, at most; for texts.
        seed: of the choice of modules or facts, of weights and batches.
        job: "text" to classify nodes with no labels, "kg" to complete the facts of a knowledge graph.

    Raises:
        DataError: another job.
        GraphFMError: `out` holds a run with other settings.
    """
    if job == "kg":
        return quickstart_kg(out=Path(out), seed=seed)
    if job != "text":
        raise DataError(f"the job {job!r}", expected="'text' or 'kg'")
    from graphfm.datasets import load

    seen, unseen = split(load("python-stdlib"), train_nodes=nodes, test_nodes=TEST_NODES, seed=seed)
    folder = Path(out) / "run"
    model: Any = pretrain([seen], out=folder, encoder=encoder, epochs=3, steps_per_epoch=100, batch_size=128, seed=seed)
    return Quickstart(model, zero_shot(unseen, checkpoint=model), folder / "model.ckpt")


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
