"""Why a model gives an answer, in names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.pruning import PruningMixture
from graphfm.models.families.family import Explainer
from graphfm.notebook import table_html
from graphfm.printable import printable


class NamedPath(NamedTuple):
    """Edges (entity, relation, entity, forwards), each starting where the last one ended, and the weight of them all.

    An edge that is not `forwards` is a fact from its second entity to its first.
    """

    edges: list[tuple[str, str, str, bool]]
    weight: float

    def __str__(self) -> str:
        if not self.edges:
            return "(stays where it is)"
        steps = [f" --{r}--> {y}" if forwards else f" <--{r}-- {y}" for _, r, y, forwards in self.edges]
        return self.edges[0][0] + "".join(steps)


class NamedExplanation(NamedTuple):
    """What led to an answer.

    Args:
        triple: labels of head, relation, tail; entities whose label others have, too, with their identifier.
        known: the data has the triple, which was not read.
        score, rank, entities: of the answer; filtered, which is among all entities but other known answers, in the middle
            of ties.
        paths: by weight.
        lengths: weight of each path length, where the model weighs them.
        pruning: for each layer, the weight of each pruning expert by name.
    """

    triple: tuple[str, str, str]
    known: bool
    score: float
    rank: float
    entities: int
    paths: list[NamedPath]
    lengths: dict[int, float]
    pruning: list[dict[str, float]]

    def __repr__(self) -> str:
        head = f"{'  '.join(self.triple)}  (rank {self.rank:g} of {self.entities:,})"
        return printable("\n".join([head, *(f"{path.weight:9.3g}  {path}" for path in self.paths)]))

    def _repr_html_(self) -> str:
        rows = [(str(path), f"{path.weight:.3g}") for path in self.paths]
        fact = "The graph has this fact, which was not read." if self.known else "The graph does not have this fact."
        caption = f"Rank {self.rank:g} of {self.entities:,}. {fact}"
        return table_html(("path", "weight"), rows, title=" · ".join(self.triple), caption=caption)


def explain(
    explainer: Explainer,
    facts: Facts,
    graph: Triples,
    triple: tuple[int, int, int],
    *,
    numbers: Sequence[int],
    known: KnownAnswers,
    pruning: Sequence[torch.nn.Module] = (),
    top: int = 5,
) -> NamedExplanation:
    """The paths that carry an answer's score and the gates behind them.

    Args:
        explainer: finds them, by id: that of the model's family.
        facts: what the model reads of the graph.
        graph: names what it finds.
        triple: ids of head, relation and tail in the graph.
        numbers: the model's id of each relation of the graph and of its inverse, -1 where it has none.
        known: the triples of the graph, on the device of the model.
        pruning: the mixtures of pruning experts of the model, to name them.
        top: paths.

    Raises:
        DataError: no path asked for.
    """
    if top < 1:
        raise DataError(f"top={top}", expected="at least 1")
    # A relation of the model that the graph lacks is on none of its edges.
    names = {r: graph.relation_labels[i] for i, r in enumerate(numbers[: graph.num_relations]) if r >= 0}
    head, rel, tail = (torch.tensor([i], device=facts.device) for i in triple)
    answers = known.answers(head, rel)[1]
    found = explainer(facts, (triple[0], numbers[triple[1]], triple[2]), top=top, known=answers)

    called = _distinct(graph.entity_labels, graph.entities)

    def named(edge: tuple[int, int, int]) -> tuple[str, str, str, bool]:
        x, r, y = edge
        forwards = r < facts.num_relations
        return called[x], names[r if forwards else r - facts.num_relations], called[y], forwards

    return NamedExplanation(
        triple=(called[triple[0]], graph.relation_labels[triple[1]], called[triple[2]]),
        known=bool(known.contains(head, rel, tail)),
        score=found.score,
        rank=found.rank,
        entities=graph.num_entities,
        paths=[NamedPath([named(edge) for edge in path.edges], path.weight) for path in found.paths],
        lengths=found.lengths,
        pruning=[
            dict(zip(expert_names(layer), weights, strict=True))
            for layer, weights in zip(pruning, found.pruning, strict=False)
        ],
    )


def _distinct(labels: list[str], identifiers: list[str]) -> list[str]:
    """Labels, with the identifier where others have the same one."""
    count = Counter(labels)
    return [label if count[label] == 1 else f"{label} ({i})" for label, i in zip(labels, identifiers, strict=True)]


def expert_names(layer: torch.nn.Module) -> list[str]:
    """Names of a layer's pruning experts, such as "attention"."""
    assert isinstance(layer, PruningMixture)
    return [type(expert).__name__.removesuffix("Expert").lower() for expert in layer.experts]
