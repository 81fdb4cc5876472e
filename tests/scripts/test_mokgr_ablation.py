"""The ablation: every variant is a run that exists, and the table holds what was measured."""

from __future__ import annotations

import mokgr_ablation as ablation
import pytest

from graphfm.datasets import Triples
from graphfm.settings import typed
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_data import LinkData
from graphfm.training.links.link_settings import make_task, normalised


@pytest.mark.parametrize("variant", ablation.VARIANTS)
@pytest.mark.parametrize("data", ablation.SETS)
def test_every_variant_is_a_run(data: str, variant: str, ring: Triples) -> None:
    run = typed(link_prediction, ablation.settings(data, variant))
    names = {"model", "data", *link_prediction.__kwdefaults__}
    own = {name: value for name, value in run.items() if name not in names}
    family, _, data_settings, task_settings = normalised(run["model"], own)
    module = LinkData(ring, **{**data_settings, "protocol": None})
    model = make_task(family, module, seed=0, **{**task_settings, "dim": 4}).model
    if variant == "one length":
        assert model.lengths.first == model.lengths.last
    assert {part.width for part in model.pruning} == (set() if variant == "redgnn" else {100})


def test_the_table_says_how_far_a_variant_is_from_the_full_model() -> None:
    def record(variant: str, seed: int, mrr: float) -> dict:
        return {"set": "umls", "variant": variant, "seed": seed, "result": {"report": {"mrr": mrr}}}

    text = ablation.table([record("mokgr", 0, 0.8), record("mokgr", 1, 0.9), record("no noise", 0, 0.7)])
    assert "| mokgr | 0.850 ± 0.071, n=2 |  |  |" in text
    assert "| no noise | 0.700 (-0.150), n=1 |  |  |" in text
