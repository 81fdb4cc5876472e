"""Corpora to pretrain on: graphs made ready once, and batches that hide what they ask for.

A batch takes B target nodes of one corpus. The leakage rule: **a text that is a target in a batch is nowhere in the input of
that batch.** Each target enters with its text hidden, and so does every node with the same text. Two kinds of rows must find
the text of a target: the target itself, from its neighbourhood alone, and one visible neighbour of it.

Every batch follows from (seed, number of the batch) alone, so that a resumed run sees exactly the batches it missed. Where
several processes train together, each takes its part of the targets of one common batch, and hides the targets of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from graphfm.errors import DataError
from graphfm.models.encoder import descriptors
from graphfm.text import TextEncoder, embed
from graphfm.training.text_graphs.neighbor_sampling import NeighborSampler

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph


class Corpus(NamedTuple):
    """A graph ready for pretraining."""

    name: str
    x: Tensor  # (N, D) unit text embeddings, of any precision, in memory or mapped from a file
    structure: Tensor  # (N, S)
    text_id: Tensor  # (N,) equal for equal texts
    sampler: NeighborSampler
    train: Tensor  # ids of the nodes that may be targets
    val: Tensor  # ids of nodes held out as targets, to look at while training ...
    test: Tensor  # ... and to look at once, afterwards

    @property
    def num_nodes(self) -> int:
        return len(self.x)


class Batch(NamedTuple):
    """A sampled neighbourhood of n nodes around B targets and B neighbours of theirs."""

    node: Tensor  # (n,) ids in the corpus
    x: Tensor  # (n, D), rows of hidden nodes are zero
    hidden: Tensor  # (n,) bool
    edge_index: Tensor  # (2, e)
    structure: Tensor  # (n, S)
    target: Tensor  # (B, D) the texts to find
    target_id: Tensor  # (B,) equal for equal texts
    own: Tensor  # (B,) row of each target
    neighbor: Tensor  # (B,) row of its neighbour; -1 where there is no visible one
    source: int  # number of the corpus


def prepare(
    graph: TextGraph, encoder: TextEncoder, *, held_out: float = 0.05, progress: bool = True, mmap: bool = False
) -> Corpus:
    """Embed the texts (from the cache where they are known), describe the structure, hold out some targets.

    Args:
        graph: the corpus; labels are not read.
        encoder: frozen text encoder.
        held_out: share of the nodes held out as targets, one half for validation and one for the test.
        progress: show bars.
        mmap: keep the embeddings in half precision in a file, from which each batch reads its rows.
    """
    edges = graph.undirected_edge_index()
    ids: dict[str, int] = {}
    # One id for what differs in case and spacing alone: uncased encoders give it one vector.
    plain = (" ".join(text.casefold().split()) for text in graph.text)
    text_id = torch.tensor([ids.setdefault(text, len(ids)) for text in plain])
    # Held out by text, so that no twin of a held-out target is a training target.
    place = torch.rand(len(ids), generator=torch.Generator().manual_seed(0))[text_id] / held_out
    return Corpus(
        name=graph.name,
        x=embed(graph.text, encoder, progress=progress, mmap=mmap, dtype=torch.float16 if mmap else torch.float32),
        structure=descriptors(graph).value,
        text_id=text_id,
        sampler=NeighborSampler(edges, graph.num_nodes),
        train=(place >= 1).nonzero().flatten(),
        val=((place >= 0.5) & (place < 1)).nonzero().flatten(),
        test=(place < 0.5).nonzero().flatten(),
    )


def draw(
    corpus: Corpus,
    targets: Tensor,
    fanout: Sequence[int],
    *,
    generator: torch.Generator,
    source: int = 0,
    rank: int = 0,
    world: int = 1,
) -> Batch:
    """The batch around distinct target nodes (B,), or the part of one of several processes.

    Args:
        corpus: the graph.
        targets: of the whole batch.
        fanout: sampled neighbours a hop.
        generator: the same in all processes.
        source: number of the corpus.
        rank: of this process.
        world: number of processes; B is a multiple of it.
    """
    hidden_text, neighbors = corpus.text_id[targets], corpus.sampler.draw_one(targets, generator=generator)
    targets, neighbors = (nodes.chunk(world)[rank] for nodes in (targets, neighbors))
    seeds, row = torch.unique(torch.cat([targets, neighbors]), return_inverse=True)
    node, edge_index = corpus.sampler.sample(seeds, fanout, generator=generator)
    hidden = torch.isin(corpus.text_id[node], hidden_text)
    own, neighbor = row.view(2, -1)
    return Batch(
        node=node,
        x=corpus.x[node].float().masked_fill_(hidden[:, None], 0.0),
        hidden=hidden,
        edge_index=edge_index,
        structure=corpus.structure[node],
        target=corpus.x[targets].float(),
        target_id=corpus.text_id[targets],
        own=own,
        neighbor=torch.where(hidden[neighbor], -1, neighbor),
        source=source,
    )


def whole(corpus: Corpus) -> Batch:
    """The whole graph as one batch with nothing hidden and nothing asked, to encode all its nodes."""
    none = torch.empty(0, dtype=torch.long)
    hidden = torch.zeros(corpus.num_nodes, dtype=torch.bool)
    target = corpus.x[:0].float()
    node, edges = torch.arange(corpus.num_nodes), corpus.sampler.edge_index()
    return Batch(node, corpus.x.float(), hidden, edges, corpus.structure, target, none, none, none, 0)


class TrainBatches(Dataset[Batch]):
    r"""Training batches by number: the corpus i of :math:`N_i` nodes drawn with probability
    :math:`N_i^{\text{mixing}} / \sum_j N_j^{\text{mixing}}`, targets uniformly.

    Args:
        corpora: what to draw from.
        batch_size: targets a process.
        fanout: sampled neighbours a hop.
        steps_per_epoch: batches an epoch.
        seed: decides every batch, together with its number.
        mixing: 0 draws all corpora equally often, 1 in proportion to their size, 1/2 by the root of it.
        rank: of this process.
        world: number of processes that share each batch.

    Raises:
        DataError: a corpus with fewer targets than processes.
    """

    def __init__(
        self,
        corpora: Sequence[Corpus],
        *,
        batch_size: int,
        fanout: Sequence[int],
        steps_per_epoch: int,
        seed: int,
        mixing: float = 0.5,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.corpora, self.batch_size, self.fanout = list(corpora), batch_size, list(fanout)
        self.steps_per_epoch, self.seed, self.rank, self.world = steps_per_epoch, seed, rank, world
        self.shares = torch.tensor([float(c.num_nodes) for c in corpora]).pow(mixing)
        for corpus in corpora:
            if self._size(corpus) < world:
                raise DataError(
                    f"{len(corpus.train)} targets in {corpus.name}",
                    expected=f"at least {world}, one a process",
                    hint="Leave it out, or train with fewer processes.",
                )

    def __len__(self) -> int:
        return self.steps_per_epoch

    def __getitem__(self, number: int) -> Batch:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        source = int(torch.multinomial(self.shares, 1, generator=generator))
        corpus = self.corpora[source]
        targets = corpus.train[torch.randperm(len(corpus.train), generator=generator)[: self._size(corpus)]]
        return draw(corpus, targets, self.fanout, generator=generator, source=source, rank=self.rank, world=self.world)

    def _size(self, corpus: Corpus) -> int:
        """Targets of a batch, all processes together."""
        # At most half of a small graph is hidden, or nothing is left to read.
        most = max(1, min(self.world * self.batch_size, len(corpus.train), corpus.num_nodes // 2))
        return most - most % self.world


class HeldOutBatches(Dataset[Batch]):
    """The held-out targets of every corpus, always the same batches.

    Args:
        corpora: whose targets.
        targets: of each corpus, its `val` or its `test`.
        batch_size: targets a batch.
        fanout: sampled neighbours a hop.
    """

    def __init__(
        self, corpora: Sequence[Corpus], targets: Sequence[Tensor], *, batch_size: int, fanout: Sequence[int]
    ) -> None:
        self.corpora, self.fanout = list(corpora), list(fanout)
        self.parts = [
            (source, part) for source, held in enumerate(targets) for part in held.split(batch_size) if len(part) > 1
        ]

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, number: int) -> Batch:
        source, targets = self.parts[number]
        generator = torch.Generator().manual_seed(number)
        return draw(self.corpora[source], targets, self.fanout, generator=generator, source=source)
