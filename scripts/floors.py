"""The order of the rooms: who may import whom. `scripts/house.py` counts by it, `tests/test_architecture.py` holds it."""

from __future__ import annotations

from typing import Protocol

#: From the roof to the bedrock. A room imports lines below it alone; single modules stand here where a folder has several floors.
FLOORS = """
__main__
cli
commands
__init__
serving estimators scale
training
training/links training/text_graphs
training/runs
report
evaluation
models
models/families classification/answer classification/newcomers classification/pool classification/refine classification/why
models/vocabulary models/relation_names classification/readers
classification text kg/names kg/relations datasets/__init__ datasets/loading
kg/embeddings kg/paths datasets/ogb datasets/python_stdlib geometry
kg/scorers kg datasets/text_graphs datasets/triples datasets
datasets/rdf
datasets/tables
table_text
ops files settings plugins progress notebook shards signals
durable
errors paths printable
"""


class Placed(Protocol):
    """A module with its place, such as "kg/ranks", and the room it stands in, such as "kg"."""

    place: str
    room: str


class Floors:
    """Which line a module stands in, counted from the roof: that of its own entry, or of its room's."""

    def __init__(self, text: str = FLOORS) -> None:
        self.lines = [line.split() for line in text.split("\n") if line.strip()]
        self._of = {entry: floor for floor, line in enumerate(self.lines) for entry in line}

    def __call__(self, module: Placed) -> int | None:
        """The floor; None for a room nobody has placed."""
        return self._of.get(module.place, self._of.get(module.room))

    def entries(self) -> set[str]:
        return set(self._of)
