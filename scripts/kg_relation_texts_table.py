# ruff: noqa: E501 (prose of the page)
"""The page of scripts/kg_relation_texts.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from records import Records

KEY = ("model", "set", "facts")
RECORDS = Records(Path(__file__).parents[1] / "results" / "relation_texts", KEY)
FACTS = (0, 1, 3, 10, -1)  # of the relation asked for that stay; -1 for all
#: Sets whose relations have readable names.
SETS = (
    "nell_v1",
    "nell_v2",
    "nell_v4",
    *(f"ingram_nl-{n}" for n in (0, 25, 50, 75, 100)),
    "umls",
    "family",
    "debian_kg",
    "fb237_v1",
)


HEAD = """# Relations without facts, asked by their names

`scripts/kg_relation_texts.py` wrote this. The universal reasoner (results/kg_foundation) reads relations from the graph alone. Its
text view (`graphfm/kg/relations/relation_texts.py`) serves relations of which the observed graph has **no fact**: relations of like
names stand in for them, by shares that follow from cosines of the default text encoder, and an encoder of the view's own, which
starts as a copy of the structural one, reads the relation graph from there. It was trained on frozen weights of the rest, on parts
of FB15k-237 and WN18RR from which all facts of one relation were cut.

With one fact or more the view is not used, nor without texts, nor where no other name is like the one asked for (cosines up to 0.5;
from 0.7 on it is wholly believed): there the answers are those of the model before, bit by bit. So from one fact on, one column
stands for both. "Frequency" ranks entities by how often they answer the relation in what is left of the graph. Both
directions, all entities, filtered, realistic ties. The standard error of a difference takes a relation as one draw.
"""
HELD_OUT = """## Names that the view was not trained on

Trained on three names of four, judged on the fourth, in other parts of the training graphs (the structural weights have seen those
parts). The settings were chosen here.
"""
JUDGED = """## Judged sets

The same view. At most four test triples of each relation, both ways; all facts of that relation but so many are cut from the
observed graph. A row of n facts has the relations that have more than n; so compare down a column within one relation count. Parts
of a score are weighed on the whole graph once, alike everywhere.
"""

TRIED = """
## What it is worth

Where names are as much alike as Freebase's, the view nearly doubles what the graph alone reaches on names it was not trained on. On
other graphs it is **not reliably better**: NELL v4 and InGram's NL-0, NL-25 and NL-100 gain .01 to .04, two to three standard
errors each; NELL v2 and UMLS stay; NELL v1 and Family, of seven and twelve relations, lose .10 and .04, within twice theirs,
so that the mean of the eight sets is level. The goal, twice the graph's MRR at 0 to 3 facts, is missed on all of them. So the model
that comes with the package has this view (fifty kilobytes), and reads names only when told to: `complete --by-name`. Everything else
is answered as without it, bit by bit.

## What did not work, and what was looked at

All of this with the weights that shipped before and on held-out names, unless it says otherwise; few cuts each, so that
differences below .03 say nothing.

- **With one fact or more, text adds nothing.** With its amount learnt to fade with the number of facts: FB15k-237 .455 without and
  with text at one fact (s.e. of the difference .010), .524 and .524 at three; forced to a tenth at one fact, +.003. One fact already
  lifts FB15k-237 from .09 to .45: the relation graph tells the rest. So the view serves relations without facts alone.
- **Believing every name.** Without the limit on likeness NELL v1 went from .223 to .327, NELL v2 from .144 to .175, NELL v4 from .136
  to .193, and **UMLS from .176 down to .060** (second table above): its nearest names have a median cosine of .47 (NELL v2 .72, FB15k-237 .80, WN18RR
  .44). The limit came from looking at that, and these are development sets: it is a choice that UMLS had a part in.
- The structural encoder itself, started from the stand-ins' marks: .22 on the 40 cuts of FB15k-237 where the encoder of the view's
  own has .29 after 400 steps; learning the shares alone did not move it.
- Asking each of the five nearest relations in full and mixing their answers: .21 at five times the cost, untrained.
- Giving the relation the facts of its nearest ones in the relation graph: .19, untrained, and worse than nothing at one fact.
- Letting the entity asked about choose among the stand-ins, by which of them it has: no gain.
- Other weights of paths and prior for relations seen by their texts: no difference (26 cuts).
- NELL's names are glued (``athleteplaysforteam``) and are cut into words by the encoder's own vocabulary before they are read;
  decided by looking at the words, not at scores.
- **Not done**: `debian_kg`, `python-stdlib`, InGram's NL-50 and NL-75, fb237_v1; texts of entities, other encoders, more than one seed of the view; ULTRA has no rows here.
"""


def page(records: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        HEAD,
        HELD_OUT,
        "| | relations cut | queries | without text | with text | difference (s.e.) |",
        "|---" * 6 + "|",
    ]
    for one in records:
        if one["set"].startswith("held out"):
            name = one["set"].removeprefix("held out: ")
            lines.append(f"| {one['model']}, {name} | {one['relations']} | {one['queries']} | {_pair(one)} |")
    lines += ["", JUDGED]
    for model in sorted({one["model"] for one in records if one["set"] in SETS}):
        lines += _table(model, {(one["set"], one["facts"]): one for one in records if one["model"] == model})
    return "\n".join(lines) + "\n" + TRIED


def _table(model: str, found: dict[tuple[str, int], dict[str, Any]]) -> list[str]:
    lines = [
        f"| {model} | queries | frequency | no fact: without text | with text | difference (s.e.) | 1 fact | 3 | 10 | all |",
        "|---" * 10 + "|",
    ]
    here = [name for name in SETS if (name, 0) in found]
    for name in here:
        one = found[name, 0]
        more = " | ".join(f"{found[name, n]['mrr']:.3f}" if (name, n) in found else "" for n in FACTS[1:])
        lines.append(f"| {name} | {one['queries']} | {one['frequency']:.3f} | {_pair(one)} | {more} |")
    judged = [found[name, 0] for name in here if name != "fb237_v1"]
    if judged:
        means = [sum(one[key] for one in judged) / len(judged) for key in ("frequency", "mrr", "mrr_text")]
        better, worse = (sum(sign * (one["mrr_text"] - one["mrr"]) > 0 for one in judged) for sign in (1, -1))
        lines.append(
            f"| **mean of {len(judged)}**, without fb237_v1 | | {means[0]:.3f} | {means[1]:.3f} | {means[2]:.3f} "
            f"| {means[2] - means[1]:+.3f}, better on {better}, worse on {worse} | | | | |"
        )
    return [*lines, ""]


def _pair(one: dict[str, Any]) -> str:
    gap = one["mrr_text"] - one["mrr"]
    return f"{one['mrr']:.3f} | {one['mrr_text']:.3f} | {gap:+.3f} ({one['error']:.3f})"
