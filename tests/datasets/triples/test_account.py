"""What is said of a set: how it was read, what is odd, what leaks mean; and qualifiers that no model uses."""

import pytest
import torch

from graphfm.datasets.tables.notes import DataWarning
from graphfm.datasets.triples.account import account
from graphfm.datasets.triples.graph import Qualifiers, Triples
from graphfm.datasets.triples.importing import import_triples
from graphfm.datasets.triples.main_triples import main_triples


def said(triples):
    return "\n".join(f"{heading}: {words}" for heading, words in account(triples))


def test_reading_and_leaks_are_said():
    rows = {"train": [[0, 0, 1], [0, 0, 1], [2, 0, 2]], "val": [[0, 0, 1]], "test": [[1, 0, 0], [0, 0, 1], [3, 0, 3]]}
    splits = {split: torch.tensor(some) for split, some in rows.items()}
    words = said(Triples("g", [*"abcd"], ["r"], **splits, info={"columns": "head = h", "dropped_literals": 3}))
    for part in (
        "columns: head = h", "first triple: (a, r, b)", "holds: 4 entities, 1 relation, 3 / 1 / 3 triples",
        "3 statements with literals left out", "repeated triples, kept: train 1", "self loops, kept: train 1, test 1",
        "entities unseen in training: test 1", "1 of 3 test triples are in train as well",
        "1 of 3 test triples have their two entities joined the other way round",
    ):  # fmt: skip
        assert part in words


def test_the_first_triple_is_that_of_the_file(tmp_path):
    (tmp_path / "nodes.tsv").write_text("id\tname\tcategory\nG:1\tgene one\tgene\nD:1\tsome disease\tdisease\n")
    rows = "".join(f"e{i}\tG:{i % 5}\tcauses\tD:{i % 7}\tx\n" for i in range(40))
    (tmp_path / "edges.tsv").write_text("id\tsubject\tpredicate\tobject\tpublications\n" + rows)
    graph = import_triples(tmp_path)
    assert "first triple: (G:0, causes, D:0)" in said(graph)
    assert "left out: id, publications" in said(graph)
    assert graph.entity_labels[graph.lookup_entity("gene one")] == "gene one"


def test_qualifiers_leave_with_the_names_that_only_they_have():
    pairs = Qualifiers(torch.tensor([0, 1, 3]), torch.tensor([[1, 2], [0, 0], [1, 3]]))
    graph = Triples("g", [*"abcd"], ["r", "q"], train=torch.tensor([[0, 0, 1], [1, 0, 0]]), qualifiers={"train": pairs})
    with pytest.warns(
        DataWarning, match="2 of 2 statements have qualifiers.* 2 entities and 1 relations that only they have"
    ):
        plain = main_triples(graph)
    assert (plain.entities, plain.relations, plain.qualifiers) == (["a", "b"], ["r"], {})
    assert plain.train.tolist() == graph.train.tolist()
    assert main_triples(plain) is plain


def test_an_inductive_set_is_told_with_its_second_graph(tmp_path):
    (tmp_path / "train.txt").write_text("a\tr\tb\nb\tr\tc\n")
    (tmp_path / "inference.txt").write_text("x\tr\ty\ny\tr\tz\nz\tr\tx\n")
    (tmp_path / "valid.txt").write_text("x\tr\tz\n")
    (tmp_path / "test.txt").write_text("y\tr\tx\n")
    (tmp_path / "x_mid2name.txt").write_text("a\tAnn\n")
    lines = account(import_triples(tmp_path))
    told = dict(lines)
    assert told["inference graph"] == "3 entities, 1 relations, 3 / 1 / 1 triples (observed / validation / test)"
    notes = [words for heading, words in lines if heading == "note"]
    assert [words for words in notes if "not read" in words] == [
        "not read: x_mid2name.txt (entity_text.tsv beside the triples gives names to ids: an id, a tab, a name a line)"
    ]
    assert not any("no validation" in words for words in notes)
