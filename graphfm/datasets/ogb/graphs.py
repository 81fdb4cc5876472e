"""OGB's node classification sets as text graphs: the graph from the ogb package, the texts from where they are published."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from graphfm.datasets.ogb.package import column, entry, locate, quiet
from graphfm.datasets.ogb.published_texts import arxiv_texts, product_texts
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.text_graphs.ogb_classes import arxiv_category, product_category
from graphfm.errors import DataError

# The mapping tables of ids and of classes, how to name a class, how to read the texts.
_SETS = {
    "ogbn-arxiv": ("nodeidx2paperid.csv", "labelidx2arxivcategeory.csv", arxiv_category, arxiv_texts),
    "ogbn-products": ("nodeidx2asin.csv", "labelidx2productcategory.csv", product_category, product_texts),
}


def text_graph(name: str, *, root: Path | None = None, allow_large: bool = False) -> TextGraph:
    """``ogbn-arxiv`` or ``ogbn-products`` with OGB's split and the text of the nodes.

    The texts of ogbn-arxiv are downloaded. Those of ogbn-products are published where no program can fetch them: put
    ``Amazon-3M.raw`` into the folder ``ogbn_products``. ``info["without_text"]`` counts the nodes that have none.

    Args:
        name: the data set.
        root: the folder that holds or will hold ``ogbn_arxiv``; `GRAPHFM_DATA/ogb` or the cache by default.
        allow_large: consent to a download of more than one gigabyte.

    Raises:
        DataError: a download that fails or that nobody agreed to, missing or malformed files.
    """
    about, folder = entry(name, kind="tag"), locate(name, root)
    with quiet(name, folder, allow_large=allow_large):
        from ogb.nodeproppred import PygNodePropPredDataset

        dataset = PygNodePropPredDataset(name, root=str(folder.parent))
        data, split = dataset[0], dataset.get_idx_split()
    id_table, class_table, category, read = _SETS[name]
    ids = column(folder / "mapping", id_table)
    if len(ids) != data.num_nodes:
        raise DataError(
            f"{len(ids)} ids in {id_table}", expected=f"one for each of {data.num_nodes} nodes", path=folder
        )
    texts = read(folder, set(ids))
    if not texts:
        raise DataError("texts of other ids only", expected=f"texts of the ids in {id_table}", path=folder)
    return TextGraph(
        data.edge_index,
        name=name,
        text=[texts.get(one, "") for one in ids],
        directed=about.directed,
        y=data.y.flatten().nan_to_num(nan=-1).long(),
        class_names=[category(one) for one in column(folder / "mapping", class_table)],
        node_ids=ids,
        info={"source": about.source, "licence": about.licence, "without_text": len(set(ids) - texts.keys())},
        train_mask=_mask(split["train"], len(ids)),
        val_mask=_mask(split["valid"], len(ids)),
        test_mask=_mask(split["test"], len(ids)),
    )


def _mask(index: Tensor, size: int) -> Tensor:
    mask = torch.zeros(size, dtype=torch.bool)
    mask[index] = True
    return mask
