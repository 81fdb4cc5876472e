"""What a user gives as an object, a path or a name, as the object: graphs and models."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from typing import TYPE_CHECKING, Any

from graphfm.errors import DataError
from graphfm.models.checkpoint import DEFAULT, LINK, building, read

if TYPE_CHECKING:
    import torch

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.datasets.triples.graph import Triples
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.link_model import LinkModel

ACCELERATORS = ("auto", "cpu", "gpu")


def text_graph(data: TextGraph | str | PathLike[str]) -> TextGraph:
    """A text graph: itself, or read from its folder or from the catalogue.

    Raises:
        DataError: another object, or what `graphfm.load` raises.
    """
    from graphfm.datasets import TextGraph, load

    if isinstance(data, TextGraph):
        return data
    if isinstance(data, str | PathLike):
        return load(data)
    raise _no("a text graph, its folder or its name", data)


def triples(data: Triples | str | PathLike[str] | Any, *, missing: Collection[str] = ()) -> Triples:
    """A knowledge graph: itself, or read from its folder, a file, the catalogue or a frame.

    Args:
        data: the graph, or what `graphfm.load_triples` takes.
        missing: splits that are not made where it has none.

    Raises:
        DataError: another object, or what `graphfm.load_triples` raises.
    """
    from graphfm.datasets import Triples, load_triples
    from graphfm.datasets.triples.main_triples import main_triples

    if isinstance(data, Triples):
        return main_triples(data)
    if isinstance(data, str | PathLike) or hasattr(data, "columns"):
        return main_triples(load_triples(data, missing=missing))
    raise _no("triples, their folder, their name or a frame", data)


def graph_model(checkpoint: GraphFM | str | PathLike[str]) -> GraphFM:
    """A model of text graphs: itself, or read from its file, from its run's folder, or "default".

    Raises:
        DataError: another object, or what `GraphFM.load` raises.
    """
    from graphfm.models.graph_model import GraphFM

    if isinstance(checkpoint, GraphFM):
        return checkpoint
    if isinstance(checkpoint, str | PathLike):
        return GraphFM.load(checkpoint)
    raise _no("a GraphFM, its file, its run's folder or 'default'", checkpoint)


def link_model(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    data: Triples | str | PathLike[str] | Any | None = None,
    accelerator: str = "cpu",
) -> LinkModel:
    """A model of triples: itself, or read from its file or its run's folder.

    Args:
        checkpoint: the model.
        data: another graph to ask it about; of an inductive set, its second graph. Its own by default.
        accelerator: where a model that is read is put, see `device`.

    Raises:
        DataError: another object, or what `LinkModel.load` and `LinkModel.on` raise.
    """
    from graphfm.models.link_model import LinkModel

    if isinstance(checkpoint, LinkModel):
        model = checkpoint
    elif isinstance(checkpoint, str | PathLike):
        model = LinkModel.load(checkpoint, device=device(accelerator))
    else:
        raise _no("a LinkModel, its file or its run's folder", checkpoint)
    if data is None:
        return model
    graph = triples(data, missing=("val", "test"))  # where it has no splits, all of it are facts to be asked about
    return model.on(graph.inference or graph)


def load_model(
    path: str | PathLike[str] = DEFAULT, *, revision: str | None = None, device: torch.device | str | None = None
) -> GraphFM | LinkModel:
    """A model from wherever it is: `GraphFM` for text graphs, `LinkModel` for knowledge graphs. Nothing in it is executed.

    Args:
        path: of the file, of a run's folder, of a folder of `save_pretrained`, ``org/name`` on the hub, a name of
            `graphfm models list`, or "default" for the model of the package ("./default" is a folder).
        revision: branch, tag or commit; for ``org/name`` alone.
        device: where to put the model.

    Raises:
        DataError: no such model.
        GraphFMError: the hub does not answer, and its cache does not hold the model.

    >>> load_model("default").card["sources"][0]
    'python-stdlib'
    """
    found = read(path, revision=revision)
    # Each world's imports take a second that the other one can do without.
    if found.kind is LINK:
        from graphfm.models.link_model import LinkModel

        with building(found.path):
            return LinkModel.from_content(found.content, device=device)
    from graphfm.models.graph_model import GraphFM

    with building(found.path):
        return GraphFM.from_content(found.content, device=device)


def device(accelerator: str) -> str:
    """The device that an accelerator means: "cpu" or "cuda".

    Raises:
        DataError: none of "auto", "cpu" and "gpu", or a GPU where there is none.
    """
    import torch

    found = torch.cuda.is_available()
    if accelerator not in ACCELERATORS or (accelerator == "gpu" and not found):
        there = "" if found else "; there is no GPU here"
        raise DataError(f"the accelerator {accelerator!r}", expected=f"auto, cpu or gpu{there}")
    return "cuda" if found and accelerator != "cpu" else "cpu"


def _no(expected: str, given: Any) -> DataError:
    return DataError(f"an object of type {type(given).__name__}", expected=expected)
