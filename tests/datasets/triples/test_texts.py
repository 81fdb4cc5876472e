"""Labels and texts of entities: own table, parent's table, Wikidata's table, the identifier itself."""

import gzip

import pytest

from graphfm.datasets.triples.texts import read_texts, readable


@pytest.fixture
def root(tmp_path):
    for folder in ("mine", "fb237_v1", "fb15k-237", "_texts"):
        (tmp_path / folder).mkdir()
    parent = "/m/1\tBristol\tcity in England\tBristol, England\tQ1\n/m/2\tactivity\tActivity\n/m/3\t\tnameless\n"
    (tmp_path / "fb15k-237" / "entity_text.tsv.gz").write_bytes(gzip.compress(parent.encode()))
    (tmp_path / "_texts" / "wikidata_entity_text.tsv").write_text("Q2\tEarth\tthird planet\n/m/9\tnot\tasked\n")
    (tmp_path / "_texts" / "wikidata_relation_text.tsv").write_text("P17\tcountry\tsovereign state\n")
    return tmp_path


def test_labels_and_texts_of_the_parent_set(root):
    found = read_texts(root / "fb237_v1", ["/m/1", "/m/2", "/m/3", "/m/4"], what="entity")
    assert found.labels == ["Bristol", "activity", "/m/3", "/m/4"]
    assert found.texts == ["Bristol. city in England", "activity", "/m/3. nameless", "/m/4"]
    assert found.coverage == 0.75


def test_the_own_table_comes_first_and_others_fill_gaps(root):
    (root / "fb237_v1" / "entity_text.tsv").write_text("/m/2\tdeed\r\n\r\n")
    assert read_texts(root / "fb237_v1", ["/m/1", "/m/2"], what="entity").labels == ["Bristol", "deed"]


def test_wikidata_tables_serve_sets_with_its_identifiers_only(root):
    assert read_texts(root / "mine", ["Q2", "Q3"], what="entity").texts == ["Earth. third planet", "Q3"]
    assert read_texts(root / "mine", ["P17"], what="relation").labels == ["country"]
    assert read_texts(root / "mine", ["/m/9"], what="entity").labels == ["/m/9"]


def test_without_any_table_identifiers_are_made_readable(root):
    found = read_texts(root / "mine", ["concept_city_new_york", "_hypernym"], what="entity")
    assert found.labels == found.texts == ["new york (city)", "hypernym"]
    assert found.coverage == 0
    assert read_texts(root / "mine", [], what="relation").coverage == 0


def test_two_column_tables_of_kg_bert(root):
    (root / "mine" / "entity2text.txt").write_text("a\tan apple\n")
    assert read_texts(root / "mine", ["a"], what="entity").texts == ["an apple"]


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
