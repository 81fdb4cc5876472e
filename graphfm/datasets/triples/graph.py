"""The contract of knowledge graphs: integer triples beside the vocabularies that name them.

The columns of a triple are head, relation, tail. Only the direction of the source is stored; wherever inverse relations
are needed, the inverse of relation r is r + num_relations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.triples.spellings import spelt_alike
from graphfm.errors import DataError, did_you_mean
from graphfm.printable import printable

if TYPE_CHECKING:
    from torch_geometric.data import Data

SPLITS = ("train", "val", "test")


class Qualifiers(NamedTuple):
    """The qualifiers of one split: statement i owns ``pairs[ptr[i]:ptr[i + 1]]``.

    Shapes: ``ptr`` (n + 1,), ``pairs`` (q, 2) with the columns qualifier relation, qualifier value (an entity).
    """

    ptr: Tensor
    pairs: Tensor


def _no_triples() -> Tensor:
    return torch.empty(0, 3, dtype=torch.long)


@dataclass(frozen=True, eq=False, repr=False)
class Triples:
    """A knowledge graph with its splits.

    Args:
        name: what to call it in results.
        entities: the identifier of each entity, as the source spells it.
        relations: the identifier of each relation.
        train, val, test: triples (n, 3) of ids: head, relation, tail. Empty where the set has no such split.
        entity_labels, relation_labels: names a person can read; the identifiers where not given.
        entity_text, relation_text: a text to embed for each, "label. description"; None where nothing is known.
        inference: the graph of the test side of an inductive set: entities of its own, the relations of this one;
            its ``train`` is the observed graph, its ``val`` and ``test`` are queries on it.
        qualifiers: for each split of a hyper-relational set, its qualifiers; empty otherwise.
        info: source, licence and what else is known of the set.

    Raises:
        DataError: on ids outside the vocabularies or lists of the wrong length.

    >>> graph = Triples("kin", ["ann", "bob"], ["parent_of"], train=torch.tensor([[0, 0, 1]]))
    >>> graph
    kin: 2 entities, 1 relation, 1 / 0 / 0 triples
    >>> graph.lookup_entity("bob")
    1
    """

    name: str
    entities: list[str]
    relations: list[str]
    train: Tensor = field(default_factory=_no_triples)
    val: Tensor = field(default_factory=_no_triples)
    test: Tensor = field(default_factory=_no_triples)
    entity_labels: list[str] = field(default_factory=list)
    relation_labels: list[str] = field(default_factory=list)
    entity_text: list[str] | None = None
    relation_text: list[str] | None = None
    inference: Triples | None = None
    qualifiers: dict[str, Qualifiers] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.entity_labels:
            object.__setattr__(self, "entity_labels", self.entities)
        if not self.relation_labels:
            object.__setattr__(self, "relation_labels", self.relations)
        for names, size in (
            (("entity_labels", "entity_text"), self.num_entities),
            (("relation_labels", "relation_text"), self.num_relations),
        ):
            for attribute in names:
                values = getattr(self, attribute)
                if values is not None and len(values) != size:
                    raise DataError(f"{attribute} of length {len(values)}", expected=f"one for each id, {size}")
        for split, triples in self.splits():
            self._check(triples, split)
        for split, (ptr, pairs) in self.qualifiers.items():
            if ptr.numel() != len(getattr(self, split)) + 1 or int(ptr[-1]) != len(pairs):
                raise DataError(f"a qualifier pointer that does not fit {split}", expected="one range a statement")
        if self.info.get("candidates") is not None:
            self._check_candidates(self.info["candidates"])
        if self.inference is not None and self.inference.relations != self.relations:
            raise DataError(
                "an inference graph with other relations", expected="one relation vocabulary for both graphs"
            )

    def _check_candidates(self, ids: Any) -> None:
        listed = ids.tolist() if isinstance(ids, Tensor) else ids
        whole = isinstance(listed, list) and all(type(n) is int and 0 <= n < self.num_entities for n in listed)
        if not whole or not listed:
            raise DataError(
                f"candidates {str(ids)[:50]}", expected=f"a list of ids of entities, 0..{self.num_entities - 1}"
            )

    def _check(self, triples: Tensor, split: str) -> None:
        if triples.dim() != 2 or triples.size(1) != 3 or triples.dtype != torch.long:
            shape = f"{split} of shape {tuple(triples.shape)} and {triples.dtype}"
            raise DataError(shape, expected="int64 triples of shape (n, 3)")
        if len(triples):
            low, high = triples.amin(0).tolist(), triples.amax(0).tolist()
            sizes = (self.num_entities, self.num_relations, self.num_entities)
            for column, smallest, largest, size in zip(("head", "relation", "tail"), low, high, sizes, strict=True):
                if smallest < 0 or largest >= size:
                    wrong = smallest if smallest < 0 else largest
                    raise DataError(f"the {column} id {wrong} in {split}", expected=f"ids from 0 to {size - 1}")

    @property
    def num_entities(self) -> int:
        return len(self.entities)

    @property
    def num_relations(self) -> int:
        """Relations in the direction of the source; with the inverses there are twice as many."""
        return len(self.relations)

    @cached_property
    def entity_to_id(self) -> dict[str, int]:
        return {entity: i for i, entity in enumerate(self.entities)}

    @cached_property
    def relation_to_id(self) -> dict[str, int]:
        return {relation: i for i, relation in enumerate(self.relations)}

    def splits(self) -> Iterator[tuple[str, Tensor]]:
        """The three splits with their names, in the order train, val, test."""
        return ((split, getattr(self, split)) for split in SPLITS)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that another set does not share: names, texts and triples, the inference graph's too."""
        total = hashlib.sha256()
        for names in (self.entities, self.relations, self.entity_text or [], self.relation_text or []):
            total.update(f"{len(names)}\n".encode() + "\n".join(names).encode())
        for split, rows in self.splits():
            total.update(f"{split} {len(rows)}\n".encode())
            total.update(rows.cpu().contiguous().numpy().data)
        if self.inference is not None:
            total.update(self.inference.digest().encode())
        return total.hexdigest()[:16]

    def data(self, split: str = "train", *, inverse: bool = True) -> Data:
        """One split as a PyG graph of main triples, with the inverse edges after the others.

        Shapes: ``edge_index`` (2, E) or (2, 2E), row 0 the source, row 1 the destination; ``edge_type`` (E,) or (2E,).
        """
        from torch_geometric.data import Data  # seconds of imports that completing a triple does not need

        if split not in SPLITS:
            raise DataError(f"the split {split!r}", expected="one of " + ", ".join(SPLITS))
        head, relation, tail = getattr(self, split).unbind(1)
        edge_index, edge_type = torch.stack([head, tail]), relation
        if inverse:
            edge_index = torch.cat([edge_index, edge_index.flip(0)], dim=1)
            edge_type = torch.cat([relation, relation + self.num_relations])
        return Data(edge_index=edge_index, edge_type=edge_type.contiguous(), num_nodes=self.num_entities)

    def lookup_entity(self, name: str) -> int:
        """The id of an entity, by identifier or, where it belongs to one entity alone, by readable label, however it is spelt.

        Raises:
            DataError: on a name that nothing bears (with the nearest ones) or that several entities bear.
        """
        return lookup(name, self.entity_to_id, self.entity_labels, what="entity")

    def lookup_relation(self, name: str) -> int:
        """The id of a relation, found as `lookup_entity` finds entities."""
        return lookup(name, self.relation_to_id, self.relation_labels, what="relation")

    def statistics(self) -> dict[str, Any]:
        """Sizes, repeated and leaked triples, entities unseen in training: `datasets.triples.statistics.statistics`."""
        from graphfm.datasets.triples.statistics import statistics

        return statistics(self)

    def summary(self) -> str:
        """One line: name, vocabulary sizes, triples of train / val / test."""
        sizes = " / ".join(f"{len(triples):,}" for _, triples in self.splits())
        entities = f"{self.num_entities:,} {'entity' if self.num_entities == 1 else 'entities'}"
        relations = f"{self.num_relations:,} relation{'' if self.num_relations == 1 else 's'}"
        inductive = "" if self.inference is None else f"; inference graph {self.inference.summary()}"
        return f"{self.name}: {entities}, {relations}, {sizes} triples{inductive}"

    def __repr__(self) -> str:
        return printable(self.summary())

    def _repr_html_(self) -> str:
        from graphfm.notebook import table_html

        def named(row: list[int]) -> tuple[str, str, str]:
            return self.entity_labels[row[0]], self.relation_labels[row[1]], self.entity_labels[row[2]]

        rows = [named(row) for row in self.train[:5].tolist()]
        return table_html(
            ("head", "relation", "tail"), rows, title="Triples", caption=f"The first of {self.summary()}."
        )


def lookup(name: str, ids: Mapping[str, int], labels: Sequence[str], *, what: str) -> int:
    """The id that a name stands for: an identifier, else a label that only one id bears, else one that is only spelt otherwise.

    Args:
        name: what the user typed.
        ids: id of each identifier, in the order of the ids.
        labels: readable label of each id.
        what: "entity" or "relation", for the message.

    Raises:
        DataError: on an unknown name, with the nearest known ones, or on a label that several ids bear.
    """
    if not isinstance(name, str):
        hint = f"`graph.{'entities' if what == 'entity' else 'relations'}[id]` is the name of an id."
        raise DataError(f"{name!r} of type {type(name).__name__}", expected=f"the name of one {what}", hint=hint)
    if name in ids:
        return ids[name]
    wanted, identifiers = name.casefold(), list(ids)
    found = [i for i, label in enumerate(labels) if label == name]
    found = found or [i for i, label in enumerate(labels) if label.casefold() == wanted]
    found = found or spelt_alike(name, identifiers, labels)
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(repr(identifiers[i]) for i in found[:5]) + (", ..." if len(found) > 5 else "")
        raise DataError(
            f"{name!r}, the label of {len(found)} ids",
            expected=f"the name of one {what}",
            hint=f"Use an identifier: {some}.",
        )
    raise DataError(
        f"the unknown {what} {name!r}",
        expected="an identifier or a label of the set",
        hint=did_you_mean(name, dict.fromkeys([*ids, *labels]), count=3, quoted=True),
    )
