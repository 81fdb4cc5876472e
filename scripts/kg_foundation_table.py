# ruff: noqa: E501 (prose of the page)
"""The page of results/kg_foundation: every table from the records alone."""

from __future__ import annotations

import statistics
from typing import Any

import kg_foundation_cost
from records import cell

from graphfm.kg.drilldown import SCENARIOS

Rows = list[dict[str, Any]]
ELEVEN = (
    "nell_v1",
    "nell_v2",
    "nell_v4",
    "ingram_nl-0",
    "ingram_nl-25",
    "ingram_nl-50",
    "ingram_nl-75",
    "ingram_nl-100",
    "wikitopics_art",
    "wikitopics_infra",
    "wikitopics_sci",
)
OTHERS = ("umls", "kinship", "family", "debian_kg", "ingram_wk-25", "fb237_v1", "wn18rr_v1")
SETS = (*ELEVEN, *OTHERS)
ULTRA, OURS = "ultra-3g", "universal"

HEAD = """# A foundation model for knowledge graphs, with no training on the graph asked about

`scripts/kg_foundation.py` wrote all of this. Both directions, all entities, filtered, realistic ties unless a column says
pessimistic; up to 300 triples of a set, the same ones for every row, drawn with a fixed seed; MRR, mean ± standard deviation over
pretraining seeds: three where time allowed it (UMLS, Kinship, NELL v1, v2), else two, so that nothing here is a claim yet. Times are CPU milliseconds a query on one thread of a busy two-core machine, from the triples on.

`universal` was pretrained on the training sides of FB15k-237 and WN18RR (GraIL's parts of them among these) and on made-up
graphs (mix P2). `ultra-3g` are ULTRA's public weights, trained on FB15k-237, WN18RR and CoDEx-M, run by graphfm (equal to
upstream's numbers, see tests/kg/relations/test_ultra.py). "Frequency" ranks entities by how often they answer the relation.
Settings were chosen on these same sets with single runs of 2,000 steps, so that they are development sets, not a final test.
"""


COST = """## Cost against accuracy

Seed 0, realistic ties: the same weights with other widths of the pruning experts, and weights trained without the mixtures of
lengths and of pruning experts, with the same mix, steps and seed.

![MRR by milliseconds a query](cost.png)
"""


def page(records: Rows) -> str:
    """Markdown."""
    parts = [HEAD, "## Zero-shot\n", _sets(records), "## By what is seen\n", _scenarios(records)]
    parts += [COST, kg_foundation_cost.table(records), NOTES]
    return "\n".join(parts).rstrip() + "\n"


def _of(records: Rows, model: str, data: str, setting: str = "") -> Rows:
    return [r for r in records if (r["model"], r["set"], r["setting"]) == (model, data, setting)]


def _values(rows: Rows, name: str) -> list[float]:
    return [row[name] for row in rows]


def _sets(records: Rows) -> str:
    lines = [
        "| set | frequency | ULTRA 3g, pessimistic | universal | pessimistic | against ULTRA 3g (s.e. of one seed) "
        "| seen: test, graph | ms ULTRA 3g | ms universal |",
        "|---" * 9 + "|",
    ]
    for data in SETS:
        ultra, ours = _of(records, ULTRA, data), _of(records, OURS, data)
        if not ultra or not ours:
            continue
        gaps = [row["against_ultra_3g"] for row in ours if "against_ultra_3g" in row]
        gap = f"{statistics.mean(g[0] for g in gaps):+.3f} ({gaps[0][1]:.3f})" if gaps else ""
        seen = f"{100 * ours[0]['seen']['test']:.1f}%, {100 * ours[0]['seen']['graph']:.1f}%"
        lines.append(
            f"| {data} | {ultra[0]['frequency_mrr']:.3f} | {ultra[0]['mrr']:.3f}, {ultra[0]['mrr_pessimistic']:.3f} "
            f"| {cell(_values(ours, 'mrr'))} | {cell(_values(ours, 'mrr_pessimistic'))} | {gap} | {seen} "
            f"| {ultra[0]['milliseconds']:.1f} | {cell(_values(ours, 'milliseconds'), 1)} |"
        )
    lines.append(_means(records))
    return "\n".join(line for line in lines if line) + "\n"


def _means(records: Rows) -> str:
    """The row of the clean eleven, where all of them are there."""
    ultra = {data: _of(records, ULTRA, data) for data in ELEVEN}
    ours = {data: {r["seed"]: r for r in _of(records, OURS, data)} for data in ELEVEN}
    seeds = set.intersection(*({*rows} for rows in ours.values()))
    if not seeds or not all(ultra.values()):
        return ""

    def mean(name: str, seed: int | None = None) -> float:
        rows = (ultra[data][0] if seed is None else ours[data][seed] for data in ELEVEN)
        return statistics.mean(row[name] for row in rows)

    mine = {name: [mean(name, s) for s in sorted(seeds)] for name in ("mrr", "mrr_pessimistic", "milliseconds")}
    gap = statistics.mean(mine["mrr"]) - mean("mrr")
    return (
        f"| **mean of the first eleven** | {mean('frequency_mrr'):.3f} | {mean('mrr'):.3f}, {mean('mrr_pessimistic'):.3f} "
        f"| {cell(mine['mrr'])} | {cell(mine['mrr_pessimistic'])} | {gap:+.3f} | | {mean('milliseconds'):.1f} "
        f"| {cell(mine['milliseconds'], 1)} |"
    )


def _scenarios(records: Rows) -> str:
    """MRR where the question's half (h, r, .) and the answer's half (., r, t) are in the graph or not, over the eleven sets."""
    lines = ["| | share of queries | ULTRA 3g | universal |", "|---" * 4 + "|"]
    for what in SCENARIOS:
        cells = []
        for model in (ULTRA, OURS):
            whole = [{r["seed"] for r in _of(records, model, data)} for data in ELEVEN]
            seeds = sorted(set.intersection(*whole))  # of runs that have ranked all of them
            means = []
            for seed in seeds:
                rows = [r for data in ELEVEN for r in _of(records, model, data) if r["seed"] == seed]
                found = [r["scenarios"][what] for r in rows if r["scenarios"][what][1] is not None]
                if found:
                    means.append(statistics.mean(mrr for _, mrr in found))
            cells.append(cell(means))
        shares = [r["scenarios"][what][0] for data in ELEVEN for r in _of(records, ULTRA, data)]
        lines.append(f"| {what} | {statistics.mean(shares) if shares else 0:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


NOTES = """## What did not work, and what is open

- **The mean of the eleven is below ULTRA 3g.** Level or better on InGram's NELL sets, Family, FB15k-237 and WordNet, below on WikiTopics,
  NELL v4, Kinship and UMLS; "above frequency on every set" fails on UMLS (.647, frequency .664). Single small dense sets move by .05 to
  .15 between runs of equal settings: UMLS was .56 to .78, NELL v1 (225 entities) .64 to .85.
- **WikiTopics** is below ULTRA 3g, infrastructure by .06 to .13: ULTRA has seen CoDEx-M, whose facts are Wikidata's too; this mix holds none.
  Telling the relation encoder how many facts an end has (`fan`) moved infrastructure from .41 to .53 after 1,000 steps, not further.
- Parts that keep at least half of their facts, as first tried, made the sparse NELL sets of InGram worse than ULTRA by .02 to .08;
  shares drawn evenly in the logarithm from .15 on, and the prior that looks at an entity's neighbours, brought them level (single runs).
- Not tried for lack of time: mixes with Wikidata, more than 2,600 steps, width 64, no mixtures in training, relation texts, fine-tuning
  against published rows. Claims about length and pruning experts need runs trained without them.
"""
