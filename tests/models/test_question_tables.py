"""Questions of every kind by name: one at a time and many at once are the same; what is unknown is said in its own row."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.kg.listed import ListCalibration
from graphfm.models import LinkModel
from graphfm.models.asking import complete
from graphfm.models.families.embeddings import kge_model
from graphfm.models.opening import link_model


def made(graph: Triples) -> LinkModel:
    torch.manual_seed(0)
    settings = {"num_entities": 20, "num_relations": 2, "scorer": "RotatE", "dim": 6, "scorer_options": {"gamma": 4.0}}
    listed = dict.fromkeys(("entities", "relations"), ListCalibration(1.0, [0.5, 0.1, 0.2, 0.3, 0.0], -1.0))
    return LinkModel(kge_model(**settings), graph, settings=settings, card={"model": "RotatE"}, listed=listed)


@pytest.fixture
def model(ring: Triples) -> LinkModel:
    """Untrained: what is tested here does not depend on what was learned."""
    return made(ring)


def test_relations_are_ranked_by_the_score_of_the_triple(model: LinkModel) -> None:
    frame = model.predict_relations("person_03", "person_05")
    assert list(frame)[:6] == ["relation_id", "relation_label", "score", "rank", "known", "p_true"]
    scores = model.score(torch.tensor([[3, 0, 5], [3, 1, 5]]))
    assert frame["score"].tolist() == pytest.approx(scores.sort(descending=True).values.tolist())
    assert frame["known"].tolist() == [name == "two_on" for name in frame["relation_id"]]
    assert len(model.predict_relations("person_03", "person_05", new_only=True)) == 1


def test_a_triple_is_scored_as_its_tail_is_ranked(model: LinkModel) -> None:
    tails = model.predict_tails("person_03", "next_to", top=20).set_index("tail_id")
    triples = [("person_03", "next_to", f"person_{n:02d}") for n in range(20)]
    frame = model.score_triples(triples)
    for column in ("score", "rank", "known", "p_true"):
        expected = tails.loc[frame["tail"], column].tolist()
        assert frame[column].tolist() == pytest.approx(expected), column
    assert model.score_triples([("person_03", "next_to", None)])["problem"].tolist() == [
        "found head and relation, expected head, relation and tail."
    ]


def test_a_table_is_answered_as_its_questions_are_one_by_one(model: LinkModel, tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text(
        "subject\tpredicate\tobject\n"
        "person_01\tnext_to\t\n"
        "\ttwo_on\tPerson 5\n"
        "preson_02\ttwo_on\t\n"
        "person_03\t\tperson_05\n"
        "person_01\tnext_to\t\n"
        "person_03\t\t\n"
        "person_03\ttwo_on\tperson_05\n"
    )
    frame = model.predict_batch(path, top=3)
    one_by_one = {
        1: model.predict_tails("person_01", "next_to", top=3),
        2: model.predict_heads("two_on", "person_05", top=3),
        4: model.predict_relations("person_03", "person_05", top=3),
        5: model.predict_tails("person_01", "next_to", top=3),
    }
    for row, expected in one_by_one.items():
        part = frame[frame["row"] == row]
        assert part["answer_id"].tolist() == expected.iloc[:, 0].tolist()
        for column in ("score", "rank", "p_true"):
            assert part[column].tolist() == pytest.approx(expected[column].tolist(), rel=1e-5)
        assert (part["problem"] == "").all()
    assert frame["row"].tolist() == sorted(frame["row"])
    assert frame["asked"].unique().tolist() == ["tail", "head", "", "relation", "triple"]
    wrong = frame[frame["problem"] != ""].set_index("row")["problem"]
    assert "Did you mean 'person_02'" in wrong[3]
    assert wrong[6] == "found head, expected two or all of head, relation, tail."
    assert frame[frame["row"] == 3]["score"].isna().all()


def test_questions_come_as_frames_and_rows_too(model: LinkModel) -> None:
    rows = [("person_01", "next_to", None), {"relation": "two_on", "tail": "person_02"}]
    frame = pd.DataFrame({"relation": ["next_to", "two_on"], "tail": [None, "person_02"], "head": ["person_01", None]})
    assert model.predict_batch(rows, top=2).equals(model.predict_batch(frame, top=2))
    with pytest.raises(DataError, match="two or all of head, relation, tail"):
        model.predict_batch(pd.DataFrame({"a": [1], "b": [2]}))
    assert len(model.predict_batch([])) == 0


def test_candidates_are_ranked_among_themselves(model: LinkModel, ring: Triples, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("person_04\nPerson 7\n\nperson_09\n")
    whole = model.predict_tails("person_03", "next_to", top=20).set_index("tail_id")
    for given in (names, ["person_04", "person_07", "person_09"]):
        frame = model.predict_tails("person_03", "next_to", candidates=given)
        assert sorted(frame["tail_id"]) == ["person_04", "person_07", "person_09"]
        assert frame["rank"].tolist() == [1, 2, 3]
        assert frame["p_true"].tolist() == pytest.approx(whole.loc[frame["tail_id"], "p_true"].tolist())
    names.write_text("person_04\nnobody\n")
    with pytest.raises(DataError, match=r"names\.txt, line 2: found the unknown entity"):
        model.predict_tails("person_03", "next_to", candidates=names)
    with pytest.raises(DataError, match="which are no file"):
        model.predict_tails("person_03", "next_to", candidates="nowhere.txt")
    with pytest.raises(DataError, match="whose entities have no types"):
        model.predict_tails("person_03", "next_to", candidates="type:gene")
    in_range = set(ring.train[ring.train[:, 1] == 0][:, 2].tolist())
    frame = model.predict_tails("person_03", "next_to", top=20, candidates="range")
    assert {ring.entities.index(name) for name in frame["tail_id"]} == in_range
    heads = set(ring.train[ring.train[:, 1] == 0][:, 0].tolist())
    frame = model.predict_heads("next_to", "person_03", top=20, candidates="range")
    assert {ring.entities.index(name) for name in frame["head_id"]} == heads


def test_candidates_of_a_type(ring: Triples) -> None:
    kinds = ["biolink:Gene|biolink:Thing" if n % 2 else "Drug" for n in range(20)]
    graph = Triples(
        "typed", ring.entities, ring.relations, train=ring.train, val=ring.val, test=ring.test, info={"types": kinds}
    )
    frame = made(graph).predict_tails("person_03", "next_to", top=20, candidates="type:gene")
    assert sorted(frame["tail_id"]) == [f"person_{n:02d}" for n in range(1, 20, 2)]
    with pytest.raises(DataError, match=r"found the unknown type 'drugs'.*Did you mean drug"):
        made(graph).predict_tails("person_03", "next_to", candidates="type:drugs")


def test_further_known_triples_are_left_out(model: LinkModel, tmp_path: Path) -> None:
    first, second = model.predict_tails("person_03", "next_to", top=2)["tail_id"]
    extra = tmp_path / "extra.tsv"
    extra.write_text(f"person_03\tnext_to\t{first}\nperson_03\tnext_to\tsomebody else\n")
    assert model.predict_tails("person_03", "next_to", top=1, known=extra)["tail_id"].tolist() == [second]
    given = model.predict_tails("person_03", "next_to", top=1, known=[("person_03", "next_to", first)])
    assert given["tail_id"].tolist() == [second]
    heads = model.predict_heads("next_to", first, top=20, known=extra)
    assert "person_03" not in heads["head_id"].tolist()
    extra.write_text("a\tb\tc\n")
    with pytest.raises(DataError, match="none of which has names of ring"):
        model.predict_tails("person_03", "next_to", known=extra)


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_frames_say_what_is_known_and_who_may_answer(model: LinkModel, kind: str) -> None:
    library = pytest.importorskip(kind)
    make = library.table if kind == "pyarrow" else library.DataFrame
    first, second, third = model.predict_tails("person_03", "next_to", top=3)["tail_id"]
    known = make({"tail": [first, "nobody"], "head": ["person_03"] * 2, "relation": ["next_to"] * 2})
    found = model.predict_tails("person_03", "next_to", top=1, known=known)
    assert found["tail_id"].tolist() == [second]
    with pytest.raises(DataError, match="a frame as candidates"):
        model.predict_tails("person_03", "next_to", candidates=known)
    if kind != "pyarrow":
        some = make({"name": [second, third]})["name"]
        assert model.predict_tails("person_03", "next_to", candidates=some)["tail_id"].tolist() == [second, third]
        assert set(model.discover("next_to", heads=some)["head_id"]) <= {second, third}


def test_known_triples_that_are_left_out_are_counted(model: LinkModel, caplog: pytest.LogCaptureFixture) -> None:
    rows = [("person_03", "next_to", "person_09"), ("person_03", "far_from", "person_09"), ("x", "next_to", "y")]
    model.predict_tails("person_03", "next_to", known=rows[:1])
    assert not caplog.messages
    model.predict_tails("person_03", "next_to", known=rows)
    assert caplog.messages == [
        "2 of 3 known triples are left out, for they have names that ring has not: the first is "
        "(person_03, far_from, person_09)."
    ]


def test_whole_numbers_are_names_though_one_is_missing() -> None:
    graph = Triples("numbers", ["1", "2", "3.5"], ["7"], train=torch.tensor([[0, 0, 1], [1, 0, 2]]))
    torch.manual_seed(0)
    settings = {"num_entities": 3, "num_relations": 1, "dim": 4}
    model = LinkModel(kge_model(**settings), graph, settings=settings)
    frame = pd.DataFrame({"head": [1, None, 3.5], "relation": [7, 7, 7], "tail": [None, 2, None]})
    found = model.predict_batch(frame, top=1)
    assert found["problem"].tolist() == ["", "", ""]
    assert found["head"].tolist() == ["1", "", "3.5"]


def test_columns_that_are_not_read_are_named(model: LinkModel, caplog: pytest.LogCaptureFixture) -> None:
    rows = pd.DataFrame({"who": ["person_01"], "relation": ["next_to"], "tail": ["person_02"], "id": [5]})
    model.predict_batch(rows)
    assert caplog.messages == ["No column of the questions is named head; not read: 'who', 'id'."]
    caplog.clear()
    model.predict_batch(rows.rename(columns={"who": "head"}))
    assert not caplog.messages


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"head": "person_01", "heads": "all"}, "heads with more than a relation"),
        ({"head": "person_01", "tail": "person_02", "candidates": "range"}, "candidates with a head and a tail"),
    ],
)
def test_what_has_no_effect_is_refused(model: LinkModel, asked: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        complete(model, relation="next_to", **asked)  # type: ignore[arg-type]


def test_discover_gives_the_best_new_triples_of_all_heads(model: LinkModel, ring: Triples) -> None:
    frame = model.discover("next_to", top=7, heads="all")
    every = [
        (row["score"], head, row["tail_id"])
        for head in ring.entities
        for _, row in model.predict_tails(head, "next_to", top=20, new_only=True).iterrows()
        if row["tail_id"] != head
    ]
    best = sorted(every, reverse=True)[:7]
    assert frame["score"].tolist() == pytest.approx([score for score, _, _ in best], rel=1e-5)
    assert list(zip(frame["head_id"], frame["tail_id"], strict=True)) == [(head, tail) for _, head, tail in best]
    assert "p_true" not in frame
    one = model.discover("next_to", top=3, heads=["person_03"], candidates=["person_07", "person_09"])
    assert set(one["head_id"]) == {"person_03"}
    assert set(one["tail_id"]) == {"person_07", "person_09"}


def test_an_entity_without_a_training_triple_is_refused_with_words(ring: Triples) -> None:
    alone = ring.train[(ring.train[:, [0, 2]] != 19).all(1)]
    model = made(Triples("ring", ring.entities, ring.relations, train=alone, val=ring.val, test=ring.test))
    with pytest.raises(DataError, match=r"'person_19', which no training triple has.*encoder=minilm"):
        model.predict_tails("person_19", "next_to")
    frame = model.predict_batch([("person_19", "next_to", ""), ("person_03", "next_to", "")], top=1)
    assert "no training triple has the entity 'person_19'" in frame["problem"][0]
    assert frame["problem"][1] == ""


def test_complete_asks_in_every_way(model: LinkModel) -> None:
    assert (
        complete(model, head="person_03", tail="person_05").question == "Person 3 (person_03)  ?  Person 5 (person_05)"
    )
    scored = complete(model, head="person_03", relation="two_on", tail="person_05")
    assert list(scored.columns)[:6] == [
        "head_id",
        "head_label",
        "relation_id",
        "relation_label",
        "tail_id",
        "tail_label",
    ]
    assert scored.rows[0]["known"] is True
    assert len(complete(model, relation="two_on", top=4).rows) == 4
    assert json.dumps(complete(model, questions=[("person_03", "two_on", "")], top=2).rows)
    with pytest.raises(DataError, match="found tail, expected"):
        complete(model, tail="person_03")


def test_all_facts_of_a_file_are_observed(model: LinkModel, ring: Triples, tmp_path: Path) -> None:
    rows = [row for _, part in ring.splits() for row in part.tolist()]
    file = tmp_path / "mine.tsv"
    file.write_text("".join(f"{ring.entities[h]}\t{ring.relations[r]}\t{ring.entities[t]}\n" for h, r, t in rows))
    graph = link_model(model, data=file).graph
    assert (len(graph.train), len(graph.val), len(graph.test)) == (len(rows), 0, 0)


def test_what_python_gives_wrong_is_refused_by_name(model: LinkModel, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\('a', 'b'\) as question 1"):
        model.predict_batch([("a", "b")])
    with pytest.raises(DataError, match="the columns hed, relation"):
        model.predict_batch([{"hed": "person_01", "relation": "next_to"}])
    with pytest.raises(DataError, match="3 of type int"):
        model.predict_tails(3, "next_to")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="as a known triple"):
        model.predict_tails("person_01", "next_to", known=[("a", "b")])  # type: ignore[list-item]
    empty = tmp_path / "questions.csv"
    empty.write_text("head,relation,tail\n")
    with pytest.raises(DataError, match="no question"):
        model.predict_batch(empty)
