"""Knowledge graph embedding: vectors of entities, free or read from texts, and of relations, and a scorer that compares them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.kg.scorers.scorer import Scorer


class EntityTable(nn.Module):
    """One free vector per entity.

    Args:
        num_entities: V.
        dim: width.
        sparse: give sparse gradients, so that an optimiser such as `RowAdam` touches only the rows of the batch.
    """

    def __init__(self, num_entities: int, dim: int, *, sparse: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_entities, dim))
        self.dim, self.sparse = dim, sparse

    def __len__(self) -> int:
        return len(self.weight)

    def start(self, bound: float) -> None:
        """Begin uniform in (-bound, bound)."""
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, entities: Tensor | None = None) -> Tensor:
        """Vectors of `entities (n,)`, or of all. Shapes: `-> (n, dim)`."""
        return self.weight if entities is None else F.embedding(entities, self.weight, sparse=self.sparse)


class TextEntities(nn.Module):
    """A learned projection of frozen text embeddings, with a free vector on top where an entity was trained on.

    Entities appended later have text only, and are scored like any other.

    Args:
        text: `(V, D)` embeddings, commonly with unit rows.
        dim: width of the vectors.
        table: add a free vector per entity, which starts at zero.
        sparse: give sparse gradients of the table.
    """

    def __init__(self, text: Tensor, dim: int, *, table: bool = True, sparse: bool = False) -> None:
        super().__init__()
        self.register_buffer("text", text.detach().clone())
        self.text: Tensor
        self.project = nn.Linear(text.size(1), dim, bias=False)
        self.table = nn.Parameter(torch.zeros(len(text) if table else 0, dim))
        self.dim, self.sparse = dim, sparse

    def __len__(self) -> int:
        return len(self.text)

    def start(self, bound: float) -> None:
        """Begin with coordinates as spread as a uniform draw from (-bound, bound), for text rows of unit length."""
        nn.init.normal_(self.project.weight, std=bound / 3**0.5)
        nn.init.zeros_(self.table)

    def forward(self, entities: Tensor | None = None) -> Tensor:
        """Vectors of `entities (n,)`, or of all. Shapes: `-> (n, dim)`."""
        if entities is None:
            free = F.pad(self.table, (0, 0, 0, len(self) - len(self.table)))
            return self.project(self.text) + free
        vectors = self.project(self.text[entities])
        trained = (entities < len(self.table)).nonzero().squeeze(1)
        free = F.embedding(entities[trained], self.table, sparse=self.sparse)
        return vectors.index_add(0, trained, free)

    @torch.no_grad()
    def append(self, text: Tensor) -> None:
        """Add entities by their text `(n, D)`; they take the next ids."""
        self.text = torch.cat([self.text, text.to(self.text)])


class KGEModel(nn.Module):
    """A scorer over learned vectors.

    Relations r + R are inverses. By default they share the parameters of r through the scorer's own inverse, so that the
    head score of a triple is its tail score; with `reciprocal` they are relations of their own (Lacroix et al. 2018).

    Args:
        scorer: for instance `RotatE(200)`.
        num_entities: V.
        num_relations: R, without inverses.
        entities: source of the entity vectors, an `EntityTable` unless given; `TextEntities` scores new entities too.
        reciprocal: give inverse relations parameters of their own.
        sparse: give sparse gradients of the entity table.

    Raises:
        ValueError: the entities given are not V vectors of the scorer's width.

    >>> from graphfm.kg.scorers.rotate import RotatE
    >>> model = KGEModel(RotatE(8), num_entities=5, num_relations=2)
    >>> model(None, torch.tensor([0, 3]), torch.tensor([1, 2])).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        scorer: Scorer,
        *,
        num_entities: int,
        num_relations: int,
        entities: EntityTable | TextEntities | None = None,
        reciprocal: bool = False,
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.num_relations, self.reciprocal = num_relations, reciprocal
        self.scorer = scorer
        self.entities = entities or EntityTable(num_entities, scorer.entity_dim, sparse=sparse)
        self.relations = nn.Parameter(torch.empty(num_relations * (2 if reciprocal else 1), scorer.relation_dim))
        found, expected = (len(self.entities), self.entities.dim), (num_entities, scorer.entity_dim)
        if found != expected:
            raise ValueError(f"received entity vectors of shape {found}, expected {expected}")
        if not reciprocal:
            # Raises here where there is none, not at the first head query; on real memory, whatever the default device is.
            scorer.inverse(torch.empty(0, self.relations.size(1), device="cpu"))
        self.reset_parameters()

    @property
    def num_entities(self) -> int:
        """V, with entities appended since."""
        return len(self.entities)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw starting values."""
        self.entities.start(self.scorer.bound)
        self.scorer.start_relations(self.relations)

    def relation_vectors(self, rel: Tensor) -> Tensor:
        """Vectors of relations and inverse relations. Shapes: `(...) -> (..., relation_dim)`."""
        if self.reciprocal:
            return F.embedding(rel, self.relations)
        vectors = F.embedding(rel % self.num_relations, self.relations)
        return torch.where((rel < self.num_relations).unsqueeze(-1), vectors, self.scorer.inverse(vectors))

    def forward(self, data: Any, head: Tensor, rel: Tensor) -> Tensor:
        """Scores of all entities as tails. Shapes: `head, rel (B,) -> (B, V)`; `data` is not used."""
        vectors = self.entities()
        return self.scorer.match(self.scorer.query(vectors[head], self.relation_vectors(rel)), vectors)

    def score(self, head: Tensor, rel: Tensor, tail: Tensor) -> Tensor:
        """Scores of triples; the ids broadcast.

        `score(head[:, None], rel[:, None], tail)` computes each query once, for tails of its own `(B, n)` or for tails
        `(n,)` shared by all, and never builds `(B, n, entity_dim)`. Each entity's vector is looked up once.
        """
        shape = torch.broadcast_shapes(head.shape, rel.shape, tail.shape)
        head, rel, tail = (ids.reshape((1,) * (max(len(shape), 1) - ids.ndim) + ids.shape) for ids in (head, rel, tail))
        entities, place = torch.unique(torch.cat([head.flatten(), tail.flatten()]), return_inverse=True)
        vectors = self.entities(entities)  # (U, entity_dim)
        head, tail = place[: head.numel()].view_as(head), place[head.numel() :].view_as(tail)
        query = self.scorer.query(F.embedding(head, vectors), self.relation_vectors(rel))  # (..., Q)
        full = shape or (1,)
        rows = full if query.size(-2) > 1 else (*full[:-1], 1)  # one row of `index` for every query
        query = query.expand(*rows, -1).flatten(0, -2)  # (B, Q)
        if rows != full and tail.numel() == tail.size(-1):
            return self.scorer.match(query, F.embedding(tail.flatten(), vectors)).view(shape)
        return self.scorer.match(query, vectors, tail.expand(full).reshape(len(query), -1)).view(shape)
