from __future__ import annotations

import torch

from graphfm.classification.folds import FOLDS, folds, shares


def test_equal_texts_share_a_fold_and_empty_ones_have_none() -> None:
    fold = folds(["a", "b", "a", "", " "])
    assert fold[0] == fold[2]
    assert fold[3:].tolist() == [-1, -1]
    many = folds([f"text {i}" for i in range(1000)]).bincount(minlength=FOLDS)
    assert int(many.min()) > 150


def test_order_does_not_matter() -> None:
    texts = [f"text {i}" for i in range(50)]
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0))
    assert folds([texts[i] for i in order]).tolist() == folds(texts)[order].tolist()


def test_copies_share_one_vote() -> None:
    assert shares(["a", "b", "a"]).tolist() == [0.5, 1, 0.5]
