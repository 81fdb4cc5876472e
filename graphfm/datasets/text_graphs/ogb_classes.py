"""Readable names of the classes of OGB's node sets, from the tables ``mapping/labelidx2*.csv.gz`` that come with them."""

from __future__ import annotations

import csv
import html
from collections.abc import Iterable
from pathlib import Path

from graphfm.datasets.tables.unpacking import lines, plain_name
from graphfm.datasets.text_graphs.labels import Classes

_ARXIV = {
    "ai": "Artificial Intelligence",
    "ar": "Hardware Architecture",
    "cc": "Computational Complexity",
    "ce": "Computational Engineering, Finance, and Science",
    "cg": "Computational Geometry",
    "cl": "Computation and Language",
    "cr": "Cryptography and Security",
    "cv": "Computer Vision and Pattern Recognition",
    "cy": "Computers and Society",
    "db": "Databases",
    "dc": "Distributed, Parallel, and Cluster Computing",
    "dl": "Digital Libraries",
    "dm": "Discrete Mathematics",
    "ds": "Data Structures and Algorithms",
    "et": "Emerging Technologies",
    "fl": "Formal Languages and Automata Theory",
    "gl": "General Literature",
    "gr": "Graphics",
    "gt": "Computer Science and Game Theory",
    "hc": "Human-Computer Interaction",
    "ir": "Information Retrieval",
    "it": "Information Theory",
    "lg": "Machine Learning",
    "lo": "Logic in Computer Science",
    "ma": "Multiagent Systems",
    "mm": "Multimedia",
    "ms": "Mathematical Software",
    "na": "Numerical Analysis",
    "ne": "Neural and Evolutionary Computing",
    "ni": "Networking and Internet Architecture",
    "oh": "Other Computer Science",
    "os": "Operating Systems",
    "pf": "Performance",
    "pl": "Programming Languages",
    "ro": "Robotics",
    "sc": "Symbolic Computation",
    "sd": "Sound",
    "se": "Software Engineering",
    "si": "Social and Information Networks",
    "sy": "Systems and Control",
}


def arxiv_category(label: str) -> str:
    """The name of an arXiv category under OGB's label for it.

    >>> arxiv_category("arxiv cs na")
    'Numerical Analysis'
    """
    return _ARXIV.get(label.removeprefix("arxiv cs "), label)


def product_category(label: str) -> str:
    """The name of a product category, without the escapes of web pages.

    >>> product_category("Furniture & D&#233;cor")
    'Furniture & Décor'
    """
    return html.unescape(label)


def class_table(folder: Path, numbers: Iterable[int | None]) -> tuple[Path, Classes] | None:
    """The table of class names of a folder of OGB and the classes that it names, in the order of their numbers.

    None where it is not certain: no such table or two, a row that is not a number and a name, a number twice, or one among
    the classes of the nodes that has no name.

    Args:
        folder: as the ogb package downloads it.
        numbers: the class of each node, None for one without.
    """
    tables = [path for path in sorted((folder / "mapping").glob("labelidx2*")) if plain_name(path).endswith(".csv")]
    if len(tables) != 1:
        return None
    rows = [row for row in csv.reader(lines(tables[0])) if row][1:]  # the first names the columns
    if not all(len(row) == 2 and row[0].strip().isdecimal() and row[1].strip() for row in rows):
        return None
    names = {int(row[0]): arxiv_category(product_category(row[1].strip())) for row in rows}
    if len(names) < len(rows) or not names.keys() >= {*numbers} - {None}:
        return None
    order = sorted(names)
    return tables[0], Classes([names[i] for i in order], ids=order)
