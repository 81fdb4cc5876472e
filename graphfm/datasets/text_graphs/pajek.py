"""Pajek's ``.net``: vertices with a number and a name, then arcs and edges, one or several a line, or a matrix.

NetworkX reads the format too, but joins vertices of one name, takes the second end of a list for a weight, and gives an edge
beside arcs one direction; so it is read here, by Pajek's manual.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import networkx

_CELLS = re.compile(r'"([^"]*)"|(\S+)')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SECTIONS = ("network", "vertices", "arcs", "edges", "arcslist", "edgeslist", "matrix", "partition", "vector")


class _Row(NamedTuple):
    """A line of a section, or its first; `place`: its place in the section, the first line being 0."""

    section: str
    place: int
    cells: list[str]
    line: int


class _Link(NamedTuple):
    ends: tuple[int, int]
    arc: bool
    given: dict[str, Any] = {}  # noqa: RUF012


def graph_of_pajek(text: str) -> networkx.Graph:
    """The graph; its nodes go by their names where each has one of its own, else by their numbers, with ``name`` beside.

    An edge beside arcs is an arc each way.

    Raises:
        ValueError: a section that is not known, a line that is none of its section, a vertex that is not there.
    """
    import networkx

    title, size, about = "", 0, ""
    relation: dict[str, str] = {}
    names: dict[int, str] = {}
    given: dict[int, dict[str, str]] = {}
    links: list[_Link] = []
    for row in _rows(text):
        section, place, cells, line = row
        if section in ("partition", "vector"):  # of a project: a line of its vertices is the value of each
            about = about if place else " ".join(cells[1:]) or section
        elif section == "vertices" and about:
            given.setdefault(place, {})[about] = cells[0]
        elif section in ("network", "vertices") and not place:
            if links:
                raise ValueError(
                    f"line {line}: a second network, where one is expected: save each in a file of its own"
                )
            title = " ".join(cells[1:]) if section == "network" else title
            size = _whole((*cells, "")[1], row) if section == "vertices" else size
        elif section == "vertices":
            vertex = _whole(cells[0], row)
            names[vertex] = cells[1] if len(cells) > 1 else cells[0]
            given[vertex] = _pairs(cells[2:])
        elif place:
            links += [link._replace(given=link.given | relation) for link in _links(row)]
        else:  # *Arcs :2 "cites"
            relation = {"relation": cells[-1].removeprefix(":")} if len(cells) > 1 and cells[1][:1] == ":" else {}
    names = {i: names.get(i, str(i)) for i in range(1, size + 1)}
    if lost := next((end for link in links for end in link.ends if end not in names), None):
        raise ValueError(f"the vertex {lost} of {size}")
    own = max(Counter(names.values()).values(), default=1) == 1
    directed = any(link.arc for link in links)
    network = networkx.MultiDiGraph(name=title) if directed else networkx.MultiGraph(name=title)
    key = {i: name if own else str(i) for i, name in names.items()}
    for i, name in names.items():
        network.add_node(key[i], **{"name": name} | given.get(i, {}))
    for (first, second), arc, values in links:
        network.add_edge(key[first], key[second], **values)
        if directed and not arc:
            network.add_edge(key[second], key[first], **values)
    return network


def _rows(text: str) -> Iterator[_Row]:
    section, place = "", 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        cells = [quoted or plain for quoted, plain in _CELLS.findall(line)]
        if not cells or cells[0].startswith("%"):
            continue
        place += 1
        if line.lstrip().startswith("*"):
            section, place = cells[0][1:].casefold(), 0
            if section not in _SECTIONS:
                raise ValueError(f"line {number}: the section {cells[0]}, where {', '.join(_SECTIONS)} are known")
        yield _Row(section, place, cells, number)


def _links(row: _Row) -> list[_Link]:
    """The links that a line says."""
    section, place, cells, line = row
    arc = section.startswith(("arcs", "matrix"))
    if section in ("arcs", "edges"):
        if len(cells) < 2:
            raise ValueError(f"line {line}: one end of {section}, where two are needed")
        weighted = len(cells) > 2 and _NUMBER.fullmatch(cells[2])
        given = {"weight": float(cells[2])} if weighted else {}
        return [_Link((_whole(cells[0], row), _whole(cells[1], row)), arc, _pairs(cells[2:]) | given)]
    if section in ("arcslist", "edgeslist"):
        first, *others = (_whole(cell, row) for cell in cells)
        return [_Link((first, other), arc) for other in others]
    if section == "matrix":
        return [
            _Link((place, column), arc, {"weight": float(cell)})
            for column, cell in enumerate(cells, start=1)
            if float(cell)
        ]
    return []


def _pairs(cells: list[str]) -> dict[str, str]:
    """What stands after names and ends: coordinates or a weight, a shape, then keys and values."""
    rest = list(itertools.dropwhile(_NUMBER.fullmatch, cells))
    rest = rest[len(rest) % 2 :]  # a shape stands alone
    return dict(zip(rest[::2], rest[1::2], strict=True))


def _whole(cell: str, row: _Row) -> int:
    if not cell.isdecimal():
        raise ValueError(f"line {row.line}: {cell!r}, where the number of a vertex is expected")
    return int(cell)
