"""Small valid inputs, of which the faults are made."""

from __future__ import annotations

from pathlib import Path

import torch

from graphfm.datasets import TextGraph, Triples
from graphfm.datasets.text_graphs.folder import write_folder
from graphfm.datasets.triples.folder import write

PRETRAIN = [
    "--encoder",
    "lsa",
    "--epochs",
    "3",
    "--steps-per-epoch",
    "5",
    "--batch-size",
    "8",
    "--hidden-channels",
    "8",
]
PRETRAIN += ["--accelerator", "cpu", "--set", "checkpoint_every=3"]
LINKS = ["--epochs", "3", "--dim", "8", "--accelerator", "cpu"]
LINKS += ["--set", "batch_size=8", "steps_per_epoch=5", "num_negatives=4", "checkpoint_every=3"]


def text_graph() -> TextGraph:
    """Ninety short texts of three classes, and random edges."""
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 90, (2, 300), generator=generator)
    words = "tree ring clique path star wheel grid torus".split()  # noqa: SIM905
    texts = [f"{words[n % 8]} {words[n % 7]} {['red', 'green', 'blue'][n % 3]} number {n}" for n in range(90)]
    classes = ["red", "green", "blue"]
    y = torch.arange(90) % 3
    return TextGraph(edges, name="tag", text=texts, y=y, class_names=classes, directed=False)


def triples() -> Triples:
    """Twenty people around a table."""
    rows = torch.tensor([[n, s, (n + s + 1) % 20] for n in range(20) for s in (0, 1)])
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    train, val, test = rows[order].split([28, 6, 6])
    people = [f"person_{n:02d}" for n in range(20)]
    return Triples("kg", people, ["next_to", "two_on"], train=train, val=val, test=test)


def write_samples(folder: Path) -> Path:
    """``folder/tag`` and ``folder/kg``."""
    write_folder(text_graph(), folder / "tag")
    write(triples(), folder / "kg")
    (folder / "pairs.csv").write_text("head,relation\n" + "".join(f"person_{n:02d},next_to\n" for n in range(20)))
    return folder
