"""The texts of OGB's nodes, from files that OGB publishes beside its graphs."""

from __future__ import annotations

import gzip
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
