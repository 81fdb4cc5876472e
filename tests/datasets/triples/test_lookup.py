"""Names of entities: readable forms, look-up."""

import pytest

from graphfm.datasets.triples.lookup import lookup, readable
from graphfm.errors import DataError

IDS = {"/m/01": 0, "/m/02": 1, "/m/03": 2}
LABELS = ["Bristol", "Bath", "bath"]


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("concept_city_washington_d_c", "washington d c (city)"),
        ("concept:county:detroit", "detroit (county)"),
        ("concept:worksfor", "worksfor"),
        ("_derivationally_related_form", "derivationally related form"),
        ("western_africa", "western africa"),
        ("/people/person/nationality", "people person nationality"),
        ("/m/0102xz", "/m/0102xz"),
        ("http://example.org/r/S%C3%A3o_Paulo", "São Paulo"),
        ("http://example.org/ns#birthPlace", "birth place"),
        ("Q42", "Q42"),
        ("_", "_"),
        ("", ""),
    ],
)
def test_readable(identifier, name):
    assert readable(identifier) == name


def test_identifier_before_label_and_exact_before_any_case():
    assert lookup("/m/02", IDS, LABELS, what="entity") == 1
    assert lookup("Bath", IDS, LABELS, what="entity") == 1
    assert lookup("bristol", IDS, LABELS, what="entity") == 0


def test_a_label_of_several_ids_names_them():
    with pytest.raises(DataError, match=r"label of 2 ids.*Use an identifier: '/m/02', '/m/03'"):
        lookup("BATH", IDS, LABELS, what="entity")


def test_a_mistyped_name_gets_the_nearest_ones():
    with pytest.raises(DataError, match=r"unknown entity 'Bristl'.*Did you mean 'Bristol'\?"):
        lookup("Bristl", IDS, LABELS, what="entity")
    with pytest.raises(DataError, match=r"unknown relation 'zzzz', expected an identifier or a label of the set\.$"):
        lookup("zzzz", IDS, LABELS, what="relation")
