"""What the facts of a graph suggest, in words. Hints, not results: nothing here has looked at a task."""

from __future__ import annotations

from typing import Any

FLAT = 0.05  # an edge whose curvature is no further from 0 counts as flat

# Adjusted text homophily against the points of accuracy that two rounds of smoothing gained, all-MiniLM-L6-v2, class
# names only: citeseer .45 +2.9, citeseer_m10 .37 +4.8, cora .32 +7.7, facebook_pages .26 +15.1, cora_topics .26 +5.6,
# webkb_wisconsin .16 +6.4, wikispeedia .14 -0.1, webkb_cornell .13 +2.6, webkb_texas .12 -11.2, polbooks .02 +5.7.
SMOOTHING_HELPS = 0.2


def hints(facts: dict[str, Any]) -> list[str]:
    """Sentences on smoothing, geometry and data quality, from what `inspect_graph` found."""
    found = [_smoothing(facts), _geometry(facts), _shape(facts), _isolated(facts), _repeats(facts)]
    return [hint for hint in found if hint]


def _smoothing(facts: dict[str, Any]) -> str:
    if facts["structure_use"] is not None:
        return str(facts["structure_use"]["words"])
    texts = facts["text_homophily"]
    if texts is None:
        return ""
    start = f"Adjusted text homophily is {texts['adjusted']:+.2f} (0 by chance, 1 where neighbours have equal texts)."
    if texts["adjusted"] >= SMOOTHING_HELPS:
        return (
            f"{start} Smoothing embeddings over edges is likely to help: on all five labelled graphs above "
            f"{SMOOTHING_HELPS} that were measured it did, by 3 to 15 points."
        )
    return (
        f"{start} That is little, and smoothing embeddings over edges may hurt: on the five labelled graphs below "
        f"{SMOOTHING_HELPS} that were measured it changed accuracy by anything from -11 to +6 points."
    )


def _geometry(facts: dict[str, Any]) -> str:
    curvature = facts["curvature"]["ollivier"]
    if not curvature["edges"]:
        return ""
    share, sign, space = max(
        (curvature["negative"], "negative", "hyperbolic"),
        (curvature["flat"], "no", "Euclidean"),
        (curvature["positive"], "positive", "spherical"),
    )
    return (
        f"Of {curvature['edges']} edges looked at, {share:.0%} have {sign} curvature, as in {space} space. Whether "
        "experts of that geometry help a task is another question: compare with Euclidean experts alone."
    )


def _shape(facts: dict[str, Any]) -> str:
    tree, delta = facts["tree_likeness"], facts["gromov_delta"]
    if delta["diameter"] < 3:  # too small a world to look like anything from afar
        return ""
    return (
        f"A spanning forest keeps {tree['forest_share']:.0%} of the edges (100% in a tree). From afar, the largest "
        f"component deviates from a tree by {delta['mean']:.2f} steps on average and by {delta['max']:g} at most, over "
        f"distances up to {delta['diameter']}."
    )


def _isolated(facts: dict[str, Any]) -> str:
    isolated = facts["degree"]["isolated"]
    if not isolated:
        return ""
    share = isolated / facts["nodes"]
    return f"Nodes without an edge: {isolated:,} ({share:.1%}). Only their texts say anything about them."


def _repeats(facts: dict[str, Any]) -> str:
    repeated, empty = facts["texts"]["repeated_texts"], facts["texts"]["empty_texts"]
    if repeated + empty < 0.01 * facts["nodes"]:
        return ""
    return f"Texts that repeat another: {repeated:,}; empty texts: {empty:,}. Only their edges tell such nodes apart."
