r"""The probability that a listed answer is true: an answer that was picked for its score, among all that could have been.

Platt's map (`graphfm.kg.calibration`) weighs a triple against one random wrong triple. The best of thousands of wrong answers
beats nearly every random one, so that map is far too sure of a list. Here the answers of validation queries are listed as a user
would see them, answers of training left out, and a logistic regression learns which of them are validation triples:

    p = \sigma(b + w_0 s + \sum_i w_i log share_i),   share_i = exp(s / t_i) / sum over the best candidates of exp(s' / t_i)

The score s compares queries with one another, the shares at four temperatures t_i the candidates of one query: an answer that
stands alone is surer than one of many equals. All w are at least 0, so that of a query's answers the better one is never the less
probable. Temperatures are those that suit a model's scores best as a softmax, times 1/4, 1, 4 and
16: on validation queries of UMLS and Kinship this set had the least cross-fitted log loss of eight that were tried.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

TEMPERATURES = (0.25, 1.0, 4.0, 16.0)  # times the best single one
BEST = 50  # candidates of a query that a share is of
LISTED = 20  # answers of a query that are learnt from
RIDGE = 1.0  # on weights of features of unit deviation: worth one answer
CROSS_FOLDS = 5
LEAST_TRUE = 50  # true answers in the lists, for a fit
LEAST_GAIN = 3.0  # standard errors by which the fit beats the base rate on queries it was not fitted on


class ListCalibration(NamedTuple):
    """A fitted map from scores and their lists to probabilities, as plain numbers."""

    unit: float  # the temperature
    weights: list[float]  # of the score, then of the log share at each of TEMPERATURES
    offset: float

    def __call__(self, score: Tensor, query: Tensor, best: Tensor, *, apart: Tensor | None = None) -> Tensor:
        """Probabilities of answers, float64.

        Args:
            score: `(n,)` of the answers.
            query: `(n,)` which of the queries each answers.
            best: `(B, K)` of `best_scores`.
            apart: `(n,)` bool, answers that were left out of `best`; each is weighed as one more candidate.
        """
        columns = _features(score.double(), query, best.double(), self.unit, apart)
        return torch.sigmoid(columns @ columns.new_tensor(self.weights) + self.offset)


def best_scores(scores: Tensor, left_out: tuple[Tensor, Tensor] | Tensor) -> tuple[Tensor, Tensor]:
    """The best scores of each query and whose they are, `BEST` at most, in descending order; -inf where there are fewer.

    Args:
        scores: `(B, V)`.
        left_out: answers of training, as query `(k,)` and entity `(k,)`, or as a mask `(B, V)`.

    Shapes: `-> (B, K), (B, K)`.
    """
    others = scores.clone()
    others[left_out] = -torch.inf
    found = others.topk(min(BEST, scores.size(1)), dim=1)
    return found.values, found.indices


def fit_listed(best: Tensor, true: Tensor, counted: Tensor) -> ListCalibration | None:
    """Fit on the lists of validation queries; None where they cannot tell true answers from others.

    They can where there are `LEAST_TRUE` true answers in the lists and where, on queries that it was not fitted on, the fit
    beats the base rate's log loss by `LEAST_GAIN` standard errors.

    Args:
        best: `(Q, K)` of `best_scores`.
        true: `(Q, K)` bool, which of them are validation triples.
        counted: `(Q, K)` bool, without answers that are known from elsewhere, such as the test triples.
    """
    best, true = best.double(), true & torch.isfinite(best)
    usable = counted & torch.isfinite(best)
    usable[:, LISTED:] = False
    if int((true & usable).sum()) < LEAST_TRUE:
        return None
    unit = _temperature(best, true)
    if unit is None:
        return None
    query, place = usable.nonzero().unbind(1)
    x = _features(best[query, place], query, best, unit, None).numpy()
    y = true[query, place].double().numpy()
    gain, fold = np.zeros(len(best)), query.numpy() % CROSS_FOLDS  # queries are in no order
    for k in range(CROSS_FOLDS):
        inside, outside = fold != k, fold == k
        if not outside.any() or not 0 < y[inside].mean() < 1:
            return None
        weights, offset = _logistic(x[inside], y[inside])
        better = _log_loss(y[inside].mean() + 0 * y[outside], y[outside]) - _log_loss(
            1 / (1 + np.exp(-(x[outside] @ weights + offset))), y[outside]
        )
        np.add.at(gain, query.numpy()[outside], better)
    gain = gain[np.unique(query.numpy())]
    if gain.mean() < LEAST_GAIN * gain.std() / len(gain) ** 0.5 or gain.mean() <= 0:
        return None
    weights, offset = _logistic(x, y)
    return ListCalibration(unit, weights.tolist(), float(offset)) if weights.any() else None


def _features(score: Tensor, query: Tensor, best: Tensor, unit: float, apart: Tensor | None) -> Tensor:
    """The score, and the log share at each temperature. Shapes: `score, query (n,)`, `best (B, K) -> (n, 5)`."""
    outside = score < best[query, -1]
    outside = outside if apart is None else outside | apart
    columns = [score]
    for times in TEMPERATURES:
        own, all_of_it = score / (times * unit), torch.logsumexp(best / (times * unit), dim=1)[query]
        columns.append(own - torch.where(outside, torch.logaddexp(all_of_it, own), all_of_it))
    return torch.stack(columns, dim=1)


def _temperature(best: Tensor, true: Tensor) -> float | None:
    """The temperature at which a softmax of the lists gives the true answers the largest likelihood."""
    gaps = (best[:, :1] - best)[torch.isfinite(best)]
    spread = float(gaps.std(correction=0))
    if not spread > 0:
        return None  # all scores are equal
    grid = [spread * float(times) for times in np.geomspace(0.02, 10, 60)]
    likelihood = [float(torch.log_softmax(best / t, dim=1)[true].mean()) for t in grid]
    return grid[int(np.argmax(likelihood))]


def _logistic(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights of at least 0 and the offset of the least cross-entropy, with a little ridge on standardised columns."""
    from scipy.optimize import minimize

    mean, scale = x.mean(0), x.std(0)
    used = scale > 1e-9 * (1 + np.abs(mean))
    scale = np.where(used, scale, 1.0)
    design = np.hstack([(x - mean) / scale * used, np.ones((len(x), 1))])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z, inner = design @ w, np.append(w[:-1], 0.0)
        p = 1 / (1 + np.exp(-z))
        return float((np.logaddexp(0, z) - y * z).sum() + RIDGE / 2 * inner @ inner), design.T @ (p - y) + RIDGE * inner

    bounds = [(0.0, None)] * x.shape[1] + [(None, None)]
    w = minimize(loss, np.zeros(design.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = w[:-1] / scale * used
    return weights, float(w[-1] - weights @ mean)


def _log_loss(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))
