"""The data module of link prediction: queries to train on, triples to rank, and the index of what is known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.evaluation.link_ranks import of_relations
from graphfm.kg.embeddings.sampling import alternate, bernoulli, both, head_shares
from graphfm.kg.known import KnownAnswers
from graphfm.models.vocabulary import entity_texts, index
from graphfm.settings import Above, Below, Count, Seed
from graphfm.text import embed, load_encoder
from graphfm.training.runs.resuming import ResumableLoader, first

if TYPE_CHECKING:
    from graphfm.datasets.triples.graph import Triples

Queries = Literal["alternate", "both", "bernoulli", "pairs", "relations"]
RELATIONS_AT_ONCE = 4  # of a batch of queries="relations", where they have facts enough
#: What a data module knows and a model has to.
SIZES = ("text_dim", "num_entities", "num_relations")


class LinkData(L.LightningDataModule):
    """A knowledge graph to train on, by name, folder or object.

    Args:
        data: a name of the catalogue, a folder, or `Triples`.
        batch_size: triples a batch; with `queries="pairs"` and "relations", queries.
        queries: what a batch asks. "alternate": the tails of one batch, the heads of the next, each through a shuffle of
            its own, as the authors of RotatE do. "both": tail and head of every triple. "bernoulli": one of them, drawn
            by the relation's fan-out. "pairs": every distinct (h, r) in both directions once, for k-vs-all. "relations": tail
            and head of every triple, those of a few relations in a batch, for models that look at each relation asked.
        steps_per_epoch: batches in what Lightning calls an epoch; by default, a pass over the training triples.
        val_triples: at most so many validation triples, chosen once; all by default.
        protocol: of an inductive set, "U" (default), "R" or "G"; see `graphfm.evaluation.protocols`.
        fact_ratio: share of the training triples that a pass leaves in the graph; it asks for the others alone. By default
            a pass asks for all, and a model that reads the graph takes out what the batch asks for. Not with "alternate".
        encoder: text encoder, as `graphfm.text.load_encoder` takes it, where entities are to bring their texts.
        relations: the only relations whose validation and test triples are ranked, by identifier or label; training asks
            for all either way.
        seed: decides every batch, together with its number.
    """

    def __init__(
        self,
        data: Any = "umls",
        *,
        batch_size: Count = 512,
        queries: Queries = "alternate",
        steps_per_epoch: Count | None = None,
        val_triples: Count | None = None,
        protocol: str | None = None,
        fact_ratio: Annotated[float, Above(0), Below(1)] | None = None,
        encoder: str | None = None,
        relations: list[str] | None = None,
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        if fact_ratio is not None and not 0 < fact_ratio < 1:
            raise DataError(f"fact_ratio={fact_ratio}", expected="a number between 0 and 1")
        if fact_ratio is not None and queries == "alternate":
            # Two shuffles at a time: what one asks for would be in the graph of the other.
            raise DataError("fact_ratio with queries='alternate'", expected="queries of one shuffle, such as 'both'")
        self.named_protocol, self.fact_ratio = protocol, fact_ratio
        self.data, self.batch_size, self.queries, self.seed = data, batch_size, queries, seed
        self.steps_per_epoch, self.val_triples, self.encoder_spec = steps_per_epoch, val_triples, encoder
        self.relations = relations

    @cached_property
    def graph(self) -> Triples:
        """The knowledge graph.

        Raises:
            DataError: it cannot be read, or has nothing to train on.
        """
        from graphfm.datasets import Triples, load_triples
        from graphfm.datasets.triples.main_triples import main_triples

        graph = main_triples(self.data if isinstance(self.data, Triples) else load_triples(self.data))
        if not len(graph.train):
            raise DataError(f"no training triples in {graph.name}", expected="at least one")
        return graph

    @property
    def protocol(self) -> str | None:
        """The protocol followed, None where the set is not inductive."""
        return protocols.resolve(self.graph, self.named_protocol)

    @cached_property
    def train_queries(self) -> TrainQueries:
        """What training asks for in this process, batch by batch."""
        rank, world = self._processes
        return TrainQueries(
            protocols.asked(self.graph, self.protocol),
            num_relations=self.num_relations,
            batch_size=self.batch_size,
            queries=self.queries,
            steps_per_epoch=self.steps_per_epoch,
            share=1.0 if self.fact_ratio is None else 1 - self.fact_ratio,
            seed=self.seed,
            rank=rank,
            world=world,
        )

    @property
    def _processes(self) -> tuple[int, int]:
        """Number of this process, and of all that train together."""
        trainer = self.trainer
        return (0, 1) if trainer is None else (int(trainer.global_rank), int(trainer.world_size))

    def pass_queries(self, number: int) -> tuple[int, Tensor] | None:
        """With `fact_ratio`: the pass that batch `number` belongs to, and the triples it asks for."""
        return None if self.fact_ratio is None else self.train_queries.passing(number)

    @property
    def num_entities(self) -> int:
        """V; the command line hands it to the model, as the next two."""
        return self.graph.num_entities

    @property
    def num_relations(self) -> int:
        return self.graph.num_relations

    @property
    def text_dim(self) -> int | None:
        """D of the entity texts, None without an encoder."""
        return None if self.encoder_spec is None else self.entity_text.size(1)

    @cached_property
    def text_encoder(self) -> Any:
        """The encoder, fitted where it has to be."""
        if self.encoder_spec is None:
            raise ValueError("there is no text encoder: LinkData was made without one")
        encoder = load_encoder(self.encoder_spec)
        encoder.fit_if_needed(entity_texts(self.graph))
        return encoder

    @cached_property
    def entity_text(self) -> Tensor:
        """`(V, D)` unit rows of the entities' texts."""
        return embed(entity_texts(self.graph), self.text_encoder)

    @cached_property
    def known(self) -> KnownAnswers:
        """All triples of the graph, to filter by."""
        return index(self.graph)

    @property
    def seen(self) -> Tensor:
        """The triples that training sees, in its graph or as its queries, `(n, 3)`."""
        train, asked = self.graph.train, protocols.asked(self.graph, self.protocol)
        return train if asked is train else torch.cat([train, asked])

    @cached_property
    def train_known(self) -> KnownAnswers:
        """What training may know to be true, to draw negatives and weights by."""
        sizes = {"num_entities": self.num_entities, "num_relations": self.num_relations}
        return KnownAnswers(self.seen, **sizes)

    @property
    def val(self) -> Tensor:
        """The validation triples that are ranked in training, `(n, 3)`."""
        rows = protocols.validation(self.graph, self.protocol)
        rows = rows[of_relations(self.graph, rows, self.relations)]
        if self.val_triples is None or self.val_triples >= len(rows):
            return rows
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
        return rows[order[: self.val_triples]]

    def setup(self, stage: str | None = None) -> None:
        _ = self.graph

    def train_dataloader(self) -> DataLoader[Tensor]:
        return ResumableLoader(self.train_queries, self.trainer)

    def val_dataloader(self) -> list[DataLoader[Tensor]]:
        return self._to_rank(self.val)

    def test_dataloader(self) -> list[DataLoader[Tensor]]:
        rows = self.graph.test
        return self._to_rank(rows[of_relations(self.graph, rows, self.relations)])

    def _to_rank(self, triples: Tensor) -> list[DataLoader[Tensor]]:
        # All at once: ranking finds its own batches, and scores equal queries once where it sees them together. Each process
        # ranks its part; where there are fewer than processes, each ranks all, which leaves the means as they are.
        rank, world = self._processes
        triples = triples[rank::world] if len(triples) >= world else triples
        return [DataLoader([triples], batch_size=1, collate_fn=first)] if len(triples) else []  # type: ignore[arg-type]


class TrainQueries(Dataset[Tensor]):
    """Batches of queries `(B, 3)` by number; the answer of a query is its third column.

    Every pass visits each triple once, in an order that follows from the seed and the number of the pass. With "alternate"
    even batches are those of one pass and odd ones those of another.

    Args:
        triples: `(n, 3)` training triples.
        num_relations: R.
        batch_size: B; the last batch of a pass is smaller.
        queries: see `LinkData`.
        steps_per_epoch: length; by default, that of a pass, both streams of "alternate" together.
        share: of the triples that a pass asks for, the first ones of its order.
        seed: of the orders.
        rank, world: number of this process, and of all; a batch of B of each is one of B world of the pass.
    """

    def __init__(
        self,
        triples: Tensor,
        *,
        num_relations: int,
        batch_size: int,
        queries: Queries = "alternate",
        steps_per_epoch: int | None = None,
        share: float = 1.0,
        seed: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.rank, self.world = rank, world
        self.rows, self.num_relations, self.queries, self.seed = triples, num_relations, queries, seed
        if queries == "pairs":
            self.rows = both(triples, num_relations)
            _, place = torch.unique(self.rows[:, :2], dim=0, return_inverse=True)
            # The last answer of each pair stands for all; k-vs-all looks the others up.
            last = torch.empty(int(place.max()) + 1, dtype=torch.long).scatter_(0, place, torch.arange(len(place)))
            self.rows = self.rows[last]
        elif queries == "relations":
            self.rows = both(triples, num_relations)
        self.streams = 2 if queries == "alternate" else 1
        self.batch_size = batch_size * world
        self.asked = max(1, round(len(self.rows) * share))
        self.per_pass = -(-self.asked // self.batch_size)
        self.steps = steps_per_epoch or self.per_pass * self.streams
        self.head_share = head_shares(triples, num_relations) if queries == "bernoulli" else None
        self._orders: dict[int, tuple[int, Tensor]] = {}  # of each stream, the present pass and its order

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, number: int) -> Tensor:
        stream, step = number % self.streams, number // self.streams
        pass_number, place = divmod(step, self.per_pass)
        chosen = self._order(stream, pass_number)[place * self.batch_size : (place + 1) * self.batch_size]
        # The last batch may be too small for all processes; then some ask for the same.
        chosen = chosen[self.rank :: self.world] if len(chosen) >= self.world else chosen[[self.rank % len(chosen)]]
        rows = self.rows[chosen]
        if self.queries == "alternate":
            return alternate(rows, number, self.num_relations)
        if self.queries == "both":
            return both(rows, self.num_relations)
        if self.head_share is not None:
            return bernoulli(rows, self.head_share, generator=_generator(self.seed, 2, number * self.world + self.rank))
        return rows

    def passing(self, number: int) -> tuple[int, Tensor]:
        """The pass that batch `number` belongs to, and the triples `(m, 3)` it asks for; for one stream alone."""
        pass_number = number // self.per_pass
        return pass_number, self.rows[self._order(0, pass_number)]

    def _order(self, stream: int, pass_number: int) -> Tensor:
        if self._orders.get(stream, (-1,))[0] != pass_number:
            generator = _generator(self.seed, stream, pass_number)
            order = torch.randperm(len(self.rows), generator=generator)[: self.asked]
            if self.queries == "relations":
                order = self._by_relation(order, generator)
            self._orders[stream] = pass_number, order
        return self._orders[stream][1]

    def _by_relation(self, order: Tensor, generator: torch.Generator) -> Tensor:
        """The same rows, in runs of one relation: at most a third of its facts, for those leave the graph together."""
        order = order[torch.argsort(self.rows[order, 1], stable=True)]
        _, relation, count = torch.unique_consecutive(self.rows[order, 1], return_inverse=True, return_counts=True)
        place = torch.arange(len(order)) - (count.cumsum(0) - count)[relation]
        size = (count // 3).clamp(1, max(1, self.batch_size // RELATIONS_AT_ONCE))
        starts = place % size[relation] == 0
        run = starts.cumsum(0) - 1
        return order[torch.argsort(torch.randperm(int(starts.sum()), generator=generator)[run], stable=True)]


def _generator(seed: int, stream: int, number: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * 3 + stream) * 1_000_000_007 + number)
