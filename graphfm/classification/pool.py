r"""Many simple readings, one average: an equal-weight logarithmic opinion pool with one temperature.

.. math:: p_v = \mathrm{softmax}\Big(T \cdot \tfrac1R \sum_r \mathrm{clr}(p^{(r)}_v)\Big), \qquad
          \mathrm{clr}(p) = \log \tilde p - \mathrm{mean}_c \log \tilde p_c, \quad \tilde p = .999\,p + .001 / C

Nothing is weighed, guarded or stopped: whatever was chosen or learned on some domains lost on others (results/zero_shot_nested).
Readings whose errors differ make the gain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.classification.readers.fitted import Rounds
from graphfm.classification.readers.target import Reader, Target
from graphfm.classification.readers.unfitted import experts, smoothed, text, text_and_words

#: The one learned number: of the least calibration error on labelled graphs, each domain one vote; .6 or .625 whichever domain
#: is left out (results/zero_shot_nested). With the experts as one more member .675 or .7.
TEMPERATURE, TEMPERATURE_WITH_EXPERTS = 0.6, 0.675
#: No reading is surer than this share of its posterior allows.
FLOOR = 1e-3
MEMBERS: dict[str, Reader] = {
    "text": text,
    "smoothed": smoothed,
    "refitted": Rounds(text, anchor=0.5, rounds=2),
    "words": Rounds(text_and_words, anchor=0.25, rounds=1),
    "words, no edges": Rounds(text_and_words, anchor=0.25, rounds=3, structure=False),
}
#: ... and one more where a model reads the neighbours too.
WITH_EXPERTS: dict[str, Reader] = {**MEMBERS, "experts": experts}


class Pooled(NamedTuple):
    """Posteriors (N, C) of the pool, and the log posteriors (N, C) of each member."""

    posterior: Tensor
    readings: dict[str, Tensor]


def read(target: Target, members: Mapping[str, Reader] | None = None, *, temperature: float | None = None) -> Pooled:
    """Every member's reading, and their pool.

    Args:
        target: what is read.
        members: by name; left out, `MEMBERS`, and `WITH_EXPERTS` where the target has a view.
        temperature: T; left out, `TEMPERATURE_WITH_EXPERTS` where they are among the members, else `TEMPERATURE`.
    """
    if members is None:
        members = MEMBERS if target.view is None else WITH_EXPERTS
    if temperature is None:
        temperature = TEMPERATURE_WITH_EXPERTS if "experts" in members else TEMPERATURE
    readings = {name: reader(target, None) for name, reader in members.items()}
    return Pooled(pool(list(readings.values()), temperature=temperature), readings)


def pool(log_posteriors: list[Tensor], *, temperature: float = TEMPERATURE) -> Tensor:
    """Posteriors (N, C) of the average of log posteriors (N, C)."""
    return (temperature * torch.stack([centred(reading) for reading in log_posteriors]).mean(0)).softmax(-1)


def centred(log_posterior: Tensor) -> Tensor:
    """Centred log ratios (N, C) of log posteriors (N, C), none surer than `FLOOR` allows."""
    posterior = log_posterior.softmax(-1)
    log = ((1 - FLOOR) * posterior + FLOOR / posterior.size(-1)).log()
    return log - log.mean(-1, keepdim=True)
