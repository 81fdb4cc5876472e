"""The hook that counts what a call enters."""

from __future__ import annotations

from pathlib import Path

import torch
import walk

import graphfm
from graphfm.ops import adjacency, spmm


def test_counts_the_files_entered_and_the_moves_between_them() -> None:
    def call() -> None:
        adj = adjacency(torch.tensor([[0, 1], [1, 0]]), 2)
        spmm(adj, torch.eye(2))

    files, moves = walk.walk(call, Path(graphfm.__file__).parent)
    assert files.keys() == {"ops/adjacency.py"}
    assert files.total() > moves == 3, "adjacency, spmm, and forward, which torch calls"
