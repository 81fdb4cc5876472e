"""The picture of README.md: why the model that comes along, which has never seen this graph, says that Zambia lies in Africa.

python scripts/readme_picture.py
"""

from __future__ import annotations

from pathlib import Path

import graphfm
from graphfm.report.images import png
from graphfm.report.paths_page import path_drawing

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "why.png"
FACT = {"head": "zambia", "relation": "locatedin", "tail": "africa"}


def main() -> None:
    """Draw it; the data set has to be under GRAPHFM_DATA."""
    found = graphfm.explain("default", data="countries_s2", top=6, **FACT)
    PICTURE.write_bytes(png(path_drawing(found.paths, found.triple[0], found.triple[2]), dpi=110))
    print(f"rank {found.rank:g} of {found.entities}; the fact itself is not read: {found.known}")


if __name__ == "__main__":
    main()
