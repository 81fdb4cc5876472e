"""What `complete` and `datasets show` print: many questions in eighty columns, what has no answer, what a set is called by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from graphfm.cli import app
from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.models import LinkModel
from graphfm.models.asking import Completion, complete, explain
from graphfm.models.families.embeddings import kge_model

FACTS = [("a", "near", "b"), ("b", "near", "c"), ("c", "near", "d"), ("d", "near", "a"), ("a", "knows", "c")]


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    iri = "http://ex.org/{}".format
    (folder / "facts.tsv").write_text("".join(f"{iri(h)}\t{r}\t{iri(t)}\n" for h, r, t in FACTS))
    names = {"a": "Ada", "b": "Bob", "c": "Cy", "d": "Cy"}
    rows = "".join(f"{iri(key)},{name},{'city' if key == 'd' else 'person'}\n" for key, name in names.items())
    (folder / "entities.csv").write_text("id,label,type\n" + rows)
    return folder


def said(*words: object, rc: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "80"})
    assert done.exit_code == rc, done.output
    return done.output


def test_many_questions_are_shown_in_eighty_columns(facts: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text("Ada,near,?\nNobody,near,\n\n,near,Bob\nAda,,Bob\n")  # no header: head, relation, tail
    on = ("complete", "--checkpoint", "default", "--data", facts / "facts.tsv", "--top", 4, "--questions", asked)
    told = said(*on)
    assert max(map(len, told.partition("1 of 4")[0].splitlines())) <= 80
    assert "│ Ada  near  ? │" in told.replace("   ", " ").replace("  │", " │")
    assert "http://ex.org/a" not in told.partition("Next:")[0]
    assert "Cy (http://ex.org/c)" in told  # two entities have that label
    assert "1 of 4 questions have no answer:" in told
    assert "row 2: found the unknown entity 'Nobody'" in told
    out = tmp_path / "answers.csv"
    assert "1 of 4 questions have no answer:" in said(*on, "--out", out)
    frame = pd.read_csv(out)
    assert frame["row"].unique().tolist() == [1, 2, 3, 4]
    assert frame[frame["row"] == 1]["asked"].unique().tolist() == ["tail"]


def test_a_question_without_a_candidate_left_keeps_its_row(facts: Path, tmp_path: Path) -> None:
    asked: list[tuple[str | None, ...]] = [("Ada", "near", None), ("Bob", "near", None)]
    done = complete("default", data=facts / "facts.tsv", questions=asked, candidates=["Bob"], new=True)  # type: ignore[arg-type]
    assert [row["row"] for row in done.rows] == [1, 2]
    assert "no candidate that is left" in done.rows[0]["problem"]
    assert done.rows[1]["problem"] == ""
    only = tmp_path / "only.txt"
    only.write_text("Bob\n")
    one = ("--head", "Ada", "--relation", "near", "--candidates", only, "--new")
    assert "No answer is left" in said("complete", "--checkpoint", "default", "--data", facts / "facts.tsv", *one)


def test_a_scored_triple_is_told_once(facts: Path) -> None:
    triple = ("--head", "Ada", "--relation", "near", "--tail", "Bob")
    table = said("complete", "--checkpoint", "default", "--data", facts / "facts.tsv", *triple).partition("Next:")[0]
    assert table.count("http://ex.org/a") == 1
    assert "known" in table
    assert "head" not in table


def test_what_a_set_is_called_by_is_said(facts: Path) -> None:
    told = said("datasets", "show", facts / "facts.tsv")
    assert "names: of 4 entities, 4 a label" in told
    assert "types: person 3, city 1" in told
    assert "Bob" in said("datasets", "show", facts / "facts.tsv", "--entities", "b*")
    assert "Ada" not in said("datasets", "show", facts / "facts.tsv", "--entities", "b*b")
    (facts / "entities.csv").write_text("id,label\nother:1,One\n")
    (facts / "again.tsv").write_text((facts / "facts.tsv").read_text())
    assert "entities.csv: none of the identifiers in it is one of the triples" in said(
        "datasets", "show", facts / "again.tsv"
    )


def test_no_name_of_a_pattern_is_no_empty_table(facts: Path) -> None:
    done = CliRunner().invoke(app, ["datasets", "show", str(facts / "facts.tsv"), "--entities", "zzz"])
    assert "no entity with 'zzz'" in str(done.exception)


def test_the_answers_shown_are_not_without_end() -> None:
    from graphfm.commands.complete import ANSWERS_SHOWN, show_many

    size = ANSWERS_SHOWN + 5
    columns = {"row": [*range(1, size + 1)], "head": ["a"] * size, "relation": ["r"] * size, "tail": [""] * size}
    columns |= {"answer_id": ["b"] * size, "answer_label": ["b"] * size, "score": [1.0] * size, "problem": [""] * size}
    table = show_many(Completion("many", columns))
    assert table.row_count == ANSWERS_SHOWN
    assert "5 more answers" in table.caption


def test_the_list_of_sets_is_a_line_each_in_eighty_columns() -> None:
    from graphfm.datasets import catalog

    told = said("datasets", "list")
    lines = told.splitlines()
    assert max(map(len, lines)) <= 80
    for name in catalog.names():
        assert any(name in line for line in lines), name  # whole, in one line
    assert len([line for line in lines if line.startswith("│")]) <= 1.25 * len(catalog.names())
    wide = CliRunner().invoke(app, ["datasets", "list"], env={"COLUMNS": "250"}).output
    assert catalog.entry("umls").licence in wide


def test_a_model_without_paths_is_not_asked_to_explain(ring: Triples, tmp_path: Path) -> None:
    settings = {"num_entities": 20, "num_relations": 2, "dim": 4}
    LinkModel(kge_model(**settings), ring, settings=settings, card={"model": "RotatE"}).save(tmp_path / "model.ckpt")
    asked = ("complete", "--checkpoint", tmp_path, "--head", "person_01", "--relation", "next to")
    assert f"Next: graphfm evaluate --checkpoint {tmp_path}" in said(*asked)
    with pytest.raises(DataError, match="`--checkpoint default --data DATA` explains"):
        explain(tmp_path, head="person_01", relation="next to", tail="person_02")


def test_data_may_be_a_frame() -> None:
    frame = pd.DataFrame(FACTS, columns=["head", "relation", "tail"])
    done = complete("default", data=frame, head="a", relation="knows")
    assert [row["tail_id"] for row in done.rows if row["known"]] == ["c"]
    with pytest.raises(DataError, match="an object of type int"):
        complete("default", data=5, head="a", relation="knows")
