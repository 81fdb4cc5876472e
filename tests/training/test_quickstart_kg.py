"""The knowledge graph quickstart on a small library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.training.quickstart_kg import Untrained, predictions, quickstart_kg


@pytest.fixture
def library(ring: Triples) -> Triples:
    """The ring under names of a library's relations."""
    names = ["imports", "calls"]
    return replace(ring, name="library", relations=names, relation_labels=names)


def test_ends_with_predictions_by_name(library: Triples, tmp_path: Path) -> None:
    shown: list[Untrained] = []
    done = quickstart_kg(
        out=tmp_path, library=library, held_out=4, epochs=1, steps=5, progress=False, show=shown.append
    )
    assert shown == [done.untrained]  # before training, about the same facts
    assert done.untrained.result["pretraining"]["seen_test"] == 0
    assert [p[:3] for p in done.untrained.predictions] == [p[:3] for p in done.predictions]
    assert len(done.model.graph.test) == 4
    assert done.model.card["result"]["report"]["queries"] == 8
    assert done.checkpoint.is_file()
    for made in done.predictions:
        triple = [
            library.lookup_entity(made.head),
            library.lookup_relation(made.relation),
            library.lookup_entity(made.tail),
        ]
        assert (library.test == torch.tensor(triple)).all(1).any()
        assert made.head.startswith("Person")
        assert len(made.best) == 3
        assert (made.rank <= 3) == (made.tail in made.best) or made.rank % 1
    again = quickstart_kg(out=tmp_path, library=library, held_out=4, epochs=1, steps=5, progress=False)
    assert again.predictions == done.predictions


def test_other_known_answers_are_no_rivals(library: Triples, tmp_path: Path) -> None:
    model = quickstart_kg(out=tmp_path, library=library, held_out=4, epochs=1, steps=5, progress=False).model
    known = {tuple(row) for _, rows in model.graph.splits() for row in rows.tolist()}
    for made in predictions(model, ("imports", "calls", "no such relation"), each=9, top=20):
        head, rel = library.lookup_entity(made.head), library.lookup_relation(made.relation)
        others = {library.entity_labels[t] for h, r, t in known if (h, r) == (head, rel)} - {made.tail}
        assert not others & set(made.best[: 20 - len(others)])
