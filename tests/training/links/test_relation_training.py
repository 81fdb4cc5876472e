from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.kg.known import head_queries
from graphfm.training.links.link_corpora import LinkBatches, LinkCorpora
from graphfm.training.links.relation_training import RelationTraining
from graphfm.training.pretrain import pretrain
from graphfm.training.runs.run_folder import quiet_trainer

SMALL: dict[str, Any] = {"channels": 8, "num_layers": 2, "encoder_layers": 1, "attention_channels": 2, "width": 5}


@pytest.fixture
def grid() -> Triples:
    """A grid of 64 places with steps in two directions and their opposites."""
    places = [f"{x},{y}" for x in range(8) for y in range(8)]
    rows = []
    for x in range(8):
        for y in range(8):
            here, east, north = 8 * x + y, 8 * ((x + 1) % 8) + y, 8 * x + (y + 1) % 8
            rows += [(here, 0, east), (east, 1, here), (here, 2, north), (north, 3, here)]
    triples = torch.tensor(rows)
    return Triples("grid", places, ["east", "west", "north", "south"], train=triples[:240], val=triples[240:])


def batches(graph: Triples, **options: Any) -> LinkBatches:
    return LinkBatches([graph], **({"steps_per_epoch": 40, "seed": 3} | options))


def test_a_batch_follows_from_its_number(ring: Triples, grid: Triples) -> None:
    forwards = [batches(grid)[i].queries for i in range(12)]
    backwards = batches(grid)
    for i in reversed(range(12)):
        assert torch.equal(backwards[i].queries, forwards[i])
    assert any(not torch.equal(batches(grid, seed=4)[i].queries, forwards[i]) for i in range(12))


def test_nothing_that_is_asked_can_be_read(grid: Triples) -> None:
    for i in range(30):
        batch = batches(grid, synthetic=0.5)[i]
        r = batch.facts.num_relations
        both = torch.cat([batch.queries, head_queries(batch.queries, r)])
        keys = (both[:, 0] * (2 * r + 1) + both[:, 1]) * batch.facts.num_entities + both[:, 2]
        assert not torch.isin(keys, batch.facts.keys).any()
        assert batch.known.contains(*batch.queries.unbind(1)).all()


def test_processes_share_the_batches_of_one(grid: Triples) -> None:
    alone = batches(grid)
    for number in range(6):
        for rank in range(2):
            shared = batches(grid, rank=rank, world=2)[number]
            assert torch.equal(shared.queries, alone[2 * number + rank].queries)


def test_the_share_of_made_up_graphs(grid: Triples) -> None:
    for synthetic, low, high in ((0.0, 0, 0), (0.5, 25, 55)):
        drawn = batches(grid, synthetic=synthetic)
        made_up = sum(drawn._draw(number).num_relations > 4 for number in range(80))
        assert low <= made_up <= high


def test_what_cannot_be_trained_on_is_refused(grid: Triples) -> None:
    with pytest.raises(DataError, match="no graphs"):
        LinkCorpora([])
    with pytest.raises(DataError, match="synthetic=1"):
        LinkCorpora([grid], synthetic=1.0)
    with pytest.raises(DataError, match="no training triples in empty"):
        LinkCorpora([Triples("empty", ["a"], ["r"])])
    with pytest.raises(DataError, match="nonsense"):
        RelationTraining(model={"nonsense": 3})


def trained(graph: Triples, folder: Path, *, epochs: int, stop_after: int | None = None) -> RelationTraining:
    """A run of 8 steps an epoch in a folder, which goes on from its last checkpoint."""

    class Kill(L.Callback):
        def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
            if trainer.global_step == stop_after:
                raise KeyboardInterrupt

    data = LinkCorpora([graph], steps_per_epoch=8, val_triples=4, synthetic=0.1)
    task = RelationTraining(model=SMALL, warmup=2, lr=1e-2)
    trainer = quiet_trainer(
        folder,
        epochs=epochs,
        progress=False,
        accelerator="cpu",
        precision="32-true",
        every=1,
        callbacks=[Kill()],
    )
    last = folder / "last.ckpt"
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        trainer.fit(task, datamodule=data, ckpt_path=last if last.exists() else None, weights_only=True)
    return task


def test_a_killed_run_ends_where_the_other_one_ends(grid: Triples, tmp_path: Path) -> None:
    whole = trained(grid, tmp_path / "whole", epochs=2)
    trained(grid, tmp_path / "killed", epochs=2, stop_after=5)
    resumed = trained(grid, tmp_path / "killed", epochs=2)
    assert resumed.asked == whole.asked > 0
    for (name, one), other in zip(whole.model.state_dict().items(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(one, other), name


def test_it_learns_what_holds_on_another_graph(grid: Triples, tmp_path: Path) -> None:
    """Opposites are learnt on one grid and found on another, whose relations have other names."""
    from graphfm.kg.known import KnownAnswers
    from graphfm.kg.ranking import rank
    from graphfm.kg.relations.relation_graph import relation_facts

    task = trained(grid, tmp_path, epochs=12)
    ring = torch.tensor([(i, 0, (i + 1) % 30) for i in range(30)] + [((i + 1) % 30, 1, i) for i in range(30)])
    asked = ring[::7]
    seen = ring[~torch.isin(torch.arange(60), torch.arange(0, 60, 7))]
    facts = relation_facts(seen, num_entities=30, num_relations=2)
    known = KnownAnswers(ring, num_entities=30, num_relations=2)
    assert float((1 / rank(task.model, asked, known, data=facts).realistic).mean()) > 0.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": "abc"},
        {"queries": 0},
        {"relations": -1},
        {"max_facts": "many"},
        {"val_triples": -3},
        {"synthetic": "some"},
        {"mixing": float("nan")},
        {"channels": "wide"},
        {"checkpoint_every": 0},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_before_a_graph_is_read(tmp_path: Path, wrong: dict[str, Any]) -> None:
    (name,) = wrong
    (tmp_path / "facts.tsv").write_text("a\tr\tb\n")
    with pytest.raises(DataError, match=name):
        pretrain([tmp_path / "facts.tsv"], out=tmp_path / "run", **wrong)
    assert not (tmp_path / "run").exists()
