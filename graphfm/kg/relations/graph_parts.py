"""Parts of a knowledge graph to train on: no two alike, so that a model learns no graph by heart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from graphfm.kg.known import KnownAnswers
from graphfm.kg.relations.relation_graph import RelationFacts, relation_facts

SMALLEST = 100  # facts of a part, where the graph has as many


@dataclass(frozen=True)
class GraphPart:
    """A small knowledge graph of its own ids.

    Args:
        num_entities: V.
        num_relations: R.
        observed: `(n, 3)` the facts that may be read.
        asked: `(m, 3)` the facts that may be asked for, observed or not.
        true: `(k, 3)` every fact, none of which is a wrong answer.
        relations: `(R,)` the ids its relations have in the whole graph.
    """

    num_entities: int
    num_relations: int
    observed: Tensor
    asked: Tensor
    true: Tensor
    relations: Tensor

    @cached_property
    def facts(self) -> RelationFacts:
        return relation_facts(self.observed, num_entities=self.num_entities, num_relations=self.num_relations)

    @cached_property
    def known(self) -> KnownAnswers:
        return KnownAnswers(self.true, num_entities=self.num_entities, num_relations=self.num_relations)


@dataclass(frozen=True)
class Recipe:
    """How a part is drawn: first entities, where the graph is larger than a part may be, then relations, then facts.

    Args:
        max_facts: facts of a part.
        spread: the limit of one part is drawn between `max_facts` and so many times fewer, evenly in the logarithm.
        cores: share of the parts of large graphs that are not a neighbourhood but entities drawn by their degree: small
            and dense.
        relations: smallest share of the relations that a part keeps.
        facts: smallest share of its facts that may be read; drawn evenly in the logarithm, so that sparse graphs are common.
    """

    max_facts: int = 24_000
    spread: float = 20
    cores: float = 0.3
    relations: float = 0.4
    facts: float = 0.15


class Slicer:
    """Draws parts of one graph.

    Args:
        triples: `(n, 3)` its facts.
        num_entities: V.
        num_relations: R.
    """

    def __init__(self, triples: Tensor, *, num_entities: int, num_relations: int) -> None:
        self.triples = triples.numpy()
        self.num_entities, self.num_relations = num_entities, num_relations
        ends = np.concatenate([self.triples[:, [0, 2]], self.triples[:, [2, 0]]])
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        self._neighbor = ends[:, 1]
        self._start = np.searchsorted(ends[:, 0], np.arange(num_entities + 1))
        self._degree = np.diff(self._start)

    def draw(self, generator: np.random.Generator, recipe: Recipe) -> GraphPart:
        """A part; the same state of the generator gives the same one."""
        rows = self.triples
        limit = max(SMALLEST, int(recipe.max_facts * recipe.spread ** -generator.random()))
        if len(rows) > limit:
            inside = rows[:0]
            if generator.random() < recipe.cores:
                inside = self._inside(self._core(generator))
            rows = inside if len(inside) >= SMALLEST else self._inside(self._neighborhood(generator, limit))
        share = generator.uniform(recipe.relations, 1)
        relations = generator.random(self.num_relations) < share
        kept = rows[relations[rows[:, 1]]]
        rows = kept if len(kept) >= SMALLEST else rows
        read = generator.random(len(rows)) < recipe.facts ** generator.random()
        return renumbered(rows[read], rows)

    def _inside(self, chosen: np.ndarray) -> np.ndarray:
        """Facts between chosen entities."""
        return self.triples[chosen[self.triples[:, 0]] & chosen[self.triples[:, 2]]]

    def _core(self, generator: np.random.Generator) -> np.ndarray:
        """Entities drawn in proportion to their degree, 50 to 500 of them."""
        size = min(int(50 * 10 ** generator.random()), self.num_entities)
        share = self._degree / self._degree.sum()
        chosen = np.zeros(self.num_entities, dtype=bool)
        chosen[generator.choice(self.num_entities, size, p=share)] = True
        return chosen

    def _neighborhood(self, generator: np.random.Generator, limit: int) -> np.ndarray:
        """Entities around a fact, hop by hop, until they hold about `limit` facts."""
        chosen = np.zeros(self.num_entities, dtype=bool)
        frontier = self.triples[generator.integers(len(self.triples), size=4), 0]
        chosen[frontier] = True
        entities, inside = 4, 0
        while len(frontier) and inside < limit:
            reached = np.concatenate([self._neighbor[self._start[v] : self._start[v + 1]] for v in frontier.tolist()])
            new = np.unique(reached[~chosen[reached]])
            # Half as many again: a hub would swallow the graph, and a part stays near its limit.
            frontier = generator.permutation(new)[: 8 + entities // 2]
            chosen[frontier] = True
            entities += len(frontier)
            inside = len(self._inside(chosen))
        return chosen


def renumbered(observed: np.ndarray, true: np.ndarray, asked: np.ndarray | None = None) -> GraphPart:
    """A part in ids of its own: the entities and relations of its true facts, `(n, 3)` each."""
    entities = np.unique(true[:, [0, 2]])
    relations = np.unique(true[:, 1])

    def own(rows: np.ndarray) -> Tensor:
        columns = [np.searchsorted(entities, rows[:, 0]), np.searchsorted(relations, rows[:, 1])]
        return torch.from_numpy(np.stack([*columns, np.searchsorted(entities, rows[:, 2])], 1))

    every, kept = own(true), torch.from_numpy(relations)
    return GraphPart(len(entities), len(relations), own(observed), every if asked is None else own(asked), every, kept)


def ask(part: GraphPart, generator: np.random.Generator, *, relations: int = 4, queries: int = 8) -> Tensor:
    """Queries about a part from a few relations, which then share one look at the relation graph.

    Relations and directions are drawn by the square root of their facts; at most a third of a relation's facts is asked for
    at once, since what is asked for is taken out of the graph.

    Shapes: -> `(B, 3)`, head queries as tail queries of the inverse relation.
    """
    rows = part.asked.numpy()
    order = generator.permutation(len(rows))
    order = order[np.argsort(rows[order, 1], kind="stable")]
    kinds, start, count = np.unique(rows[order, 1], return_index=True, return_counts=True)
    share = np.sqrt(np.tile(count, 2))
    size = min(relations, len(share))
    drawn = generator.choice(len(share), size, replace=False, p=share / share.sum())
    batch = []
    for way in drawn.tolist():
        kind, backwards = way % len(kinds), way >= len(kinds)
        some = min(queries, max(1, int(count[kind]) // 3))
        triples = rows[order[start[kind] : start[kind] + some]]
        if backwards:
            triples = np.stack([triples[:, 2], triples[:, 1] + part.num_relations, triples[:, 0]], 1)
        batch.append(triples)
    return torch.from_numpy(np.concatenate(batch))
