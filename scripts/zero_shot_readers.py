"""Readings that were tried as members of the pool (`scripts/zero_shot_nested.py`) and are not in it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.readers.fitted import Rounds, discriminant_log_posterior, naive_bayes
from graphfm.classification.readers.target import Target, no_evidence, principal
from graphfm.classification.readers.unfitted import class_words, text_and_words
from graphfm.ops import spmm


def neighbours_rows(target: Target, _: Tensor | None = None) -> Tensor:
    """The mean of the neighbours' rows against the class texts: the experts' view before any training."""
    rows = F.normalize(spmm(target.adj, target.x, reduce="mean"), dim=-1, eps=0.1)
    return no_evidence(text_log_posterior(rows, target.class_rows), target.adj.degree > 0)


def neighbours_words(target: Target, current: Tensor | None = None) -> Tensor:
    """Naive Bayes on the words of the neighbours, fitted to what is believed of the node in their middle."""
    import dataclasses

    import scipy.sparse as sp

    adj = target.adj
    shape = (adj.num_nodes, adj.num_nodes)
    joined = sp.csr_matrix((torch.ones(adj.num_edges).numpy(), adj.src.numpy(), adj.ptr.numpy()), shape=shape)
    share = sp.diags(1 / adj.degree.clamp_min(1).float().numpy())
    words = target.words._replace(nodes=(share @ joined @ target.words.nodes.log1p()).expm1().tocsr())
    heard = dataclasses.replace(target, words=words, fold=torch.where(adj.degree > 0, target.fold, -1))
    return naive_bayes(heard, current)


def neighbours_discriminants(target: Target, current: Tensor | None = None) -> Tensor:
    """Discriminants of the mean of the neighbours' rows."""
    assert current is not None
    rows = F.normalize(spmm(target.adj, target.x, reduce="mean"), dim=-1, eps=0.1)
    fold = torch.where(target.adj.degree > 0, target.fold, -1)
    return discriminant_log_posterior(principal(rows, target.share), current.exp(), fold, share=target.share)


#: Candidates, by name.
TRIED = {
    "class words": class_words,
    "neighbours' rows": neighbours_rows,
    "neighbours' words": Rounds(text_and_words, anchor=0.25, rounds=1, structure=False, readers=(neighbours_words,)),
    "own and neighbours' words": Rounds(
        text_and_words, anchor=0.25, rounds=1, structure=False, readers=(neighbours_words, naive_bayes)
    ),
    "neighbours' discriminants": Rounds(
        text_and_words, anchor=0.25, rounds=1, structure=False, readers=(neighbours_discriminants,)
    ),
    "words, three rounds": Rounds(text_and_words, anchor=0.25, rounds=3),
}
