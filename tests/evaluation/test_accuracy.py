"""Accuracy and macro-F1 against scikit-learn's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from graphfm.evaluation.accuracy import accuracy_and_macro_f1

CLASS = st.integers(0, 6)


@given(st.lists(st.tuples(CLASS, CLASS), min_size=1, max_size=30))
def test_both_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    predicted, y = torch.tensor(pairs).unbind(1)
    expected = 100 * accuracy_score(y, predicted), 100 * f1_score(y, predicted, average="macro")
    assert accuracy_and_macro_f1(predicted, y) == pytest.approx(expected)
