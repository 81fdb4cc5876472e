"""Where the vectors of entities come from: a table, or a projection of their text, or the sum of both."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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
