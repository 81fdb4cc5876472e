"""The vectors of a model in the formats of other tools."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from graphfm.errors import DataError
from graphfm.files import replacing, write_text

if TYPE_CHECKING:
    from graphfm.models.link_model import LinkModel


def vectors(model: LinkModel) -> dict[str, Tensor]:
    """``entities (V, D)`` and ``relations (R or 2R, D')``, on the CPU.

    Raises:
        DataError: a model without vectors of entities.
    """
    tables = model.family.vectors(model.model)
    if tables is None:
        raise DataError(f"a {model.kind} model", expected="one with a vector per entity, such as rotate or complex")
    return {name: table.detach().cpu() for name, table in tables.items()}


def write_vectors(model: LinkModel, folder: str | PathLike[str]) -> list[str]:
    """Write ``embeddings.safetensors``, a ``.npy`` file, and the two TSV files of the TensorFlow projector per table.

    Args:
        model: whose vectors.
        folder: made where it is missing.

    Returns:
        The names of the files.

    Raises:
        DataError: a model without vectors of entities.
    """
    from safetensors.torch import save_file

    target, tables, graph = Path(folder), vectors(model), model.graph
    relations = [*graph.relations, *(f"{name} (inverse)" for name in graph.relations)]
    relation_labels = [*graph.relation_labels, *(f"{name} (inverse)" for name in graph.relation_labels)]
    names = {"entities": (graph.entities, graph.entity_labels), "relations": (relations, relation_labels)}
    with replacing(target / "embeddings.safetensors") as temporary:
        save_file({name: table.contiguous() for name, table in tables.items()}, temporary)
    files = ["embeddings.safetensors"]
    for name, table in tables.items():
        ids, labels = names[name]
        with replacing(target / f"{name}.npy") as temporary, temporary.open("wb") as file:
            np.save(file, table.numpy())
        with replacing(target / f"{name}.tsv") as temporary:
            np.savetxt(temporary, table.numpy(), fmt="%.6g", delimiter="\t")
        # Relations that share their parameters with their inverses have one row for both.
        rows = [f"{_cell(i)}\t{_cell(label)}" for i, label in zip(ids, labels, strict=True)][: len(table)]
        write_text(target / f"{name}_metadata.tsv", "\n".join(["id\tlabel", *rows]) + "\n")
        files += [f"{name}.npy", f"{name}.tsv", f"{name}_metadata.tsv"]
    return files


def _cell(text: str) -> str:
    return " ".join(text.split())
