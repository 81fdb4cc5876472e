"""Names that are the same words: joined by humps, blanks, hyphens or underscores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets import Triples
from graphfm.datasets.triples.spellings import squeezed, words
from graphfm.errors import DataError
from graphfm.models.name_index import NameIndex

SPELT = ["livesIn", "parent of", "HAS_PART", "part", "-5", "5", "C-3"]
word = st.text("abcdefgh", min_size=2, max_size=5)


def made(relations: list[str], labels: list[str] | None = None) -> Triples:
    return Triples("spelt", ["a", "b"], relations, relation_labels=labels or [])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("lives in", "livesIn"), ("LIVES_IN", "livesIn"), (" lives-in ", "livesIn"), ("ParentOf", "parent of"),
        ("parent of ", "parent of"), ("has part", "HAS_PART"), ("hasPart", "HAS_PART"), ("c_3", "C-3"), ("5", "5"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_its_words_are_joined(asked: str, found: str) -> None:
    graph = made(SPELT)
    assert graph.relations[graph.lookup_relation(asked)] == found
    assert graph.relations[NameIndex(graph, "relation").get(asked)] == found


@pytest.mark.parametrize("asked", ["parentof", "C3", "", " ", "_", "- 5", "haspart"])
def test_other_words_are_another_name(asked: str) -> None:
    graph = made(SPELT)
    with pytest.raises(DataError, match="unknown relation"):
        graph.lookup_relation(asked)
    assert NameIndex(graph, "relation").get(asked) == -1


def test_of_two_that_are_spelt_alike_neither_is_guessed() -> None:
    graph = made(["livesIn", "lives-in"])
    assert graph.lookup_relation("lives-in") == 1
    with pytest.raises(DataError, match=r"'lives in', the label of 2 ids.*'livesIn', 'lives-in'"):
        graph.lookup_relation("lives in")
    index = NameIndex(graph, "relation")
    assert index.get("lives in") == -1
    assert "Use an identifier" in index.problem("lives in")
    assert made(["P551", "P19"], ["residence", "bornIn"]).lookup_relation("born in") == 1


@given(st.lists(word, min_size=1, max_size=4), st.sampled_from([" ", "_", "-", "  "]), st.sampled_from([" ", "_", "-"]))
def test_what_stands_between_words_does_not_tell_names_apart(parts: list[str], one: str, other: str) -> None:
    assert words(one.join(parts)) == words(other.join(parts)) == words("".join(part.capitalize() for part in parts))
    assert squeezed(one.join(parts)) == squeezed("".join(parts))
