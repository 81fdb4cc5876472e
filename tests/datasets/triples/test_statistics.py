"""Counts against the same counts by loops over Python sets."""

from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.triples.graph import SPLITS, Qualifiers, Triples
from graphfm.datasets.triples.statistics import statistics

ROW = st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 4))
ROWS = st.lists(ROW, max_size=12)


def graph(train, val=(), test=(), **rest):
    splits = {
        s: torch.tensor(list(rows), dtype=torch.long).reshape(-1, 3)
        for s, rows in zip(SPLITS, (train, val, test), strict=True)
    }
    return Triples("g", [*"abcde"], [*"rst"], **splits, **rest)


@given(train=ROWS, val=ROWS, test=ROWS)
def test_counts_equal_those_of_loops(train, val, test):
    counts = statistics(graph(train, val, test))
    seen = {end for h, _, t in train for end in (h, t)}
    assert counts["entities"] == len({end for h, _, t in train + val + test for end in (h, t)})
    assert counts["relations"] == len({r for _, r, _ in train + val + test})
    assert counts["duplicates"] == {
        s: len(rows) - len(set(rows)) for s, rows in zip(SPLITS, (train, val, test), strict=True)
    }
    assert counts["unseen_entities"]["test"] == len({end for h, _, t in test for end in (h, t)} - seen)
    assert counts["with_unseen_entity"]["val"] == sum(not {h, t} <= seen for h, _, t in val)
    assert counts["leaks"]["test_in_train"] == sum(row in train for row in test)
    assert counts["leaks"]["test_in_val"] == sum(row in val for row in test)
    pairs = {frozenset((h, t)) for h, _, t in train}
    turned = {(t, h) for h, _, t in train}
    assert counts["inverse_in_train"] == sum((h, t) in turned and h != t for h, _, t in test)
    assert counts["linked_in_train"] == sum(frozenset((h, t)) in pairs for h, _, t in test)


@given(train=ROWS)
def test_categories_equal_those_of_loops(train):
    categories = Counter()
    for relation in {r for _, r, _ in train}:
        rows = {(h, t) for h, r, t in train if r == relation}
        heads, tails = len({h for h, _ in rows}), len({t for _, t in rows})
        categories[f"{'N' if len(rows) / tails >= 1.5 else 1}-{'N' if len(rows) / heads >= 1.5 else 1}"] += 1
    found = statistics(graph(train))["relation_categories"]
    assert +Counter(found) == categories
    assert list(found) == ["1-1", "1-N", "N-1", "N-N"]


def test_qualifiers_tell_statements_apart():
    pairs = torch.tensor([[0, 1], [0, 2], [0, 2], [0, 1], [0, 3]])
    qualified = {"train": Qualifiers(torch.tensor([0, 2, 4, 5, 5]), pairs)}
    counts = statistics(graph([(0, 0, 1)] * 4, qualifiers=qualified))
    assert (counts["duplicates"]["train"], counts["qualified"], counts["entities"]) == (1, {"train": 3}, 4)


def test_an_inference_graph_is_compared_by_name():
    inner = Triples(
        "in", ["e", "x", "a"], ["r", "s", "t"], train=torch.tensor([[0, 0, 1], [2, 2, 1]]),
        test=torch.tensor([[2, 0, 0], [2, 1, 0], [1, 0, 0]]),
    )  # fmt: skip
    counts = statistics(graph([(0, 0, 4)], [(0, 1, 4)], inference=inner))["inference"]
    assert (counts["shared_entities"], counts["shared_relations"], counts["test_in_training_graph"]) == (2, 2, 2)
    assert counts["triples"] == {"train": 2, "val": 0, "test": 3}


def test_a_set_without_training_graph():
    empty = Triples("zero", [], ["r"], inference=Triples("in", ["x"], ["r"], train=torch.tensor([[0, 0, 0]])))
    counts = statistics(empty)
    assert (counts["entities"], counts["inference"]["entities"], counts["inference"]["shared_entities"]) == (0, 1, 0)
