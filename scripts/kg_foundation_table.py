"""The page of results/kg_foundation: every table from the records alone."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from records import cell

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
ULTRA = "ultra-3g"


def page(records: Rows) -> str:
    """Markdown."""
    return "# placeholder\n"
