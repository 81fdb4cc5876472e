"""Models from plain values, as a checkpoint keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from graphfm.errors import DataError
from graphfm.kg.embeddings.entities import TextEntities
from graphfm.kg.embeddings.kge import KGEModel
from graphfm.kg.names import check_options, make_scorer, method_name
from graphfm.kg.paths.mokgr import METHODS
from graphfm.kg.paths.reasoner import Reasoner


def kge_model(
    *,
    num_entities: int,
    num_relations: int,
    scorer: str = "RotatE",
    dim: int = 200,
    scorer_options: Mapping[str, Any] | None = None,
    reciprocal: bool = False,
    sparse: bool = False,
    text_dim: int | None = None,
    text_table: bool = True,
) -> KGEModel:
    """A `KGEModel` from plain values; texts are zero until they are loaded.

    Args:
        num_entities: V.
        num_relations: R, without inverses.
        scorer: name of a scorer, see `graphfm.kg.names`.
        dim: its width.
        scorer_options: its other arguments, such as ``{"gamma": 9.0}``.
        reciprocal, sparse: see `KGEModel`.
        text_dim: width of entity texts; entities are then `TextEntities`.
        text_table: with texts, a free vector per entity too.

    Raises:
        DataError: an unknown scorer or option, or a scorer without an inverse that is not `reciprocal`.
    """
    made = make_scorer(scorer, dim, dict(scorer_options or {}))
    entities = None
    if text_dim is not None:
        entities = TextEntities(torch.zeros(num_entities, text_dim), made.entity_dim, table=text_table, sparse=sparse)
    try:
        return KGEModel(
            made,
            num_entities=num_entities,
            num_relations=num_relations,
            entities=entities,
            reciprocal=reciprocal,
            sparse=sparse,
        )
    except NotImplementedError as error:
        raise DataError(f"{scorer} without reciprocal relations", expected="reciprocal: true") from error


def path_model(
    *, num_relations: int, method: str = "mokgr", dim: int = 64, method_options: Mapping[str, Any] | None = None
) -> Reasoner:
    """A `Reasoner` from plain values.

    Args:
        num_relations: R, without inverses.
        method: a name of `graphfm.kg.paths.mokgr.METHODS`, whatever its case.
        dim: its width.
        method_options: other arguments of the method, such as ``{"num_layers": 5}``.

    Raises:
        DataError: an unknown method, or an argument that it does not take.
    """
    name, options = method_name(method), dict(method_options or {})
    if name is None:
        raise DataError(f"the method {method!r}", expected=", ".join(METHODS))
    check_options(name, options)
    try:
        return METHODS[name](num_relations, channels=dim, **options)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} with {options}: {error}", expected="valid arguments") from error


#: How each kind of model in a file is built from the settings beside it.
KINDS: dict[str, Callable[..., nn.Module]] = {"kge": kge_model, "paths": path_model}
