"""OGB's knowledge graphs as triples, with the candidates that OGB ranks the answers among."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.ogb.arrays import load_arrays
from graphfm.datasets.ogb.package import column, entry, locate, quiet
from graphfm.datasets.triples.graph import Triples

_SPLIT = {"ogbl-biokg": "random", "ogbl-wikikg2": "time"}
_TYPES = ("disease", "drug", "function", "protein", "sideeffect")


class GivenNegatives(NamedTuple):
    """OGB's candidates in place of the head and of the tail of each triple of a split, none of them true.

    Shapes: (n, K) both, int32, since those of ogbl-wikikg2 are a billion.
    """

    head: Tensor
    tail: Tensor


def triples(name: str, *, root: Path | None = None, allow_large: bool = False, negatives: bool = True) -> Triples:
    """``ogbl-wikikg2`` or ``ogbl-biokg`` with OGB's split; ``info["negatives"]`` holds the candidates of val and test.

    The entities of ogbl-biokg are named ``type:id``, and those of one type are neighbours: ``info["types"]`` says where
    each begins.

    Args:
        name: the data set.
        root: the folder that holds or will hold ``ogbl_biokg``; `GRAPHFM_DATA/ogb` or the cache by default.
        allow_large: consent to a download of more than one gigabyte.
        negatives: keep the candidates, four gigabytes for ogbl-wikikg2.

    Raises:
        DataError: a download that fails or that nobody agreed to, missing or malformed files.
    """
    about, folder = entry(name, kind="kg"), locate(name, root)
    splits = folder / "split" / _SPLIT[name]
    if not splits.is_dir():
        with quiet(name, folder, allow_large=allow_large):
            from ogb.linkproppred import PygLinkPropPredDataset

            PygLinkPropPredDataset(name, root=str(folder.parent))
    mapping = folder / "mapping"
    if name == "ogbl-biokg":
        entities, relations, starts = _biokg(mapping)
    else:
        entities, relations = column(mapping, "nodeidx2entityid.csv"), column(mapping, "reltype2relid.csv")
        starts = {}
    info: dict[str, Any] = {"source": about.source, "licence": about.licence}
    if starts:
        info["types"] = starts
    # One split at a time: the candidates of one of ogbl-wikikg2 take gigabytes before they are narrowed.
    train, _ = _read(splits / "train.pt", starts, keep=False)
    val, for_val = _read(splits / "valid.pt", starts, keep=negatives)
    test, for_test = _read(splits / "test.pt", starts, keep=negatives)
    if negatives:
        info["negatives"] = {"val": for_val, "test": for_test}
    return Triples(name, entities, relations, train=train, val=val, test=test, info=info)


def _biokg(folder: Path) -> tuple[list[str], list[str], dict[str, int]]:
    """Entities of all types one after the other, relations, and where each type begins."""
    entities: list[str] = []
    starts = {}
    for kind in _TYPES:
        starts[kind] = len(entities)
        entities += [f"{kind}:{one}" for one in column(folder, f"{kind}_entidx2name.csv")]
    return entities, column(folder, "relidx2relname.csv"), starts


def _read(path: Path, starts: dict[str, int], *, keep: bool) -> tuple[Tensor, GivenNegatives | None]:
    """Triples (n, 3) of a split and, to keep, their candidates."""
    content = load_arrays(path)
    shift = {end: _shift(content, end, starts) for end in ("head", "tail")}
    head, tail = (torch.as_tensor(content[end]) + shift[end] for end in shift)
    ids = torch.stack([head, torch.as_tensor(content["relation"]), tail], dim=1)
    if not keep:
        return ids, None
    narrow = [torch.as_tensor(content[f"{end}_neg"]).int() + shift[end].int()[:, None] for end in shift]
    return ids, GivenNegatives(*narrow)


def _shift(content: dict[str, Any], end: str, starts: dict[str, int]) -> Tensor:
    """What turns the ids of an end, which OGB counts from 0 in each type, into positions among all entities; (n,)."""
    if not starts:
        return torch.zeros(len(content[end]), dtype=torch.long)
    return torch.tensor([starts[kind] for kind in content[f"{end}_type"]], dtype=torch.long)
