"""`python-stdlib`: a text graph and knowledge graph that every Python installation carries with it.

The nodes are the modules, classes, functions and methods of the running interpreter's standard library, about 17,000 on
CPython 3.11; a node's text is its name, signature and documentation; typed edges say what defines, subclasses,
overrides, imports, decorates, raises, instantiates and calls what. The class of a node is the chapter of the library
reference that treats its module. Sources are parsed, never imported, and the corpus depends on them alone: it is the
same on every machine with the same Python, and smaller where a Linux distribution packages parts of it separately.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import torch

from graphfm.datasets.catalog import Kind
from graphfm.datasets.python_stdlib.chapters import CHAPTERS, chapter_of
from graphfm.datasets.python_stdlib.reading import LibraryCorpus, read_corpus
from graphfm.datasets.python_stdlib.relations import RELATIONS
from graphfm.datasets.python_stdlib.stable_splits import split_modules, split_triples
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.triples.graph import Triples

__all__ = ["read", "text_graph", "triples"]

NAME = "python-stdlib"


def read(name: str, kind: Kind) -> TextGraph | Triples:
    """The set as the catalogue asks for it, under its only name."""
    del name
    return text_graph() if kind == "tag" else triples()


def text_graph(modules: Iterable[str] | None = None) -> TextGraph:
    """The standard library as a text graph; `node_kind` says what each node is.

    The split is for nodes never seen: all nodes of a module fall in one of train, val and test (60 / 20 / 20 in every
    chapter, as near as its modules allow). A module that no chapter treats is unlabelled and in no split.

    Args:
        modules: top-level modules to take, for instance ``("json", "email")``; all of them when left out.

    Raises:
        DataError: an interpreter without the sources of its library, or an unknown module.

    >>> graph = text_graph(["json"])
    >>> node = graph.node_ids.index("json.encoder.JSONEncoder.encode")
    >>> graph.text[node][:91]
    'json.encoder.JSONEncoder.encode(self, o) — method. Return a JSON string representation of a'
    >>> graph.class_names[graph.y[node]]
    'Internet Data Handling'
    """
    corpus = read_corpus(modules)
    position = {definition.name: node for node, definition in enumerate(corpus.definitions)}
    relation = {name: index for index, name in enumerate(RELATIONS)}
    sizes = Counter(definition.module for definition in corpus.definitions)
    chapters = {module: chapter_of(module) for module in sizes}
    splits = split_modules({m: size for m, size in sizes.items() if chapters[m] >= 0}, chapters)
    train, val, test = (
        torch.tensor([splits.get(definition.module) == split for definition in corpus.definitions])
        for split in ("train", "val", "test")
    )
    graph = TextGraph(
        torch.tensor([[position[s], position[t]] for s, _, t in corpus.edges]).reshape(-1, 2).t().contiguous(),
        name=NAME,
        text=[definition.text for definition in corpus.definitions],
        y=torch.tensor([chapters[definition.module] for definition in corpus.definitions]),
        class_names=[chapter.title for chapter in CHAPTERS],
        class_descriptions=[chapter.description for chapter in CHAPTERS],
        node_ids=list(position),
        edge_type=torch.tensor([relation[edge.relation] for edge in corpus.edges], dtype=torch.long),
        edge_type_names=list(RELATIONS),
        train_mask=train,
        val_mask=val,
        test_mask=test,
        info=_info(corpus),
    )
    graph.node_kind = [definition.kind for definition in corpus.definitions]
    return graph


def triples(modules: Iterable[str] | None = None) -> Triples:
    """The standard library as a knowledge graph, split 80 / 10 / 10.

    Every entity and relation of the validation and test triples has training triples, and no two of their entities are
    joined twice. Names tell where a definition stands: a model that reads the entities' texts sees much of `defines`
    and `has_method` in them, one that learns from structure alone does not.

    Args:
        modules: as in `text_graph`.

    Raises:
        DataError: as `text_graph`.
    """
    corpus = read_corpus(modules)
    position = {definition.name: entity for entity, definition in enumerate(corpus.definitions)}
    relation = {name: index for index, name in enumerate(RELATIONS)}
    rows = torch.tensor([[position[s], relation[r], position[t]] for s, r, t in corpus.edges]).reshape(-1, 3).long()
    splits = split_triples(corpus.edges)
    return Triples(
        name=NAME,
        entities=list(position),
        relations=list(RELATIONS),
        train=rows[splits["train"]],
        val=rows[splits["val"]],
        test=rows[splits["test"]],
        entity_text=[definition.text for definition in corpus.definitions],
        relation_text=list(RELATIONS.values()),
        info=_info(corpus),
    )


def _info(corpus: LibraryCorpus) -> dict[str, Any]:
    """Where the corpus comes from; equal digests mean equal corpora."""
    digest = blake2b(repr(corpus).encode(), digest_size=8).hexdigest()
    return {
        "source": f"standard library of {platform.python_implementation()} {platform.python_version()}",
        "licence": "PSF-2.0",
        "python": platform.python_version(),
        "digest": digest,
        "node_kinds": dict(Counter(definition.kind for definition in corpus.definitions)),
        "edge_types": dict(Counter(edge.relation for edge in corpus.edges)),
    }
