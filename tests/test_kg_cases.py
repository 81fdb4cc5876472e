"""Knowledge graphs from the field, small reconstructions in tests/cases/kg: each is read right, or refused in words.

Numbers are those of the folders. results/cases/README.md says what each stands for, and what was done with it before.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
import torch

from graphfm.datasets import Reading, Triples, import_triples, load_triples
from graphfm.errors import DataError, GraphFMError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.ranking import rank
from graphfm.training.link_prediction import link_prediction

CASES = Path(__file__).parent / "cases" / "kg"
QUICK = {"epochs": 1, "dim": 4, "num_negatives": 4, "progress": False, "accelerator": "cpu"}
HEADERS = sorted(path.name for path in (CASES / "05-headers-of-real-exports").iterdir())


def sizes(graph: Triples) -> tuple[int, ...]:
    return graph.num_entities, graph.num_relations, *(len(rows) for _, rows in graph.splits())


def names(graph: Triples) -> set[tuple[str, str, str]]:
    parts = graph.entities, graph.relations
    return {(parts[0][h], parts[1][r].lower(), parts[0][t]) for _, rows in graph.splits() for h, r, t in rows.tolist()}


@pytest.mark.parametrize("form", ["kg", "kg_csv"])
def test_01_names_that_read_as_missing_values(form: str, tmp_path: Path) -> None:
    graph = load_triples(CASES / "01-entity-named-nan" / form)
    assert sizes(graph) == (38, 4, 84, 10, 10)
    assert {"nan", "NA", "None", "null", "inf", "True"} <= {*graph.entities}
    if form == "kg":
        model = link_prediction(graph, out=tmp_path / "run", **QUICK)
        frame = model.predict_tails("nan", "works_at", top=38)
        frame.to_csv(tmp_path / "answers.csv", index=False)
        again = pandas.read_csv(tmp_path / "answers.csv", keep_default_na=False)
        assert {*again["tail_id"]} == {*graph.entities}


def test_03_quotes_are_characters_between_tabs() -> None:
    graph = load_triples(CASES / "03-double-quotes-in-tsv" / "kg")
    assert sizes(graph) == (38, 4, 84, 10, 10)
    assert any('"' in name for name in graph.entities)


@pytest.mark.parametrize("file", HEADERS)
def test_05_headers_of_exporters(file: str) -> None:
    folder = CASES / "05-headers-of-real-exports"
    graph = import_triples(folder / file, val=0, test=0)
    assert sizes(graph) == (38, 4, 104, 0, 0)
    assert names(graph) == names(import_triples(folder / "hrt.tsv", val=0, test=0))


def test_06_dates_weights_and_sources_are_no_qualifiers() -> None:
    folder = CASES / "06-fourth-and-fifth-column"
    reading = Reading(columns={"head": 1, "relation": 2, "tail": 3})
    for name, columns in (("four_timestamps", 4), ("five_weight_source", 5)):
        with pytest.raises(
            DataError, match=f"{columns} columns without a header .* --columns head=1,relation=2,tail=3"
        ):
            load_triples(folder / name)
        graph = load_triples(folder / name, reading=reading)
        assert sizes(graph) == (38, 4, 84, 10, 10)
        assert not graph.qualifiers
    graph = load_triples(folder / "five_weight_source_header")
    assert sizes(graph) == (38, 4, 84, 10, 10)
    assert "left out" in graph.info["columns"]
    for name in ("one_five.tsv", "one_four.csv"):
        graph = import_triples(folder / name, val=0, test=0)
        assert sizes(graph) == (38, 4, 104, 0, 0)
        assert "left out" in graph.info["columns"]


def test_09_ntriples_with_literals() -> None:
    folder = CASES / "09-ntriples-with-literals"
    for name in ("plain.nt", "crlf.nt"):
        assert len(import_triples(folder / name, val=0, test=0).train) == 108
    graph = import_triples(folder / "one.nt", val=0, test=0)
    assert (len(graph.train), graph.info["dropped_literals"]) == (108, 2)
    assert 'Person "zero" é' in graph.entity_labels
    assert sizes(load_triples(folder / "kg")) == (40, 5, 88, 10, 10)


def test_12_encodings_and_line_ends() -> None:
    folder = CASES / "12-bom-crlf-utf16-latin1"
    for name in ("bom_crlf", "cr_only", "utf16"):
        graph = load_triples(folder / name)
        assert sizes(graph) == (38, 4, 84, 10, 10)
        assert not any("\r" in entity or "\ufeff" in entity for entity in graph.entities)
    with pytest.raises(DataError, match=r"train\.txt, line 4: .* not UTF-8.*--encoding latin-1"):
        load_triples(folder / "latin1")
    assert sizes(load_triples(folder / "latin1", reading=Reading(encoding="latin-1"))) == (38, 4, 84, 10, 10)


def test_14_entities_that_training_has_not() -> None:
    graph = load_triples(CASES / "14-unseen-entities" / "kg")
    assert sizes(graph) == (41, 4, 84, 11, 13)
    unseen = graph.statistics()["unseen_entities"]
    assert unseen["val"]
    assert unseen["test"]


def test_16_self_loops_are_kept_and_counted() -> None:
    graph = load_triples(CASES / "16-self-loops" / "kg")
    assert sizes(graph) == (38, 4, 96, 10, 11)
    loops = [int((rows[:, 0] == rows[:, 2]).sum()) for _, rows in graph.splits()]
    assert (loops[0], loops[2]) == (12, 1)


def test_17_repeats_and_leaks_are_kept_and_counted() -> None:
    graph = load_triples(CASES / "17-duplicated-triples" / "kg")
    assert sizes(graph) == (38, 4, 117, 12, 14)
    assert len(graph.train) - len(graph.train.unique(dim=0)) >= 30
    train = KnownAnswers(graph.train, num_entities=38, num_relations=4)
    assert int(train.contains(*graph.test.unbind(1)).sum()) == 6


def test_18_graphs_that_cannot_be_split() -> None:
    folder = CASES / "18-graphs-that-cannot-be-split"
    for name in ("chain.tsv", "rdf_list.tsv", "three.tsv", "one_triple.tsv"):
        graph = import_triples(folder / name)
        seen = {*graph.train[:, [0, 2]].flatten().tolist()}
        assert len(seen) == graph.num_entities, name
    with pytest.raises(DataError, match="--val 0 --test 0"):  # a star: each entity has one triple
        import_triples(folder / "star.tsv", val=0.1, test=0.1)
    with pytest.raises(DataError, match="no statements"):
        import_triples(folder / "empty.tsv")


def test_21_ties_and_what_is_no_number() -> None:
    graph = load_triples(CASES / "16-self-loops" / "kg")
    size = graph.num_entities
    known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), num_entities=size, num_relations=4)

    def ranked(value: torch.Tensor):
        return rank(lambda data, head, rel: value.expand(len(head), size), graph.test, known)

    for dtype in (torch.float32, torch.float16, torch.long):
        found = ranked(torch.zeros(size, dtype=dtype))
        assert torch.equal(found.realistic, (found.candidates + 1).double() / 2)
        assert bool((found.optimistic == 1).all())
        assert torch.equal(found.pessimistic, found.candidates)
    one = torch.zeros(size)
    one[3] = torch.nan
    for wrong in (torch.full((size,), torch.nan), one, torch.full((size,), torch.inf)):
        with pytest.raises(GraphFMError, match="NaN or infinite"):
            ranked(wrong)


def test_22_early_stopping_keeps_the_best(tmp_path: Path) -> None:
    graph = load_triples(CASES / "16-self-loops" / "kg")
    model = link_prediction(graph, out=tmp_path, patience=1, lr=0.5, **QUICK | {"epochs": 30})
    curve = pandas.read_csv(tmp_path / "log" / "metrics.csv")["val_mrr"].dropna().tolist()
    best = curve.index(max(curve))
    assert len(curve) == best + 1 + 1, "the best, and one check without gain"
    assert f"MRR {max(curve):.3f} after epoch {best + 1}, whose weights are kept" in model.card["stopped_early"]


def test_31_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    graph = load_triples(CASES / "16-self-loops" / "kg")
    results = [link_prediction(graph, out=tmp_path / name, **QUICK).card["result"]["report"] for name in "ab"]
    assert results[0] == results[1]


def test_33_a_finished_run_goes_on(tmp_path: Path) -> None:
    graph = load_triples(CASES / "16-self-loops" / "kg")
    link_prediction(graph, out=tmp_path / "on", **QUICK | {"epochs": 8})
    longer = link_prediction(graph, out=tmp_path / "on", **QUICK | {"epochs": 12})
    whole = link_prediction(graph, out=tmp_path / "whole", **QUICK | {"epochs": 12})
    assert longer.card["result"]["report"] == whole.card["result"]["report"]


def test_34_one_relation_is_held_out_ranked_and_chosen_by(tmp_path: Path) -> None:
    graph = load_triples(CASES / "34-only-one-relation-asked" / "kg")
    asked = graph.relation_to_id["works_at"]
    one = import_triples(CASES / "05-headers-of-real-exports" / "hrt.tsv", relations=["works_at"])
    held = torch.cat([one.val, one.test])
    assert len(held)
    assert {*held[:, 1].tolist()} == {one.relation_to_id["works_at"]}
    model = link_prediction(graph, out=tmp_path, relations=["works_at"], **QUICK)
    report = model.card["result"]["report"]
    assert list(report["relation"]) == ["works_at"]
    assert report["queries"] == 2 * int((graph.test[:, 1] == asked).sum())


def test_30_dictionaries() -> None:
    folder = CASES / "30-dictionaries"
    for name in ("rotate_space", "ids_only"):
        assert sizes(load_triples(folder / name)) == (38, 4, 84, 10, 10)
    for name, words in (
        ("dict_missing_entity", r"train\.txt, line 13: .*'town5'"),
        ("openke_gaps", r"entity2id\.txt: found no id 1 "),
        ("openke_names_with_spaces", r"entity2id\.txt, line 10: .*Separate name and id by a tab"),
        ("openke_wrong_count", r"train2id\.txt, line 1: .*84 triples, expected 89"),
    ):
        with pytest.raises(DataError, match=words):
            load_triples(folder / name)


def test_36_a_script_without_a_main_guard_trains_once(tmp_path: Path) -> None:
    code = (
        "import multiprocessing as mp; mp.set_start_method('spawn', force=True)\n"
        "import graphfm; print('once')\n"
        f"graphfm.link_prediction({str(CASES / '16-self-loops' / 'kg')!r}, out='run', epochs=1, dim=4, progress=False)\n"
    )
    (tmp_path / "run.py").write_text(code)
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout.count("once")) == (0, 1), done.stderr


def test_37_names_that_differ_in_case() -> None:
    graph = load_triples(CASES / "37-names-that-differ-in-case" / "kg")
    for name in ("Apple", "apple", "APPLE", "ap_ple", "ap ple"):
        assert graph.entities[graph.lookup_entity(name)] == name
    with pytest.raises(DataError, match="'APPLE', 'Apple', 'apple'"):
        graph.lookup_entity("aPPle")


def test_38_labels_and_texts_beside_the_triples() -> None:
    for form in ("kg", "kg_csv_texts"):
        graph = load_triples(CASES / "38-own-labels-and-texts" / form)
        assert sizes(graph) == (38, 4, 84, 10, 10)
        firm = graph.entity_to_id["firm0"]
        assert graph.entity_labels[firm] == "Firm0 Label"
        assert graph.entity_text is not None
        assert "a thing in the small world" in graph.entity_text[firm]
        assert "label" not in graph.entity_labels
        assert "unread_files" not in graph.info


@pytest.mark.parametrize("kind", ["kg", "tag"])
def test_each_case_stands_in_the_table(kind: str) -> None:
    page = (CASES.parents[2] / "results" / "cases" / "README.md").read_text(encoding="utf-8")
    part = page.split("## Text graphs")[kind == "tag"]
    rows = {line.split()[1] for line in part.splitlines() if line[:3].strip("| ").isdigit()}
    assert {folder.name[:2] for folder in (CASES.parent / kind).iterdir()} <= rows
