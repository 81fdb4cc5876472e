"""Classes along edges: how the classes of neighbours go together, and what neighbours then say about a node.

Nothing here reads a label. All that is known of a node is a soft posterior over the classes, made from its text; the
compatibility of classes is what those posteriors show along edges beyond chance. With no excess over chance it is one
everywhere, and propagation gives the text posterior back; with more agreement than chance it smooths; with less it
sharpens differences; and between single classes it may do both at once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from graphfm.ops import Adjacency, adjacency, spmm

#: Cosines are multiplied by this before the softmax: the default scale of MultipleNegativesRankingLoss, with which
#: sentence-transformers trains encoders so that this softmax tells a text's partner from others.
COSINE_SCALE = 20.0
#: Hops, as deep as the standard encoder and the fixed smoothing look.
PROPAGATION_ROUNDS = 2
#: Correlation of what two neighbours of a node say. Chosen once, on python-stdlib, which is a source and never a target:
#: of 0, .1, .3 and 1 it lost least there (0.2 points of accuracy at most) whatever the strength between 4 and 16.
CORRELATION = 0.3
_TINY = 1e-9


def text_log_posterior(x: Tensor, class_rows: Tensor, *, scale: float = COSINE_SCALE) -> Tensor:
    r"""Log posterior of the classes from cosines, :math:`\log\mathrm{softmax}_c(s\, x_v^T t_c)`.

    Args:
        x: unit rows of the nodes.
        class_rows: unit rows of the classes.
        scale: :math:`s`.

    Shapes:
        x (N, D), class_rows (C, D) -> (N, C)
    """
    return (scale * x @ class_rows.T).log_softmax(-1)


def smooth(x: Tensor, edges: Tensor | Adjacency, *, rounds: int = 2) -> Tensor:
    r"""Fixed smoothing over neighbours, the strongest cheap rule on homophilous graphs.

    .. math:: x_v \leftarrow \mathrm{normalize}(x_v / 2 + \mathrm{mean}_{u \in N(v)} x_u / 2)

    Nodes without neighbours stay as they are.

    Args:
        x: unit rows (N, D).
        edges: both directions of every edge, (2, E), or their adjacency.
        rounds: how often.
    """
    adj = adjacency(edges, len(x))
    isolated = (adj.degree == 0).unsqueeze(-1)  # (N, 1)
    for _ in range(rounds):
        x = torch.where(isolated, x, F.normalize(x + spmm(adj, x, reduce="mean"), dim=-1))
    return x


def compatibility(posterior: Tensor, adj: Adjacency, *, keep: Tensor | None = None) -> Tensor:
    r"""How much more often than by chance two classes meet at the ends of an edge, shrunk to chance where evidence is weak.

    .. math::
        J = \frac{1}{2M} P^T A P, \quad n = \frac{1}{2M} P^T d, \quad
        H_{cc'} = 1 + \Big(1 - \frac{\sigma_{cc'}^2}{(J_{cc'} - n_c n_{c'})^2}\Big)_+ \frac{J_{cc'} - n_c n_{c'}}{n_c n_{c'}}

    The chance level is the configuration model, edges rewired at random with all degrees :math:`d` kept;
    :math:`\sigma_{cc'}` is the standard error of :math:`J_{cc'}` under it, in closed form, and the factor is the
    positive-part James-Stein rule: an entry within its standard error of chance is chance.

    Args:
        posterior: soft classes :math:`P`, rows sum to one.
        adj: both directions of every edge, :math:`2M` entries.
        keep: nodes to look at; edges to others are left out.

    Shapes:
        posterior (N, C), keep (N,) bool -> (C, C), symmetric
    """
    p = posterior if keep is None else posterior * keep.unsqueeze(-1)
    degree = adj.degree.to(p.dtype) if keep is None else _kept_degree(adj, keep, p.dtype)
    total = degree.sum()
    num_classes = p.size(1)
    if not float(total):
        return p.new_ones(num_classes, num_classes)
    share = (degree / total).unsqueeze(-1)  # (N, 1)
    mean = (share * posterior).sum(0)
    joint, chance = p.T @ spmm(adj, p) / total, torch.outer(mean, mean)
    # With degrees kept the ends' own means are fixed, so that only products of deviations vary; either end may carry c.
    covariance = (share * (posterior - mean)).T @ (posterior - mean)
    variance = (torch.outer(covariance.diag(), covariance.diag()) + covariance.square()) / total
    excess = joint - chance
    shrink = (1 - variance / excess.square().clamp_min(torch.finfo(p.dtype).tiny)).clamp_min(0)
    return 1 + shrink * excess / chance.clamp_min(_TINY)


def propagate(
    log_posterior: Tensor,
    adj: Adjacency,
    compat: Tensor,
    *,
    strength: float,
    rounds: int = PROPAGATION_ROUNDS,
    correlation: float = CORRELATION,
) -> Tensor:
    r"""Posteriors of the nodes after hearing their neighbours; rows sum to one.

    .. math::
        q_v(c) \propto p_v(c) \Big[\prod_{u \in N(v)} \sum_{c'} H_{cc'}\, q_u(c')\Big]^{\beta_v}, \qquad
        \beta_v = \frac{\beta}{1 + (d_v - 1) \rho}

    starting at :math:`q = p`: Bayes' rule for a stochastic block model with degrees, where :math:`\beta_v d_v / \beta`
    is the number of independent voices among :math:`d_v` correlated ones (Kish's design effect). A node without
    neighbours keeps its posterior.

    Args:
        log_posterior: :math:`\log p`, from the text.
        adj: both directions of every edge.
        compat: :math:`H`, as `compatibility` gives it.
        strength: :math:`\beta`; zero leaves everything as it is.
        rounds: hops.
        correlation: :math:`\rho`.

    Shapes:
        log_posterior (N, C), compat (C, C) -> (N, C)
    """
    posterior = log_posterior.softmax(-1)
    if strength == 0:
        return posterior
    degree = adj.degree.to(posterior.dtype).clamp_min(1)
    weight = (strength / (1 + (degree - 1) * correlation)).unsqueeze(-1)
    for _ in range(rounds):
        message = (posterior @ compat).clamp_min(_TINY).log()
        posterior = (log_posterior + weight * spmm(adj, message)).softmax(-1)
    return posterior


def confusion(posterior: Tensor) -> Tensor:
    r"""What posteriors look like where a class is true, :math:`M_{yc} = E[P_c \mid y]`, if they are calibrated; rows sum to one.

    .. math:: M = \mathrm{diag}(P^T 1)^{-1} P^T P

    Source: the forward correction of learning from noisy labels (Patrini et al., CVPR 2017), with soft classes.

    Shapes:
        posterior (N, C) -> (C, C)
    """
    return posterior.T @ posterior / posterior.sum(0).clamp_min(_TINY).unsqueeze(-1)


def _kept_degree(adj: Adjacency, keep: Tensor, dtype: torch.dtype) -> Tensor:
    column = keep.to(dtype).unsqueeze(-1)
    return (spmm(adj, column) * column).squeeze(-1)
