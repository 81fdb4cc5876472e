"""The page of results/kg_foundation: every table from the records alone."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import kg_foundation_cost
from kg_foundation_words import BROUGHT, COST, HEAD, LOOKED, MIXED, NOTES, RELATIONS, SEEN, SHIPS, SPENT, WEIGHED
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
RECIPES = {
    "ultra-3g": "ULTRA 3g",
    "universal": "parts up to 6,000 facts",
    "grown": "the same, then 2,000 steps on parts up to 24,000",
    "pairs": "parts up to 24,000 facts, pairs read",
    "longer": "parts up to 24,000 facts, three times the steps",
    "full": "both: pairs read, three times the steps",
    "rules": "the same weights, rules of the pair weighed, too",
}
SAMPLED = {"debian_kg": "300 triples"}  # the others in full
#: What `benchmarks/kg_questions.py` measured.
TIMES = Path(__file__).parents[1] / "benchmarks" / "results" / "kg_questions.json"
ULTRA, OURS = "ultra-3g", "rules"
PLAIN = "full"  # the same networks, asked without rules of the pair
SMALL = "p1"  # the recipe on the mix of small graphs
SHIPPED = "default"  # further steps on the largest mix, which holds parts of most of these sets
ONCE = "200 triples"  # of further sets, which were ranked once
NAMES = {ULTRA: "ULTRA 3g", OURS: "universal"}


def page(records: Rows) -> str:
    """Markdown."""
    seeds = sorted({r["seed"] for r in _of(records, OURS, "nell_v1")})
    parts = [
        HEAD,
        f"Pretraining seeds that have been ranked: {', '.join(map(str, seeds))}.\n",
        "## Zero-shot\n",
        _sets(records),
        MIXED,
        _mix(records, SMALL, "mix P1, three seeds"),
        SHIPS,
        _mix(records, SHIPPED, "mix P3, ships"),
        LOOKED,
        _looked(records),
        RELATIONS,
        _relations(records),
        SEEN,
        _scenarios(records),
    ]
    parts += [SPENT, _costs()]
    parts += [BROUGHT, _recipes(records)]
    parts += [WEIGHED, _unweighed(records)]
    parts += [COST, kg_foundation_cost.table(records), NOTES]
    return "\n".join(parts).rstrip() + "\n"


def _of(records: Rows, model: str, data: str, setting: str = "") -> Rows:
    setting = setting or SAMPLED.get(data, "")
    return [r for r in records if (r["model"], r["set"], r["setting"]) == (model, data, setting)]


def _values(rows: Rows, name: str) -> list[float]:
    return [row[name] for row in rows]


def _sets(records: Rows) -> str:
    lines = [
        "| set | queries | frequency | ULTRA 3g, pessimistic | universal | pessimistic | against ULTRA 3g (s.e. of one seed) "
        "| seen: test, graph |",
        "|---" * 8 + "|",
    ]
    for data in SETS:
        ultra, ours = _of(records, ULTRA, data), _of(records, OURS, data)
        if not ultra or not ours:
            continue
        gap = _gap([row["against_ultra_3g"] for row in ours], "all")
        seen = f"{100 * ours[0]['seen']['test']:.1f}%, {100 * ours[0]['seen']['graph']:.1f}%"
        lines.append(
            f"| {data} | {ours[0]['queries']:,} | {ultra[0]['frequency_mrr']:.3f} "
            f"| {ultra[0]['mrr']:.3f}, {ultra[0]['mrr_pessimistic']:.3f} "
            f"| {cell(_values(ours, 'mrr'))} | {cell(_values(ours, 'mrr_pessimistic'))} | {gap} | {seen} |"
        )
    return "\n".join([*lines, _mean(records)]) + "\n"


def _mix(records: Rows, model: str, title: str) -> str:
    """Runs on another mix, beside the recipe on the clean mix P2; of `debian_kg` the mean over relations, too."""
    lines = [
        f"| set | frequency | ULTRA 3g | mix P2, three seeds | {title} | pessimistic | seen by it: test, graph |",
        "|---" * 7 + "|",
    ]
    for data in SETS:
        ultra, clean, ours = (_of(records, name, data) for name in (ULTRA, OURS, model))
        if not (ultra and clean and ours):
            continue
        own = ours[0]
        seen = f"{100 * own['seen']['test']:.1f}%, {100 * own['seen']['graph']:.1f}%"
        mrr, pessimistic = (cell(_values(ours, name)) for name in ("mrr", "mrr_pessimistic"))
        lines.append(
            f"| {data} | {own['frequency_mrr']:.3f} | {ultra[0]['mrr']:.3f} | {cell(_values(clean, 'mrr'))} "
            f"| {mrr} | {pessimistic} | {seen} |"
        )
        if data == "debian_kg":
            each = [cell(_values(rows, "relation_mrr")) for rows in (ultra, clean, ours)]
            lines.append(f"| debian_kg, mean over relations | | {' | '.join(each)} | | |")
    names = ((ULTRA, "frequency_mrr"), (ULTRA, "mrr"), (OURS, "mrr"), (model, "mrr"), (model, "mrr_pessimistic"))
    means = [_each(records, *name) for name in names]
    if all(means):
        lines.append(f"| **mean of the first eleven** | {' | '.join(map(cell, means))} | |")
    return "\n".join(lines) + "\n"


def _looked(records: Rows) -> str:
    """The model of the package on sets that no choice had looked at, in the order of the facts of theirs that it has seen."""
    found = sorted(
        (r for r in records if (r["model"], r["setting"]) == (SHIPPED, ONCE)), key=lambda r: float(r["seen"]["graph"])
    )
    lines = [
        "| set | frequency | ULTRA 3g | mix P3, ships | pessimistic | against ULTRA 3g (s.e.) | seen by it: test, graph |",
        "|---" * 7 + "|",
    ]
    for own in found:
        (ultra,) = _of(records, ULTRA, own["set"], ONCE)
        seen = f"{100 * own['seen']['test']:.1f}%, {100 * own['seen']['graph']:.1f}%"
        lines.append(
            f"| {own['set']} | {own['frequency_mrr']:.3f} | {ultra['mrr']:.3f} | {own['mrr']:.3f} "
            f"| {own['mrr_pessimistic']:.3f} | {_gap([own['against_ultra_3g']], 'all')} | {seen} |"
        )
    return "\n".join(lines) + "\n"


def _gap(gaps: list[dict[str, list[float]]], what: str) -> str:
    """Mean over the seeds of the mean difference over queries, with the standard error of the first seed's."""
    found = [gap[what] for gap in gaps if what in gap]
    return f"{statistics.mean(mean for mean, _ in found):+.3f} ({found[0][1]:.3f})" if found else ""


def _each(records: Rows, model: str, name: str) -> list[float]:
    """A number's mean over the eleven, for each seed that has ranked all of them."""
    rows = {data: {r["seed"]: r[name] for r in _of(records, model, data)} for data in ELEVEN}
    seeds = sorted(set.intersection(*({*found} for found in rows.values())))
    return [statistics.mean(rows[data][seed] for data in ELEVEN) for seed in seeds]


def _mean(records: Rows) -> str:
    """The row of the clean eleven."""
    names = ("frequency_mrr", "mrr", "mrr_pessimistic")
    ultra, ours = ({n: _each(records, model, n) for n in names} for model in (ULTRA, OURS))
    gap = statistics.mean(ours["mrr"]) - ultra["mrr"][0]
    return (
        f"| **mean of the first eleven** | | {ultra['frequency_mrr'][0]:.3f} "
        f"| {ultra['mrr'][0]:.3f}, {ultra['mrr_pessimistic'][0]:.3f} "
        f"| {cell(ours['mrr'])} | {cell(ours['mrr_pessimistic'])} | {gap:+.3f} | |"
    )


def _relations(records: Rows) -> str:
    """`debian_kg`, whose 23 relations count alike here."""
    lines = ["| debian_kg | MRR | pessimistic | mean over relations | ms a query |", "|---" * 5 + "|"]
    for model in (ULTRA, OURS):
        if rows := _of(records, model, "debian_kg"):
            cells = [cell(_values(rows, name)) for name in ("mrr", "mrr_pessimistic", "relation_mrr")]
            lines.append(f"| {NAMES[model]} | {' | '.join(cells)} | {cell(_values(rows, 'milliseconds'), 1)} |")
    return "\n".join(lines) + "\n"


def _costs() -> str:
    """CPU milliseconds a query of all ways that took turns, and ours as shares of upstream's."""
    rows: dict[str, Any] = json.loads(TIMES.read_text(encoding="utf-8"))["sets"]
    times = {name.removesuffix("_ind"): row for name, row in rows.items()}
    first = [name for name in SETS if name in times]
    ways = ("plain", "upstream", "reference", "ultra", "universal")
    found = [(name, times[name]) for name in (*first, *(name for name in times if name not in first))]
    if len(eleven := [times[name] for name in ELEVEN if name in times]) == len(ELEVEN):
        mean = {way: statistics.mean(row[way] for row in eleven) for way in ways}
        queries = sum(row["queries"] for row in eleven)
        found.append(
            ("**mean of the first eleven**", mean | {"queries": queries, "peak_gb": max(r["peak_gb"] for r in eleven)})
        )
    lines = [
        "| set | queries | ULTRA, plain PyTorch | its authors' code | the same, earlier | by graphfm | share "
        "| the model that ships | share | peak GB |",
        "|---" * 10 + "|",
    ]
    for name, row in found:
        shares = [f"{row[way]:.2f} | {row[way] / row['upstream']:.2f}" for way in ("ultra", "universal")]
        cells = [f"{row['queries']:,}", *(f"{row[way]:.1f}" for way in ways[:3]), *shares, f"{row['peak_gb']:.2f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _scenarios(records: Rows) -> str:
    """MRR where the question's half (h, r, .) and the answer's half (., r, t) are in the graph or not, over the eleven sets."""
    lines = [
        "| | share of queries | ULTRA 3g | universal | sets better, paired (of them beyond 2 s.e.) | sets worse |",
        "|---" * 6 + "|",
    ]
    for what in SCENARIOS:
        cells = [cell(_of_scenario(records, model, what)) for model in (ULTRA, OURS)]
        shares = [r["scenarios"][what][0] for data in ELEVEN for r in _of(records, ULTRA, data)]
        gaps = [
            (statistics.mean(m for m, _ in found), found[0][1])
            for data in ELEVEN
            if (
                found := [
                    r["against_ultra_3g"][what] for r in _of(records, OURS, data) if what in r["against_ultra_3g"]
                ]
            )
        ]
        up, down = ([(m, e) for m, e in gaps if sign * m > 0] for sign in (1, -1))
        beyond = [sum(abs(m) > 2 * e for m, e in side) for side in (up, down)]
        lines.append(
            f"| {what} | {statistics.mean(shares) if shares else 0:.2f} | {' | '.join(cells)} "
            f"| {len(up)} ({beyond[0]}) | {len(down)} ({beyond[1]}) |"
        )
    return "\n".join(lines) + "\n"


def _of_scenario(records: Rows, model: str, what: str) -> list[float]:
    """Mean over the eleven of the MRR of a scenario, for each seed that has ranked all of them."""
    whole = [{r["seed"] for r in _of(records, model, data)} for data in ELEVEN]
    means = []
    for seed in sorted(set.intersection(*whole)):
        rows = [r for data in ELEVEN for r in _of(records, model, data) if r["seed"] == seed]
        found = [r["scenarios"][what][1] for r in rows if r["scenarios"][what][1] is not None]
        means += [statistics.mean(found)] if found else []
    return means


def _recipes(records: Rows) -> str:
    """Each recipe on the sets that all of them have ranked in full, over its seeds."""
    ten = [data for data in ELEVEN if data != "wikitopics_art"]
    columns = (*ten, "umls", "kinship")
    lines = [f"| | steps | seeds | without art | {' | '.join(columns)} |", "|---" * (4 + len(columns)) + "|"]
    for model, name in RECIPES.items():
        rows = {data: {r["seed"]: r for r in _of(records, model, data)} for data in columns}
        seeds = sorted(set.intersection(*({*found} for found in rows.values())))
        if seeds:
            means = [statistics.mean(rows[data][seed]["mrr"] for data in ten) for seed in seeds]
            each = [cell([rows[data][seed]["mrr"] for seed in seeds]) for data in columns]
            steps = f"{rows['umls'][seeds[0]]['steps']:,}" if model != ULTRA else ""
            count = "" if model == ULTRA else len(seeds)
            lines.append(f"| {name} | {steps} | {count} | {cell(means)} | {' | '.join(each)} |")
    return "\n".join(lines) + "\n"


def _unweighed(records: Rows) -> str:
    """Seed 0 with the usual weights of its parts and with those found on the graph."""
    lines = ["| | frequency | usual weights | found | paths, prior, frequency, rules |", "|---" * 5 + "|"]
    for data in SETS:
        of_both = ((PLAIN, "unweighed"), (OURS, ""))  # with the usual weights, rules count nothing
        usual, found = ([r for r in _of(records, name, data, how) if r["seed"] == 0] for name, how in of_both)
        if usual and found:
            weights = found[0]["weights"]
            shown = "too few facts" if weights is None else ", ".join(f"{weight:.2f}" for weight in weights)
            lines.append(
                f"| {data} | {found[0]['frequency_mrr']:.3f} | {usual[0]['mrr']:.3f} | {found[0]['mrr']:.3f} | {shown} |"
            )
    return "\n".join(lines) + "\n"
