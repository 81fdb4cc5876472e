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
pessimistic; up to 300 triples of a set, the same ones for every row, drawn with a fixed seed; MRR, mean ± standard
deviation over three pretraining seeds where a deviation stands. Times are CPU milliseconds a query on one thread of a two-core
machine that others worked on, from the triples on: ULTRA's on another day, with a third of the load, so compare them by the factor
two at best.

`universal` was pretrained on the training sides of FB15k-237 and WN18RR (GraIL's parts of them among these) and on made-up
graphs (mix P2): 2,600 steps, 110 to 115 thousand queries, about 300 CPU-seconds a seed. On each graph it weighs paths, prior and
frequency by questions about 100 of the graph's own observed facts, hidden meanwhile (`graphfm/kg/relations/weighing.py`): three
numbers, no parameter changes, no validation or test triple is looked at; the time is counted. `ultra-3g` are ULTRA's public
weights, trained on FB15k-237, WN18RR and CoDEx-M, run by graphfm (equal to upstream's numbers, see
tests/kg/relations/test_ultra.py), as they are. "Frequency" ranks entities by how often they answer the relation.
**These are development sets**: the recipe, weighing included, was settled by single runs and half-trained weights on samples of
these same sets. What is claimed beyond them wants graphs that were kept back.
"""


COST = """## Cost against accuracy

Seed 0, realistic ties: the same weights with other widths of the pruning experts. All ways weigh their parts on the graph anew.
Times were taken hours apart on a busy machine: width 50 costs no more than width 200, and the table shows only how far they can be told.

![MRR by milliseconds a query](cost.png)
"""


WEIGHED = """## What weighing on the graph is worth

Seed 0, the same weights of the network: paths, prior and frequency as they weigh on an unknown graph (1, 0.5, 0), and as found.
"""


def page(records: Rows) -> str:
    """Markdown."""
    parts = [HEAD, "## Zero-shot\n", _sets(records), "## By what is seen\n", _scenarios(records)]
    parts += [WEIGHED, _unweighed(records)]
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


def _unweighed(records: Rows) -> str:
    """Seed 0 with the usual weights of its parts and with those found on the graph."""
    lines = ["| | frequency | usual weights | found | paths, prior, frequency |", "|---" * 5 + "|"]
    for data in SETS:
        usual, found = ([r for r in _of(records, OURS, data, how) if r["seed"] == 0] for how in ("unweighed", ""))
        if usual and found:
            weights = found[0]["weights"]
            shown = "too few facts" if weights is None else ", ".join(f"{weight:.2f}" for weight in weights)
            lines.append(
                f"| {data} | {found[0]['frequency_mrr']:.3f} | {usual[0]['mrr']:.3f} | {found[0]['mrr']:.3f} | {shown} |"
            )
    return "\n".join(lines) + "\n"


NOTES = """## What did not work, and what is open

- **The mean of the eleven is level with ULTRA 3g's, not above it**, and below KG-ICL's and TRIX's public means (.449, .467; whole
  sets, pessimistic). Above frequency on every set. **NELL v1** (225 entities, 402 queries, seven relations asked) moves by .2 between
  seeds, which is nearly all of the spread of the mean. **InGram NL-25** and **Kinship** are below ULTRA on every seed.
- **Cost.** The share of a third of ULTRA's time is not reached: ours rose by the weighing (about 200 questions a graph, which sets of
  400 to 600 queries feel) and by what else ran on the machine that day.
- `python-stdlib`, which no choice looked at: MRR .243 on 500 queries by the weights of the package (.183 by those before them, without
  weighing; frequency .037), by `graphfm quickstart --job kg`.
- The average of weights over the last part of training (exponential, factor .998) is no better than the last weights, which a learning
  rate of zero ends in: mean of the eleven on 120 queries a set, seed 1, .427 and .427, and .439 and .446 weighed on the graph.
- Wikidata in the mix (the main triples of WD50K, less those of the judged sets) brought nothing on WikiTopics after 1,000 steps:
  infrastructure .58, art .16, science .24, as without. What was missing there was weight on the paths: of the same weights, the
  score of the paths alone has .64, and ULTRA .71.
- Weighing on *any* hidden facts makes InGram's sets worse (NL-25 .33 to .28): their observed facts hold a spanning tree, and the last
  link to a leaf says that paths are worth nothing. Only facts whose ends stay joined count, and the harm is gone.
- Paths that trained beside an always present prior were poor without it (UMLS .09, infrastructure .52, NELL v1 .17): since each query
  draws how much of the prior it gets, they stand alone better (UMLS .30, infrastructure .66; half-trained).
- Made-up hierarchies and classes, two thirds of the made-up parts, lifted UMLS from .40 to .62 and Kinship from .10 to .16 at equal
  steps and half a prior (one run each; the one without them had WD50K in its mix).
- Weighing costs Kinship .008 and helps the six other sets it was compared on.
- Fine-tuning (`scripts/kg_finetuning.py`) has no finished run: on UMLS, validation MRR was .915 after the first 150 steps.
- Not done: `debian_kg` by these weights; widths above 200 and unpruned; weights for the package from the largest mix (P3), whose run
  was stopped for lack of time, so that the P2 weights of seed 0
  ship; mix P1; whole test sets; training without the mixtures of lengths and pruning experts, so that nothing is claimed of their
  worth here; relation texts as a second view (nothing of it was tried).
"""
