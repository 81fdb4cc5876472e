"""Folders of triples: ids, splits, the inductive forms, and back to disk."""

import gzip
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.account import account
from graphfm.datasets.triples.graph import SPLITS, Qualifiers, Triples
from graphfm.datasets.triples.importing import import_triples
from graphfm.errors import DataError

TRAIN, VALID, TEST = "b\ts\ta\na\tr\tb\nb\ts\ta\n", "a\tr\tc\n", "c\tt\tb\n"


@pytest.fixture
def make(tmp_path):
    """Write files into a folder named graph (or another one) and give its path."""

    def write(*, to="graph", **files):
        folder = tmp_path / to
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content, encoding="utf-8", newline="")
        return folder

    return write


def names(graph, split):
    return [(graph.entities[h], graph.relations[r], graph.entities[t]) for h, r, t in getattr(graph, split).tolist()]


def same(one, other):
    """Whether two graphs agree in all that a folder holds."""
    fields = ("entities", "relations", "entity_labels", "entity_text", "relation_labels", "relation_text")
    assert all(getattr(one, field) == getattr(other, field) for field in fields)
    assert all(torch.equal(rows, getattr(other, split)) for split, rows in one.splits())
    assert one.qualifiers.keys() == other.qualifiers.keys()
    for split, found in one.qualifiers.items():
        assert all(torch.equal(a, b) for a, b in zip(found, other.qualifiers[split], strict=True))
    assert (one.inference is None) == (other.inference is None)
    return one.inference is None or same(one.inference, other.inference)


def test_ids_are_positions_in_the_sorted_names_and_repeats_stay(make):
    graph = triples_folder.read(make(train__txt=TRAIN, valid__txt=VALID, test__txt=TEST))
    assert (graph.name, graph.entities, graph.relations) == ("graph", ["a", "b", "c"], ["r", "s", "t"])
    assert graph.train.tolist() == [[1, 1, 0], [0, 0, 1], [1, 1, 0]]
    assert (graph.val.tolist(), graph.test.tolist()) == ([[0, 0, 2]], [[2, 2, 1]])


def test_forms_mix_and_the_validation_split_has_many_names(make):
    folder = make(train__csv=TRAIN.replace("\t", ","), dev__nt="<a> <r> <c> .\n")
    (folder / "test.tsv.gz").write_bytes(gzip.compress(TEST.encode()))
    graph = triples_folder.read(folder, name="mixed")
    assert graph.name == "mixed"
    assert [names(graph, split) for split in ("val", "test")] == [[("a", "r", "c")], [("c", "t", "b")]]


def test_a_missing_split_is_allowed_unless_the_set_is_known_to_have_it(make):
    folder = make(train__txt=TRAIN, test__txt=TEST)
    graph = triples_folder.read(folder)
    assert (len(graph.val), len(graph.test), graph.info["missing"]) == (0, 1, ["val"])
    with pytest.raises(DataError, match=r"no file for the split val, expected valid\.txt .*\"missing\": \[\"val\"\]"):
        triples_folder.read(folder, missing=())
    assert len(triples_folder.read(folder, missing=["val"]).val) == 0
    make(info__json='{"missing": ["val"], "licence": "MIT"}')
    assert triples_folder.read(folder).info["licence"] == "MIT"
    for content in ('{"missing": ["valid"]}', '{"missing": null}', '{"missing": 5}', '{"missing": [["val"]]}', "[]"):
        make(info__json=content)
        with pytest.raises(DataError, match=r"info\.json: found other content"):
            triples_folder.read(folder)
    make(info__json='{"missing":\n')
    with pytest.raises(DataError, match=r"info\.json, line 2"):
        triples_folder.read(folder)


def test_folders_that_leave_a_choice_or_are_not_there_are_refused(make):
    folder = make(train__txt=TRAIN, train__tsv=TRAIN, valid__txt=VALID, test__txt=TEST)
    with pytest.raises(DataError, match=r"found train\.txt and train\.tsv, expected one file for a split"):
        triples_folder.read(folder)
    with pytest.raises(DataError, match="no folder"):
        triples_folder.read(folder / "train.txt")


def test_id_files_of_openke(make):
    folder = make(
        train2id__txt="2\n0 1 0\n1 2 1\n", valid2id__txt="1\n2 0 0\n", test2id__txt="1\n0 2 1\n",
        entity2id__txt="3\nzed\t0\nann\t1\nbob\t2\n", relation2id__txt="2\nknows\t0\nlikes\t1\n",
    )  # fmt: skip
    graph = triples_folder.read(folder)
    assert graph.entities == ["zed", "ann", "bob"]
    assert names(graph, "train") == [("zed", "knows", "ann"), ("ann", "likes", "bob")]
    make(test2id__txt="1\n0 3 1\n")
    with pytest.raises(DataError, match=r"test2id\.txt, line 2: found the unknown entity '3'"):
        triples_folder.read(folder)


def test_id_files_of_libkge(make):
    folder = make(
        train__del="0\t0\t1\n", valid__del="1\t1\t0\n", test__del="1\t0\t1\n",
        entity_ids__del="0\tzed\n1\tann\n", relation_ids__del="0\tlikes\n1\tknows\n",
    )  # fmt: skip
    assert names(triples_folder.read(folder), "val") == [("ann", "knows", "zed")]
    make(entity_ids__del="0\tzed\n2\tann\n")
    with pytest.raises(DataError, match=r"entity_ids\.del: found no id 1 among 2 ids, expected ids 0 to n - 1"):
        triples_folder.read(folder)
    make(entity_ids__del="0\tzed\n0\tann\n")
    with pytest.raises(DataError, match=r"entity_ids\.del, line 2"):
        triples_folder.read(folder)


def test_a_dictionary_fixes_the_ids_and_the_names_allowed(make):
    folder = make(train__txt=TRAIN, valid__txt=VALID, test__txt=TEST, entities__dict="0\tc\n1\tb\n2\ta\n3\tunused\n")
    assert triples_folder.read(folder).entities == ["c", "b", "a", "unused"]
    make(valid__txt=VALID + "a\tr\tnobody\n")
    with pytest.raises(
        DataError, match=r"valid\.txt, line 2: found the unknown entity 'nobody', expected a name of the"
    ):
        triples_folder.read(folder)


def test_dictionaries_that_are_not_read_are_named(make, tmp_path):
    sides = {"entity2id__json": '{"a": 0}', "rel_dict_rev": "0", "README__md": "entity dict", "stats__json": "{}"}
    folder = make(train__txt=TRAIN, valid__txt=VALID, test__txt=TEST, entities__dict="0\ta\n1\tb\n2\tc\n", **sides)
    assert triples_folder.read(folder).info["unread_files"] == ["entity2id.json", "rel_dict_rev"]
    alone = make(
        to="alone",
        facts__tsv="0\t0\t1\n1\t0\t2\n2\t1\t0\n",
        relation2id__txt="r 0\ns 1\n",
        other__tsv="a\tb\n",
        **sides,
    )
    graph = import_triples(alone / "facts.tsv")
    assert graph.info["unread_files"] == ["entity2id.json", "rel_dict_rev", "relation2id.txt"]
    assert "entity_text.tsv" in str(account(graph))
    (alone / "facts.tsv").write_text(TRAIN)  # of names
    assert "unread_files" not in import_triples(alone / "facts.tsv").info


def test_whole_numbers_of_json_are_one_name_however_they_are_written(make):
    rows = [
        {"head": 1, "relation": "r", "tail": 2.0},
        {"head": 2, "relation": "r", "tail": 1.0},
        {"head": 1, "relation": "r", "tail": 1.5},
    ]
    folder = make(facts__jsonl="".join(json.dumps(row) + "\n" for row in rows))
    graph = import_triples(folder / "facts.jsonl")
    assert graph.entities == ["1", "1.5", "2"]


def test_qualifiers_share_the_vocabularies(make):
    folder = make(train__txt="b\ts\ta\na\tr\tb\tq\tz\tr\ta\n", valid__txt=VALID, test__txt="c\ts\tb\tq\ta\n")
    with pytest.raises(DataError, match="--qualifiers pairs"):
        triples_folder.read(folder)
    make(info__json='{"qualifiers": true}')
    graph = triples_folder.read(folder)
    assert (graph.entities, graph.relations) == (["a", "b", "c", "z"], ["q", "r", "s"])
    assert set(graph.qualifiers) == {"train", "test"}
    assert graph.qualifiers["train"].ptr.tolist() == [0, 0, 2]
    assert graph.qualifiers["train"].pairs.tolist() == [[0, 3], [1, 0]]


INFERENCE = "x\ts\ty\ny\tnew\ta\n"


def inductive(make, form):
    """A training graph and an observed graph that shares the entity a and brings the relation new."""
    files = {"valid__txt": "y\ts\tx\n", "test__txt": "x\tnew\ta\n"}
    if form == "file":
        return make(train__txt=TRAIN, inference__txt=INFERENCE, **files)
    second = "graph/inference" if form == "inside" else "graph_ind"
    folder = make(train__txt=TRAIN, valid__txt=VALID, test__txt=TEST)
    make(to=second, train__txt=INFERENCE, **files)
    return folder


@pytest.mark.parametrize("form", ["file", "inside", "beside"])
def test_inductive_sets_share_relations_new_ones_last(make, form):
    graph = triples_folder.read(inductive(make, form))
    inner = graph.inference
    assert inner.relations == graph.relations == (["r", "s", "new"] if form == "file" else ["r", "s", "t", "new"])
    assert graph.entities == ["a", "b"] + (["c"] if form != "file" else [])
    assert inner.entities == ["a", "x", "y"]
    assert inner.info["new_relations"] == 1
    assert inner.info["shared_entities"] == 1
    assert names(inner, "train") == [("x", "s", "y"), ("y", "new", "a")]
    assert (names(inner, "val"), names(inner, "test")) == ([("y", "s", "x")], [("x", "new", "a")])
    assert names(graph, "train")[1] == ("a", "r", "b")


@pytest.mark.parametrize("form", ["file", "inside", "beside"])
def test_an_entity_outside_the_observed_graph_is_refused(make, form):
    folder = inductive(make, form)
    make(to={"file": "graph", "inside": "graph/inference", "beside": "graph_ind"}[form], test__txt="x\ts\ty\nx\ts\tb\n")
    message = r"test\.txt, line 2: found the unknown entity 'b', expected an entity of the observed graph"
    with pytest.raises(DataError, match=message):
        triples_folder.read(folder)


def test_an_observed_graph_alone_and_queries_on_the_training_graph(make):
    folder = make(inference__txt=INFERENCE, test__txt="x\ts\ty\n", train_valid__txt="a\tr\tb\n")
    with pytest.raises(DataError, match="no file for the split train"):
        triples_folder.read(folder)
    make(train__txt=TRAIN)
    graph = triples_folder.read(folder)
    assert (len(graph.val), len(graph.test), len(graph.inference.val), len(graph.inference.test)) == (1, 0, 0, 1)
    alone = triples_folder.read(
        make(to="zero", msg__txt=INFERENCE, test__txt="x\ts\ty\n", valid__txt="x\ts\ty\n"), missing=["train"]
    )
    assert (alone.num_entities, alone.inference.num_entities, alone.relations) == (0, 3, ["new", "s"])


def test_regions_are_candidates(make):
    folder = make(train__txt=TRAIN, valid__txt=VALID, test__txt=TEST, regions__list="c\na\n")
    info = triples_folder.read(folder).info
    assert (info["regions"], info["candidates"]) == (["c", "a"], [2, 0])
    make(regions__list="nowhere\n")
    with pytest.raises(DataError, match=r"regions\.list: found the unknown entity 'nowhere'"):
        triples_folder.read(folder)


LABELS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)


@st.composite
def graphs(draw, relations=None):
    """Any graph: ids in any order, unused names, repeats, empty splits, qualifiers, texts, an inference graph."""
    entities = draw(st.lists(LABELS, min_size=1, max_size=5, unique=True))
    nested = relations is None
    relations = relations or draw(st.lists(LABELS, min_size=1, max_size=3, unique=True))
    ids = st.integers(0, len(entities) - 1), st.integers(0, len(relations) - 1)
    row = st.tuples(ids[0], ids[1], ids[0])
    splits = {s: torch.tensor(draw(st.lists(row, max_size=4)), dtype=torch.long).reshape(-1, 3) for s in SPLITS}
    qualifiers = {}
    if n := len(splits["train"]):
        pairs = draw(st.lists(st.tuples(ids[1], ids[0]), min_size=1, max_size=5))
        cuts = sorted(draw(st.lists(st.integers(0, len(pairs)), min_size=n - 1, max_size=n - 1)))
        qualifiers["train"] = Qualifiers(torch.tensor([0, *cuts, len(pairs)]), torch.tensor(pairs))
    labels = draw(st.lists(LABELS, min_size=len(entities), max_size=len(entities)))
    return Triples(
        "any", entities, relations, **splits, qualifiers=qualifiers, entity_labels=labels,
        entity_text=[f"{label}. It is {i} m" for i, label in enumerate(labels)], relation_text=relations,
        inference=draw(graphs(relations=relations)) if nested and draw(st.booleans()) else None,
    )  # fmt: skip


def complete(graph):
    """Reading wants something to observe in an inference graph, and every entity of its queries observed."""
    inner = graph.inference
    if inner is None:
        return True
    seen = set(inner.train[:, [0, 2]].flatten().tolist())
    return bool(seen) and seen >= set(torch.cat([inner.val, inner.test])[:, [0, 2]].flatten().tolist())


@settings(deadline=None)
@given(graph=graphs().filter(complete), compress=st.booleans())
def test_what_is_written_is_read(tmp_path_factory, graph, compress):
    folder = tmp_path_factory.mktemp("graphs") / "any"
    triples_folder.write(graph, folder, compress=compress)
    assert same(graph, triples_folder.read(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["any"]


def test_writing_is_all_or_nothing(tmp_path):
    graph = Triples("g", ["a", "tab\there"], ["r"], train=torch.tensor([[0, 0, 1]]))
    with pytest.raises(DataError, match=r"entity 'tab\\there', expected a name without tabs"):
        triples_folder.write(graph, tmp_path / "g")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "notes.txt").touch()
    with pytest.raises(DataError, match=r"used: found a folder that holds notes\.txt"):
        triples_folder.write(graph, tmp_path / "used")
    with pytest.raises(DataError, match=r"notes\.txt, which overwriting would delete"):
        triples_folder.write(graph, tmp_path / "used", overwrite=True)


def test_a_first_row_that_looks_like_a_header_survives(tmp_path):
    graph = Triples("g", ["source", "target"], ["predicate"], train=torch.tensor([[0, 0, 1]]))
    triples_folder.write(graph, tmp_path / "g")
    assert triples_folder.read(tmp_path / "g").train.tolist() == [[0, 0, 1]]


def test_literals_are_kept_or_left_out_and_counted(make):
    nt = '<a> <r> <b> .\n<a> <name> "A" .\n'
    folder = make(train__nt=nt, valid__nt=nt, test__nt="<b> <r> <a> .\n")
    assert triples_folder.read(folder, literals="keep").entities == ['"A"', "a", "b"]
    dropped = triples_folder.read(folder)
    assert (dropped.entities, dropped.info["dropped_literals"]) == (["a", "b"], 2)
