"""Pretraining batches: what is asked for is nowhere in the input, and a batch follows from its number alone."""

import pytest
import torch
import torch.nn.functional as F

from graphfm.datasets import TextGraph
from graphfm.training.text_graphs.corpus import Corpus, HeldOutBatches, TrainBatches, draw, prepare


class Letters:
    """Each text becomes a random direction of its own."""

    name, dim = "letters", 16

    def __call__(self, texts) -> torch.Tensor:
        rows = [torch.randn(16, generator=torch.Generator().manual_seed(hash_of(text))) for text in texts]
        return F.normalize(torch.stack(rows), dim=-1)


def hash_of(text: str) -> int:
    return sum(ord(letter) * 31**i for i, letter in enumerate(text)) % 2**31


@pytest.fixture
def corpus() -> Corpus:
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 80, (2, 300), generator=generator)
    texts = [f"text {node % 60}" for node in range(80)]  # the last 20 repeat the first
    graph = TextGraph(edges, name="made", text=texts, directed=False)
    return prepare(graph, Letters(), held_out=0.2, progress=False)


def test_no_target_text_is_in_the_input(corpus):
    for number in range(20):
        generator = torch.Generator().manual_seed(number)
        batch = draw(corpus, corpus.train[:12], [5, 3], generator=generator)
        similarity = batch.x @ batch.target.T  # (n, B): one where an input row is a target's text
        assert float(similarity.max()) < 0.999
        assert bool(batch.hidden[batch.own].all())
        assert not bool(batch.hidden[batch.neighbor[batch.neighbor >= 0]].any())
        assert float(batch.x[batch.hidden].abs().max()) == 0.0


def test_texts_that_differ_in_case_and_spacing_alone_are_twins():
    texts = ["Deep Learning", "deep  learning ", "DEEP LEARNING", "deep-learning"]
    edges = torch.tensor([[0, 1, 2], [1, 2, 3]])
    made = prepare(TextGraph(edges, name="made", text=texts, directed=False), Letters(), progress=False)
    assert made.text_id.tolist() == [0, 0, 0, 1]


def test_targets_and_neighbours_are_rows_of_the_graph(corpus):
    batch = draw(corpus, corpus.train[:12], [5, 3], generator=torch.Generator().manual_seed(0))
    assert torch.equal(batch.target, corpus.x[corpus.train[:12]])
    visible = batch.x[~batch.hidden]
    assert all(bool((corpus.x == row).all(-1).any()) for row in visible)


def test_held_out_texts_are_no_training_targets(corpus):
    texts = [set(corpus.text_id[part].tolist()) for part in (corpus.train, corpus.val, corpus.test)]
    assert sum(map(len, texts)) == len(set.union(*texts))  # no text in two of them
    assert len(corpus.train) + len(corpus.val) + len(corpus.test) == corpus.num_nodes
    assert min(len(corpus.val), len(corpus.test)) > 0


def test_a_batch_follows_from_its_number_alone(corpus):
    def batches(seed: int) -> TrainBatches:
        return TrainBatches([corpus, corpus], batch_size=8, fanout=[4], steps_per_epoch=5, seed=seed)

    forward = [batches(0)[i] for i in range(5)]
    backward = [batches(0)[i] for i in reversed(range(5))][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(a[:-1], b[:-1], strict=True))
    assert not torch.equal(batches(0)[0].target, batches(1)[0].target)


def test_corpora_are_mixed_by_a_power_of_their_size(corpus):
    def shares(mixing: float) -> list[float]:
        small = corpus._replace(x=corpus.x[:5])
        batches = TrainBatches([corpus, small], batch_size=4, fanout=[2], steps_per_epoch=1, seed=0, mixing=mixing)
        return (batches.shares / batches.shares.sum()).tolist()

    assert shares(0.0) == pytest.approx([1 / 2, 1 / 2])
    assert shares(0.5) == pytest.approx([4 / 5, 1 / 5])  # 80 nodes and 5
    assert shares(1.0) == pytest.approx([16 / 17, 1 / 17])


def test_embeddings_in_a_file_give_the_same_batches_in_half_precision(corpus):
    texts = [f"text {node % 60}" for node in range(80)]
    graph = TextGraph(corpus.sampler.edge_index(), name="made", text=texts, directed=False)
    mapped = prepare(graph, Letters(), held_out=0.2, progress=False, mmap=True)
    assert mapped.x.dtype == torch.float16
    assert mapped.x.is_shared()
    a, b = (TrainBatches([made], batch_size=8, fanout=[4], steps_per_epoch=1, seed=0)[0] for made in (corpus, mapped))
    assert torch.equal(a.node, b.node)
    assert b.x.dtype == b.target.dtype == torch.float32
    assert torch.allclose(a.x, b.x, atol=1e-3)
    assert torch.allclose(a.target, b.target, atol=1e-3)


def test_small_graphs_keep_half_of_their_texts(corpus):
    batch = TrainBatches([corpus], batch_size=1000, fanout=[4], steps_per_epoch=1, seed=0)[0]
    assert len(batch.target) <= corpus.num_nodes // 2


def test_validation_covers_every_held_out_node_once(corpus):
    batches = HeldOutBatches([corpus], [corpus.val], batch_size=7, fanout=[4])
    assert sum(len(batches[i].target) for i in range(len(batches))) >= len(corpus.val) - 1
