"""Knowledge graphs to pretrain on: parts of them, made-up graphs among them, and batches of queries about one part each.

Every batch follows from (seed, number of the batch) alone, so that a resumed run sees exactly the batches it missed. Four parts
are in turn at a time, each for two batches; then come four new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.paths.facts import Facts
from graphfm.kg.relations.graph_parts import GraphPart, Recipe, Slicer, ask
from graphfm.kg.relations.relation_graph import relation_facts
from graphfm.kg.relations.rules import block_graph, hierarchy_graph, rule_graph
from graphfm.training.runs.resuming import ResumableLoader, first

IN_TURN, VISITS = 4, 2  # parts at a time, batches about each
MADE_UP = (rule_graph, block_graph, hierarchy_graph)  # equally often


class LinkBatch(NamedTuple):
    """Queries about one part, and what may be read to answer them."""

    facts: Facts  # without what is asked for
    known: KnownAnswers
    queries: Tensor  # (B, 3), relations below 2R


class Held(NamedTuple):
    """Validation triples of a graph, to be ranked on its training graph."""

    name: str
    facts: Facts
    known: KnownAnswers
    triples: Tensor


def read(sources: Sequence[Any]) -> list[Triples]:
    """Knowledge graphs by name or folder; objects stay what they are.

    Raises:
        DataError: a source that cannot be read.
    """
    from graphfm.datasets import load_triples

    return [
        source if isinstance(source, Triples) else load_triples(source, missing=("val", "test")) for source in sources
    ]


class LinkBatches(Dataset[LinkBatch]):
    """Batches by number.

    Args:
        graphs: whose training triples are asked for.
        steps_per_epoch: length of what the trainer calls an epoch.
        seed: decides every batch, together with its number.
        mixing: graphs are drawn in proportion to this power of their facts.
        synthetic: share of the parts that are made-up graphs, see `graphfm.kg.relations.rules`.
        recipe: how a part is drawn.
        relations: relations asked for in a batch.
        queries: at most so many of each.
        rank: number of this process.
        world: processes, each of which draws batches of its own.
    """

    def __init__(
        self,
        graphs: Sequence[Triples],
        *,
        steps_per_epoch: int,
        seed: int,
        mixing: float = 0.5,
        synthetic: float = 0.15,
        recipe: Recipe | None = None,
        relations: int = 4,
        queries: int = 16,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.slicers = [
            Slicer(graph.train, num_entities=graph.num_entities, num_relations=graph.num_relations) for graph in graphs
        ]
        weight = np.array([len(graph.train) for graph in graphs], dtype=float) ** mixing
        self.share = (1 - synthetic) * weight / weight.sum()
        self.steps_per_epoch, self.seed, self.recipe = steps_per_epoch, seed, recipe or Recipe()
        self.relations, self.queries, self.rank, self.world = relations, queries, rank, world
        self._part = lru_cache(maxsize=IN_TURN)(self._draw)

    def __len__(self) -> int:
        return self.steps_per_epoch

    def __getitem__(self, number: int) -> LinkBatch:
        number = number * self.world + self.rank
        part = self._part(number // (IN_TURN * VISITS) * IN_TURN + number % IN_TURN)
        queries = ask(
            part,
            np.random.default_rng([self.seed, 1, number]),
            relations=self.relations,
            queries=self.queries,
        )
        return LinkBatch(part.facts.without(queries), part.known, queries)

    def _draw(self, number: int) -> GraphPart:
        generator = np.random.default_rng([self.seed, 0, number])
        place = int(np.searchsorted(self.share.cumsum(), generator.random(), side="right"))
        if place == len(self.slicers):
            return MADE_UP[generator.integers(len(MADE_UP))](generator)
        return self.slicers[place].draw(generator, self.recipe)


class LinkCorpora(L.LightningDataModule):
    """Several knowledge graphs to pretrain on, by name, folder or object.

    Args:
        data: the graphs.
        steps_per_epoch, seed, mixing, synthetic, recipe, relations, queries: see `LinkBatches`.
        val_triples: validation triples of each graph, at most, that are ranked after an epoch on its training graph.
        num_workers: processes that draw batches ahead; 0 draws in the training process.

    Raises:
        DataError: no graphs, a graph without triples, or a share outside 0 to 1.
    """

    def __init__(
        self,
        data: Sequence[Any],
        *,
        steps_per_epoch: int = 500,
        seed: int = 0,
        mixing: float = 0.5,
        synthetic: float = 0.2,
        recipe: Recipe | None = None,
        relations: int = 4,
        queries: int = 16,
        val_triples: int = 0,
        num_workers: int = 0,
    ) -> None:
        super().__init__()
        if not 0 <= synthetic < 1:
            raise DataError(f"synthetic={synthetic}", expected="at least 0 and below 1")
        self.graphs = read(data)
        if not self.graphs:
            raise DataError("no graphs", expected="at least one to pretrain on")
        for graph in self.graphs:
            if not len(graph.train):
                raise DataError(f"no training triples in {graph.name}", expected="at least one")
        self.options: dict[str, Any] = {
            "steps_per_epoch": steps_per_epoch,
            "seed": seed,
            "mixing": mixing,
            "synthetic": synthetic,
            "recipe": recipe,
            "relations": relations,
            "queries": queries,
        }
        self.val_triples, self.num_workers = val_triples, num_workers

    def train_dataloader(self) -> DataLoader[LinkBatch]:
        trainer: Any = self.trainer
        batches = LinkBatches(self.graphs, **self.options, rank=trainer.global_rank, world=trainer.world_size)
        return ResumableLoader(batches, trainer, num_workers=self.num_workers)

    def held(self) -> list[tuple[Triples, Tensor]]:
        """Each graph that has validation triples, with some of them, the same ones every time."""
        found = []
        for graph in self.graphs if self.val_triples else ():
            order = torch.randperm(len(graph.val), generator=torch.Generator().manual_seed(0))
            if len(order):
                found.append((graph, graph.val[order[: self.val_triples]]))
        return found

    def val_dataloader(self) -> DataLoader[Held]:
        """What is ranked after an epoch, see `held`."""
        held = []
        for graph, triples in self.held():
            sizes: dict[str, Any] = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
            known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), **sizes)
            held.append(Held(graph.name, relation_facts(graph.train, **sizes), known, triples))
        return DataLoader(held, batch_size=1, collate_fn=first)  # type: ignore[arg-type]
