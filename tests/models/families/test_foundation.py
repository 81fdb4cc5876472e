"""Foundation models: any graph, any name, no training."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from graphfm.cli import app
from graphfm.datasets import Triples
from graphfm.datasets.triples.fingerprints import fingerprints
from graphfm.errors import DataError
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.models.asking import complete
from graphfm.models.families.foundation import foundation_model
from graphfm.report.paths_page import explanation_page

OPTIONS = {
    "universal": {"channels": 8, "num_layers": 3, "encoder_layers": 2, "attention_channels": 2},
    "ultra": {"channels": 8, "num_layers": 3},
}


def untrained(network: str) -> LinkModel:
    torch.manual_seed(0)
    settings = {"network": network, "network_options": OPTIONS[network]}
    return LinkModel(foundation_model(**settings), Triples("", [], []), kind="foundation", settings=settings)


@pytest.mark.parametrize("network", OPTIONS)
def test_a_model_of_no_graph_answers_on_any_by_name(network: str, ring: Triples, tmp_path: Path) -> None:
    untrained(network).save(tmp_path / "model.ckpt")
    model = LinkModel.load(tmp_path / "model.ckpt")
    on_ring = model.on(ring)
    answers = on_ring.predict_tails("Person 3", "next_to", top=4)
    assert len(answers) == 4
    assert set(answers["tail_id"]) <= set(ring.entities)
    assert len(on_ring.predict_heads("two_on", "Person 3", top=2, new_only=True)) == 2
    # Nobody has ever had this relation, not even the graph: there is nothing to go by, and nothing is refused.
    more = Triples("more", ring.entities, [*ring.relations, "envies"], train=ring.train)
    assert len(on_ring.on(more).predict_tails("person_03", "envies")) == 10


@pytest.mark.parametrize("network", OPTIONS)
def test_ranks_stand_beside_the_baselines(network: str, ring: Triples) -> None:
    result = judge(untrained(network), ring)
    assert result["report"]["queries"] == 12
    assert set(result["baselines"]) == {"constant", "answer frequency"}
    assert result["pretraining"] == {"sources": []}


def test_what_was_seen_in_pretraining_is_counted(ring: Triples) -> None:
    model = untrained("universal")
    seen = torch.cat([ring.train[:15], ring.test[:2]])
    model.trained, model.card = fingerprints(ring, seen), {"sources": ["ring"]}
    assert judge(model, ring)["pretraining"] == {
        "sources": ["ring"],
        "seen_test": pytest.approx(2 / 6),
        "seen_graph": pytest.approx(15 / 30),
    }


@pytest.mark.parametrize("network", OPTIONS)
def test_paths_explain_an_answer(network: str, ring: Triples) -> None:
    model = untrained(network).on(ring)
    found = model.explain("Person 3", "next_to", "Person 4")
    assert found.triple == ("Person 3", "next_to", "Person 4")
    assert found.paths
    assert all(path.edges[0][0] == "Person 3" for path in found.paths if path.edges)
    assert bool(found.lengths) == bool(found.pruning) == (network == "universal")  # ULTRA has no gates
    assert explanation_page(found, network).count("<svg") == 1


def test_settings_that_make_no_model_are_refused() -> None:
    for network, options in (("ultar", {}), ("ultra", {"chanels": 3}), ("universal", {"experts": ["luck"]})):
        with pytest.raises(DataError):
            foundation_model(network=network, network_options=options)


class Words:
    """An encoder of bags of words, which tests name in place of the default one."""

    def __init__(self) -> None:
        self.dim, self.name, self.tokenizer = 64, "words", self
        self.read: list[str] = []

    def get_vocab(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(["next", "to", "two", "on", "seats", "beside", "person"])}

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        self.read += texts
        rows = torch.zeros(len(texts), self.dim)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode()) % self.dim] = 1
        return torch.nn.functional.normalize(rows, dim=1)


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Words:
    encoder = Words()
    monkeypatch.setattr("graphfm.text.load_encoder", lambda spec: encoder)
    monkeypatch.setattr("graphfm.text.minilm_files.at_hand", lambda: "here")
    return encoder


def reader() -> LinkModel:
    """A model that reads texts of relations."""
    torch.manual_seed(0)
    settings = {"network": "universal", "network_options": OPTIONS["universal"] | {"texts": True}}
    model = foundation_model(**settings)  # type: ignore[arg-type]
    model.texts.amount.data.fill_(1.0)  # type: ignore[union-attr]
    return LinkModel(model, Triples("", [], []), kind="foundation", settings=settings)


def test_a_relation_that_no_fact_has_is_answered_by_its_name(
    ring: Triples, words: Words, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader().save(tmp_path / "model.ckpt")
    asked = {"head": "Person 3", "relation": "two seats on", "data": ring, "top": 20}
    with pytest.raises(DataError, match="unknown relation"):
        complete(tmp_path / "model.ckpt", **asked)
    found = complete(tmp_path / "model.ckpt", **asked, by_name=True)
    assert "No fact has the relation 'two seats on'" in caplog.text
    assert "of like names (two_on)" in caplog.text
    assert found.question == "Person 3 (person_03)  two seats on  ?"
    more = replace(ring, relations=[*ring.relations, "two seats on"], relation_labels=[])
    asked["data"] = more
    assert complete(tmp_path / "model.ckpt", **asked, by_name=True).rows == found.rows
    unread = complete(tmp_path / "model.ckpt", **asked)
    assert (
        "its name is not read: the answers are little more than a guess. `graphfm complete --by-name` reads it."
        in caplog.text
    )
    assert [row["score"] for row in unread.rows] != [row["score"] for row in found.rows]


def test_names_are_read_only_where_a_relation_without_facts_is_asked_by_name(ring: Triples, words: Words) -> None:
    more = replace(ring, relations=["next_to", "two_on", "nexttoperson"], relation_labels=[])
    model = reader().on(more)
    before = model.predict_tails("Person 3", "next_to", top=20)
    assert model.with_relation("next_to") is model
    assert model.facts.texts is None
    assert not words.read
    glued = model.with_relation("nexttoperson")
    assert glued.facts.texts.shape == (3, 64)
    assert glued.predict_tails("Person 3", "next_to", top=20).equals(before)
    assert "next to person" in words.read  # the vectors of the others may be in the cache


def test_without_its_encoder_a_model_answers_and_says_so(
    ring: Triples, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("graphfm.text.minilm_files.at_hand", lambda: None)
    model = reader().on(ring).with_relation("two seats on")
    assert len(model.predict_tails("Person 3", "two seats on")) == 10
    assert "The default encoder is not at hand" in caplog.text
    assert "its name is not read" in caplog.text


def test_opaque_names_are_not_read(ring: Triples, words: Words, caplog: pytest.LogCaptureFixture) -> None:
    model = reader().on(replace(ring, relations=["P1", "P2"], relation_labels=[])).with_relation("P3")
    assert model.facts.texts is None
    assert not words.read
    assert "say nothing" in caplog.text


def test_a_model_that_reads_no_names_refuses_a_new_relation(ring: Triples) -> None:
    with pytest.raises(DataError, match="does not read names of relations"):
        untrained("universal").on(ring).with_relation("envies")
    assert untrained("ultra").on(ring).with_relation("next_to").graph is not None


def test_the_command_says_how_a_new_relation_is_read(
    words: Words, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader().save(tmp_path / "model.ckpt")
    facts = [f"p{n}\tseats_next_to\tp{(n + 1) % 9}\np{n}\tlikes\tp{n * n % 9}" for n in range(9)]
    (tmp_path / "facts.tsv").write_text("\n".join(facts) + "\n")
    model = ["complete", "--checkpoint", str(tmp_path / "model.ckpt"), "--data", str(tmp_path / "facts.tsv")]
    asked = [*model, "--head", "p3", "--relation", "next to", "--by-name", "--format", "csv"]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0
    assert len(told.output.splitlines()) == 1 + 9
    assert "the answers come from relations of like names (seats next to)" in caplog.text
    asked.remove("--by-name")
    assert "by_name without a relation" in str(
        CliRunner().invoke(app, [*model, "--head", "p3", "--tail", "p4", "--by-name"]).exception
    )
    assert "--heads all" in str(CliRunner().invoke(app, [*model, "--relation", "next to", "--by-name"]).exception)
    assert "`graphfm complete --by-name` asks for a new relation" in str(CliRunner().invoke(app, asked).exception)
    discovered = CliRunner().invoke(
        app, [*model, "--relation", "next to", "--by-name", "--heads", "all", "--format", "csv"]
    )
    assert len(discovered.output.splitlines()) == 1 + 10
