"""The loss of one batch of triples, from a model to a number: what a training loop calls."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg import losses
from graphfm.kg.embeddings.kge import KGEModel
from graphfm.kg.embeddings.sampling import private_negatives, shared_negatives, subsampling_weights
from graphfm.kg.known import KnownAnswers


def negative_sampling_loss(
    model: KGEModel,
    queries: Tensor,
    train: KnownAnswers,
    *,
    num_negatives: int = 256,
    shared: bool = False,
    temperature: float = 1.0,
    subsampling: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Self-adversarial loss of the answers of `queries` against entities that are not known answers.

    Args:
        model: scores `(head, rel, tail)`.
        queries: `(B, 3)` of `graphfm.kg.embeddings.sampling.alternate`, `both` or `bernoulli`.
        train: index of the training triples.
        num_negatives: n.
        shared: draw n entities once for the batch instead of n for each query.
        temperature: see `losses.self_adversarial`.
        subsampling: weigh a query by how rare its (h, r) and (t, r inverse) are.
        generator: of the draw, on the device of the queries.
    """
    head, rel, tail = queries.unbind(1)
    weight = subsampling_weights(queries, train) if subsampling else None
    if shared:
        negatives = shared_negatives(queries, train, num_negatives, generator=generator)
        positive = model.score(head, rel, tail)
        negative = model.score(head[:, None], rel[:, None], negatives.tail)
    else:
        negatives = private_negatives(queries, train, num_negatives, generator=generator)
        scores = model.score(head[:, None], rel[:, None], torch.cat([tail[:, None], negatives.tail], dim=1))
        positive, negative = scores[:, 0], scores[:, 1:]
    return losses.self_adversarial(positive, negative, temperature=temperature, weight=weight, exclude=negatives.known)


def all_entities_loss(
    model: KGEModel,
    queries: Tensor,
    train: KnownAnswers,
    *,
    binary: bool = False,
    smoothing: float = 0.0,
    exclude_known: bool = False,
) -> Tensor:
    """Loss of the answers of `queries` against all entities: 1-vs-all cross-entropy, or binary k-vs-all.

    Args:
        model: scores all entities.
        queries: `(B, 3)`; with `binary` all training answers of their different (h, r) are the targets.
        train: index of the training triples.
        binary: k-vs-all in place of 1-vs-all.
        smoothing: label smoothing.
        exclude_known: leave other training answers out of the softmax of 1-vs-all.
    """
    head, rel, tail = queries.unbind(1)
    if binary:
        head, rel = torch.unique(queries[:, :2], dim=0).unbind(1)
        return losses.binary_cross_entropy(model(None, head, rel), train.answers(head, rel), smoothing=smoothing)
    exclude = torch.stack(train.answers(head, rel)) if exclude_known else None
    return losses.cross_entropy(model(None, head, rel), tail, smoothing=smoothing, exclude=exclude)
