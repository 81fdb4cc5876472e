"""Tables between the comments that name them and their script: `<!-- NAME: scripts/SCRIPT.py --> ... <!-- end of NAME -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

Parts = Mapping[Path, tuple[Callable[[], str], ...]]


def filled(text: str, name: str, table: str, *, script: str) -> str:
    """`text` with a table in its place.

    Raises:
        ValueError: no such place, or several.
    """
    start, end = f"<!-- {name}: scripts/{script}.py -->", f"<!-- end of {name} -->"
    places = re.findall(f"{re.escape(start)}.*?{re.escape(end)}", text, flags=re.DOTALL)
    if len(places) != 1:
        raise ValueError(f"found {len(places)} places {start} ... {end}, expected one")
    return text.replace(places[0], f"{start}\n{table}\n{end}")


def fill(places: Parts, *, script: str) -> None:
    """Make the tables of a script anew, each named by the function that makes it."""
    for path, text in pages(places, script=script).items():
        path.write_text(text, encoding="utf-8")


def pages(places: Parts, *, script: str) -> dict[Path, str]:
    """The pages as they are with their tables made anew."""
    found = {}
    for path, parts in places.items():
        found[path] = path.read_text(encoding="utf-8")
        for part in parts:
            found[path] = filled(found[path], part.__name__, part(), script=script)
    return found
