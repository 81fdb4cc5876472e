"""A model that ranks worse than no learning at all: said in words, with what to try."""

from __future__ import annotations

import shlex
from typing import Any

BASELINE = "answer frequency"


def shortfall(result: dict[str, Any], *, card: dict[str, Any] | None = None, data: str | None = None) -> list[str]:
    """What to say of a model whose MRR is below that of the frequency of answers: the fact first, then what to try.

    Args:
        result: of `graphfm.evaluation.links.judge`.
        card: of the model, where there is one; what was trained how long decides what is worth trying.
        data: what the commands that are named are to be given, where it is known.

    Returns:
        Sentences; none for a model that is above its baseline.
    """
    mrr, beside = result["report"]["mrr"], result["baselines"][BASELINE]["mrr"]
    if mrr >= beside:
        return []
    said = [
        f"{result['model']} is below what no learning reaches: MRR {mrr:.3f}, and {beside:.3f} for naming the most frequent "
        "answers of the relation, whoever asks. Do not use its answers yet."
    ]
    settings = (card or {}).get("settings", {})
    on = shlex.quote(data or "DATA")
    if "pretraining" in result:
        said.append(f"Train it on this graph: graphfm link-prediction --init default --data {on}")
    if "epochs" in settings:
        said.append(
            f"Train longer: the command that trained it, with --epochs {4 * settings['epochs']}, goes on where it ended."
        )
        said.append(f"Search settings by validation: graphfm tune --data {on} --model {settings['model'].lower()}")
    if "pretraining" not in result:
        said.append(f"Ask a model that needs no training on a graph: graphfm evaluate --checkpoint default --data {on}")
    if (card or {}).get("kind") != "paths" and result["report"]["queries_unseen"]:
        said.append(
            f"{result['report']['queries_unseen']:,} queries are about entities without a training triple: only their texts can "
            "tell of those (--set encoder=minilm)."
        )
    return said
