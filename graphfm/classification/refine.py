"""Transductive refinement: the classes described by the nodes that seem to belong to them, beside their given texts.

A class is named in a few words; its nodes speak at length. Each round fits the nodes' embeddings to the posteriors of the
round before, reads every node by a fit that has not seen it, averages that reading with the class texts', and propagates
along edges as `classification.decide` decides anew. A round is kept only if neighbours, who never see a node's own text, predict
the new reading of it better than the old one: two views of a node that agree more. No labels are read.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from graphfm.classification.decide import Decision, decide, use_structure
from graphfm.classification.folds import folds_by_position
from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.readers.fitted import discriminant_log_posterior
from graphfm.ops import Adjacency

ROUNDS = 3


class Refined(NamedTuple):
    """Posteriors (N, C), the decision behind them, and how many rounds were kept."""

    posterior: Tensor
    decision: Decision
    rounds: int


class View(NamedTuple):
    """A model's reading of the neighbours: unit rows (N, D), each of a node hidden from it, and log posteriors (N, C)."""

    rows: Tensor
    log_posterior: Tensor


def refine(
    x: Tensor,
    log_posterior: Tensor,
    adj: Adjacency,
    *,
    start: tuple[Tensor, Decision],
    fold: Tensor | None = None,
    view: View | None = None,
    rounds: int = ROUNDS,
) -> Refined:
    r"""Posteriors refined by the nodes themselves; those of `start` where there is no evidence to refine by.

    .. math:: \log p_v \leftarrow \tfrac12 \log p^{text}_v + \tfrac12 \log p^{nodes}_v

    both readings are of one text and thus averaged (a logarithmic opinion pool), while neighbours are a second source and
    multiply (`classification.propagate`). Anchoring transduction at the text classifier is TransCLIP's idea (Zanella et
    al., NeurIPS 2024).

    Args:
        x: unit rows of the nodes.
        log_posterior: log posteriors from the class texts.
        adj: both directions of every edge.
        start: posteriors and decision of `graphfm.classification.decide.use_structure` for `log_posterior`; where it leaves
            structure out, so does this.
        fold: of each node, see `graphfm.classification.decide.decide`.
        view: what else reads the neighbours; its rows are read by the nodes they seem to belong to in the same way.
        rounds: at most so many.

    Shapes:
        x (N, D), log_posterior (N, C)
    """
    fold = folds_by_position(len(x)) if fold is None else fold
    best = Refined(*start, 0)
    if not best.decision.used:
        return best
    for kept in range(1, rounds + 1):
        pooled = _pooled(x, log_posterior, best.posterior, fold)
        seen = None if view is None else _pooled(view.rows, view.log_posterior, best.posterior, fold)
        now = decide(pooled, adj, fold=fold, view=seen)
        if not now.used or now.evidence <= best.decision.evidence:
            break
        best = Refined(now.apply(pooled, adj, view=seen), now, kept)
    return best


def _pooled(rows: Tensor, log_posterior: Tensor, posterior: Tensor, fold: Tensor) -> Tensor:
    """Two readings of the same rows, by the class texts and by the nodes of each class, averaged."""
    return (0.5 * log_posterior + 0.5 * discriminant_log_posterior(rows, posterior, fold)).log_softmax(-1)


def with_structure(
    x: Tensor,
    class_rows: Tensor,
    adj: Adjacency,
    read: Tensor | None = None,
    *,
    names: tuple[str, str],
    fold: Tensor | None = None,
) -> tuple[dict[str, Tensor], dict[str, Decision]]:
    """Posteriors and decisions by name: structure used as decided, and then refined.

    Args:
        x: unit text rows of the nodes (N, D).
        class_rows: unit rows of the classes (C, D).
        adj: both directions of every edge.
        read: what a model's experts read from the neighbours of each node (N, D), `graphfm.GraphFM.read_neighbours`.
        names: of the two.
        fold: of each node, see `graphfm.classification.decide.decide`.
    """
    log_posterior = text_log_posterior(x, class_rows)
    view = None if read is None else View(read, text_log_posterior(read, class_rows))
    seen = None if view is None else view.log_posterior
    start = use_structure(log_posterior, adj, fold=fold, view=seen)
    refined = refine(x, log_posterior, adj, start=start, fold=fold, view=view)
    posteriors, decisions = (start[0], refined.posterior), (start[1], refined.decision)
    return dict(zip(names, posteriors, strict=True)), dict(zip(names, decisions, strict=True))
