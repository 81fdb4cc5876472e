"""Why: for each class the words and the neighbours that speak for it, and the nodes that are surest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphfm.classification.answer import Answer
from graphfm.classification.readers.fitted import SMOOTHING
from graphfm.classification.words import log_counts
from graphfm.ops import spmm

WORDS, NEIGHBOURS, EXAMPLES = 10, 3, 3


class Reason(NamedTuple):
    """One class: what speaks for it in this graph. No label is read."""

    name: str
    nodes: int  # that were given the class
    words: list[str]  # that tell it from the others, the most telling first
    neighbours: list[tuple[str, float]]  # classes of its nodes' neighbours, with their share
    examples: list[int]  # nodes that are surest

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return self._asdict() | {"neighbours": [[name, round(share, 4)] for name, share in self.neighbours]}

    def line(self) -> str:
        """In one line."""
        joined = ", ".join(f"{name} {share:.0%}" for name, share in self.neighbours) or "none"
        return f"{self.name} ({self.nodes:,}): {', '.join(self.words) or 'no words'}; neighbours: {joined}"


def reasons(answer: Answer, *, words: int = WORDS) -> list[Reason]:
    r"""What speaks for each class.

    A word w speaks for class c by :math:`\theta_{wc} \ln (\theta_{wc} / \theta_w)`, its share in the class against its share
    in all texts, with soft classes as the pool gives them. Neighbours are counted by their own posteriors, per edge.

    Args:
        answer: of a graph.
        words: how many to name.
    """
    posterior, names = answer.posterior, answer.class_names
    telling = _telling(answer)  # (V, C)
    joined = posterior.T @ spmm(answer.target.adj, posterior)  # (C, C)
    share = joined / joined.sum(1, keepdim=True).clamp_min(1e-9)
    sure, predicted = posterior.max(-1)
    found = []
    for c, name in enumerate(names):
        best = telling[:, c].argsort()[::-1][:words]
        spoken = [answer.target.words.vocabulary[w] for w in best if telling[w, c] > 0]
        top = share[c].argsort(descending=True, stable=True)[:NEIGHBOURS].tolist() if float(joined[c].sum()) else []
        nodes = (predicted == c).nonzero().flatten()
        surest = nodes[sure[nodes].argsort(descending=True, stable=True)[:EXAMPLES]].tolist()
        found.append(Reason(name, len(nodes), spoken, [(names[t], float(share[c, t])) for t in top], surest))
    return found


def _telling(answer: Answer) -> np.ndarray:
    counts = log_counts(answer.target.words.nodes)
    soft = (answer.posterior * answer.target.share.unsqueeze(-1)).numpy()
    seen = np.asarray(counts.T @ soft) + SMOOTHING  # (V, C)
    if not seen.size:
        return np.zeros((0, soft.shape[1]))
    theta = seen / seen.sum(0)
    whole = seen.sum(1, keepdims=True) / seen.sum()
    return np.asarray(theta * np.log(theta / whole))
