"""Scorers by name: all of them are found, in any spelling, and mistakes are answered."""

from __future__ import annotations

import pytest

from graphfm.errors import DataError
from graphfm.kg.names import make_scorer, scorer_name, scorers
from graphfm.kg.scorers.scorer import Scorer


def concrete(base: type) -> set[type]:
    return {c for child in base.__subclasses__() for c in {child, *concrete(child)} if not c.__abstractmethods__}


def test_every_scorer_of_the_package_is_found() -> None:
    found = set(scorers().values())
    assert found == {scorer for scorer in concrete(Scorer) if scorer.__module__.startswith("graphfm.")}
    assert len(found) >= 6


@pytest.mark.parametrize("name", ["rotate", "ROTATE", "RotatE"])
def test_case_does_not_matter(name: str) -> None:
    assert scorer_name(name) == ("RotatE", {})


def test_names_of_the_papers() -> None:
    made = make_scorer("RotH", 8, {"bound": 0.5})
    assert made.kind == "rotation"
    assert made.bound == 0.5


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("rotat", {}, "Did you mean RotatE"),
        ("word2vec", {}, "unknown scorer 'word2vec'"),
        ("rotate", {"gama": 3.0}, "Did you mean gamma"),
        ("transe", {"p": 3}, "p=3"),
        ("atth", {"kind": "shear"}, "shear"),
    ],
)
def test_mistakes_are_answered(name: str, options: dict, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make_scorer(name, 8, options)
