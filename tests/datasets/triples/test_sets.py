"""Every public knowledge graph at hand has its published counts."""

import pytest

from graphfm.datasets.loading import load_triples
from graphfm.datasets.triples import folder as triples_folder

pytestmark = pytest.mark.data

# name: entities, relations, train, val, test, test triples with an entity that training lacks
TRANSDUCTIVE = """
countries_s1      271 2 1111 24 24 0
countries_s2      271 2 1063 24 24 0
countries_s3      271 2 985 24 24 0
family            3007 12 23483 2038 2835 18
fb15k-237         14541 237 272115 17535 20466 28
kinship           104 25 8544 1068 1074 0
nell-995          74536 200 149678 543 2818 0
umls              135 46 5216 652 661 0
wn18rr            40943 11 86835 3034 3134 210
"""

# name: the first five of the training graph, of the inference graph, entities shared, relations shared,
# test triples that are in the training graph
INDUCTIVE = """
fb237_v1          1594 180 4245 489 492     1093 142 1993 206 205         0 142 0
fb237_v2          2608 200 9739 1166 1180   1660 172 4145 469 478         0 172 0
fb237_v4          4707 219 27203 3352 3361  3051 200 11714 1416 1424      0 200 0
nell_v1           3103 14 4687 414 439      225 14 833 101 100            0 14 0
nell_v2           2564 88 8219 922 968      2086 79 4586 459 476          0 79 0
nell_v4           2092 76 7546 876 867      2795 61 7073 716 731          1 61 0
wn18rr_v1         2746 9 5410 630 638       922 8 1618 185 188            0 8 0
wn18rr_v2         6954 10 15262 1838 1868   2757 10 4011 411 441          0 10 0
wn18rr_v4         3861 9 7940 934 968       7084 9 12334 1394 1429        0 9 0
ilpc-large        46626 65 202446 0 0       29246 64 77044 10179 10184    0 64 0
ilpc-small        10230 48 78616 0 0        6653 43 20960 2908 2902       0 43 0
ingram_fb-100     0 0 0 0 0                 2624 77 6987 2329 2329        0 0 0
ingram_fb-25      0 0 0 0 0                 4097 216 17147 5716 5716      0 0 0
ingram_fb-50      0 0 0 0 0                 4445 205 11636 3879 3879      0 0 0
ingram_fb-75      0 0 0 0 0                 2792 186 9316 3106 3106       0 0 0
ingram_nl-0       1814 134 7796 0 0         2026 112 2287 763 763         0 112 0
ingram_nl-100     1258 55 7832 0 0          1709 53 2378 793 793          0 0 0
ingram_nl-25      4396 106 17578 0 0        2146 120 2230 743 744         0 68 0
ingram_nl-50      4396 106 17578 0 0        2335 119 2576 859 859         0 65 0
ingram_nl-75      2607 96 11058 0 0         1578 116 1818 606 607         0 53 0
ingram_wk-100     9784 67 49875 0 0         12136 37 13487 4496 4496      0 0 0
ingram_wk-25      12659 47 41873 0 0        3228 74 3391 1130 1131        0 36 0
ingram_wk-75      6853 52 28741 0 0         2722 65 3430 1143 1144        0 31 0
wikitopics_art    10000 45 27262 3026 0     10000 45 28023 0 3113         1639 38 218
wikitopics_award  10000 13 23821 2646 0     10000 10 25056 0 2783         3193 10 981
wikitopics_edu    10000 15 14355 1594 0     10000 15 14193 0 1575         2130 15 278
wikitopics_infra  10000 24 21990 2443 0     10000 27 21646 0 2405         2656 24 732
wikitopics_loc    10000 28 85063 9451 0     10000 34 80269 0 8917         3546 26 3288
wikitopics_org    10000 13 33325 3702 0     10000 18 30214 0 3357         2726 12 200
wikitopics_people 10000 25 55698 6188 0     10000 25 58530 0 6503         4646 24 3496
wikitopics_sci    10000 42 12576 1397 0     10000 42 12516 0 1388         6178 41 1036
wikitopics_sport  10000 20 47251 5250 0     10000 20 46717 0 5190         2960 17 652
"""

# name: as above, then the share of test statements with qualifiers in percent of all statements
HYPER_RELATIONAL = """
jf17k             25092 493 61400 0 17635 31
wd50k             47155 531 166435 23913 46159 14
wd50k_100         18791 278 22738 3279 5297 100
"""


def table(text):
    return [
        pytest.param(row.split()[0], [*map(int, row.split()[1:])], id=row.split()[0])
        for row in text.strip().split("\n")
    ]


def sizes(counts):
    return [counts["entities"], counts["relations"], *counts["triples"].values()]


@pytest.mark.parametrize(("name", "published"), table(TRANSDUCTIVE))
def test_transductive_sets(data_home, name, published):
    counts = load_triples(name).statistics()
    assert [*sizes(counts), counts["with_unseen_entity"]["test"]] == published
    assert not any(counts["leaks"].values())
    assert counts["duplicates"] == {"train": int(name.startswith("countries")), "val": 0, "test": 0}


@pytest.mark.parametrize(("name", "published"), table(INDUCTIVE))
def test_inductive_sets(data_home, name, published):
    triples = load_triples(name)
    counts = triples.statistics()
    inner = counts["inference"]
    shared = [inner["shared_entities"], inner["shared_relations"], inner["test_in_training_graph"]]
    assert [*sizes(counts), *sizes(inner), *shared] == published
    assert inner["with_unseen_entity"] == {"val": 0, "test": 0}
    assert triples.inference.info["new_relations"] == published[6] - published[11]
    assert triples.num_relations == published[1] + published[6] - published[11]


@pytest.mark.parametrize(("name", "published"), table(HYPER_RELATIONAL))
def test_hyper_relational_sets(data_home, name, published):
    counts = load_triples(name).statistics()
    assert sizes(counts) == published[:5]
    assert round(100 * sum(counts["qualified"].values()) / sum(counts["triples"].values())) == published[5]
    assert counts["leaks"]["test_in_train"] == counts["duplicates"]["test"] == 0


def test_texts_regions_and_the_way_back(data_home, tmp_path):
    umls, wordnet, freebase = (load_triples(name) for name in ("umls", "wn18rr_v1", "fb237_v1"))
    assert umls.entity_labels[umls.lookup_entity("acquired_abnormality")] == "acquired abnormality"
    assert umls.relation_labels[umls.lookup_relation("affects")] == "affects"
    for triples in (umls, wordnet, freebase, freebase.inference):
        assert triples.info["entity_text_coverage"] == triples.info["relation_text_coverage"] == 1
    countries = load_triples("countries_s3")
    assert [countries.entities[i] for i in countries.info["candidates"]] == [
        "oceania",
        "asia",
        "europe",
        "africa",
        "americas",
    ]
    triples_folder.write(freebase, tmp_path / "fb237_v1")
    again = triples_folder.read(tmp_path / "fb237_v1")
    assert again.statistics() == freebase.statistics()
    assert (again.entity_text, again.inference.entity_text) == (freebase.entity_text, freebase.inference.entity_text)
