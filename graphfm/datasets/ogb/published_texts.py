"""The texts of OGB's nodes and readable names of their classes, from files that OGB publishes beside its graphs."""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from graphfm.datasets.download import fetch
from graphfm.errors import DataError
from graphfm.files import find, read_text

_TITLEABS = "https://snap.stanford.edu/ogb/data/misc/ogbn_arxiv/titleabs.tsv.gz"
_TITLEABS_SHA256 = "7bce99ab3e1604277f12dd49f6e17a0d89867b29ea152f072c0e709ae0bc8ed7"
_AMAZON = "https://drive.google.com/file/d/1gsabsx8KR2N9jJz16jTcA0QASXsNuKnN/view"

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


def arxiv_texts(folder: Path, wanted: set[str]) -> dict[str, str]:
    """Title, new line, abstract of each wanted paper, from ``titleabs.tsv[.gz]``, downloaded if it is not in the folder."""
    path = find(folder, "titleabs.tsv") or fetch(_TITLEABS, folder / "titleabs.tsv.gz", sha256=_TITLEABS_SHA256)
    texts = {}
    # The first and the last line of the published file are remains of an archive; they bear no id of a paper.
    for line in read_text(path).split("\n"):
        paper, _, text = line.partition("\t")
        if paper in wanted:
            texts[paper] = "\n".join(part.strip() for part in text.split("\t") if part.strip())
    return texts


def product_category(label: str) -> str:
    """The name of a product category, without the escapes of web pages.

    >>> product_category("Furniture & D&#233;cor")
    'Furniture & Décor'
    """
    return html.unescape(label)


def product_texts(folder: Path, wanted: set[str]) -> dict[str, str]:
    """Title, new line, description of each wanted product, from ``Amazon-3M.raw/{trn,tst}.json[.gz]``.

    Raises:
        DataError: where the files are not there: they are behind a page that no program can pass.
    """
    texts = {}
    for path in [_amazon(folder / "Amazon-3M.raw", name) for name in ("trn.json", "tst.json")]:
        for product, title, description in _products(path):
            if product in wanted:
                texts[product] = "\n".join(part.strip() for part in (title, description) if part.strip())
    return texts


def _amazon(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(
        f"no {name} or {name}.gz",
        expected="the raw texts of the products",
        hint=f"Fetch Amazon-3M.raw with a browser ({_AMAZON}, from the Extreme Classification Repository) and unpack it.",
        path=folder,
    )


def _products(path: Path) -> Iterator[tuple[str, str, str]]:
    """Id, title and description, a line at a time: the file holds three million products of which most are not wanted."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                product = json.loads(line)
                yield product["uid"], product.get("title", ""), product.get("content", "")
            except (json.JSONDecodeError, KeyError, AttributeError, TypeError) as error:
                expected = 'an object with "uid", "title" and "content"'
                raise DataError(line[:60].rstrip(), expected=expected, path=path, line=number) from error
