"""Should structure be used, how strongly, and in which sense? Decided from held-out texts, with no labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from graphfm.classification.folds import FOLDS, folds_by_position
from graphfm.classification.propagate import compatibility, confusion, propagate
from graphfm.notebook import facts_html
from graphfm.ops import Adjacency

STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
VIEW_WEIGHTS = (0.125, 0.25, 0.5, 1.0, 2.0)
#: Structure is used if its worth exceeds zero by so many standard errors. Nodes are no independent draws, hence more than
#: the usual two: of 800 random rewirings of four graphs of 105 to 265 nodes, none was used.
ERRORS = 5.0
#: ... and by so many nats a node, below which no prediction would change.
LEAST = 1e-3
PAIRS_NAMED = 3


class Decision(NamedTuple):
    """How a graph's structure is used, and why.

    Attributes:
        strength: of propagation; zero leaves structure out.
        evidence: nats by which a node's neighbours predict its own held-out text better than no neighbours would.
        error: standard error of `evidence` over nodes.
        agreement: how often neighbours share a class, in multiples of chance; below one where unlike nodes join.
        compat: (C, C) how often two classes meet on an edge, in multiples of chance.
        view_weight: of a second reading of the neighbours, such as a model's; zero leaves it out.
    """

    strength: float
    evidence: float
    error: float
    agreement: float
    compat: Tensor
    view_weight: float = 0.0

    @property
    def used(self) -> bool:
        return self.strength > 0

    @property
    def kind(self) -> str:
        """What propagation does: ``"identity"``, ``"low-pass"``, ``"high-pass"``, or ``"class-level"`` where classes differ."""
        if not self.used:
            return "identity"
        own = self.compat.diag()
        if bool((own >= 1).all()):
            return "low-pass"
        return "high-pass" if bool((own <= 1).all()) else "class-level"

    def apply(self, log_posterior: Tensor, adj: Adjacency, *, view: Tensor | None = None) -> Tensor:
        """Posteriors (N, C) after propagation as decided; the text's own where structure is left out."""
        posterior = propagate(log_posterior, adj, self.compat, strength=self.strength)
        if view is None or self.view_weight == 0:
            return posterior
        return with_view(posterior, _ratio(view, adj), self.view_weight)

    def words(self, class_names: Sequence[str] = ()) -> str:
        """The decision and its reason in a few sentences; with names, the classes that meet more or less than by chance."""
        found = f"{self.evidence:.3f} ± {self.error:.3f} nats a node"
        if not self.used:
            return (
                f"Structure is left out: neighbours do not predict a node's own text well enough ({found}; needed: more "
                f"than {ERRORS:g} standard errors). Every node is classified by its text alone."
            )
        meaning = {
            "low-pass": "Every class meets itself at least as often as by chance, so neighbours are drawn together",
            "high-pass": "No class meets itself more often than by chance, so neighbours are pushed apart",
            "class-level": "Some classes meet themselves more and some less often than by chance, so it depends on the class",
        }[self.kind]
        return (
            f"Structure is used with strength {self.strength:g}: neighbours predict a node's own held-out text better than "
            f"chance ({found}). {meaning} ({self.kind}); neighbours share a class {self.agreement:.2f} times as often as "
            f"in a rewired graph.{self._pairs(class_names)}{self._view()}"
        )

    def __repr__(self) -> str:
        return f"Decision({self.kind}): {self.words()}"

    def _repr_html_(self) -> str:
        return facts_html(f"Structure: {self.kind}", self.as_dict() | {"kind": self.words()})

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "kind": self.kind,
            "strength": self.strength,
            "evidence": round(self.evidence, 5),
            "error": round(self.error, 5),
            "agreement": round(self.agreement, 4),
            "view_weight": self.view_weight,
        }

    def _view(self) -> str:
        return (
            f" What the experts read from the neighbours counts {self.view_weight:g} times." if self.view_weight else ""
        )

    def _pairs(self, names: Sequence[str]) -> str:
        if not names or self.kind == "low-pass":
            return ""
        rows, cols = torch.triu_indices(len(names), len(names))
        values = self.compat[rows, cols]
        top = values.log().abs().argsort(descending=True, stable=True)[:PAIRS_NAMED]
        said = [f"{names[rows[i]]} and {names[cols[i]]} {float(values[i]):.2f}" for i in top.tolist()]
        return f" Farthest from chance: {', '.join(said)}."


def decide(
    log_posterior: Tensor, adj: Adjacency, *, fold: Tensor | None = None, view: Tensor | None = None
) -> Decision:
    r"""The strength of propagation whose worth on held-out texts is surest, or none.

    A fifth of the nodes at a time has its text hidden; their neighbours predict the posterior the text would give. The
    worth of strength :math:`\beta` at node v, with P the text posteriors, q the prediction, :math:`\pi` their mean and M
    their confusion (`graphfm.classification.propagate.confusion`), is

    .. math:: g_v(\beta) = \sum_c P_v(c) \log \frac{(M^T q_v)(c)}{(M^T \pi)(c)},

    the gain in log-likelihood over knowing no neighbours. The strength with the largest lower bound, mean less `ERRORS`
    standard errors, is taken if that bound exceeds `LEAST`. Edges placed at random carry no gain, so that they are left out.
    A second view is then weighed by what it adds to that prediction, by the same rule.

    Args:
        log_posterior: log posteriors of the classes from texts.
        adj: both directions of every edge.
        fold: of each node, `graphfm.classification.folds.folds`; -1 for one without text, which is neither evidence nor judged.
            Left out, the place of a node decides.
        view: log posteriors that another reading of the neighbours gives each node; the node's own text, and those of its
            whole fold, must have been hidden from it.

    Shapes:
        log_posterior, view (N, C), fold (N,)
    """
    posterior = log_posterior.softmax(-1)
    fold = (folds_by_position(len(posterior)) if fold is None else fold).to(posterior.device)
    known = fold >= 0
    compat = compatibility(posterior, adj, keep=None if bool(known.all()) else known)
    agreement = _agreement(posterior, adj)
    connected = (adj.degree > 0) & known
    best, bound = Decision(0.0, 0.0, 0.0, agreement, compat), LEAST
    if int(connected.sum()) < 2 * FOLDS or log_posterior.size(1) < 2:
        return best
    predictions = {strength: held_out(log_posterior, adj, fold=fold, strength=strength) for strength in STRENGTHS}
    for strength, prediction in predictions.items():
        worth = _gain(posterior, prediction, known)[connected]
        mean, error = float(worth.mean()), standard_error(worth)
        if mean - ERRORS * error > bound:
            best, bound = Decision(strength, mean, error, agreement, compat), mean - ERRORS * error
        elif not best.used and mean > best.evidence:
            best = Decision(0.0, mean, error, agreement, compat)
    if view is None or not best.used:
        return best
    ratio, prediction, bound = _ratio(view, adj), predictions[best.strength], 0.0
    alone = _gain(posterior, prediction, known)[connected]
    for weight in VIEW_WEIGHTS:
        worth = _gain(posterior, with_view(prediction, ratio, weight), known)[connected]
        more = worth - alone
        if float(more.mean()) - ERRORS * standard_error(more) > bound:
            bound = float(more.mean()) - ERRORS * standard_error(more)
            best = best._replace(evidence=float(worth.mean()), error=standard_error(worth), view_weight=weight)
    return best


def use_structure(
    log_posterior: Tensor, adj: Adjacency, *, fold: Tensor | None = None, view: Tensor | None = None
) -> tuple[Tensor, Decision]:
    """Posteriors (N, C) with structure used as decided, and the decision; for the arguments see `decide`."""
    decision = decide(log_posterior, adj, fold=fold, view=view)
    return decision.apply(log_posterior, adj, view=view), decision


def held_out(log_posterior: Tensor, adj: Adjacency, *, fold: Tensor, strength: float) -> Tensor:
    """Posteriors (N, C) that neighbours predict for each node while its own text, and its fold's (N,), are hidden."""
    posterior = log_posterior.softmax(-1)
    prior, prediction = posterior.mean(0).log(), posterior.clone()
    for k in range(FOLDS):
        hidden = fold == k
        compat = compatibility(posterior, adj, keep=~hidden & (fold >= 0))
        known = torch.where(hidden.unsqueeze(-1), prior, log_posterior)
        prediction[hidden] = propagate(known, adj, compat, strength=strength)[hidden]
    return prediction


def gain(posterior: Tensor, prediction: Tensor) -> Tensor:
    """Nats (N,) by which predictions (N, C) of posteriors (N, C) exceed their mean as a prediction; see `decide`."""
    blur, floor = confusion(posterior), torch.finfo(posterior.dtype).tiny
    chance = (posterior.mean(0) @ blur).clamp_min(floor).log()
    return (posterior * ((prediction @ blur).clamp_min(floor).log() - chance)).sum(-1)


def _gain(posterior: Tensor, prediction: Tensor, known: Tensor) -> Tensor:
    """`gain` among the `known` nodes, zero elsewhere, (N,)."""
    worth = torch.zeros_like(posterior[:, 0])
    worth[known] = gain(posterior[known], prediction[known])
    return worth


def with_view(posterior: Tensor, ratio: Tensor, weight: float) -> Tensor:
    """Posteriors (N, C) times a likelihood ratio (N, C) to a power, rows scaled to sum to one."""
    return (posterior.clamp_min(torch.finfo(posterior.dtype).tiny).log() + weight * ratio).softmax(-1)


def standard_error(values: Tensor) -> float:
    """Of the mean of values (n,); infinite for a single one."""
    return float(values.std()) / len(values) ** 0.5 if len(values) > 1 else float("inf")


def _ratio(view: Tensor, adj: Adjacency) -> Tensor:
    """Log likelihood ratio of a view (N, C): its log posteriors over their mean; zero where there is no neighbour to read."""
    connected = (adj.degree > 0).unsqueeze(-1)
    mean = view.softmax(-1)[connected.squeeze(-1)].mean(0)
    return torch.where(connected, view.log_softmax(-1) - mean.log(), 0.0)


def _agreement(posterior: Tensor, adj: Adjacency) -> float:
    """Chance that the ends of an edge share a class, over the same chance in a rewired graph; one without edges."""
    if not adj.num_edges:
        return 1.0
    share = adj.degree.to(posterior.dtype) / adj.num_edges
    mean = share @ posterior
    source, target = adj.src.split(100_000), adj.dst.split(100_000)
    same = sum(float((posterior[u] * posterior[v]).sum()) for u, v in zip(source, target, strict=True))
    return same / adj.num_edges / float(mean.square().sum())
