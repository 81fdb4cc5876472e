"""Classes of the nodes of a graph with no label read: the pool's posteriors, and how they came about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphfm.classification.decide import Decision, decide
from graphfm.classification.pool import Pooled, read
from graphfm.classification.readers.target import Target, target
from graphfm.classification.seen_texts import class_texts, read_texts
from graphfm.errors import DataError

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

#: Readings that agree less than this above chance (Cohen's kappa) disagree on what the classes are.
LEAST_KAPPA = 0.1


@dataclass(frozen=True)
class Answer:
    """What the readers say of a graph.

    Attributes:
        class_names: C names.
        target: what was read.
        pooled: posteriors (N, C) of the pool, and each member's log posteriors.
        decision: how structure is used on the text posteriors; the members that hear neighbours decide alike.
    """

    class_names: list[str]
    target: Target
    pooled: Pooled
    decision: Decision

    @property
    def posterior(self) -> Tensor:
        """(N, C), rows sum to one."""
        return self.pooled.posterior

    def agreement(self) -> float:
        """Cohen's kappa of the dense text with the words, read apart from one another and from edges: 0 by chance, 1 if alike."""
        known = self.target.known
        a = self.pooled.readings["text"][known].argmax(-1)
        b = self.pooled.readings["words, no edges"][known].argmax(-1)
        classes = len(self.class_names)
        share_a, share_b = (torch.bincount(c, minlength=classes).double() / max(len(c), 1) for c in (a, b))
        chance = float((share_a * share_b).sum())
        return (float((a == b).double().mean()) - chance) / (1 - chance) if len(a) and chance < 1 else 1.0

    def words(self) -> str:
        """The decision in words: who was asked, how far they agree, and what the edges were worth."""
        readings, agreement = list(self.pooled.readings), self.agreement()
        said = (
            f"{len(readings)} readings are averaged ({', '.join(readings)}). Text rows and words agree {agreement:.2f} above "
            "chance (0 by chance, 1 if alike)."
        )
        if agreement < LEAST_KAPPA and len(self.class_names) > 1:
            said += " That is no more than chance: the texts may say nothing of these classes; take the answers for guesses."
        if empty := int((~self.target.known).sum()):
            said += f" Nodes without a text: {empty:,}; their neighbours alone speak for them."
        return f"{said} {self.decision.words(self.class_names)}"


def answer(
    graph: TextGraph,
    x: Tensor,
    encode_text: Callable[[list[str]], Tensor],
    class_names: Sequence[str],
    class_descriptions: Sequence[str] | None = None,
    *,
    view: Tensor | None = None,
) -> Answer:
    """Every reader's posteriors and their pool.

    Args:
        graph: any text graph; its labels are not read.
        x: unit rows (N, D) of `read_texts`.
        encode_text: the encoder that made them, for the class texts.
        class_names: what to choose from, in words.
        class_descriptions: a sentence each, "" where there is none.
        view: what a model's experts read from the neighbours, (N, D), `graphfm.GraphFM.read_neighbours`.

    Raises:
        DataError: no class names, or names that are numbers.
    """
    check_names(class_names)
    # Without descriptions the template still closes the name with a period, as it does for an empty one.
    texts = class_texts(class_names, [""] * len(class_names) if class_descriptions is None else class_descriptions)
    adj = graph.adjacency()
    seen = target(read_texts(graph), x, texts, encode_text(texts), adj, view=view)
    pooled = read(seen)
    return Answer(list(class_names), seen, pooled, decide(pooled.readings["text"], adj, fold=seen.fold))


def check_names(class_names: Sequence[str]) -> None:
    """Refuse what no reader can understand.

    Raises:
        DataError: no names, or names that are numbers.
    """
    if not len(class_names):
        raise DataError(
            "no class names",
            expected="at least one",
            hint='Name the classes to choose from: --names "a,b,c", or classes.json.',
        )
    numbers = [name for name in class_names if not any(character.isalpha() for character in name)]
    if len(numbers) == len(class_names):
        raise DataError(
            f"the class names {', '.join(numbers[:5])}{', ...' if len(numbers) > 5 else ''}",
            expected="names in words: they are all that is known of the classes",
            hint='Write them to classes.json beside nodes.jsonl: [{"id": 0, "name": "databases"}, ...].',
        )
