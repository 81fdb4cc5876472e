r"""From scores to probabilities, and how far to trust them.

A scorer orders answers; its numbers are no probabilities. Platt's map sends a score s to :math:`\sigma(a s + b)`; isotonic
regression to the best increasing step function. Both are fitted on true triples and on wrong ones drawn for them, as many
of each, so that a probability says "true rather than a random wrong answer", and 1/2 is the prior.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

Method = Literal["platt", "isotonic"]


class Calibration(NamedTuple):
    """A fitted map from scores to probabilities, as plain numbers."""

    method: Method
    scores: list[float]  # knots of the isotonic map; for Platt's, the slope a and the offset b
    values: list[float]  # probabilities at the knots; empty for Platt's

    def __call__(self, scores: Tensor) -> Tensor:
        """Probabilities, float64 on the CPU. Shapes: `(...) -> (...)`."""
        x = scores.detach().double().cpu()
        if self.method == "platt":
            slope, offset = self.scores
            return torch.sigmoid(slope * x + offset)
        return torch.from_numpy(np.interp(x.numpy(), self.scores, self.values))


def calibrate(positive: Tensor, negative: Tensor, *, method: Method = "platt") -> Calibration:
    """Fit on scores of true and of wrong triples.

    Platt's targets are pulled off 0 and 1 as in Platt 1999, section 2.2, so that separable scores keep a finite slope.

    Args:
        positive: `(n,)`, at least one.
        negative: `(m,)`, at least one.
        method: "platt" or "isotonic".

    Raises:
        ValueError: a side is empty, or the method is unknown.
    """
    if not len(positive) or not len(negative):
        raise ValueError(f"calibration needs scores of both kinds, received {len(positive)} and {len(negative)}")
    x = torch.cat([positive, negative]).detach().double().cpu()
    true = torch.arange(len(x)) < len(positive)
    if method == "platt":
        slope, offset = _logistic(x, torch.where(true, 1 - 1 / (len(positive) + 2), 1 / (len(negative) + 2)))
        return Calibration("platt", [slope, offset], [])
    if method != "isotonic":
        raise ValueError(f"received the method {method!r}, expected 'platt' or 'isotonic'")
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(x.numpy(), true.double().numpy())
    return Calibration("isotonic", fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist())


def _logistic(x: Tensor, target: Tensor) -> tuple[float, float]:
    """Slope and offset of the least cross-entropy, by Newton's method on standardised scores."""
    mean, scale = x.mean(), x.std(correction=0).clamp_min(1e-12)
    design = torch.stack([(x - mean) / scale, torch.ones_like(x)], dim=1)  # (n, 2)
    weight = torch.zeros(2, dtype=torch.float64)
    ridge = 1e-6 * torch.eye(2, dtype=torch.float64)
    for _ in range(100):
        p = torch.sigmoid(design @ weight)
        gradient = design.T @ (p - target) / len(x) + ridge @ weight
        hessian = (design * (p * (1 - p))[:, None]).T @ design / len(x) + ridge
        step = torch.linalg.solve(hessian, gradient)
        # A long step leaves the region where the quadratic model holds.
        weight = weight - step * min(1.0, 5.0 / float(step.norm().clamp_min(1e-12)))
        if float(step.norm()) < 1e-10:
            break
    slope, offset = (weight[0] / scale).item(), (weight[1] - weight[0] * mean / scale).item()
    return slope, offset


def reliability(probability: Tensor, true: Tensor, *, bins: int = 10) -> dict[str, Any]:
    """How well probabilities hold: the Brier score, and per bin how often what was foretold came true.

    `brier` = mean of (p - y)^2, 0 at best, `brier_constant` that of always saying the share of true ones;
    `calibration_error` = mean distance of a bin's probability from its frequency, by the size of the bins.

    Args:
        probability: `(n,)` in [0, 1].
        true: `(n,)` bool.
        bins: of equal width; empty ones are left out.
    """
    p, y = probability.double().cpu(), true.double().cpu()
    place = (p * bins).long().clamp_(0, bins - 1)
    count = torch.bincount(place, minlength=bins).double()
    used = count > 0
    foretold = torch.bincount(place, weights=p, minlength=bins)[used] / count[used]
    observed = torch.bincount(place, weights=y, minlength=bins)[used] / count[used]
    return {
        "brier": (p - y).square().mean().item(),
        "brier_constant": (y.mean() * (1 - y.mean())).item(),
        "calibration_error": ((foretold - observed).abs() * count[used]).sum().item() / len(p),
        "bins": {"probability": foretold.tolist(), "frequency": observed.tolist(), "count": count[used].int().tolist()},
    }
