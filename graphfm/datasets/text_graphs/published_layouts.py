"""Layouts in which citation graphs are published: Planetoid's ``.content`` and ``.cites``, OGB's folders with ``titleabs``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from graphfm.datasets.tables.unpacking import PACKED, lines, plain_name
from graphfm.datasets.text_graphs.records import whole_numbers
from graphfm.datasets.text_graphs.sources import Source
from graphfm.errors import DataError
from graphfm.files import find


def find_planetoid(folder: Path) -> Path | None:
    """The ``.content`` file of a folder, None without one."""
    found = [path for path in sorted(folder.iterdir()) if path.suffix == ".content"]
    return found[0] if len(found) == 1 else None


def read_planetoid(content: Path) -> Source:
    """Papers with words counted, a class each, and citations as ``cited citing``; there are no texts in it.

    Raises:
        DataError: no ``.cites`` beside, or a row that is cut off.
    """
    cites = content.with_suffix(".cites")
    if not cites.is_file():
        raise DataError(f"no {cites.name}", expected="the citations beside the papers", path=content.parent)
    rows, where = [], []
    for number, line in enumerate(lines(content), start=1):
        if cells := line.split("\t") if "\t" in line else line.split():
            if len(cells) < 2:
                raise DataError(f"{line[:60]!r}", expected="an id, words, a class", path=content, line=number)
            rows.append((cells[0], cells[-1]))
            where.append(number)
    pairs, edge_lines = [], []
    for number, line in enumerate(lines(cites), start=1):
        if cells := line.split():
            if len(cells) != 2:
                raise DataError(f"{line[:60]!r}", expected="two ids", path=cites, line=number)
            pairs.append((cells[1], cells[0]))  # the second cites the first
            edge_lines.append(number)
    written = [key for key, _ in rows], [src for src, _ in pairs], [dst for _, dst in pairs]
    numbers = whole_numbers(*written)
    ids, src, dst = ([int(key) if numbers else key for key in column] for column in written)
    return Source(
        ids, {"label": [label for _, label in rows]}, src, dst, name=content.stem, path=content, node_lines=where,
        edges_path=cites, edge_lines=edge_lines,
    )  # fmt: skip


def _ogb_file(folder: Path, *names: str) -> Path | None:
    return next(
        (path for name in names for packed in ("", *PACKED) if (path := folder / f"{name}{packed}").is_file()), None
    )


def is_ogb(folder: Path) -> bool:
    """Whether a folder is a node set of OGB with the titles and abstracts of its papers."""
    return (folder / "mapping").is_dir() and _ogb_file(
        folder, "titleabs.tsv", "mapping/titleabs.tsv", "raw/titleabs.tsv"
    ) is not None


def read_ogb(folder: Path) -> Source:
    """Papers by their place in the set, with title and abstract, and their links.

    Raises:
        DataError: no links, or a paper without a title.
    """
    texts = _ogb_file(folder, "titleabs.tsv", "mapping/titleabs.tsv", "raw/titleabs.tsv")
    mapping = _ogb_file(folder, "mapping/nodeidx2paperid.csv")
    edges = _ogb_file(folder, "raw/edge.csv", "edge.csv")
    if texts is None or mapping is None or edges is None:
        hint = "The folder that the ogb package downloads has them; `graphfm datasets get ogbn-arxiv` reads it whole."
        lacking = "raw/edge.csv" if edges is None else "mapping/nodeidx2paperid.csv"
        raise DataError(
            f"no {lacking}", expected="the links and ids of the set beside the texts", hint=hint, path=folder
        )
    title, abstract = {}, {}
    for line in lines(texts):
        cells = line.split("\t")
        if len(cells) >= 2:
            title[cells[0].strip()] = cells[1].strip()
            abstract[cells[0].strip()] = cells[2].strip() if len(cells) > 2 else ""
    papers = [cells[1].strip() for line in lines(mapping) if len(cells := line.split(",")) >= 2][1:]
    pairs = [line.split(",") for line in lines(edges) if line.strip()]
    if pairs and not pairs[0][0].strip().isdecimal():
        pairs = pairs[1:]
    labels = _ogb_file(folder, "raw/node-label.csv", "node-label.csv")
    fields: dict[str, Any] = {
        "title": [title.get(paper) for paper in papers],
        "text": [". ".join(part for part in (title[p], abstract[p]) if part) if p in title else None for p in papers],
    }
    if labels is not None:
        fields["label"] = [_class(line.strip()) for line in lines(labels) if line.strip()]
    src, dst = ([int(pair[end]) for pair in pairs] for end in (0, 1))
    return Source([*range(len(papers))], fields, src, dst, name=folder.resolve().name, path=texts, edges_path=edges)


def _class(cell: str) -> Any:
    """The number of a class; None for the ``nan`` of a node without one. What is no whole number stays, to be refused by name."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return None if math.isnan(number) else int(number) if number.is_integer() else number


def refusal(folder: Path) -> str:
    """What a folder seems to be that cannot be read, as the hint of a message; "" for nothing known."""
    names = [plain_name(path) for path in folder.iterdir()]
    if any(name.startswith("ind.") for name in names):
        return "Planetoid's ind.* files are pickles of word counts and hold no texts; texts are needed."
    if find(folder, "nodes.csv") or find(folder, "edges.csv"):
        return "One table is there, its partner is not: nodes and edges each need one."
    if (folder / "mapping").is_dir():
        return (
            "A folder of OGB, without titleabs.tsv, which holds the texts of ogbn-arxiv and ogbn-papers100M. Knowledge graphs "
            "of OGB have names in graphfm: `graphfm datasets list`."
        )
    if splits := sorted(name for name in names if "train" in name.lower()):
        named = any(name.startswith("train.") for name in splits)
        other = f"Of triples, the splits are called train, valid (or val, dev) and test, each with an ending: {splits[0]} is not."
        return "For triples there is graphfm.datasets.load_triples." if named else other
    inner = [path.name for path in sorted(folder.iterdir()) if path.is_dir() and any(path.iterdir())]
    if inner:
        return f"Folders in it: {', '.join(inner[:4])}. Give the one with the files."
    return ""
