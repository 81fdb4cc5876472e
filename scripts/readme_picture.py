"""The picture of README.md: why the model that comes along, which has never seen this fact, says that Zambia lies in Africa.

python scripts/readme_picture.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import graphfm
from graphfm.report.images import png
from graphfm.report.paths_page import path_drawing

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "why.png"
FACT = {"head": "zambia", "relation": "locatedin", "tail": "africa"}


ORDINALS = {1: "first", 2: "second", 3: "third"}


def explained() -> Any:
    """The fact, explained; the data set has to be under GRAPHFM_DATA."""
    return graphfm.explain("default", data="countries_s2", top=6, **FACT)


def claim(found: Any) -> str:
    """What stands below the picture."""
    return f"ranks Africa {ORDINALS.get(found.rank, f'{found.rank:g}th')} of {found.entities} entities"


def main() -> None:
    """Draw it."""
    found = explained()
    PICTURE.write_bytes(png(path_drawing(found.paths, found.triple[0], found.triple[2]), dpi=110))
    print(f"{claim(found)}; the fact itself is not read: {found.known}")


if __name__ == "__main__":
    main()
