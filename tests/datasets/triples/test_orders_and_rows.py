"""Tables whose columns stand in another order, rows of JSON, and Neo4j's table of nodes and relationships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphfm.datasets.loading import is_knowledge_graph
from graphfm.datasets.triples.importing import import_triples
from graphfm.errors import DataError

FACTS = sorted({(f"p{i:02}", ["knows", "likes"][i % 2], f"p{(7 * i + j) % 30:02}") for i in range(30) for j in (1, 2)})


def names(triples) -> list[tuple[str, str, str]]:
    rows = triples.train.tolist()
    return sorted((triples.entities[h], triples.relations[r], triples.entities[t]) for h, r, t in rows)


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2)])
@pytest.mark.parametrize("numbers", [False, True])
def test_another_order_is_asked_about(order: tuple[int, int, int], numbers: bool, tmp_path: Path) -> None:
    ids = {name: str(i) for i, name in enumerate(sorted({n for h, _, t in FACTS for n in (h, t)}))}
    ids |= {"knows": "0", "likes": "1"}
    rows = [[ids[cell] if numbers else cell for cell in fact] for fact in FACTS]
    path = tmp_path / "facts.txt"
    path.write_text("\n".join("\t".join(row[i] for i in order) for row in rows) + "\n")
    with pytest.raises(DataError, match="second column of 30 names") as error:
        import_triples(path)
    asked = error.value.hint.partition("--columns ")[2].partition(";")[0]
    from graphfm.datasets.tables.declared import Reading, parse_columns

    found = import_triples(path, val=0, test=0, reading=Reading(columns=parse_columns(asked)))
    assert names(found) == sorted(map(tuple, rows))


def test_ends_that_are_not_met_as_relations(tmp_path: Path) -> None:
    path = tmp_path / "writes.txt"
    path.write_text("".join(f"author{i}\tpaper{i // 2}\twrites\n" for i in range(100)))
    with pytest.raises(DataError, match="second column of 50 names in 100 rows"):
        import_triples(path)


def test_the_facts_about_one_entity_are_read(tmp_path: Path) -> None:
    path = tmp_path / "ann.txt"
    path.write_text("".join(f"ann\trelation{i}\tvalue{i}\n" for i in range(40)))
    assert import_triples(path, val=0, test=0).num_relations == 40


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".json"])
def test_rows_of_json(ending: str, tmp_path: Path) -> None:
    rows = [{"score": 0.5, "object": t, "subject": h, "predicate": r} for h, r, t in FACTS]
    path = tmp_path / f"facts{ending}"
    path.write_text(json.dumps(rows) if ending == ".json" else "\n".join(map(json.dumps, rows)))
    assert is_knowledge_graph(path)
    found = import_triples(path, val=0, test=0)
    assert names(found) == FACTS
    assert found.name == "facts"


@pytest.mark.parametrize(
    ("line", "said"),
    [('{"head": "a"}', "nothing in the column"), ('{"head":', "broken JSON"), ("[1]", "a row that is a list"),
     ('{"head": "a", "relation": ["r"], "tail": "b"}', "a list in the column")],
)  # fmt: skip
def test_a_broken_row_of_json_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_text('{"head": "a", "relation": "r", "tail": "b"}\n\n' + line + "\n")
    with pytest.raises(DataError, match=said) as error:
        import_triples(path)
    assert error.value.line == 3


def test_nodes_of_a_text_graph_are_no_triples(tmp_path: Path) -> None:
    path = tmp_path / "nodes.jsonl"
    path.write_text('{"id": 0, "text": "a", "label": 1}\n')
    assert not is_knowledge_graph(path)


def apoc(path: Path, *extra: str) -> Path:
    rows = ["_id,_labels,name,_start,_end,_type", "0,:P,Ann,,,", "1,:P,Bob,,,", ",,,0,1,KNOWS", ",,,1,0,LIKES", *extra]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_nodes_and_relationships_in_one_table(tmp_path: Path) -> None:
    found = import_triples(apoc(tmp_path / "export.csv"), val=0, test=0)
    assert names(found) == [("0", "KNOWS", "1"), ("1", "LIKES", "0")]
    assert found.entity_labels == ["Ann", "Bob"]


def test_a_row_that_is_neither(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no id and 2 of _start, _type, _end") as error:
        import_triples(apoc(tmp_path / "export.csv", ",,,0,,KNOWS"))
    assert error.value.line == 6


def test_names_of_wikidata_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "facts.tsv").write_text("Q1\tP1\tQ2\nQ2\tP1\tQ3\n")
    monkeypatch.chdir(tmp_path)
    assert import_triples("facts.tsv", val=0, test=0).num_entities == 3
