"""Whether there was something to learn from, and whether something was learned: pretraining that did not says so and fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from graphfm.errors import DataError, GraphFMError

if TYPE_CHECKING:
    from graphfm.training.text_graphs.corpus import Corpus

log = logging.getLogger(__name__)

#: Weight of the experts beside a text row of length one. Runs that learned ended between 0.2 and 1.5.
LARGEST_ALPHA = 100.0
#: Steps after which a loss at chance is a failure; before, it is a warning.
PATIENCE = 100
#: Nats below chance that count as something.
LEAST_LEARNED = 0.02


def check_corpora(corpora: Sequence[Corpus]) -> None:
    """Refuse a source that nothing can be learned from, before training.

    Raises:
        DataError: a single node, no edges, or the same text everywhere.
    """
    for corpus in corpora:
        texts = int(corpus.text_id.unique().numel())
        if texts < 2 or not len(corpus.sampler.source):
            found = (
                f"{corpus.num_nodes:,} nodes, {len(corpus.sampler.source) // 2:,} edges and {texts:,} different texts"
            )
            raise DataError(
                f"{corpus.name} with {found}",
                expected="at least one edge and two different texts: what a node says is learned from its neighbours",
                hint="Leave it out of --data; zero-shot and classify need no pretraining.",
            )


def check_learned(metrics: Mapping[str, float], *, steps: int) -> None:
    """Refuse a run that diverged or learned nothing.

    Args:
        metrics: the last of each name, as Lightning logged them.
        steps: of the run.

    Raises:
        GraphFMError: an alpha in the hundreds, or a loss at chance after `PATIENCE` steps.
    """
    alpha = metrics.get("alpha", 0.0)
    if abs(alpha) > LARGEST_ALPHA:
        raise GraphFMError(
            f"pretraining diverged: alpha, the weight of the experts beside the text, is {alpha:,.0f}; it should be about one. "
            "Lower --lr; no model is written."
        )
    stage = "val" if "val_own" in metrics else "train"
    if f"{stage}_own" not in metrics:
        return
    loss, chance = metrics[f"{stage}_own"], metrics[f"{stage}_chance"]
    if loss > chance - LEAST_LEARNED:
        told = f"the {stage} loss is {loss:.3f} after {steps} steps, and guessing gives {chance:.3f}"
        if steps >= PATIENCE:
            raise GraphFMError(
                f"pretraining learned nothing: {told}. Train longer or on other graphs; no model is written."
            )
        log.warning("%s: the model is no better than an untrained one. Train longer.", told)
